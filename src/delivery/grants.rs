//! Memberships of one group, a slice at a time, so that leavers need not wait behind a large group.
//!
//! They come before the group's own fields: a refused name must not keep a removed member in.
use adapters::{Error, ErrorKind, Retry};

use crate::config::OnDelete;
use crate::delivery::outcome::{self, Outage};
use crate::delivery::turn::{End, Work};
use crate::store::{self, Grant, GrantKey, Link, LinkKey, Write};

/// How a turn stands with its group's memberships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grants {
    /// Not looked at yet, or none is due.
    Due,
    /// The vendor refused one; the group's own fields go on.
    Refused {
        /// Whose, and the vendor's words.
        reason: String,
        /// Whether it is an addition; a removal is tried until it succeeds.
        addition: bool,
    },
    /// All that are due go by themselves with their members' accounts.
    Waiting,
}

/// One membership's call.
#[derive(Debug)]
struct Call {
    key: GrantKey,
    grant: Grant,
    /// The member's id at the vendor.
    member: String,
    adds: bool,
}

/// What became of memberships.
enum Made {
    /// The vendor has them as wanted.
    Done,
    /// The vendor refuses one; whether it is an addition.
    Refused(String, bool),
    /// The target does not work.
    Outage(Outage),
}

/// Brings about the next slice of memberships; `None` if none is due.
pub(super) async fn slice(work: &mut Work<'_>) -> Result<Option<End>, store::Error> {
    if work.grants != Grants::Due {
        return Ok(None);
    }
    let Some(group) = work
        .link
        .account
        .as_ref()
        .filter(|_| work.has_grants())
        .map(|account| account.id.clone())
    else {
        return Ok(None);
    };
    let due = work
        .line
        .store
        .grants_due(&work.key, work.line.settings.grants_per_slice)
        .await?;
    if due.is_empty() {
        return Ok(None);
    }
    let mut calls = Vec::new();
    for (key, grant) in &due {
        calls.extend(call(work, (*key, grant)).await?);
    }
    let (mut done, mut refused) = (0, None);
    for batch in batches(&calls, work.line.target.descriptor.members_per_call) {
        for made in make(work, &group, batch).await? {
            match made {
                Made::Done => done += 1,
                Made::Refused(reason, addition) => refused = Some((reason, addition)),
                Made::Outage(Outage::Down) => {
                    let change = outcome::retry_uncounted(&work.facts(), "the target fails", &work.circumstances());
                    work.end(vec![change]).await?;
                    return Ok(Some(End::Outage(Outage::Down)));
                }
                Made::Outage(outage) => return Ok(Some(End::Outage(outage))),
            }
        }
    }
    if done > 0 && (refused.is_none() || due.len() == work.line.settings.grants_per_slice) {
        return Ok(Some(End::Again));
    }
    work.grants = match refused {
        Some((reason, addition)) => Grants::Refused { reason, addition },
        None => Grants::Waiting,
    };
    Ok(None)
}

/// The call that a due membership needs; none if it goes, or comes, by itself.
async fn call(work: &Work<'_>, (key, grant): (GrantKey, &Grant)) -> Result<Option<Call>, store::Error> {
    let member_key = LinkKey {
        resource: key.member,
        ..work.key
    };
    let member = work.line.store.link(&member_key).await?;
    let (member, adds) = match (&grant.applied, &member) {
        (Some(_), member) if goes_by_itself(work, member.as_ref()) => return Ok(None),
        (Some(applied), _) => (applied.clone(), false),
        (
            None,
            Some(Link {
                account: Some(account), ..
            }),
        ) if grant.wanted => (account.id.clone(), true),
        (None, _) => return Ok(None),
    };
    let grant = grant.clone();
    Ok(Some(Call {
        key,
        grant,
        member,
        adds,
    }))
}

/// Calls of one kind that the vendor takes at once.
fn batches(calls: &[Call], most: usize) -> impl Iterator<Item = &[Call]> {
    let alike = calls.chunk_by(|one, next| one.adds == next.adds);
    alike.flat_map(move |calls| calls.chunks(most.max(1)))
}

/// Makes a batch's call; if the vendor refuses it, one call for each, so that one bad member keeps nobody out or in.
async fn make(work: &Work<'_>, group: &str, batch: &[Call]) -> Result<Vec<Made>, store::Error> {
    let answer = send(work, group, batch).await;
    let is_outage = answer.as_ref().is_err_and(|error| outage(error).is_some());
    if answer.is_ok() || is_outage || batch.len() == 1 {
        return judge(work, batch, answer).await.map(|made| vec![made]);
    }
    let mut made = Vec::new();
    for call in batch.chunks(1) {
        let answer = send(work, group, call).await;
        made.push(judge(work, call, answer).await?);
    }
    Ok(made)
}

async fn send(work: &Work<'_>, group: &str, batch: &[Call]) -> Result<(), Error> {
    let members: Vec<_> = batch.iter().map(|call| call.member.as_str()).collect();
    let answer = match batch.first().is_some_and(|call| call.adds) {
        true => work.line.adapter.add_members(group, &members).await,
        false => work.line.adapter.remove_members(group, &members).await,
    };
    work.note_member(&answer);
    answer
}

async fn judge(work: &Work<'_>, batch: &[Call], answer: Result<(), Error>) -> Result<Made, store::Error> {
    let error = match answer {
        Ok(()) => {
            let applied = |call: &Call| Write::Apply(call.key, call.adds.then(|| call.member.clone()), None);
            work.line
                .commit(Vec::new(), batch.iter().map(applied).collect())
                .await?;
            return Ok(Made::Done);
        }
        Err(error) => error,
    };
    match (outage(&error), batch.first()) {
        (Some(outage), _) => Ok(Made::Outage(outage)),
        (None, Some(call)) => refused(work, call, error).await,
        (None, None) => Ok(Made::Done),
    }
}

fn outage(error: &Error) -> Option<Outage> {
    match error.kind {
        ErrorKind::Unauthorized => Some(Outage::Unauthorized),
        ErrorKind::RateLimited => Some(Outage::Limited),
        ErrorKind::Unavailable | ErrorKind::Ambiguous => Some(Outage::Down),
        ErrorKind::Rejected { .. } | ErrorKind::NotFound | ErrorKind::Exists { .. } => None,
    }
}

/// Whether the member's own deletion, not tried yet, takes the membership along.
fn goes_by_itself(work: &Work<'_>, member: Option<&Link>) -> bool {
    let target = &work.line.target;
    let deletes = target.mapping.on_delete == OnDelete::Delete && target.config.switches.delete;
    deletes && member.is_some_and(|link| link.is_pending() && link.tombstone.is_some() && link.attempts == 0)
}

/// An addition rests until the group is next written; a removal stays due.
async fn refused(work: &Work<'_>, call: &Call, error: Error) -> Result<Made, store::Error> {
    let rests = call.adds && error.retry == Retry::Never;
    let reason = rests.then(|| error.reason.clone());
    let write = Write::Apply(call.key, call.grant.applied.clone(), reason);
    work.line.commit(Vec::new(), vec![write]).await?;
    let reason = format!("member {}: {}", call.key.member, error.reason);
    Ok(Made::Refused(reason, call.adds))
}
