//! Backups: one moment of the store, whole or not at all, and what a store made from one is.
use std::cell::Cell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use redb::ReadableTable;

use super::disk::Disk;
use super::formats::{FORMATS, kept};
use crate::clock::ManualClock;
use crate::store::redb::archive::{Head, Reader, Writer as Archive};
use crate::store::redb::fold::Work;
use crate::store::redb::writer::Writer;
use crate::store::redb::{Options, Redb, Restoring, open, restore, verify};
use crate::store::suite::{at, group, link, marked, member, put, resource, settled, try_write, user, users, write};
use crate::store::{BackupError, Batch, Condition, Error, Keeper, Link, Resource, Restored, Store, Write};

/// A folder with a store that holds a little of everything.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    async fn new() -> (Self, Redb) {
        let site = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let store = site.open("store.redb");
        let writes = vec![
            put(user(1)),
            put(user(2)),
            put(group(10)),
            Write::AddMember(group(10), member(1)),
            marked(1, 0),
            settled(1, Some("P1"), Some(1)),
            marked(2, 0),
        ];
        write(&store, writes).await;
        (site, store)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, name: &str) -> Redb {
        Redb::open(Options::file(self.path(name)), Arc::new(ManualClock::at(at(0)))).unwrap()
    }

    fn restore(&self, name: &str, replace: bool) -> Result<(), BackupError> {
        let how = Restoring { at: at(7), replace };
        restore(&self.path("backup"), &self.path(name), how).map(drop)
    }

    /// Names of what is in the folder.
    fn names(&self) -> Vec<String> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn a_backup_is_one_moment_of_the_store() {
    let (site, store) = Site::new().await;
    let backup = store.back_up(site.path("backup"), false).await.unwrap();
    assert_eq!(backup.taken, at(0));
    assert_eq!(backup.bytes, fs::metadata(site.path("backup")).unwrap().len());
    write(&store, vec![put(user(3))]).await;
    site.restore("restored.redb", false).unwrap();
    assert_eq!(site.names(), ["backup", "restored.redb", "store.redb"]);

    let restored = site.open("restored.redb");
    assert!(!restored.after_unclean_stop());
    assert_eq!(restored.count(&users()).await.unwrap(), 2);
    assert_eq!(
        restored.resource(&user(1)).await.unwrap(),
        store.resource(&user(1)).await.unwrap()
    );
    assert_eq!(restored.members(&group(10), None, 9).await.unwrap(), [member(1)]);
    for number in [1, 2] {
        let expected = Link {
            restored: Some(Restored::Held),
            ..store.link(&link(number)).await.unwrap().unwrap()
        };
        assert_eq!(restored.link(&link(number)).await.unwrap(), Some(expected));
    }
    let conditions = [&store, &restored].map(|store| (store as &dyn Keeper).condition().restored);
    assert_eq!(conditions, [None, Some(at(7))]);
    write(&restored, vec![put(user(3))]).await;
    drop(restored);
    assert_eq!(
        verify(&Options::file(site.path("restored.redb"))).unwrap().first,
        Vec::<String>::new()
    );
}

const BACKUPS: [&str; 3] = ["first", "second", "third"];

#[tokio::test]
async fn writes_go_on_while_a_backup_is_written() {
    let (site, store) = Site::new().await;
    // So many that writes arrive while they are read.
    write(&store, (1_000..3_000).map(|number| put(user(number))).collect()).await;
    let done = Cell::new(false);
    let backups = async {
        for name in BACKUPS {
            store.back_up(site.path(name), false).await.unwrap();
        }
        done.set(true);
    };
    let writes = async {
        let mut number = 10_000;
        while !done.get() {
            write(&store, vec![put(user(number)), put(user(number + 1))]).await;
            number += 2;
        }
    };
    tokio::join!(backups, writes);
    for name in BACKUPS {
        fs::rename(site.path(name), site.path("backup")).unwrap();
        // Which verifies that every index and count says what the records say.
        site.restore(&format!("{name}.redb"), false).unwrap();
        let counted = site.open(&format!("{name}.redb")).count(&users()).await.unwrap();
        assert_eq!(counted % 2, 0, "no write is there in part");
    }
}

