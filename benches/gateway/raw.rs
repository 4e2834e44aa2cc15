//! The second baseline: a loop that makes the rows of a write durable in redb and does nothing else. It has all writes
//! at hand and puts as many into one commit as the load has connections, which is the most that a group commit can
//! fold.
use std::path::Path;

use redb::{Database, Table, TableDefinition, WriteTransaction};
use tokio::time::Instant;

use crate::load::{Load, Measured, per_second};
use crate::operations::{Operation, Rows};
use crate::served::{scattered, user};

const RESOURCES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("resources");
const INDEX: TableDefinition<&[u8], &[u8]> = TableDefinition::new("index");
const COUNTS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("counts");

/// Bytes of a key of a resource: directory, type, id.
const RESOURCE_KEY_BYTES: usize = 38;
/// Bytes of a key of the index: directory, type, attribute, value, id.
const INDEX_KEY_BYTES: usize = 76;
/// Entries of a user in the index: `userName`, `externalId`, `displayName`, `emails.value`.
const INDEX_ENTRIES: usize = 4;
/// The gateway's own bound of what redb keeps in memory.
const CACHE_BYTES: usize = 64 << 20;
/// Bytes of a resource's record beside the document: times, version, entries of the index.
const RECORD_BYTES: usize = 200;

/// A store with users, and the kind of write.
pub(crate) struct Raw {
    database: Database,
    rows: Rows,
    value: Vec<u8>,
    users: usize,
    next: usize,
    /// How often each user was changed, which says where its entry of the index is.
    changes: Vec<usize>,
}

impl Raw {
    /// `None` if the operation writes nothing.
    pub(crate) fn of(operation: &Operation, users: usize, file: &Path) -> anyhow::Result<Option<Self>> {
        if operation.rows == Rows::None {
            return Ok(None);
        }
        let mut value = user(0).to_string().into_bytes();
        value.resize(value.len() + RECORD_BYTES, b' ');
        let mut raw = Self {
            database: Database::builder().set_cache_size(CACHE_BYTES).create(file)?,
            rows: Rows::New,
            value,
            users,
            next: 0,
            changes: vec![0; users],
        };
        raw.commit(users)?;
        raw.rows = operation.rows;
        Ok(Some(raw))
    }

    pub(crate) fn run(&mut self, load: Load) -> anyhow::Result<Measured> {
        let began = Instant::now();
        let first = self.next;
        let mut latencies = Vec::new();
        while began.elapsed() < load.duration {
            let began = Instant::now();
            self.commit(load.connections)?;
            latencies.push(began.elapsed());
        }
        latencies.sort_unstable();
        Ok(Measured {
            rate: per_second(self.next - first, began.elapsed()),
            latencies,
        })
    }

    fn commit(&mut self, writes: usize) -> anyhow::Result<()> {
        let mut transaction = self.database.begin_write()?;
        // As the gateway's store has it.
        transaction.set_quick_repair(true);
        let mut tables = Tables::open(&transaction)?;
        for number in self.next..self.next + writes {
            match self.rows {
                Rows::None => {}
                Rows::New => tables.create(number, &self.value)?,
                Rows::Changed => {
                    let user = scattered(number) % self.users;
                    let from = user + self.users * self.changes[user];
                    self.changes[user] += 1;
                    tables.change(user, (from, from + self.users), &self.value)?;
                }
            }
        }
        drop(tables);
        transaction.commit()?;
        self.next += writes;
        Ok(())
    }
}

/// The tables of a commit.
struct Tables<'t> {
    resources: Table<'t, &'static [u8], &'static [u8]>,
    index: Table<'t, &'static [u8], &'static [u8]>,
    counts: Table<'t, &'static [u8], &'static [u8]>,
}

impl<'t> Tables<'t> {
    fn open(transaction: &'t WriteTransaction) -> anyhow::Result<Self> {
        Ok(Self {
            resources: transaction.open_table(RESOURCES)?,
            index: transaction.open_table(INDEX)?,
            counts: transaction.open_table(COUNTS)?,
        })
    }

    fn create(&mut self, number: usize, value: &[u8]) -> anyhow::Result<()> {
        self.resources
            .insert(key(number, RESOURCE_KEY_BYTES).as_slice(), value)?;
        for entry in 0..INDEX_ENTRIES {
            self.index.insert(entry_key(entry, number).as_slice(), [].as_slice())?;
        }
        self.counts.insert([0].as_slice(), number.to_be_bytes().as_slice())?;
        Ok(())
    }

    /// One entry of the index goes, and another comes elsewhere.
    fn change(&mut self, number: usize, (from, to): (usize, usize), value: &[u8]) -> anyhow::Result<()> {
        self.resources
            .insert(key(number, RESOURCE_KEY_BYTES).as_slice(), value)?;
        self.index.remove(entry_key(0, from).as_slice())?;
        self.index.insert(entry_key(0, to).as_slice(), [].as_slice())?;
        Ok(())
    }
}

/// Keys of resources ascend as their ids do.
fn key(number: usize, bytes: usize) -> Vec<u8> {
    let mut key = number.to_be_bytes().to_vec();
    key.resize(bytes, 0);
    key
}

/// Keys of the index are in order of values, which come in no order.
fn entry_key(entry: usize, number: usize) -> Vec<u8> {
    let mut key = entry.to_be_bytes().to_vec();
    key.extend(scattered(number).to_be_bytes());
    key.resize(INDEX_KEY_BYTES, 0);
    key
}
