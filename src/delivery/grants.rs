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

/// What became of one membership.
enum Made {
    /// The vendor has it as wanted.
    Done,
    /// The vendor refuses it; whether it is an addition.
    Refused(String, bool),
    /// It goes by itself when the member's account is deleted.
    Later,
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
    let (mut done, mut refused) = (0, None);
    for (key, grant) in &due {
        match make(work, &group, (key, grant)).await? {
            Made::Done => done += 1,
            Made::Refused(reason, addition) => refused = Some((format!("member {}: {reason}", key.member), addition)),
            Made::Later => {}
            Made::Outage(Outage::Down) => {
                let change = outcome::retry_uncounted(&work.facts(), "the target fails", &work.circumstances());
                work.end(vec![change]).await?;
                return Ok(Some(End::Outage(Outage::Down)));
            }
            Made::Outage(outage) => return Ok(Some(End::Outage(outage))),
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

async fn make(work: &Work<'_>, group: &str, (key, grant): (&GrantKey, &Grant)) -> Result<Made, store::Error> {
    let line = work.line;
    let member_key = LinkKey {
        resource: key.member,
        ..work.key
    };
    let member = line.store.link(&member_key).await?;
    let account = member
        .as_ref()
        .and_then(|link| link.account.as_ref())
        .map(|account| account.id.clone());
    let (answer, applied) = match (&grant.applied, account) {
        (None, Some(account)) if grant.wanted => (line.adapter.add_member(group, &account).await, Some(account)),
        (Some(_), _) if goes_by_itself(work, member.as_ref()) => return Ok(Made::Later),
        (Some(applied), _) => (line.adapter.remove_member(group, applied).await, None),
        (None, _) => return Ok(Made::Later),
    };
    work.note_member(&answer);
    match answer {
        Ok(()) => {
            line.commit(Vec::new(), vec![Write::Apply(*key, applied, None)]).await?;
            Ok(Made::Done)
        }
        Err(error) => refused(work, (key, grant), error).await,
    }
}

/// Whether the member's own deletion, not tried yet, takes the membership along.
fn goes_by_itself(work: &Work<'_>, member: Option<&Link>) -> bool {
    let deletes = work.line.target.config.on_delete == OnDelete::Delete && work.line.target.config.switches.delete;
    deletes && member.is_some_and(|link| link.is_pending() && link.tombstone.is_some() && link.attempts == 0)
}

async fn refused(work: &Work<'_>, (key, grant): (&GrantKey, &Grant), error: Error) -> Result<Made, store::Error> {
    match error.kind {
        ErrorKind::Unauthorized => Ok(Made::Outage(Outage::Unauthorized)),
        ErrorKind::RateLimited => Ok(Made::Outage(Outage::Limited)),
        ErrorKind::Unavailable | ErrorKind::Ambiguous => Ok(Made::Outage(Outage::Down)),
        // An addition rests until the group is next written; a removal stays due.
        ErrorKind::Rejected { .. } | ErrorKind::NotFound | ErrorKind::Exists { .. } => {
            let rests = grant.wanted && error.retry == Retry::Never;
            let reason = rests.then(|| error.reason.clone());
            work.line
                .commit(Vec::new(), vec![Write::Apply(*key, grant.applied.clone(), reason)])
                .await?;
            Ok(Made::Refused(error.reason, grant.wanted))
        }
    }
}
