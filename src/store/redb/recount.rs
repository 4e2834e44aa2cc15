//! What follows from other records is counted anew where its own record is damaged.
//!
//! There is one such record for a whole group, resource type or target, and every write there reads it: without this the
//! way out would be a backup. Nothing that is a person's is made up here.
use jiff::Timestamp;
use redb::{Database, Table};
use serde::Serialize;

use super::codec;
use super::going;
use super::keys::{self, Key};
use super::leases;
use super::links::Tally;
use super::open::{self, OpenError, Options};
use super::read::{Row, has, ids_under, under};
use super::tables::{Bytes, Rows, Tables, Writing};
use super::verify::{Report, checked};
use crate::store::{DirectoryId, Error, Link, hour_of};

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

/// Checks a store that nobody else has open, as [`super::verify()`] does, and counts anew each damaged record that can
/// be; names those that were. A record that is counted from damaged ones stays damaged, and one whose key names nothing
/// known: what is damaged may be the key. `now` is greater than any number that only grows.
///
/// # Errors
/// As of [`super::verify()`].
pub fn recount(options: &Options, now: Timestamp) -> Result<(Vec<String>, Report), OpenError> {
    checked(options, |database| recounted(database, now))
}

fn recounted(database: &Database, now: Timestamp) -> Result<Vec<String>, Error> {
    // What is written goes to pages that nobody has checked: nothing is, unless there is something to gain.
    if !open::snapshot(database)?.has_damaged()? {
        return Ok(Vec::new());
    }
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

    fn has_damaged(&self) -> Result<bool, Error> {
        for derived in Derived::ALL {
            if !self.damaged(derived)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the key of such a record, or what is damaged of it, names what there is.
    fn is_known(&self, derived: Derived, key: &Key) -> Result<bool, Error> {
        let bytes = key.bytes();
        match derived {
            // Shorter keys count versions of settings.
            Derived::Count if bytes.len() <= ID_BYTES => Ok(under(&self.settings, key, None)?.next().is_some()),
            // Whether the one that is meant is missing is seen from what it counts.
            Derived::Count | Derived::Block | Derived::Target | Derived::Backlog => Ok(true),
            Derived::Stamp => self.has_resource(key),
            Derived::Lease => has(&self.targets, key),
            Derived::Going => {
                let (target, _) = bytes.split_at(bytes.len().min(2 * ID_BYTES));
                let target = Key::stored(target);
                let hour = keys::time_after(&target, bytes);
                let is_hour = hour.is_some_and(|hour| hour_of(hour) == hour);
                Ok(is_hour && has(&self.backlogs, &target)?)
            }
        }
    }

    /// Whether the directory has a resource of this id.
    fn has_resource(&self, key: &Key) -> Result<bool, Error> {
        let (directory, _) = key.bytes().split_at(key.bytes().len().min(ID_BYTES));
        for row in under(&self.counts, &Key::stored(directory), None)? {
            let scope = Key::stored(row?.0.value());
            if has(&self.resources, &scope.id(keys::last_id(key.bytes())))? {
                return Ok(true);
            }
        }
        Ok(false)
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
                if !self.is_known(derived, &key)? {
                    continue;
                }
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
