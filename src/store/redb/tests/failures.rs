//! A disk that fails, and heals.
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use redb::StorageBackend;

use crate::clock::ManualClock;
use crate::store::redb::fold::Work;
use crate::store::redb::open::{LOW_BYTES, SPARE_BYTES};
use crate::store::redb::writer::Writer;
use crate::store::redb::{Medium, Options, Redb};
use crate::store::suite::{at, put, try_write, user, users, write};
use crate::store::{Batch, Error, Expect, Keeper as _, SettingKind, Store, Write};
use crate::telemetry::Heard;

/// A disk in memory that takes no writes while it is broken.
#[derive(Debug, Clone, Default)]
struct Disk {
    bytes: Arc<Mutex<Vec<u8>>>,
    broken: Arc<AtomicBool>,
    /// It lets what is there be written, and nothing grow.
    full: Arc<AtomicBool>,
}

impl Disk {
    fn options(&self) -> Options {
        let disk = self.clone();
        let medium = Medium::Backend(Arc::new(move || Ok(Box::new(disk.clone()) as Box<dyn StorageBackend>)));
        Options {
            medium,
            ..Options::in_memory()
        }
    }

    fn store(&self, inline: bool) -> Redb {
        let options = Options {
            inline,
            ..self.options()
        };
        Redb::open(options, Arc::new(ManualClock::at(at(0)))).unwrap()
    }

    fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    fn check(&self) -> io::Result<()> {
        match self.broken.load(Ordering::SeqCst) {
            true => Err(io::Error::other("no space left")),
            false => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        out.copy_from_slice(&self.bytes.lock().unwrap()[start..start + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        let (len, mut bytes) = (usize::try_from(len).unwrap(), self.bytes.lock().unwrap());
        if len > bytes.len() && self.full.load(Ordering::SeqCst) {
            return Err(io::Error::other("quota exceeded"));
        }
        bytes.resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        let start = usize::try_from(offset).unwrap();
        self.bytes.lock().unwrap()[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_closes_until_the_disk_is_well() {
    let disk = Disk::default();
    let store = disk.store(true);
    write(&store, vec![put(user(1))]).await;
    disk.set_broken(true);
    for _ in 0..3 {
        let refused = try_write(&store, vec![], vec![put(user(2))]).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        assert!(matches!(store.resource(&user(1)).await, Err(Error::Unavailable(_))));
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    disk.set_broken(false);
    tokio::time::advance(Duration::from_secs(5)).await;
    write(&store, vec![put(user(3))]).await;
    assert!(store.resource(&user(1)).await.unwrap().is_some());
    assert!(store.verify().await.unwrap().first.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_closed_store_is_not_opened_at_every_write() {
    let disk = Disk::default();
    let store = disk.store(true);
    disk.set_broken(true);
    let first = try_write(&store, vec![], vec![put(user(1))]).await;
    assert!(first.is_err());
    disk.set_broken(false);
    let at_once = try_write(&store, vec![], vec![put(user(1))]).await;
    assert!(matches!(at_once, Err(Error::Unavailable(_))), "{at_once:?}");
    tokio::time::advance(Duration::from_secs(1)).await;
    write(&store, vec![put(user(1))]).await;
}

#[tokio::test]
async fn the_writer_opens_again_without_being_asked() {
    let disk = Disk::default();
    let store = disk.store(false);
    write(&store, vec![put(user(1))]).await;
    disk.set_broken(true);
    assert!(try_write(&store, vec![], vec![put(user(2))]).await.is_err());
    disk.set_broken(false);
    let reopened = async {
        while store.count(&users()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reopened)
        .await
        .expect("it is opened again");
    assert!(store.resource(&user(1)).await.unwrap().is_some());
}

/// The disk is nearly full: writes are refused before it is, reads go on, and it heals by itself.
#[tokio::test(start_paused = true)]
async fn a_disk_that_is_nearly_full_takes_no_writes() {
    for inline in [true, false] {
        let left = Arc::new(AtomicU64::new(SPARE_BYTES));
        let told = left.clone();
        let options = Options {
            inline,
            room: Some(Arc::new(move || Ok(told.load(Ordering::SeqCst)))),
            ..Options::in_memory()
        };
        let store = Redb::open(options, Arc::new(ManualClock::at(at(0)))).unwrap();
        write(&store, vec![put(user(1))]).await;
        left.store(SPARE_BYTES - 1, Ordering::SeqCst);
        let refused = try_write(&store, Vec::new(), vec![put(user(2))]).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        assert!(store.resource(&user(1)).await.unwrap().is_some());
        assert_eq!(store.count(&users()).await.unwrap(), 1);
        left.store(SPARE_BYTES, Ordering::SeqCst);
        write(&store, vec![put(user(2))]).await;
        assert_eq!(store.count(&users()).await.unwrap(), 2);
    }
}

/// Whoever is to act hears of it before writes are refused, also where nothing is written, and again when they are: each
/// time anew, but for a disk that comes and goes about the mark.
#[tokio::test(start_paused = true)]
async fn a_disk_that_fills_is_told_of_in_time() {
    let heard = Heard::begin();
    let left = Arc::new(AtomicU64::new(2 * LOW_BYTES));
    let told = left.clone();
    let options = Options {
        room: Some(Arc::new(move || Ok(told.load(Ordering::SeqCst)))),
        ..Options::in_memory()
    };
    let mut writer = Writer::open(options, Arc::new(ManualClock::at(at(0)))).unwrap();
    for (seconds, room, alarms) in [
        (0, 2 * LOW_BYTES, 0),
        (0, LOW_BYTES, 0),
        (0, LOW_BYTES - 1, 1),
        (0, LOW_BYTES, 0),
        (0, LOW_BYTES - 1, 0),
        (0, SPARE_BYTES - 1, 1),
        (3_600, SPARE_BYTES, 0),
        (60, SPARE_BYTES - 1, 0),
        (3_600, SPARE_BYTES - 1, 0),
        (0, SPARE_BYTES, 0),
        (3_600, SPARE_BYTES - 1, 1),
        (0, LOW_BYTES, 0),
        (3_600, SPARE_BYTES - 1, 1),
        (0, 2 * LOW_BYTES, 0),
        (0, SPARE_BYTES - 1, 1),
    ] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        left.store(room, Ordering::SeqCst);
        for _ in 0..2 {
            writer.run(&[]);
        }
        assert_eq!(heard.types(), vec!["store_nearly_full"; alarms], "{room}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_closed_store_is_told_of_once() {
    let heard = Heard::begin();
    let disk = Disk::default();
    let store = disk.store(true);
    for _ in 0..2 {
        disk.set_broken(true);
        for _ in 0..3 {
            try_write(&store, vec![], vec![put(user(1))]).await.unwrap_err();
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(heard.types(), ["store_closed"]);
        disk.set_broken(false);
        tokio::time::advance(Duration::from_secs(5)).await;
        write(&store, vec![put(user(2))]).await;
        assert_eq!(heard.types(), [""; 0]);
    }
}

/// It can be opened again each time, and closes at the next write, which alone shows what is wrong.
#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_grow_is_told_of_once() {
    let heard = Heard::begin();
    let disk = Disk::default();
    let mut writer = Writer::open(disk.options(), Arc::new(ManualClock::at(at(0)))).unwrap();
    let current = writer.current();
    let setting = |write| {
        let (expect, writes) = (Vec::new(), vec![write]);
        Work::Commit(Batch { expect, writes })
    };
    let large = setting(Write::PutSetting(
        SettingKind::Other,
        "large".to_owned(),
        vec![7; 4 << 20],
    ));
    let refused = Work::Commit(Batch {
        expect: vec![Expect::Setting(SettingKind::Other, "none".to_owned(), Some(1))],
        writes: Vec::new(),
    });
    for _ in 0..2 {
        disk.full.store(true, Ordering::SeqCst);
        for _ in 0..10 {
            writer.run(&[&large]).remove(0).unwrap_err();
            assert!(current.read().unwrap().is_none());
            tokio::time::advance(Duration::from_secs(1)).await;
            writer.run(&[]);
            assert!(current.read().unwrap().is_some());
            writer.run(&[&refused]).remove(0).unwrap_err();
        }
        assert_eq!(heard.types(), ["store_closed"]);
        disk.full.store(false, Ordering::SeqCst);
        let small = setting(Write::PutSetting(SettingKind::Other, "small".to_owned(), vec![7]));
        writer.run(&[&small]).remove(0).unwrap();
    }
}
