//! Checks the whole store: that every record is what was written, and that every index says what the records say.
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use redb::Database;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::blocks::{Block, LEVELS};
use super::codec::{self, Stored};
use super::going;
use super::grants;
use super::keys::{self, Key};
use super::leases;
use super::links::{Tally, account_rows, due_row, parked_row};
use super::open::{self, OpenError, Options};
use super::read::{Row, has};
use super::tables::{Rows, Snapshot, Tables};
use crate::store::{DirectoryId, Error, Grant, Link, Member};

/// Faults that are told at most; a damaged file may have millions.
const FAULTS_MAX: usize = 100;

/// What a check of the store found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many records were read.
    pub records: u64,
    /// How many faults there are.
    pub faults: u64,
    /// What they are, at most a hundred of them. They name records by their keys.
    pub first: Vec<String>,
}

/// Opens the store for nothing but checking it: all pages of the file, then all records and indexes. A sound one needs
/// no further check after an unclean stop.
///
/// # Errors
/// See [`OpenError`]; a file whose pages are damaged beyond repair is `Damaged`.
pub fn verify(options: &Options) -> Result<Report, OpenError> {
    checked(options, |_| Ok(())).map(|((), report)| report)
}

/// The same, with something done before.
///
/// # Errors
/// As of [`verify`], and of what is done.
pub(super) fn checked<T>(
    options: &Options,
    mend: impl FnOnce(&Database) -> Result<T, Error>,
) -> Result<(T, Report), OpenError> {
    // Closing a damaged one writes to it, and may panic.
    let mut database = ManuallyDrop::new(open::open(options)?);
    guarded(|| {
        let mended = mend(&database)?;
        let whole = database.check_integrity().map_err(Error::from)?;
        let mut report = open::snapshot(&database)?.verify(&AtomicBool::new(false))?;
        if !whole {
            report.fault("pages of the file were damaged and put right".to_owned());
        }
        if report.faults == 0 {
            open::set_in_use(&database, false)?;
            drop(ManuallyDrop::into_inner(database));
        }
        Ok((mended, report))
    })
}

/// redb panics over some pages.
fn guarded<T>(check: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| Err(OpenError::senseless()))
}

/// Checks a store that is in use. That its pages make no sense is a fault like another one.
///
/// # Errors
/// When the store cannot be read at all, or the check was ended.
pub(super) fn verify_open(snapshot: &Snapshot, ended: &AtomicBool) -> Result<Report, Error> {
    catch_unwind(AssertUnwindSafe(|| snapshot.verify(ended))).unwrap_or_else(|_| {
        let mut report = Report::default();
        report.fault(open::SENSELESS.to_owned());
        Ok(report)
    })
}

impl Report {
    fn fault(&mut self, what: String) {
        self.faults += 1;
        if self.first.len() < FAULTS_MAX {
            self.first.push(what);
        }
    }
}

/// A check under way.
struct Checking<'a> {
    report: Report,
    /// Whether nobody waits for it any more.
    ended: &'a AtomicBool,
}

impl Checking<'_> {
    /// Counts a record; not if the check is to end.
    fn count(&mut self) -> Result<(), Error> {
        self.report.records += 1;
        match self.ended.load(Ordering::Relaxed) {
            true => Err(Error::Unavailable("the check was broken off".into())),
            false => Ok(()),
        }
    }

    fn fault(&mut self, what: String) {
        self.report.fault(what);
    }

    fn expect(&mut self, holds: bool, what: &str, key: &[u8]) {
        if !holds {
            self.fault(codec::named(what, key));
        }
    }
}

impl<T: Rows> Tables<T> {
    /// Reads every record and compares every index with what the records say, until it is to end.
    ///
    /// # Errors
    /// When the store cannot be read at all, or the check was ended; damaged records are in the report.
    pub(super) fn verify(&self, ended: &AtomicBool) -> Result<Report, Error> {
        let mut report = Checking {
            report: Report::default(),
            ended,
        };
        self.verify_resources(&mut report)?;
        self.verify_members(&mut report)?;
        self.verify_links(&mut report)?;
        self.verify_grants(&mut report)?;
        records::<u64, T>(&mut report, "stamp", &self.stamps, |_, _, _| Ok(()))?;
        records::<(u64, Vec<u8>), T>(&mut report, "setting", &self.settings, |_, _, _| Ok(()))?;
        records::<going::Hour, T>(&mut report, "going", &self.going, |_, _, _| Ok(()))?;
        records::<leases::Row, T>(&mut report, "lease", &self.leases, |_, _, _| Ok(()))?;
        Ok(report.report)
    }

    fn verify_resources(&self, report: &mut Checking<'_>) -> Result<(), Error> {
        let mut indexed = 0;
        let mut counts = BTreeMap::new();
        let mut blocks = BTreeMap::new();
        for row in self.resources.iter()? {
            let (key, record): Row<'_> = row?;
            let (key, record) = (key.value(), record.value());
            report.count()?;
            let (scope, _) = key.split_at(key.len().saturating_sub(size_of::<Uuid>()));
            let (scope, id) = (Key::stored(scope), keys::last_id(key));
            for level in LEVELS {
                let block = self.block_named(&scope, level, id)?;
                *blocks.entry(block.unwrap_or_else(|| scope.clone())).or_insert(0) += 1;
            }
            let stored: Result<Stored<'_>, Error> = codec::unseal("resource", key, record);
            let Ok(stored) = stored else {
                report.fault(codec::named("resource", key));
                continue;
            };
            let rows = stored.index_keys(&scope, id);
            indexed += count(rows.len());
            for row in rows {
                report.expect(has(&self.index, &row)?, "index entry missing of resource", key);
            }
            *counts.entry(scope).or_insert(0) += 1;
        }
        report.expect(indexed == self.index.len()?, "index entries of nothing", &[]);
        self.verify_counts(report, &counts)?;
        self.verify_blocks(report, &blocks)
    }

