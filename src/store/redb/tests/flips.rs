//! One bit of the file is another: a check of the store finds it, unless it does no harm.
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::disk::{Disk, times};
use crate::store::redb::tables::Snapshot;
use crate::store::redb::{codec, open, verify};
use crate::store::suite::{group, marked, member, put, settled, user, write};
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

/// Whether a check of the store finds nothing wrong.
fn is_sound(bytes: &[u8]) -> bool {
    let disk = Disk::holding(bytes);
    let report = verify(&disk.options());
    disk.empty();
    report.is_ok_and(|report| report.faults == 0)
}

/// Rows may be missing, and entries of indexes, which have no value, be others; but no record is another one.
fn assert_no_other_record(rows: &Everything, expected: &Everything, place: usize) {
    let mut records = rows.iter().filter(|(_, value)| !value.is_empty());
    assert!(records.all(|record| expected.contains(record)), "byte {place}");
}

#[tokio::test]
async fn every_flipped_bit_is_found_or_harmless() {
    let sound = stored().await;
    let expected = read(&sound);
    assert!(expected.as_ref().is_some_and(|rows| rows.len() > 10));
    let step = times("USHERD_FLIPS_STEP", STEP);
    let is_used = |place: usize| {
        let first = place - place % PAGE_BYTES;
        sound[first..].iter().take(PAGE_BYTES).any(|byte| *byte != 0)
    };
    let used = (0..sound.len()).filter(|place| is_used(*place));
    let (mut tried, mut found, mut unnoticed) = (0, 0, 0);
    for (number, place) in used.enumerate().filter(|(number, _)| number % step == 0) {
        let mut flipped = sound.clone();
        flipped[place] ^= 1 << (number % 8);
        tried += 1;
        match is_sound(&flipped) {
            false => {
                found += 1;
                if let Some(rows) = read(&flipped).filter(|rows| Some(rows) != expected.as_ref()) {
                    unnoticed += 1;
                    assert_no_other_record(&rows, expected.as_ref().unwrap(), place);
                }
            }
            true => assert_eq!(read(&flipped), expected, "byte {place} has another bit {}", number % 8),
        }
    }
    println!("{tried} flips: {found} found by a check, of which {unnoticed} change what is read without one");
    assert!(found > 0);
}
