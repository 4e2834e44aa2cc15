//! Records of the store, damaged with a right and with a wrong checksum.
use std::fmt::Debug;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use redb::{Database, ReadableTable, TableDefinition};
use tempfile::TempDir;
use usherd::clock::SystemClock;
use usherd::store::{
    Access, AccountRef, Applied, Batch, Cause, DirectoryId, Error, From, GrantKey, IndexTerm, Keeper, LinkChange,
    LinkKey, LinkQuery, Mark, Member, Options, Place, Redb, Resource, ResourceId, ResourceKey, Scope, SettingKind,
    Settle, Splice, Store, TargetId, Write,
};
use uuid::Uuid;

use super::block_on;

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

/// Rows of each answer.
const ROWS: usize = 9;

const DIRECTORY: DirectoryId = DirectoryId(Uuid::from_u128(1));
const TARGET: TargetId = TargetId(Uuid::from_u128(2));
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A store of one record of each kind at least, as a file has it.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let file = File::new();
    let store = file.open();
    block_on(async {
        store.commit(everything()).await.expect("it takes a batch");
        let lease = store.lease(TARGET, Uuid::from_u128(3), LEASED).await;
        lease.expect("it can be written").expect("nobody has it");
    });
    drop(store);
    fs::read(file.path()).expect("the file")
});

/// What is read of it as it is.
static WHOLE: LazyLock<Vec<Reading>> = LazyLock::new(|| {
    let file = File::of_sound();
    readings(&file.open())
});

/// What one verb of the store answers, in words; nothing if it refuses to.
type Reading = Option<String>;

/// How the record is changed.
enum Change {
    /// Another payload under a right checksum.
    Payload,
    /// Places and values that are written into the payload, under a right checksum.
    Edits,
    /// Other bytes.
    Record,
}

