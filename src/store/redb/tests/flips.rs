//! One bit of the file is another: a check of the store finds it, unless it does no harm.
use std::env;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use super::disk::{Disk, times};
use crate::store::redb::tables::Snapshot;
use crate::store::redb::{codec, open, recount};
use crate::store::suite::{at, group, marked, member, put, settled, user, write};
use crate::store::{Error, Write};

/// Of so many bytes one is tried, a bit of it; `USHERD_FLIPS_STEP=1` tries every one.
const STEP: usize = 211;

/// A page is used if anything is in it.
const PAGE_BYTES: usize = 4096;

async fn stored() -> Vec<u8> {
    let disk = Disk::default();
    let store = disk.open().unwrap();
    let writes = vec![
        put(user(1)),
        put(user(2)),
        put(group(10)),
        Write::AddMember(group(10), member(1)),
        marked(1, 0),
        settled(1, Some("P1"), Some(1)),
    ];
    write(&store, writes).await;
    drop(store);
    disk.bytes()
}

/// Keys and values.
pub(super) type Everything = Vec<(Vec<u8>, Vec<u8>)>;

/// Every row of every table, read as requests are: without the checksums of pages.
pub(super) fn everything(tables: &Snapshot) -> Result<Everything, Error> {
    use redb::ReadableTable;
    let mut rows = Vec::new();
    for (_, table) in tables.all() {
        for row in table.iter()? {
            let (key, value) = row?;
            if !value.value().is_empty() && !codec::is_sound(key.value(), value.value()) {
                return Err(codec::damaged("row", key.value()));
            }
            rows.push((key.value().to_vec(), value.value().to_vec()));
        }
    }
    Ok(rows)
}

fn read(bytes: &[u8]) -> Option<Everything> {
    let disk = Disk::holding(bytes);
    let all = || {
        // What is damaged is not closed: redb would write to it.
        let database = ManuallyDrop::new(open::open(&disk.options()).ok()?);
        everything(&open::snapshot(&database).ok()?).ok()
    };
    let rows = catch_unwind(AssertUnwindSafe(all)).ok().flatten();
    disk.empty();
    rows
}

/// What is in the file once a check of the store finds nothing wrong any more, and how many records it has counted anew.
fn checked(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let disk = Disk::holding(bytes);
    let checked = recount(&disk.options(), at(0));
    let left = disk.bytes();
    disk.empty();
    let (counted, _) = checked.ok().filter(|(_, report)| report.faults == 0)?;
    Some((left, counted.len()))
}

/// Everything is as it was, but for so many records of which only the greatest number given is known.
fn assert_same(rows: &Everything, expected: &Everything, (counted, place): (usize, usize)) {
    let keys = |rows: &Everything| rows.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(rows), keys(expected), "byte {place}");
    let others = rows.iter().filter(|row| !expected.contains(row)).count();
    assert!(
        others <= counted,
        "byte {place}: {others} others, of which {counted} are told"
    );
}

/// Rows may be missing, and entries of indexes, which have no value, be others; but no record is another one.
fn assert_no_other_record(rows: &Everything, expected: &Everything, place: usize) {
    let mut records = rows.iter().filter(|(_, value)| !value.is_empty());
    assert!(records.all(|record| expected.contains(record)), "byte {place}");
}

/// What became of flips.
#[derive(Debug, Default)]
struct Tally {
    tried: usize,
    /// By a check of the store.
    found: usize,
    /// By a check of the store that has counted the record anew.
    mended: usize,
    /// Of those found, so many change what is read without a check.
    unnoticed: usize,
    /// Of those found, so many end the process: redb panics while it panics.
    ended: usize,
}

