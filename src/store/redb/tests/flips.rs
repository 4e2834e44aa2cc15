//! One bit of the file is another: a check of the store finds it, unless it does no harm.
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::disk::{Disk, times};
use crate::store::redb::tables::Snapshot;
use crate::store::redb::{codec, open, verify};
use crate::store::suite::{group, marked, member, put, settled, user, write};
use crate::store::{Error, Write};

/// Of so many bytes one is tried, a bit of it; `USHERD_FLIPS_STEP=1` tries every one.
const STEP: usize = 101;

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
type Everything = Vec<(Vec<u8>, Vec<u8>)>;

/// Every row of every table, read as requests are: without the checksums of pages.
fn everything(tables: &Snapshot) -> Result<Everything, Error> {
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
    let all = || everything(&open::snapshot(&open::open(&disk.options()).ok()?).ok()?).ok();
    catch_unwind(AssertUnwindSafe(all)).ok().flatten()
}

#[tokio::test]
async fn every_flipped_bit_is_found_or_harmless() {
    let sound = stored().await;
    let expected = read(&sound);
    assert!(expected.as_ref().is_some_and(|rows| rows.len() > 10));
    let step = times("USHERD_FLIPS_STEP", STEP);
    let used = (0..sound.len()).filter(|place| sound[*place] != 0);
    let (mut tried, mut found, mut unnoticed) = (0, 0, 0);
    for (number, place) in used.enumerate().filter(|(number, _)| number % step == 0) {
        let mut flipped = sound.clone();
        flipped[place] ^= 1 << (number % 8);
        tried += 1;
        let report = verify(&Disk::holding(&flipped).options());
        match report.is_ok_and(|report| report.faults == 0) {
            false => {
                found += 1;
                unnoticed += usize::from(read(&flipped).is_some_and(|rows| Some(rows) != expected));
            }
            true => assert_eq!(read(&flipped), expected, "byte {place} has another bit {}", number % 8),
        }
    }
    println!("{tried} flips: {found} found by a check, of which {unnoticed} change what is read without one");
    assert!(found > 0);
}