    fn verify_counts(&self, report: &mut Checking<'_>, expected: &BTreeMap<Key, u64>) -> Result<(), Error> {
        records::<u64, T>(report, "count", &self.counts, |report, key, counted| {
            // Shorter keys count versions of settings.
            let is_scope = key.len() > size_of::<Uuid>();
            let resources = expected.get(&Key::stored(key)).copied().unwrap_or(0);
            report.expect(!is_scope || counted == resources, "count", key);
            Ok(())
        })?;
        for scope in expected.keys() {
            report.expect(has(&self.counts, scope)?, "count missing", scope.bytes());
        }
        Ok(())
    }

    fn verify_blocks(&self, report: &mut Checking<'_>, expected: &BTreeMap<Key, u64>) -> Result<(), Error> {
        records::<Block, T>(report, "block", &self.blocks, |report, key, block| {
            let resources = expected.get(&Key::stored(key)).copied().unwrap_or(0);
            report.expect(block.resources == resources, "block", key);
            Ok(())
        })?;
        for key in expected.keys() {
            report.expect(has(&self.blocks, key)?, "block missing", key.bytes());
        }
        Ok(())
    }

    fn verify_members(&self, report: &mut Checking<'_>) -> Result<(), Error> {
        records::<Member, T>(report, "member", &self.members, |report, key, _| {
            let reverse = keys::reversed(key).unwrap_or_else(|| Key::stored(key));
            report.expect(has(&self.memberships, &reverse)?, "membership missing of member", key);
            Ok(())
        })?;
        report.expect(
            self.members.len()? == self.memberships.len()?,
            "memberships of nothing",
            &[],
        );
        Ok(())
    }

    fn verify_links(&self, report: &mut Checking<'_>) -> Result<(), Error> {
        let mut tallies = BTreeMap::new();
        let mut rows = [0, 0, 0];
        let mut targets = BTreeMap::new();
        records::<Link, T>(report, "link", &self.links, |report, key, link| {
            let Some(name) = keys::link_key(key) else {
                report.fault(codec::named("link key", key));
                return Ok(());
            };
            targets.insert(Key::only_target(name.target), name.directory);
            let (target, _) = key.split_at(2 * size_of::<Uuid>());
            let tally: &mut Tally = tallies.entry(target.to_vec()).or_default();
            *tally = tally.changed(Tally::default(), Tally::of(&link));
            let link = Some(&link);
            let expected = [
                (&self.due, due_row(&name, link)),
                (&self.parked, parked_row(&name, link)),
                (&self.accounts, account_rows(&name, link)),
            ];
            for ((table, keys), total) in expected.into_iter().zip(&mut rows) {
                *total += count(keys.len());
                for row in keys {
                    report.expect(has(table, &row)?, "entry missing of link", key);
                }
            }
            Ok(())
        })?;
        let lengths = [self.due.len()?, self.parked.len()?, self.accounts.len()?];
        report.expect(rows == lengths, "entries of no links", &[]);
        records::<Tally, T>(report, "backlog", &self.backlogs, |report, key, tally| {
            report.expect(tally == tallies.remove(key).unwrap_or_default(), "backlog", key);
            Ok(())
        })?;
        tallies.retain(|_, tally| *tally != Tally::default());
        report.expect(tallies.is_empty(), "backlog missing", &[]);
        self.verify_targets(report, &targets)
    }

    /// Without its directory nothing of a target is found.
    fn verify_targets(&self, report: &mut Checking<'_>, expected: &BTreeMap<Key, DirectoryId>) -> Result<(), Error> {
        records::<DirectoryId, T>(report, "target", &self.targets, |report, key, directory| {
            let known = expected.get(&Key::stored(key));
            report.expect(known.is_none_or(|known| *known == directory), "target", key);
            Ok(())
        })?;
        for key in expected.keys() {
            report.expect(has(&self.targets, key)?, "target missing", key.bytes());
        }
        Ok(())
    }

    fn verify_grants(&self, report: &mut Checking<'_>) -> Result<(), Error> {
        let mut due = 0;
        records::<Grant, T>(report, "grant", &self.grants, |report, key, grant| {
            let Some(name) = keys::grant_key(key) else {
                report.fault(codec::named("grant key", key));
                return Ok(());
            };
            let reverse = grants::member_row(&name);
            report.expect(has(&self.grants_of, &reverse)?, "entry missing of grant", key);
            if let Some(row) = grants::due_row(&name, &grant, self.has_account(&name)?) {
                due += 1;
                report.expect(has(&self.grants_due, &row)?, "due entry missing of grant", key);
            }
            Ok(())
        })?;
        report.expect(self.grants.len()? == self.grants_of.len()?, "members of no grants", &[]);
        report.expect(self.grants_due.len()? == due, "due entries of no grants", &[]);
        Ok(())
    }
}

/// Reads the records of a table, and shows the sound ones.
fn records<V: DeserializeOwned, T: Rows>(
    report: &mut Checking<'_>,
    what: &'static str,
    table: &T,
    mut visit: impl FnMut(&mut Checking<'_>, &[u8], V) -> Result<(), Error>,
) -> Result<(), Error> {
    for row in table.iter()? {
        let (key, record): Row<'_> = row?;
        report.count()?;
        match codec::unseal(what, key.value(), record.value()) {
            Ok(value) => match visit(report, key.value(), value) {
                // What it is compared with is damaged itself.
                Err(Error::Damaged(what)) => report.fault(what),
                visited => visited?,
            },
            Err(_) => report.fault(codec::named(what, key.value())),
        }
    }
    Ok(())
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