#[tokio::test]
async fn nothing_is_replaced_unasked() {
    let (site, store) = Site::new().await;
    fs::write(site.path("backup"), "a diary").unwrap();
    let refused = store.back_up(site.path("backup"), false).await;
    assert!(matches!(refused, Err(BackupError::Exists(_))), "{refused:?}");
    assert_eq!(fs::read_to_string(site.path("backup")).unwrap(), "a diary");
    assert!(matches!(
        site.restore("store.redb", true),
        Err(BackupError::Unusable(_))
    ));
    for file in ["backup", "store.redb"] {
        let refused = store.back_up(site.path(file), true).await;
        assert!(matches!(refused, Err(BackupError::NoBackup(_))), "{file}: {refused:?}");
    }
    assert_eq!(fs::read_to_string(site.path("backup")).unwrap(), "a diary");
    fs::write(site.path("backup"), "").unwrap();
    for _ in 0..2 {
        store.back_up(site.path("backup"), true).await.unwrap();
    }
    for replace in [false, true] {
        let refused = site.restore("store.redb", replace);
        assert!(matches!(refused, Err(BackupError::InUse)), "{refused:?}");
    }
    write(&store, vec![put(user(3))]).await;
    drop(store);
    let refused = site.restore("store.redb", false);
    assert!(matches!(refused, Err(BackupError::Exists(_))), "{refused:?}");
    site.restore("store.redb", true).unwrap();
    assert_eq!(site.names(), ["backup", "store.redb", "store.redb.replaced"]);
    assert_eq!(site.open("store.redb").count(&users()).await.unwrap(), 2);
    assert_eq!(site.open("store.redb.replaced").count(&users()).await.unwrap(), 3);
    // Once more, as with an earlier backup: what was there at first stays.
    site.restore("store.redb", true).unwrap();
    let names = ["backup", "store.redb", "store.redb.replaced", "store.redb.replaced-2"];
    assert_eq!(site.names(), names);
    assert_eq!(site.open("store.redb.replaced").count(&users()).await.unwrap(), 3);
}

