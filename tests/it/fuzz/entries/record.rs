//! Records of the store, damaged with a right and with a wrong checksum.
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redb::{Database, ReadableTable, TableDefinition};
use tempfile::TempDir;
use usherd::clock::SystemClock;
use usherd::store::{Keeper, Options, Redb, Store};
use uuid::Uuid;

use super::block_on;
use super::stored::{KEPT, Reading, TARGET, everything, readings};

/// The tables whose rows are records.
const TABLES: [&str; 12] = [
    "resources",
    "counts",
    "blocks",
    "members",
    "stamps",
    "targets",
    "links",
    "backlogs",
    "going",
    "grants",
    "settings",
    "leases",
];

/// Format and checksum, before the payload.
const HEADER_BYTES: usize = 5;

/// Longer than a test runs.
const LEASED: Duration = Duration::from_secs(3600);

/// A store of one record of each kind at least, as a file has it.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let file = File::new();
    let store = file.open();
    block_on(async {
        for batch in everything() {
            store.commit(batch).await.expect("it takes a batch");
        }
        let lease = store.lease(TARGET, Uuid::from_u128(3), LEASED).await;
        lease.expect("it can be written").expect("nobody has it");
    });
    drop(store);
    fs::read(file.path()).expect("the file")
});

/// What is read of it as it is.
static WHOLE: LazyLock<Vec<Reading>> = LazyLock::new(|| {
    let file = File::of_sound();
    let whole = readings(&file.open());
    let text = format!("{whole:?}");
    for kept in KEPT {
        assert!(text.contains(kept), "nothing is kept of {kept}: {text}");
    }
    whole
});

/// How the record is changed.
enum Change {
    /// Another payload under a right checksum.
    Payload,
    /// Places and values that are written into the payload, under a right checksum.
    Edits,
    /// Other bytes.
    Record,
}

/// The first byte chooses the table and which of its records is changed, the second one how; the rest says what is
/// written.
///
/// Under a wrong checksum nothing but what was written is read, or nothing. Under a right one anything may be, if it
/// ends.
pub(super) fn record(bytes: &[u8]) -> bool {
    let [place, change, rest @ ..] = bytes else {
        return false;
    };
    let (table, row) = (usize::from(*place) % TABLES.len(), usize::from(*place) / TABLES.len());
    let table = TABLES[table];
    let change = match *change % 3 {
        0 => Change::Payload,
        1 => Change::Edits,
        _ => Change::Record,
    };
    let file = File::of_sound();
    file.damage((table, row), &change, rest);
    let store = file.open();
    let found = readings(&store);
    block_on(store.verify()).ok();
    let whole = &*WHOLE;
    if matches!(change, Change::Record) {
        for (found, whole) in found.iter().zip(whole) {
            assert!(
                found.is_none() || found == whole,
                "{table}: {found:?} in place of {whole:?}"
            );
        }
    }
    found.iter().all(Option::is_some)
}

/// A file of its own, gone when dropped.
struct File(TempDir);

impl File {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn of_sound() -> Self {
        let file = Self::new();
        fs::write(file.path(), &*SOUND).expect("a folder of ours");
        file
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("store")
    }

    fn open(&self) -> Redb {
        let options = Options {
            inline: true,
            room: None,
            ..Options::file(self.path())
        };
        Redb::open(options, Arc::new(SystemClock)).expect("the file is sound")
    }

    fn damage(&self, (table, row): (&str, usize), change: &Change, bytes: &[u8]) {
        let database = Database::open(self.path()).expect("the file is sound");
        let transaction = database.begin_write().expect("nobody else writes");
        {
            let table: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(table);
            let mut table = transaction.open_table(table).expect("there is such a table");
            let rows = table
                .iter()
                .expect("it can be read")
                .map(|row| row.expect("so can its rows"));
            let mut rows: Vec<_> = rows
                .map(|row| (row.0.value().to_vec(), row.1.value().to_vec()))
                .collect();
            let row = row % rows.len();
            let (key, record) = rows.swap_remove(row);
            let record = changed(&key, &record, change, bytes);
            table.insert(&*key, &*record).expect("it can be written");
        }
        transaction.commit().expect("it can be written");
    }
}

fn changed(key: &[u8], record: &[u8], change: &Change, bytes: &[u8]) -> Vec<u8> {
    let (header, payload) = record.split_at(HEADER_BYTES);
    assert_eq!(
        sealed(header[0], key, payload),
        record,
        "this is how records are sealed"
    );
    let mut edited = payload.to_vec();
    for edit in bytes.chunks_exact(2) {
        let place = usize::from(edit[0]) % edited.len().max(1);
        edited.resize(edited.len().max(place + 1), 0);
        edited[place] = edit[1];
    }
    match change {
        Change::Payload => sealed(header[0], key, bytes),
        Change::Edits => sealed(header[0], key, &edited),
        Change::Record => bytes.to_vec(),
    }
}

fn sealed(format: u8, key: &[u8], payload: &[u8]) -> Vec<u8> {
    let checksum = crc32fast::hash(&[&[format], key, payload].concat());
    [&[format], &checksum.to_le_bytes()[..], payload].concat()
}
