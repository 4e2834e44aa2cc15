//! Opening, and what cannot be opened.
use std::fs;
use std::path::Path;
use std::sync::Arc;

use redb::{Database, TableDefinition};

use crate::clock::ManualClock;
use crate::store::redb::open::FORMAT;
use crate::store::redb::{OpenError, Options, Redb, verify};
use crate::store::suite::{at, put, user, users, write};
use crate::store::{Batch, Error, Keeper, Store};

fn open(path: &Path) -> Result<Redb, OpenError> {
    Redb::open(Options::file(path), Arc::new(ManualClock::at(at(0))))
}

#[test]
fn one_process_has_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let first = open(&path).unwrap();
    assert!(matches!(open(&path), Err(OpenError::Locked)));
    assert!(matches!(verify(&Options::file(&path)), Err(OpenError::Locked)));
    drop(first);
    open(&path).unwrap();
}

#[test]
fn later_formats_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    drop(open(&path).unwrap());
    let database = Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let meta = TableDefinition::<&str, u64>::new("meta");
    transaction
        .open_table(meta)
        .unwrap()
        .insert("format", FORMAT + 1)
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    assert!(matches!(open(&path), Err(OpenError::Newer { found }) if found == FORMAT + 1));
}

#[test]
fn what_is_no_store_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let text = "not a store at all, but somebody's diary. ".repeat(1000);
    fs::write(&path, &text).unwrap();
    let refused = open(&path).err().expect("it is no store");
    assert!(matches!(refused, OpenError::Damaged(_)), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    let nowhere = open(&folder.path().join("missing/store.redb"))
        .err()
        .expect("there is no such folder");
    assert!(matches!(nowhere, OpenError::Unavailable(_)), "{nowhere:?}");
}

/// What a failure leaves of a store that is being made has another name.
#[test]
fn a_store_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    drop(open(&path).unwrap());
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(names, ["store.redb"], "nothing else stays");
    let made = Database::open(&path).unwrap();
    drop(made);
    fs::remove_file(&path).unwrap();
    let rival = std::thread::scope(|scope| {
        let both = [scope.spawn(|| open(&path).is_ok()), scope.spawn(|| open(&path).is_ok())];
        both.map(|opened| opened.join().unwrap())
    });
    assert!(rival.contains(&true), "one of two that make it has it");
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let store = open(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    drop(store);
}

/// What is in the file at any moment is what a killed process leaves behind.
#[tokio::test]
async fn a_killed_process_leaves_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let store = open(&path).unwrap();
    for number in 0..=20 {
        if number > 0 {
            write(&store, vec![put(user(number))]).await;
        }
        let left = folder.path().join("left.redb");
        fs::copy(&path, &left).unwrap();
        opens_without_walking_all_pages(&left);
        let opened = open(&left).unwrap();
        assert!(opened.after_unclean_stop());
        assert_eq!(opened.count(&users()).await.unwrap(), u64::try_from(number).unwrap());
        drop(opened);
        assert_eq!(verify(&Options::file(&left)).unwrap().first, Vec::<String>::new());
    }
}

/// Opening takes no longer for a greater store: redb repairs nothing.
fn opens_without_walking_all_pages(path: &Path) {
    let copy = path.with_extension("copy");
    fs::copy(path, &copy).unwrap();
    let mut builder = Database::builder();
    builder.set_repair_callback(|_| panic!("the file is repaired"));
    builder.open(copy).unwrap();
}

#[test]
fn a_closed_store_needs_no_check() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let left = folder.path().join("left.redb");
    for _ in 0..2 {
        let store = open(&path).unwrap();
        assert!(!store.after_unclean_stop());
        fs::copy(&path, &left).unwrap();
    }
    for _ in 0..2 {
        assert!(open(&left).unwrap().after_unclean_stop(), "nobody has checked it");
    }
    fs::copy(&path, &left).unwrap();
    let killed = open(&path).unwrap();
    fs::copy(&path, &left).unwrap();
    drop(killed);
    assert_eq!(verify(&Options::file(&left)).unwrap().faults, 0);
    assert!(!open(&left).unwrap().after_unclean_stop(), "it was checked");
}

/// A store as SIGKILL leaves it.
fn left_by_a_kill(path: &Path) {
    let running = path.with_extension("running");
    let store = open(&running).unwrap();
    fs::copy(&running, path).unwrap();
    drop(store);
}

#[tokio::test]
async fn what_is_found_sound_is_not_checked_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    left_by_a_kill(&path);
    let store = Arc::new(open(&path).unwrap());
    store.clone().close().await;
    let broken_off = store.verify().await;
    assert!(matches!(broken_off, Err(Error::Unavailable(_))), "{broken_off:?}");
    drop(store);
    let store = open(&path).unwrap();
    assert!(store.after_unclean_stop(), "the check was broken off");
    assert_eq!(store.verify().await.unwrap().faults, 0);
    drop(store);
    assert!(!open(&path).unwrap().after_unclean_stop());
}

#[tokio::test]
async fn a_closed_store_is_closed_for_all_who_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let store = Arc::new(open(&path).unwrap());
    write(&*store, vec![put(user(1))]).await;
    store.clone().close().await;
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![put(user(2))],
    };
    assert!(matches!(store.commit(batch).await, Err(Error::Unavailable(_))));
    assert!(matches!(store.count(&users()).await, Err(Error::Unavailable(_))));
    let next = open(&path).unwrap();
    assert!(!next.after_unclean_stop());
    assert_eq!(next.count(&users()).await.unwrap(), 1);
}
