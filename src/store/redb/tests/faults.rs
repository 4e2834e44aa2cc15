//! What is acknowledged outlives a disk that fails at any operation, and power that goes at any.
use std::collections::BTreeSet;
use std::time::Duration;

use super::disk::{Chance, Disk, Failing, times};
use crate::store::redb::{Redb, verify};
use crate::store::suite::{marked, put, try_write, user};
use crate::store::{Error, Store, Write};

/// Batches of the script.
const BATCHES: u128 = 6;

/// Power cuts, each at another moment and with other losses; `USHERD_POWER_CUTS` sets another number.
const POWER_CUTS: usize = 250;

/// Two people, and a link of the first.
fn batch(number: u128) -> Vec<Write> {
    vec![put(user(number)), put(user(number + 100)), marked(number, 0)]
}

/// Writes all batches; those that were acknowledged.
async fn script(store: &Redb) -> BTreeSet<u128> {
    let mut acknowledged = BTreeSet::new();
    for number in 1..=BATCHES {
        match try_write(store, Vec::new(), batch(number)).await {
            Ok(_) => drop(acknowledged.insert(number)),
            Err(Error::Unavailable(_)) => tokio::time::advance(Duration::from_secs(10)).await,
            Err(error) => panic!("{error:?}"),
        }
    }
    acknowledged
}

/// Whether everything that was acknowledged is there, nothing is there in part, and nothing is wrong.
async fn assert_whole(disk: &Disk, acknowledged: &BTreeSet<u128>, case: &str) {
    let store = disk.open().unwrap_or_else(|error| panic!("{case}: {error}"));
    for number in 1..=BATCHES {
        let is_there = async |number| store.resource(&user(number)).await.unwrap().is_some();
        let (one, other) = (is_there(number).await, is_there(number + 100).await);
        let link = store.link(&crate::store::suite::link(number)).await.unwrap().is_some();
        assert_eq!((one, link), (other, other), "{case}: batch {number} in part");
        assert!(
            one || !acknowledged.contains(&number),
            "{case}: batch {number} was lost"
        );
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
    let store = disk.open().unwrap();
    let opened = disk.operations();
    assert_eq!(script(&store).await.len(), usize::try_from(BATCHES).unwrap());
    (opened, disk.operations())
}

#[tokio::test(start_paused = true)]
async fn every_operation_fails_in_turn() {
    let (opened, all) = counted().await;
    assert!(all > opened + 50, "{opened} of {all}");
    let mut refused = 0;
    for failing in 0..all {
        let case = format!("operation {failing} fails");
        let disk = fresh();
        disk.fail(Some(Failing::One(failing)));
        let Ok(store) = disk.open() else {
            assert!(failing < opened, "{case}: it was open by then");
            assert_whole(&disk, &BTreeSet::new(), &case).await;
            continue;
        };
        let acknowledged = script(&store).await;
        refused += BATCHES - acknowledged.len() as u128;
        assert!(
            acknowledged.len() + 1 >= usize::try_from(BATCHES).unwrap(),
            "{case}: it did not heal"
        );
        drop(store);
        assert_whole(&disk, &acknowledged, &case).await;
    }
    assert!(refused > 0);
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
        let store = disk.open().unwrap();
        disk.fail(Some(Failing::From(moment)));
        let acknowledged = script(&store).await;
        drop(store);
        disk.cut_power(&mut chance);
        assert_whole(&disk, &acknowledged, &case).await;
    }
}
