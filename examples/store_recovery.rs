//! How long a killed store takes to open, and what that costs each commit: the numbers of
//! `docs/adr/0001-quick-repair.md`.
//!
//! `cargo run --release --example store_recovery -- FOLDER [MEGABYTES …]`
//!
//! For each size a file is filled with rows as the store writes them. Then the ways to commit take turns of 300 ms,
//! alone and with 32 creates together, so that whatever else the machine does troubles all of them alike; medians are
//! shown. At last a child process commits in each way and aborts, and the file is opened.
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use redb::{Database, ReadableDatabase, ReadableTableMetadata, TableDefinition, WriteTransaction};
use tokio::time::{Duration, Instant};

const MODES: [&str; 4] = ["plain", "two-phase", "quick-repair", "every-10th"];
const MEGABYTES: [&str; 3] = ["50", "200", "800"];

/// How long a turn is, and how many each way of committing has.
const TURN: Duration = Duration::from_millis(300);
const TURNS: usize = 9;

/// Creates in one commit: of a lone client, and of group commit with many.
const CREATES: [u64; 2] = [1, 32];

/// Creates in one commit while the file is filled.
const CREATES_PER_FILL: u64 = 5_000;

/// Tables that a create writes to, with the rows it writes there and their bytes, as `src/store/redb` does for a user
/// with three index terms and one target.
const TABLES: [(&str, usize, usize); 8] = [
    ("resources", 1, 700),
    ("index", 3, 0),
    ("counts", 1, 8),
    ("blocks", 2, 8),
    ("links", 1, 200),
    ("due", 1, 0),
    ("backlogs", 1, 8),
    ("targets", 0, 16),
];

/// Tables whose rows are written again and again.
const FEW_ROWS: u64 = 16;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["child", path, mode] => killed(Path::new(path), mode),
        [folder] => compare(Path::new(folder), &MEGABYTES),
        [folder, ref sizes @ ..] => compare(Path::new(folder), sizes),
        [] => bail!("a folder for the files, please"),
    }
}

fn compare(folder: &Path, sizes: &[&str]) -> Result<()> {
    println!("| MB | way | opened after | commits/s of 1 | commits/s of 32 |\n|---|---|---|---|---|");
    let path = folder.join("recovery.redb");
    for megabytes in sizes {
        let rates = fill_and_measure(&path, megabytes.parse()?)?;
        for (mode, [alone, together]) in MODES.iter().zip(rates) {
            let opened = opened_after(&path, mode)?;
            println!("| {megabytes} | {mode} | {opened:.1?} | {alone:.0} | {together:.0} |");
        }
        std::fs::remove_file(&path)?;
    }
    Ok(())
}

/// Commits per second, the median of all turns, for each way and each number of creates.
fn fill_and_measure(path: &Path, megabytes: u64) -> Result<Vec<[f64; 2]>> {
    let database = Database::builder().set_cache_size(64 << 20).create(path)?;
    let mut numbers = 0..;
    let mut bytes = 0;
    while bytes < megabytes << 20 {
        commit(&database, "plain", &mut numbers, CREATES_PER_FILL)?;
        bytes = database.begin_write()?.stats()?.allocated_pages() * 4096;
    }
    let mut turns = vec![[const { Vec::new() }; CREATES.len()]; MODES.len()];
    for _ in 0..TURNS {
        for (mode, rates) in MODES.iter().zip(&mut turns) {
            for (creates, rates) in CREATES.iter().zip(rates) {
                rates.push(turn(&database, mode, &mut numbers, *creates)?);
            }
        }
    }
    Ok(turns.into_iter().map(|rates| rates.map(median)).collect())
}

fn turn(database: &Database, mode: &str, numbers: &mut impl Iterator<Item = u64>, creates: u64) -> Result<f64> {
    let begun = Instant::now();
    let mut commits = 0_u32;
    while begun.elapsed() < TURN {
        let every_tenth = if commits.is_multiple_of(10) {
            "quick-repair"
        } else {
            "plain"
        };
        commit(
            database,
            if mode == "every-10th" { every_tenth } else { mode },
            numbers,
            creates,
        )?;
        commits += 1;
    }
    Ok(f64::from(commits) / begun.elapsed().as_secs_f64())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// How long the file takes to open and to be read once after a process that committed in this way was killed.
fn opened_after(path: &Path, mode: &str) -> Result<Duration> {
    let mut child = Command::new(std::env::current_exe()?);
    child.arg("child").arg(path).arg(mode).status()?;
    let begun = Instant::now();
    let database = Database::builder().set_cache_size(64 << 20).open(path)?;
    let rows = database.begin_read()?.open_table(table("resources"))?.len()?;
    anyhow::ensure!(rows > 0, "the file has nothing");
    Ok(begun.elapsed())
}

/// Commits, and ends as a killed process does. The last one of `every-10th` is one of the nine.
fn killed(path: &Path, mode: &str) -> Result<()> {
    let database = Database::builder().set_cache_size(64 << 20).open(path)?;
    let mode = if mode == "every-10th" { "plain" } else { mode };
    commit(&database, mode, &mut (u64::MAX / 2..), CREATES_PER_FILL)?;
    commit(&database, mode, &mut (u64::MAX / 4..), 1)?;
    std::process::abort();
}

fn commit(database: &Database, mode: &str, numbers: &mut impl Iterator<Item = u64>, creates: u64) -> Result<()> {
    let mut transaction = database.begin_write()?;
    match mode {
        "plain" => {}
        "two-phase" => transaction.set_two_phase_commit(true),
        "quick-repair" => transaction.set_quick_repair(true),
        _ => bail!("no such way to commit: {mode}"),
    }
    for (name, rows, bytes) in TABLES {
        write(&transaction, (name, rows, bytes), numbers, creates)?;
    }
    transaction.commit().context("commit")
}

fn write(
    transaction: &WriteTransaction,
    (name, rows, bytes): (&'static str, usize, usize),
    numbers: &mut impl Iterator<Item = u64>,
    creates: u64,
) -> Result<()> {
    let mut table = transaction.open_table(table(name))?;
    for _ in 0..creates {
        let number = numbers.next().context("numbers never end")?;
        for row in 0..rows {
            let number = if bytes == 8 { number % FEW_ROWS } else { number };
            // Index entries stand anywhere, the others at the end.
            let place = if bytes == 0 {
                number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            } else {
                number
            };
            let key = [
                [0; 8],
                [u8::try_from(row)?; 8],
                place.to_be_bytes(),
                number.to_be_bytes(),
            ]
            .concat();
            table.insert(key.as_slice(), vec![b'x'; bytes].as_slice())?;
        }
    }
    Ok(())
}

fn table(name: &str) -> TableDefinition<'_, &'static [u8], &'static [u8]> {
    TableDefinition::new(name)
}
