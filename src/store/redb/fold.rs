//! Group commit: many works in one durable transaction.
use jiff::Timestamp;
use redb::Database;
use uuid::Uuid;

use super::grants::Turn;
use super::open::begin;
use super::tables::Writing;
use crate::store::{Batch, Committed, Error, Lease, TargetId, Write};

/// What the writer is asked to do.
#[derive(Debug, Clone)]
pub(super) enum Work {
    Commit(Batch),
    /// Takes the lease of a target for a holder, whoever had it.
    TakeLease(TargetId, Uuid),
    /// Gives the lease with this token back.
    ReleaseLease(TargetId, u64),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    Committed(Committed),
    Leased(Lease),
    Released,
}

/// Writes all of the works durably in one transaction, in order, each seeing those before it. One that fails drops out
/// alone and leaves nothing.
///
/// # Errors
/// When the transaction failed: nothing is known to be written then.
pub(super) fn fold(database: &Database, works: &[&Work], now: Timestamp) -> Result<Vec<Result<Done, Error>>, Error> {
    let mut failed: Vec<Option<Error>> = works.iter().map(|_| None).collect();
    loop {
        let transaction = begin(database)?;
        match attempt(&transaction, works, &mut failed, now)? {
            Attempt::Complete(done) => {
                let results = done.into_iter().zip(failed);
                let results: Vec<_> = results.map(|(done, failed)| failed.map_or(done, Err)).collect();
                if results.iter().any(Result::is_ok) {
                    transaction.commit()?;
                } else {
                    transaction.abort()?;
                }
                return Ok(results);
            }
            // Part of it may be written: all over again without it. Every round has one less.
            Attempt::Spoilt => transaction.abort()?,
        }
    }
}

enum Attempt {
    Complete(Vec<Result<Done, Error>>),
    Spoilt,
}

fn attempt(
    transaction: &redb::WriteTransaction,
    works: &[&Work],
    failed: &mut [Option<Error>],
    now: Timestamp,
) -> Result<Attempt, Error> {
    let mut tables = Writing::of(transaction)?;
    let mut results = Vec::with_capacity(works.len());
    for (work, failed) in works.iter().zip(failed) {
        if failed.is_some() {
            results.push(Ok(Done::Released));
            continue;
        }
        match tables.work(work, now) {
            Ok(done) => results.push(done),
            Err(Error::Unavailable(source)) => return Err(Error::Unavailable(source)),
            Err(error) => {
                *failed = Some(error);
                return Ok(Attempt::Spoilt);
            }
        }
    }
    Ok(Attempt::Complete(results))
}

impl Writing<'_> {
    /// Does one work. The inner error says that it was refused before anything of it was written, the outer one that
    /// part of it may be.
    fn work(&mut self, work: &Work, now: Timestamp) -> Result<Result<Done, Error>, Error> {
        match work {
            Work::Commit(batch) => match self.conflict(batch)? {
                Some(conflict) => Ok(Err(Error::Conflict(conflict))),
                None => Ok(Ok(Done::Committed(self.write_all(&batch.writes, now)?))),
            },
            Work::TakeLease(target, holder) => Ok(Ok(Done::Leased(self.take_lease(*target, *holder)?))),
            Work::ReleaseLease(target, token) => {
                self.release_lease(*target, *token)?;
                Ok(Ok(Done::Released))
            }
        }
    }

    fn write_all(&mut self, writes: &[Write], now: Timestamp) -> Result<Committed, Error> {
        let turn = Turn { batch: writes, now };
        let mut committed = Committed::default();
        for write in writes {
            match write {
                Write::PutResource(resource) => self.put_resource(resource)?,
                Write::DeleteResource(key) => self.delete_resource(key)?,
                Write::AddMember(group, member) => self.add_member(group, member)?,
                Write::RemoveMember(group, member) => self.remove_member(group, *member)?,
                Write::Touch(key, modified) => self.touch(key, *modified)?,
                Write::Link(key, change) => {
                    let marks = self.change_link(key, change, turn)?;
                    committed.marks.push((*key, marks));
                }
                Write::Want(key, wanted) => self.want(key, *wanted)?,
                Write::Apply(key, applied, refused) => self.apply_grant(key, applied.as_ref(), refused.as_ref())?,
                Write::Doubt(key) => self.doubt_grant(key)?,
                Write::PutSetting(kind, name, value) => self.put_setting(*kind, name, value)?,
                Write::DeleteSetting(kind, name) => self.delete_setting(*kind, name)?,
                Write::Sweep(target) => committed.swept += self.sweep(*target)?,
            }
        }
        Ok(committed)
    }
}
