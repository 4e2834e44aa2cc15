//! Damaged records are refused, never served, and found by a check of the store.
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use redb::{Database, ReadableTable, StorageBackend, TableDefinition};

use super::disk::Disk;
use super::folding::damage;
use crate::clock::ManualClock;
use crate::store::redb::codec::{named, seal, unseal};
use crate::store::redb::fold::{Work, fold};
use crate::store::redb::keys::Key;
use crate::store::redb::open::{Medium, OpenError};
use crate::store::redb::tables::{Bytes, Snapshot};
use crate::store::redb::{Options, Redb, open};
use crate::store::suite::{ACME, at, grant, group, id, link, marked, member, put, resource, user, users, write};
use crate::store::{BackupError, Batch, Check, Error, From, GrantKey, Keeper, SettingKind, Write};
use crate::telemetry::Heard;

#[test]
fn every_bit_counts() {
    let (key, value) = (b"key".as_slice(), ("text".to_owned(), 7_u64));
    let record = seal(key, &value).unwrap();
    assert_eq!(unseal::<(String, u64)>("test", key, &record).unwrap(), value);
    for bit in 0..record.len() * 8 {
        let mut damaged = record.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let read = unseal::<(String, u64)>("test", key, &damaged);
        assert!(matches!(read, Err(Error::Damaged(_))), "bit {bit}");
    }
    assert!(
        unseal::<(String, u64)>("test", b"kez", &record).is_err(),
        "another one's record"
    );
    for length in 0..record.len() {
        assert!(
            unseal::<(String, u64)>("test", key, &record[..length]).is_err(),
            "cut at {length}"
        );
    }
}

/// A way to read a record.
type Read = fn(&Snapshot) -> Result<(), Error>;

#[test]
fn damaged_records_are_not_served() {
    let in_group = Key::in_directory(ACME, id(10));
    let name = "title";
    let rows: Vec<(&'static str, Key, Read)> = vec![
        ("resources", Key::resource(&user(1)), |tables| {
            tables.resource(&user(1)).map(drop)
        }),
        ("resources", Key::resource(&user(1)), |tables| {
            tables.page(&users(), From::Skip(0), 9).map(drop)
        }),
        ("resources", Key::resource(&user(1)), |tables| {
            tables.version(&user(1)).map(drop)
        }),
        ("counts", Key::scope(&users()), |tables| {
            tables.count(&users()).map(drop)
        }),
        ("blocks", Key::scope(&users()).byte(0).id(id(0).0), |tables| {
            tables.page(&users(), From::Skip(1), 9).map(drop)
        }),
        ("members", in_group.clone().id(id(1).0), |tables| {
            tables.members(&group(10), None, 9).map(drop)
        }),
        ("members", in_group.clone().id(id(1).0), |tables| {
            tables.members_among(&group(10), &[id(1)]).map(drop)
        }),
        ("stamps", in_group, |tables| tables.stamp(&group(10)).map(drop)),
        ("links", Key::link(&link(1)), |tables| tables.link(&link(1)).map(drop)),
        ("backlogs", Key::target(link(1).directory, link(1).target), |tables| {
            tables.backlog(link(1).target).map(drop)
        }),
        ("grants", Key::grant(&grant(10, 1)), |tables| {
            tables.grants_due(&link(10), None, 9).map(drop)
        }),
        ("settings", Key::setting(SettingKind::Other, name), |tables| {
            tables.settings(SettingKind::Other).map(drop)
        }),
    ];
    for (table, key, read) in rows {
        let database = filled(name);
        assert!(read(&open::snapshot(&database).unwrap()).is_ok(), "{table}");
        assert_eq!(
            open::snapshot(&database)
                .unwrap()
                .verify(&AtomicBool::default())
                .unwrap()
                .faults,
            0
        );
        damage(&database, table, &key);
        let after = open::snapshot(&database).unwrap();
        assert!(matches!(read(&after), Err(Error::Damaged(_))), "{table}");
        let report = after.verify(&AtomicBool::default()).unwrap();
        let name = named("", key.bytes());
        assert!(
            report.first.iter().any(|fault| fault.ends_with(&name)),
            "{table}: {report:?}"
        );
    }
}

#[test]
fn indexes_that_say_something_else_are_found() {
    let tables = ["index", "memberships", "due", "accounts", "grants_due", "grants_of"];
    for name in tables {
        let database = filled("title");
        let transaction = database.begin_write().unwrap();
        {
            let mut table = transaction
                .open_table(TableDefinition::<Bytes, Bytes>::new(name))
                .unwrap();
            let key = table.first().unwrap().expect("there is an entry").0.value().to_vec();
            table.remove(key.as_slice()).unwrap();
        }
        transaction.commit().unwrap();
        let report = open::snapshot(&database)
            .unwrap()
            .verify(&AtomicBool::default())
            .unwrap();
        // The entry and the number of entries.
        assert_eq!(report.faults, 2, "{name}: {report:?}");
    }
}