/// The first byte chooses the table whose first record is changed, the second one how; the rest says what is written.
///
/// Under a wrong checksum nothing but what was written is read, or nothing. Under a right one anything may be, if it
/// ends.
pub(super) fn record(bytes: &[u8]) -> bool {
    let [table, change, rest @ ..] = bytes else {
        return false;
    };
    let table = TABLES[usize::from(*table) % TABLES.len()];
    let change = match *change % 3 {
        0 => Change::Payload,
        1 => Change::Edits,
        _ => Change::Record,
    };
    let file = File::of_sound();
    file.damage(table, &change, rest);
    let store = file.open();
    let found = readings(&store);
    block_on(store.verify()).ok();
    if matches!(change, Change::Record) {
        for (found, whole) in found.iter().zip(&*WHOLE) {
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

    fn damage(&self, table: &str, change: &Change, bytes: &[u8]) {
        let database = Database::open(self.path()).expect("the file is sound");
        let transaction = database.begin_write().expect("nobody else writes");
        {
            let table: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(table);
            let mut table = transaction.open_table(table).expect("there is such a table");
            let first = table.first().expect("it can be read").expect("it has a row");
            let (key, record) = (first.0.value().to_vec(), first.1.value().to_vec());
            drop(first);
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

fn user() -> ResourceKey {
    key("User", 4)
}

fn group() -> ResourceKey {
    key("Group", 5)
}

fn key(resource_type: &str, number: u128) -> ResourceKey {
    ResourceKey {
        scope: Scope {
            directory: DIRECTORY,
            resource_type: resource_type.to_owned(),
        },
        id: ResourceId(Uuid::from_u128(number)),
    }
}

fn link(resource: &ResourceKey) -> LinkKey {
    LinkKey {
        directory: DIRECTORY,
        target: TARGET,
        resource: resource.id,
    }
}

fn term() -> IndexTerm {
    IndexTerm {
        attribute: "userName".to_owned(),
        value: "ada".to_owned(),
    }
}

fn resource(key: ResourceKey) -> Resource {
    Resource {
        key,
        version: 1,
        created: NOW,
        modified: NOW,
        body: b"{\"userName\":\"ada\"}".to_vec(),
        splices: vec![Splice {
            offset: 1,
            place: Place::Rows,
        }],
        index: vec![term()],
        origins: vec![TARGET],
    }
}

/// Writes that leave a record in each table.
fn everything() -> Batch {
    let mark = |resource: &ResourceKey, access| {
        let mark = Mark {
            resource_type: resource.scope.resource_type.clone(),
            fields: ["name".to_owned()].into(),
            access,
            cause: Cause::Own,
            at: NOW,
            tombstone: None,
        };
        Write::Link(link(resource), LinkChange::Mark(mark))
    };
    let account = Applied {
        id: "P1".to_owned(),
        active: true,
        unique: Some("ada".to_owned()),
        ..Applied::default()
    };
    let settle = Settle {
        account: Some(account),
        ..Settle::default()
    };
    let member = Member {
        id: user().id,
        resource_type: "User".to_owned(),
        display: Some("Ada".to_owned()),
    };
    let grant = GrantKey {
        group: link(&group()),
        member: user().id,
    };
    let writes = vec![
        Write::PutResource(resource(user())),
        Write::PutResource(resource(group())),
        Write::AddMember(group(), member),
        mark(&user(), Access::Given),
        mark(&group(), Access::Kept),
        Write::Link(link(&user()), LinkChange::Settle(settle)),
        mark(&user(), Access::Taken),
        Write::Want(grant, true),
        Write::PutSetting(SettingKind::Other, "key".to_owned(), vec![1]),
    ];
    Batch {
        expect: Vec::new(),
        writes,
    }
}

/// What every verb that reads says.
fn readings(store: &Redb) -> Vec<Reading> {
    block_on(async {
        let mut readings = of_resources(store).await;
        readings.extend(of_links(store).await);
        readings
    })
}

async fn of_resources(store: &Redb) -> Vec<Reading> {
    let (scope, seen) = (user().scope, Arc::new(Mutex::new(Vec::new())));
    let visited = Arc::clone(&seen);
    let visitor = Box::new(move |resource: &Resource| {
        visited.lock().expect("nobody panics under it").push(resource.clone());
        ControlFlow::Continue(())
    });
    let scanned = store.scan(&scope, visitor).await;
    vec![
        told(store.resource(&user()).await),
        told(store.resource(&group()).await),
        told(store.find(&scope, &term(), ROWS).await),
        told(store.page(&scope, From::Skip(0), ROWS).await),
        told(store.page(&scope, From::After(ResourceId(Uuid::nil())), ROWS).await),
        told(store.count(&scope).await),
        told(scanned.map(|()| seen)),
        told(store.members(&group(), None, ROWS).await),
        told(store.members_among(&group(), &[user().id]).await),
        told(store.memberships(DIRECTORY, user().id).await),
        told(store.stamp(&group()).await),
        told(store.setting(SettingKind::Other, "key").await),
        told(store.settings(SettingKind::Other).await),
    ]
}

async fn of_links(store: &Redb) -> Vec<Reading> {
    let unique = AccountRef::Unique("ada");
    vec![
        told(store.link(&link(&user())).await),
        told(store.link_keys(TARGET, LinkQuery::All(None), ROWS).await),
        told(store.link_keys(TARGET, LinkQuery::Due(NOW), ROWS).await),
        told(store.link_by_account(TARGET, "User", unique).await),
        told(store.going(TARGET, NOW).await),
        told(store.backlog(TARGET).await),
        told(store.grants_due(&link(&group()), None, ROWS).await),
        // A later process takes it over, with the next token.
        told(store.lease(TARGET, Uuid::from_u128(6), Duration::ZERO).await),
    ]
}

fn told<T: Debug>(answer: Result<T, Error>) -> Reading {
    answer.ok().map(|value| format!("{value:?}"))
}