/// In processes of their own, one after the other: what redb makes of damaged pages is leaked, and may end the process.
#[test]
fn every_flipped_bit_is_found_or_harmless() {
    let (step, mut from, mut all) = (times("USHERD_FLIPS_STEP", STEP), 0, Tally::default());
    loop {
        let (next, told) = stretch(from, step);
        for line in told.lines() {
            all.count(line);
        }
        match next {
            Some(next) => from = next,
            None => break,
        }
    }
    println!(
        "{} flips: {} found by a check, and {} mended; {} of those found change what is read without one, {} end the process",
        all.tried, all.found, all.mended, all.unnoticed, all.ended
    );
    assert!(all.tried > 100 && all.found > 0, "{all:?}");
}

impl Tally {
    fn count(&mut self, line: &str) {
        self.tried += usize::from(line.starts_with(TRYING));
        self.found += usize::from(line.starts_with(FOUND));
        self.mended += usize::from(line == MENDED);
        self.unnoticed += usize::from(line == FOUND_LATE);
        if line == ENDED {
            self.found += 1;
            self.ended += 1;
        }
    }
}

/// What the process tells of each flip: that it is tried, and what became of it.
const TRYING: &str = "trying ";
const HARMLESS: &str = "harmless";
const MENDED: &str = "mended";
const FOUND: &str = "found";
const FOUND_LATE: &str = "found late";
const ENDED: &str = "ended";

/// Flips of one process: each may leak 130 KiB.
const STRETCH: usize = 4_000;

/// Has a process try some flips: what it told, and where the next one begins.
fn stretch(from: usize, step: usize) -> (Option<usize>, String) {
    let mut process = Command::new(env::current_exe().expect("this test binary"));
    process.args([
        "--exact",
        "store::redb::tests::flips::a_stretch_of_flips",
        "--ignored",
        "--nocapture",
    ]);
    process.env("USHERD_FLIPS_STEP", step.to_string());
    process.env(FROM, from.to_string());
    // Some hundred panics of redb, whose backtraces take longer than all else.
    process.env("RUST_BACKTRACE", "0");
    let output = process.output().expect("it runs");
    let mut told = String::from_utf8(output.stdout).expect("it prints text");
    let mut tried = told.lines().filter_map(|line| line.strip_prefix(TRYING));
    let Some(last) = tried.next_back().map(|place| place.parse::<usize>().expect("a number")) else {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return (None, told);
    };
    match output.status.code() {
        Some(0) => {}
        // Killed by SIGABRT.
        None => told.push_str(ENDED),
        Some(_) => panic!("{told}{}", String::from_utf8_lossy(&output.stderr)),
    }
    (Some(last + step), told)
}

/// The number of the first flip that a process tries.
const FROM: &str = "USHERD_FLIPS_FROM";

#[tokio::test]
#[ignore = "may end its process, which another test starts"]
async fn a_stretch_of_flips() {
    let sound = stored().await;
    let expected = read(&sound).expect("it is sound");
    assert!(expected.len() > 10);
    let pages = sound
        .chunks(PAGE_BYTES)
        .enumerate()
        .filter(|(_, page)| page.iter().any(|byte| *byte != 0));
    let used = pages.flat_map(|(number, page)| (0..page.len()).map(move |place| number * PAGE_BYTES + place));
    let stretch = used
        .enumerate()
        .skip(times(FROM, 0))
        .step_by(times("USHERD_FLIPS_STEP", STEP))
        .take(STRETCH);
    for (number, place) in stretch {
        println!("\n{TRYING}{number}");
        let mut flipped = sound.clone();
        flipped[place] ^= 1 << (number % 8);
        let rows = read(&flipped);
        if let Some((left, counted)) = checked(&flipped) {
            let left = read(&left).expect("it was found sound");
            assert_same(&left, &expected, (counted, place));
            println!("{}", if counted > 0 { MENDED } else { HARMLESS });
            continue;
        }
        match rows.filter(|rows| *rows != expected) {
            Some(rows) => {
                assert_no_other_record(&rows, &expected, place);
                println!("{FOUND_LATE}");
            }
            None => println!("{FOUND}"),
        }
    }
}
