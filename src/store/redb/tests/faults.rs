//! What is acknowledged outlives a disk that fails at any operation, and power that goes at any.
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::disk::{Chance, Disk, Failing, times};
use crate::clock::ManualClock;
use crate::store::redb::fold::Work;
use crate::store::redb::writer::Writer;
use crate::store::redb::{OpenError, verify};
use crate::store::suite::{at, link, marked, put, user};
use crate::store::{Batch, Error, Expect, Store as _};

/// The batches of the script, those that are folded into one transaction together.
const FOLDS: [&[u128]; 4] = [&[1], &[2, 3, 4], &[5], &[6, 7, 8]];

/// Batches that drop out of their folds, since those before them have written what they expect not to be there.
const DROPPED: [u128; 2] = [3, 8];

/// Power cuts, each at another moment and with other losses; `USHERD_POWER_CUTS` sets another number.
const POWER_CUTS: usize = 250;

/// Two people, and a link of the first.
fn batch(number: u128) -> Work {
    let dropped = DROPPED.contains(&number);
    let absent = dropped.then(|| Expect::Version(user(number - 1), None));
    Work::Commit(Batch {
        expect: absent.into_iter().collect(),
        writes: vec![put(user(number)), put(user(number + 100)), marked(number, 0)],
    })
}

fn open(disk: &Disk) -> Result<Writer, OpenError> {
    Writer::open(disk.options(), Arc::new(ManualClock::at(at(0))))
}

/// Writes all batches; those that were acknowledged.
async fn script(writer: &mut Writer) -> BTreeSet<u128> {
    let mut acknowledged = BTreeSet::new();
    for fold in FOLDS {
        let works: Vec<Work> = fold.iter().map(|number| batch(*number)).collect();
        let results = writer.run(&works.iter().collect::<Vec<_>>());
        for (number, result) in fold.iter().zip(results) {
            match result {
                Ok(_) => drop(acknowledged.insert(*number)),
                Err(Error::Conflict(_)) => assert!(DROPPED.contains(number), "{number}"),
                Err(Error::Unavailable(_)) => tokio::time::advance(Duration::from_secs(10)).await,
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    acknowledged
}

/// Folds of which nothing was acknowledged.
fn refused(acknowledged: &BTreeSet<u128>) -> usize {
    let is_refused = |fold: &&&[u128]| fold.iter().all(|number| !acknowledged.contains(number));
    FOLDS.iter().filter(is_refused).count()
}

/// Whether everything that was acknowledged is there, nothing is there in part, what dropped out is not there, and
/// nothing is wrong.
async fn assert_whole(disk: &Disk, acknowledged: &BTreeSet<u128>, case: &str) {
    let store = disk.open().unwrap_or_else(|error| panic!("{case}: {error}"));
    for fold in FOLDS {
        let mut there = Vec::new();
        for number in fold {
            let is_there = async |number| store.resource(&user(number)).await.unwrap().is_some();
            let (one, other) = (is_there(*number).await, is_there(number + 100).await);
            let link = store.link(&link(*number)).await.unwrap().is_some();
            assert_eq!((one, link), (other, other), "{case}: batch {number} in part");
            match DROPPED.contains(number) {
                true => assert!(!one, "{case}: batch {number} had dropped out"),
                false => there.push(one),
            }
            assert!(one || !acknowledged.contains(number), "{case}: batch {number} was lost");
        }
        there.dedup();
        assert_eq!(there.len(), 1, "{case}: the fold {fold:?} in part");
    }
    drop(store);
    let report = verify(&disk.options()).unwrap();
    assert_eq!(report.first, Vec::<String>::new(), "{case}");
}

/// A disk with an empty store. How one is made is a matter of files, see `opening.rs`.
fn fresh() -> Disk {
    let disk = Disk::default();
    drop(disk.open().unwrap());
    Disk::holding(&disk.bytes())
}

/// Operations until the store is open, and until the script is through.
async fn counted() -> (u64, u64) {
    let disk = fresh();
    let mut writer = open(&disk).unwrap();
    let opened = disk.operations();
    let acknowledged = script(&mut writer).await;
    assert_eq!(acknowledged, BTreeSet::from([1, 2, 4, 5, 6, 7]));
    (opened, disk.operations())
}

#[tokio::test(start_paused = true)]
async fn every_operation_fails_in_turn() {
    let (opened, all) = counted().await;
    assert!(all > opened + 50, "{opened} of {all}");
    let mut all_refused = 0;
    for failing in 0..all {
        let case = format!("operation {failing} fails");
        let disk = fresh();
        disk.fail(Some(Failing::One(failing)));
        let Ok(mut writer) = open(&disk) else {
            assert!(failing < opened, "{case}: it was open by then");
            assert_whole(&disk, &BTreeSet::new(), &case).await;
            continue;
        };
        let acknowledged = script(&mut writer).await;
        all_refused += refused(&acknowledged);
        assert!(refused(&acknowledged) <= 1, "{case}: it did not heal");
        drop(writer);
        assert_whole(&disk, &acknowledged, &case).await;
    }
    assert!(all_refused > 0);
}

#[tokio::test(start_paused = true)]
async fn power_may_go_at_any_moment() {
    let (opened, all) = counted().await;
    let cuts = times("USHERD_POWER_CUTS", POWER_CUTS) as u64;
    for seed in 0..cuts {
        let mut chance = Chance::of(seed);
        let moment = opened + chance.below(usize::try_from(all - opened).unwrap()) as u64;
        let case = format!("seed {seed}, power went at operation {moment}");
        let disk = fresh();
        let mut writer = open(&disk).unwrap();
        disk.fail(Some(Failing::From(moment)));
        let acknowledged = script(&mut writer).await;
        drop(writer);
        disk.cut_power(&mut chance);
        assert_whole(&disk, &acknowledged, &case).await;
    }
}