/// A device would be replaced by a file, and a pipe be waited for until somebody writes to it.
#[cfg(unix)]
#[tokio::test]
async fn only_a_regular_file_gives_way_to_a_backup() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let (site, store) = Site::new().await;
    mknodat(CWD, site.path("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    fs::create_dir(site.path("folder")).unwrap();
    store.back_up(site.path("backup"), false).await.unwrap();
    std::os::unix::fs::symlink(site.path("backup"), site.path("link")).unwrap();
    for file in ["pipe", "folder", "link"] {
        let before = fs::symlink_metadata(site.path(file)).unwrap().file_type();
        let refused = store.back_up(site.path(file), true).await;
        assert!(matches!(refused, Err(BackupError::NoBackup(_))), "{file}: {refused:?}");
        assert_eq!(
            fs::symlink_metadata(site.path(file)).unwrap().file_type(),
            before,
            "{file}"
        );
    }
}

#[tokio::test]
async fn a_changed_backup_makes_no_store() {
    let (site, store) = Site::new().await;
    store.back_up(site.path("backup"), false).await.unwrap();
    let whole = fs::read(site.path("backup")).unwrap();
    for byte in (0..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[byte] ^= 16;
        fs::write(site.path("backup"), changed).unwrap();
        let refused = site.restore("restored.redb", false);
        assert!(
            matches!(refused, Err(BackupError::Unusable(_))),
            "byte {byte}: {refused:?}"
        );
    }
    assert_eq!(site.names(), ["backup", "store.redb"]);
}

/// What a killed restore left is no store, and the next one does not trip over it; one that lives is left alone.
#[tokio::test]
async fn a_killed_restore_is_begun_anew() {
    let (site, store) = Site::new().await;
    store.back_up(site.path("backup"), false).await.unwrap();
    drop(store);
    let made = site.path("restored.redb.restoring");
    fs::copy(site.path("store.redb"), &made).unwrap();
    let another = fs::File::options().write(true).open(&made).unwrap();
    another.try_lock().unwrap();
    let refused = site.restore("restored.redb", false);
    assert!(matches!(refused, Err(BackupError::InUse)), "one that is under way");
    drop(another);
    site.restore("restored.redb", false).unwrap();
    assert_eq!(site.open("restored.redb").count(&users()).await.unwrap(), 2);
}

#[tokio::test]
async fn a_damaged_store_is_not_backed_up() {
    let (site, store) = Site::new().await;
    store.back_up(site.path("backup"), false).await.unwrap();
    drop(store);
    damage(&site.path("store.redb"));
    let refused = site.open("store.redb").back_up(site.path("backup"), true).await;
    assert!(matches!(refused, Err(BackupError::Store(_))), "{refused:?}");
    site.restore("restored.redb", false).unwrap();
    assert_eq!(site.names(), ["backup", "restored.redb", "store.redb"]);
}

/// A record that has lost its value, and a row of an index that has one.
#[tokio::test]
async fn rows_of_another_form_are_not_backed_up() {
    for (table, value) in [("links", &[][..]), ("memberships", &[7][..])] {
        let (site, store) = Site::new().await;
        drop(store);
        let database = redb::Database::open(site.path("store.redb")).unwrap();
        let transaction = database.begin_write().unwrap();
        {
            let definition = redb::TableDefinition::<&[u8], &[u8]>::new(table);
            let mut table = transaction.open_table(definition).unwrap();
            let key = table.first().unwrap().expect("a row").0.value().to_vec();
            table.insert(key.as_slice(), value).unwrap();
        }
        transaction.commit().unwrap();
        drop(database);
        let refused = site.open("store.redb").back_up(site.path("backup"), false).await;
        assert!(matches!(refused, Err(BackupError::Store(_))), "{table}: {refused:?}");
    }
}

fn damage(file: &Path) {
    let database = redb::Database::open(file).unwrap();
    let key = crate::store::redb::keys::Key::resource(&user(1));
    super::folding::damage(&database, "resources", &key);
}

#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    let (site, store) = Site::new().await;
    store.back_up(site.path("backup"), false).await.unwrap();
    let mode = fs::metadata(site.path("backup")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_store_that_was_never_restored_says_nothing() {
    let (_site, store) = Site::new().await;
    assert!(try_write(&store, Vec::new(), vec![put(user(4))]).await.is_ok());
    assert_eq!((&store as &dyn Keeper).condition(), Condition::default());
}

/// Tables by name, each with its rows.
type Rows = Vec<(String, Vec<(Vec<u8>, Vec<u8>)>)>;

fn stored(path: &Path) -> Rows {
    let database = open::open(&Options::file(path)).unwrap();
    let tables = open::snapshot(&database).unwrap();
    let rows = tables.all().into_iter().map(|(name, table)| {
        let rows = table.iter().unwrap().map(|row| {
            let (key, value) = row.unwrap();
            (key.value().to_vec(), value.value().to_vec())
        });
        (name.to_owned(), rows.collect())
    });
    rows.collect()
}

/// What was deleted may still be in pages of a store that are free by now; a backup of it has rows and nothing else.
#[tokio::test]
async fn a_backup_holds_the_rows_and_nothing_else() {
    let (site, store) = Site::new().await;
    let name = b"Grace Brewster Hopper";
    let grace = Resource {
        body: name.to_vec(),
        ..resource(user(3), &[])
    };
    write(&store, vec![Write::PutResource(grace)]).await;
    write(&store, vec![Write::DeleteResource(user(3))]).await;
    let bytes = store.back_up(site.path("backup"), false).await.unwrap().bytes;
    drop(store);
    let written = fs::read(site.path("backup")).unwrap();
    assert!(!written.windows(name.len()).any(|part| part == name));

    let expected: Vec<_> = stored(&site.path("store.redb"))
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    let mut reader = Reader::open(File::open(site.path("backup")).unwrap()).unwrap();
    let mut found = Rows::new();
    while let Some(chunk) = reader.chunk().unwrap() {
        found.push((chunk.table, chunk.rows));
    }
    assert_eq!(found, expected);
    let database = open::open(&Options::in_memory()).unwrap();
    let named: usize = open::snapshot(&database)
        .unwrap()
        .all()
        .iter()
        .map(|(name, _)| 1 + 4 + name.len())
        .sum();
    let rows = found.iter().flat_map(|(_, rows)| rows);
    let rows: usize = rows.map(|(key, value)| 1 + 4 + key.len() + 4 + value.len()).sum();
    let (head, end) = (16 + 8 + 8, 1 + 8 + 32);
    assert_eq!(bytes, (head + named + rows + end) as u64);
}

#[tokio::test]
async fn a_backup_of_every_format_is_restored() {
    for format in FORMATS {
        let site = Site {
            folder: tempfile::tempdir().unwrap(),
        };
        let database = open::opened_as_is(&Disk::holding(&kept(*format)).options()).unwrap();
        let head = Head {
            format: *format,
            taken: at(0),
        };
        let mut archive = Archive::begin(File::create(site.path("backup")).unwrap(), head).unwrap();
        for (name, table) in open::snapshot(&database).unwrap().all() {
            archive.table(name).unwrap();
            for row in table.iter().unwrap() {
                let (key, value) = row.unwrap();
                archive.row(key.value(), value.value()).unwrap();
            }
        }
        archive.end().unwrap();
        site.restore("store.redb", false).unwrap();
        let store = site.open("store.redb");
        assert_eq!(store.count(&users()).await.unwrap(), 1, "{format}");
        let restored = store.link(&link(1)).await.unwrap().unwrap().restored;
        assert_eq!(restored, Some(Restored::Held), "{format}");
    }
}

/// A server whose store failed opens the same one again, and no other: what it has in memory holds for that one alone.
#[tokio::test(start_paused = true)]
async fn no_other_store_is_served_after_a_failure() {
    let (site, store) = Site::new().await;
    store.back_up(site.path("backup"), false).await.unwrap();
    drop(store);
    let (path, away) = (site.path("store.redb"), site.path("away"));
    let mut writer = Writer::open(Options::file(&path), Arc::new(ManualClock::at(at(0)))).unwrap();
    for restored in [false, true] {
        fs::rename(&path, &away).unwrap();
        if restored {
            site.restore("store.redb", false).unwrap();
        }
        let refused = write_after_a_failure(&mut writer).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        assert_eq!(path.exists(), restored);
        fs::rename(&away, &path).unwrap();
        write_after_a_failure(&mut writer).await.unwrap();
    }
}

async fn write_after_a_failure(writer: &mut Writer) -> Result<(), Error> {
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![put(user(9))],
    };
    writer.close(&Error::Unexpected("a test does it".into()));
    tokio::time::advance(Duration::from_secs(60)).await;
    writer.run(&[&Work::Commit(batch)]).remove(0).map(drop)
}
