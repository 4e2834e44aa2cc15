//! Damaged records that follow from others are counted anew.
use std::time::Duration;

use super::disk::Disk;
use super::flips::everything;
use super::folding::{change, damage};
use crate::store::redb::keys::Key;
use crate::store::redb::{Redb, open, recount, verify};
use crate::store::suite::{
    ACME, PAGER, at, group, id, link, marked, member, put, settled, try_write, user, users, write,
};
use crate::store::{Access, Error, LinkChange, Mark, SettingKind, Store as _, Write, hour_of};

/// People, more than a block takes, a group, somebody who leaves and somebody who is to, a lease.
async fn fill(store: &Redb) {
    let leaving = |number| {
        let mark = Mark {
            access: Access::Ended,
            ..crate::store::suite::mark(0)
        };
        Write::Link(link(number), LinkChange::Mark(mark))
    };
    let mut writes: Vec<Write> = (1..=50).map(|number| put(user(number))).collect();
    writes.extend([
        put(group(100)),
        Write::AddMember(group(100), member(1)),
        Write::PutSetting(SettingKind::Other, "title".to_owned(), vec![1]),
    ]);
    for number in 1..=3 {
        let account = format!("P{number}");
        writes.extend([marked(number, 0), settled(number, Some(&account), Some(1))]);
    }
    writes.extend([leaving(1), leaving(2), Write::Link(link(2), LinkChange::Going)]);
    write(store, writes).await;
    store
        .lease(PAGER, uuid::Uuid::nil(), Duration::from_secs(1))
        .await
        .unwrap()
        .unwrap();
}

/// What follows from others, and whether it is just what it was before.
fn derived() -> Vec<(&'static str, Key, bool)> {
    let target = Key::target(ACME, PAGER);
    vec![
        ("counts", Key::scope(&users()), true),
        ("counts", Key::kind(SettingKind::Other), false),
        ("blocks", Key::scope(&users()).byte(0).id(id(0).0), true),
        ("blocks", Key::scope(&users()).byte(1).id(id(0).0), true),
        ("stamps", Key::in_directory(ACME, id(100)), false),
        ("targets", Key::only_target(PAGER), true),
        ("backlogs", target.clone(), true),
        ("going", target.time(hour_of(at(0))), true),
        ("leases", Key::only_target(PAGER), false),
    ]
}

/// A write that meets what is derived of it.
async fn next_write(store: &Redb) -> Result<(), Error> {
    let writes = vec![
        put(user(60)),
        Write::DeleteResource(user(3)),
        Write::AddMember(group(100), member(2)),
        Write::PutSetting(SettingKind::Other, "title".to_owned(), vec![2]),
        marked(60, 0),
        Write::Link(link(1), LinkChange::Going),
    ];
    try_write(store, Vec::new(), writes).await.map(drop)
}

async fn next_lease(store: &Redb) -> Result<(), Error> {
    let lease = store.lease(PAGER, uuid::Uuid::max(), Duration::from_secs(1)).await?;
    assert!(lease.unwrap().token > 1);
    Ok(())
}

fn rows(disk: &Disk) -> super::flips::Everything {
    let database = open::open(&disk.options()).unwrap();
    everything(&open::snapshot(&database).unwrap()).unwrap()
}

/// One byte of it stopped every write of a directory or target, and every backup, for good.
#[tokio::test(start_paused = true)]
async fn what_follows_from_others_is_counted_anew() {
    let full = Disk::default();
    fill(&full.open().unwrap()).await;
    let bytes = full.bytes();
    for (table, key, is_exact) in derived() {
        let disk = Disk::holding(&bytes);
        let before = rows(&disk);
        let (told, _) = recount(&disk.options(), at(0)).unwrap();
        assert_eq!(told, [""; 0], "{table}: nothing is damaged");
        damage(&open::open(&disk.options()).unwrap(), table, &key);
        let store = disk.open().unwrap();
        let refused = match table {
            "leases" => next_lease(&store).await,
            _ => next_write(&store).await,
        };
        drop(store);
        assert!(matches!(refused, Err(Error::Damaged(_))), "{table}: {refused:?}");

        let (told, report) = recount(&disk.options(), at(0)).unwrap();
        assert_eq!((told.len(), &*report.first), (1, &[] as &[String]), "{table}: {told:?}");
        let differ = before
            .iter()
            .zip(rows(&disk))
            .filter(|(before, after)| **before != *after);
        assert_eq!(differ.count(), usize::from(!is_exact), "{table}");
        let store = disk.open().unwrap();
        next_write(&store).await.unwrap();
        next_lease(&store).await.unwrap();
        drop(store);
        assert_eq!(verify(&disk.options()).unwrap().first, [""; 0], "{table}");
    }
}

/// A record whose key is damaged is found, or counted anew under its own: what is meant is not lost for a record that
/// nobody asks for.
#[tokio::test]
async fn a_damaged_key_is_no_other_one() {
    let full = Disk::default();
    fill(&full.open().unwrap()).await;
    let bytes = full.bytes();
    let (mut found, keys) = (0, |disk: &Disk| {
        let rows = rows(disk).into_iter();
        rows.map(|(key, _)| key).collect::<Vec<_>>()
    });
    for (table, key, _) in derived() {
        for place in 0..key.bytes().len() {
            let disk = Disk::holding(&bytes);
            let before = keys(&disk);
            let flip = |key: &mut Vec<u8>, _: &mut Vec<u8>| key[place] ^= 1;
            change(&open::open(&disk.options()).unwrap(), (table, &key), flip);
            let (told, report) = recount(&disk.options(), at(0)).unwrap();
            let is_mended = told.len() == 1 && keys(&disk) == before;
            assert!(report.faults > 0 || is_mended, "{table}, byte {place}: {told:?}");
            found += usize::from(report.faults > 0);
        }
    }
    assert!(found > 100, "{found}");
}

/// What is a person's is in no other record, and neither is what would be counted from it.
#[tokio::test]
async fn nothing_is_made_up() {
    let disk = Disk::default();
    fill(&disk.open().unwrap()).await;
    let database = open::open(&disk.options()).unwrap();
    damage(&database, "links", &Key::link(&link(3)));
    damage(&database, "backlogs", &Key::target(ACME, PAGER));
    drop(database);
    let (told, report) = recount(&disk.options(), at(0)).unwrap();
    assert!(told.is_empty() && report.faults >= 2, "{told:?}, {report:?}");
}