fn filled(name: &str) -> Database {
    let database = open::open(&Options::in_memory()).unwrap();
    let writes = vec![
        Write::PutResource(resource(user(1), &[("userName", "ann")])),
        put(user(2)),
        put(group(10)),
        Write::AddMember(group(10), member(1)),
        marked(1, 0),
        crate::store::suite::settled(1, Some("P1"), None),
        Write::Want(
            GrantKey {
                group: link(10),
                member: id(1),
            },
            true,
        ),
        Write::PutSetting(SettingKind::Other, name.to_owned(), vec![1]),
    ];
    let work = Work::Commit(Batch {
        expect: Vec::new(),
        writes,
    });
    fold(&database, &[&work], at(0)).unwrap().remove(0).unwrap();
    database
}

#[tokio::test]
async fn a_damaged_store_is_told_of() {
    let heard = Heard::begin();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let open = || Redb::open(Options::file(&path), Arc::new(ManualClock::at(at(0)))).unwrap();
    let store = open();
    write(&store, vec![put(user(1))]).await;
    store.verify_and_tell().await;
    drop(store);
    assert_eq!(heard.types(), [""; 0]);
    damage(&Database::open(&path).unwrap(), "resources", &Key::resource(&user(1)));
    open().verify_and_tell().await;
    let alarms = heard.take();
    assert_eq!((alarms.len(), &alarms[0]["type"]), (1, &"store_damaged".into()));
}

/// A check that is broken off or fails has not seen what the one before saw.
#[tokio::test]
async fn known_damage_stays_known_until_a_whole_check_finds_none() {
    let disk = Disk::default();
    write(&disk.open().unwrap(), vec![put(user(1))]).await;
    let database = open::open(&disk.options()).unwrap();
    damage(&database, "resources", &Key::resource(&user(1)));
    drop(database);
    let store = Arc::new(disk.open().unwrap());
    store.verify().await.unwrap();
    let known = (&*store as &dyn Keeper).condition().check;
    assert!(matches!(known, Check::Damaged(..)), "{known:?}");
    Arc::clone(&store).close().await;
    assert!(store.verify().await.is_err(), "it is broken off");
    assert_eq!((&*store as &dyn Keeper).condition().check, known);
}

/// A disk over which redb panics once, at so many reads from now.
#[derive(Debug)]
struct Panicking(Box<dyn StorageBackend>, Arc<AtomicI64>);

impl StorageBackend for Panicking {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        assert!(self.1.fetch_sub(1, Ordering::Relaxed) != 0, "of Ann Example");
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}

fn panicking(disk: &Disk, reads: &Arc<AtomicI64>) -> Options {
    let Medium::Backend(make) = disk.options().medium else {
        panic!("a disk is a backend")
    };
    let reads = Arc::clone(reads);
    Options {
        medium: Medium::Backend(Arc::new(move || Ok(Box::new(Panicking(make()?, Arc::clone(&reads)))))),
        cache_bytes: 0,
        inline: true,
        reads_inline: false,
        room: None,
    }
}

/// redb panics over some pages, before the store is open and after.
#[tokio::test]
async fn pages_that_make_no_sense_are_damage() {
    let disk = Disk::default();
    write(&disk.open().unwrap(), vec![put(user(1))]).await;
    let reads = Arc::new(AtomicI64::new(-1));
    let open = || Redb::open(panicking(&disk, &reads), Arc::new(ManualClock::at(at(0))));
    drop(open().unwrap());
    let in_opening = -1 - reads.load(Ordering::Relaxed);
    for number in 0..in_opening {
        reads.store(number, Ordering::Relaxed);
        let opened = open();
        // Not while it closes.
        reads.store(-1, Ordering::Relaxed);
        match opened {
            Ok(_) => {}
            Err(error) => assert!(matches!(error, OpenError::Damaged(_)), "{number}: {error:?}"),
        }
    }
    reads.store(-1, Ordering::Relaxed);
    let store = open().unwrap();
    let heard = Heard::begin();
    reads.store(0, Ordering::Relaxed);
    store.verify_and_tell().await;
    assert_eq!(heard.types(), ["store_damaged"]);
    let known = (&store as &dyn Keeper).condition().check;
    assert!(matches!(known, Check::Damaged(1, _)), "{known:?}");
    let folder = tempfile::tempdir().unwrap();
    reads.store(0, Ordering::Relaxed);
    let refused = store.back_up(folder.path().join("backup"), false).await;
    let damaged = matches!(refused, Err(BackupError::Store(Error::Damaged(_))));
    assert!(damaged && !format!("{refused:?}").contains("Ann"), "{refused:?}");
    reads.store(-1, Ordering::Relaxed);
}
