//! What follows from other records is counted anew where its own record is damaged.
//!
//! There is one such record for a whole group, resource type or target, and every write there reads it: without this the
//! way out would be a backup. Nothing that is a person's is made up here.
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use redb::{Database, Table};
use serde::Serialize;

use super::codec;
use super::going;
use super::keys::{self, Key};
use super::leases;
use super::links::Tally;
use super::open::{self, OpenError, Options};
use super::read::{Row, ids_under, under};
use super::tables::{Bytes, Rows, Tables, Writing};
use crate::store::{DirectoryId, Error, Link};

/// Bytes of an id, and of the level before it in the key of a block.
const ID_BYTES: usize = size_of::<uuid::Uuid>();
const LEVEL_BYTES: usize = 1;

/// What a damaged record counts, or says of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Derived {
    Count,
    Block,
    Stamp,
    Target,
    Backlog,
    Going,
    Lease,
}

impl Derived {
    const ALL: [Self; 7] = [
        Self::Count,
        Self::Block,
        Self::Stamp,
        Self::Target,
        Self::Backlog,
        Self::Going,
        Self::Lease,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Block => "block",
            Self::Stamp => "stamp",
            Self::Target => "target",
            Self::Backlog => "backlog",
            Self::Going => "going",
            Self::Lease => "lease",
        }
    }
}

/// Opens a store that nobody else has open, and counts anew each damaged record that can be; names those that were. A
/// record that is counted from damaged ones stays damaged. `now` is greater than any number that only grows.
///
/// # Errors
/// See [`OpenError`].
pub fn recount(options: &Options, now: Timestamp) -> Result<Vec<String>, OpenError> {
    // Closing a damaged one writes to it, and may panic.
    let database = ManuallyDrop::new(open::open(options)?);
    let recounted = catch_unwind(AssertUnwindSafe(|| recounted(&database, now)));
    let told = recounted.unwrap_or_else(|_| Err(Error::Damaged("its pages make no sense".to_owned())))?;
    drop(ManuallyDrop::into_inner(database));
    Ok(told)
}

fn recounted(database: &Database, now: Timestamp) -> Result<Vec<String>, Error> {
    let transaction = open::begin(database)?;
    let told = Writing::of(&transaction)?.count_damaged(now)?;
    match told.is_empty() {
        true => transaction.abort()?,
        false => transaction.commit()?,
    }
    Ok(told)
}

impl<T: Rows> Tables<T> {
    fn table_of(&self, derived: Derived) -> &T {
        match derived {
            Derived::Count => &self.counts,
            Derived::Block => &self.blocks,
            Derived::Stamp => &self.stamps,
            Derived::Target => &self.targets,
            Derived::Backlog => &self.backlogs,
            Derived::Going => &self.going,
            Derived::Lease => &self.leases,
        }
    }

    fn damaged(&self, derived: Derived) -> Result<Vec<Key>, Error> {
        let mut found = Vec::new();
        for row in self.table_of(derived).iter()? {
            let (key, record) = row?;
            if !codec::is_sound(key.value(), record.value()) {
                found.push(Key::stored(key.value()));
            }
        }
        Ok(found)
    }

    fn links_of(&self, target: &Key) -> Result<Vec<Link>, Error> {
        let rows = under(&self.links, target, None)?;
        let link = |row: Result<Row<'_>, Error>| {
            let (key, record) = row?;
            codec::unseal("link", key.value(), record.value())
        };
        rows.map(link).collect()
    }

    /// The directory in which the target has links.
    fn directory_with(&self, target: &Key) -> Result<Option<DirectoryId>, Error> {
        for row in self.links.iter()? {
            let named = keys::link_key(row?.0.value());
            if let Some(named) = named.filter(|named| Key::only_target(named.target) == *target) {
                return Ok(Some(named.directory));
            }
        }
        Ok(None)
    }
}

impl Writing<'_> {
    fn count_damaged(&mut self, now: Timestamp) -> Result<Vec<String>, Error> {
        let mut told = Vec::new();
        for derived in Derived::ALL {
            for key in self.damaged(derived)? {
                match self.count_anew(derived, &key, now) {
                    Ok(()) => told.push(codec::named(derived.name(), key.bytes())),
                    Err(Error::Damaged(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(told)
    }

    fn count_anew(&mut self, derived: Derived, key: &Key, now: Timestamp) -> Result<(), Error> {
        let grown = u64::try_from(now.as_microsecond()).unwrap_or_default();
        match derived {
            // Shorter keys count versions of settings, which only grow.
            Derived::Count if key.bytes().len() <= ID_BYTES => put(&mut self.counts, key, &grown),
            Derived::Count => {
                let resources = under(&self.resources, key, None)?.count();
                put(&mut self.counts, key, &u64::try_from(resources).unwrap_or(u64::MAX))
            }
            Derived::Block => self.cut_anew(key),
            Derived::Stamp => put(&mut self.stamps, key, &grown),
            Derived::Target => match self.directory_with(key)? {
                Some(directory) => put(&mut self.targets, key, &directory),
                None => {
                    self.targets.remove(key.bytes())?;
                    Ok(())
                }
            },
            Derived::Backlog => {
                let links = self.links_of(key)?;
                let add = |tally: Tally, link: &Link| tally.changed(Tally::default(), Tally::of(link));
                put(&mut self.backlogs, key, &links.iter().fold(Tally::default(), add))
            }
            Derived::Going => {
                let (target, _) = key.bytes().split_at(key.bytes().len().min(2 * ID_BYTES));
                let target = Key::stored(target);
                let hour = going::Hour::of(keys::time_after(&target, key.bytes()), &self.links_of(&target)?);
                put(&mut self.going, key, &hour)
            }
            // As if its holder had vanished: the next one waits for calls that may be under way.
            Derived::Lease => put(&mut self.leases, key, &leases::Row::vanished(grown)),
        }
    }

    /// Cuts a scope into blocks anew, of which one is damaged.
    fn cut_anew(&mut self, block: &Key) -> Result<(), Error> {
        let end = block.bytes().len().saturating_sub(LEVEL_BYTES + ID_BYTES);
        let (scope, _) = block.bytes().split_at(end);
        let scope = Key::stored(scope);
        let rows = under(&self.blocks, &scope, None)?;
        let rows: Result<Vec<Vec<u8>>, Error> = rows.map(|row| Ok(row?.0.value().to_vec())).collect();
        for row in rows? {
            self.blocks.remove(row.as_slice())?;
        }
        for id in ids_under(&self.resources, &scope, None, usize::MAX)? {
            self.block_added(&scope, id.0)?;
        }
        Ok(())
    }
}

fn put(table: &mut Table<'_, Bytes, Bytes>, key: &Key, value: &impl Serialize) -> Result<(), Error> {
    let record = codec::seal(key.bytes(), value)?;
    table.insert(key.bytes(), record.as_slice())?;
    Ok(())
}
