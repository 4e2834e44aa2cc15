//! What a change of a link means for grants, and for the links of groups. Pure, so that every backend decides alike.
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::batch::Write;
use super::grant::Grant;
use super::key::{LinkKey, ResourceId};
use super::link::{Access, Cause, Link, LinkChange, Mark};

/// What happens to grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GrantChange {
    /// The member has this account now: what was applied under another one is gone, and what was refused may go
    /// through.
    Account(Option<String>),
    /// The vendor has dropped what was applied, and takes it again.
    Dropped,
    /// The account went to this resource, and what is applied under it.
    HandedOver(ResourceId),
    /// The group has another account or none: nothing is applied.
    NewGroup,
    /// The group's link is gone, and they with it.
    Deleted,
    /// The group's resource is gone, and its account may stay: nobody is wanted in it.
    Unwanted,
    /// The group was written: what was refused may go through, and what the vendor lacks is brought back.
    Written,
    /// The member was written, or the group is taken up again: what was refused may go through.
    Retried,
    /// What the vendor was read to lack is not in doubt any more.
    Undoubted,
}

impl GrantChange {
    /// The grant after the change; `None` if it is deleted.
    pub(crate) fn apply(&self, mut grant: Grant) -> Option<Grant> {
        let doubted = grant.is_doubted();
        match self {
            Self::Retried if doubted => return Some(grant),
            Self::Undoubted if doubted => grant.unsure = false,
            Self::Undoubted => return Some(grant),
            Self::Account(account) => grant.applied = grant.applied.filter(|applied| account.as_ref() == Some(applied)),
            Self::HandedOver(_) | Self::NewGroup | Self::Dropped => grant.applied = None,
            Self::Deleted => return None,
            Self::Unwanted => return kept(grant.want(false, None)),
            Self::Written | Self::Retried => {}
        }
        grant.refused = None;
        grant.unsure &= grant.applied.is_some();
        kept(grant)
    }
}

/// The grant, unless it is neither wanted nor applied.
pub(crate) fn kept(grant: Grant) -> Option<Grant> {
    (grant.wanted || grant.applied.is_some()).then_some(grant)
}

/// Whether the change makes a link where there is none.
pub(crate) fn makes_link(change: &LinkChange) -> bool {
    match change {
        LinkChange::Mark(mark) => mark.access != Access::Ended,
        LinkChange::Settle(_) => true,
        LinkChange::Sending { .. }
        | LinkChange::Retry { .. }
        | LinkChange::Park { .. }
        | LinkChange::Leaving
        | LinkChange::HasLeft(_)
        | LinkChange::Going
        | LinkChange::GoneAlready
        | LinkChange::Approve(..)
        | LinkChange::Withhold(_)
        | LinkChange::Unpark(_)
        | LinkChange::Release
        | LinkChange::Restore
        | LinkChange::Due(_)
        | LinkChange::Doubt(_)
        | LinkChange::Moved(_)
        | LinkChange::Disband
        | LinkChange::Elsewhere(_)
        | LinkChange::HandOver
        | LinkChange::Forget(_) => false,
    }
}

/// One change of a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) key: &'a LinkKey,
    pub(crate) before: Option<&'a Link>,
    pub(crate) after: Option<&'a Link>,
    pub(crate) change: &'a LinkChange,
    /// All writes of the batch that the change is of.
    pub(crate) batch: &'a [Write],
}

impl Step<'_> {
    /// What it means for the grants of its resource as a member.
    pub(crate) fn as_member(&self) -> Option<GrantChange> {
        let (before, after) = (account_of(self.before), account_of(self.after));
        match self.change {
            LinkChange::Mark(_) if before == after => Some(GrantChange::Retried),
            LinkChange::Settle(settle) if before == after && settle.rejoins => Some(GrantChange::Dropped),
            LinkChange::HandOver => self.heir(before?).map(GrantChange::HandedOver),
            _ if before == after => None,
            _ => Some(GrantChange::Account(after.map(str::to_owned))),
        }
    }

    /// What it means for the grants of its resource as a group.
    pub(crate) fn as_group(&self) -> Option<GrantChange> {
        let (before, after) = (account_of(self.before), account_of(self.after));
        match self.change {
            _ if self.after.is_none() => Some(GrantChange::Deleted),
            LinkChange::HandOver => self.heir(before?).map(GrantChange::HandedOver),
            _ if before.is_some() && before != after => Some(GrantChange::NewGroup),
            LinkChange::Mark(mark) => Some(match mark.cause {
                Cause::Own => GrantChange::Written,
                Cause::Others => GrantChange::Retried,
            }),
            LinkChange::Unpark(_) => Some(GrantChange::Retried),
            LinkChange::Disband => Some(GrantChange::Unwanted),
            LinkChange::Doubt(_) if is_settled(self.before) => Some(GrantChange::Undoubted),
            _ => None,
        }
    }

    /// The resource whose link takes the account over in the same batch. Without one all stays as it is, since the
    /// vendor's memberships stay.
    fn heir(&self, account: &str) -> Option<ResourceId> {
        self.batch.iter().find_map(|write| match write {
            Write::Link(key, LinkChange::Settle(settle)) if is_beside(key, self.key) => {
                let takes = settle.account.as_ref().is_some_and(|applied| applied.id == account);
                takes.then_some(key.resource)
            }
            _ => None,
        })
    }
}

/// Whether both are links of one target, of different resources.
fn is_beside(one: &LinkKey, other: &LinkKey) -> bool {
    (one.directory, one.target) == (other.directory, other.target) && one.resource != other.resource
}

/// The link of a group that got due grants. It becomes pending in the lane that it is in; what a person holds stays
/// held.
pub(crate) fn remind(group: Link, now: Timestamp) -> Option<Link> {
    let held = group.waits_for_a_person().then_some(group.due);
    let mark = Mark {
        resource_type: group.resource_type.clone(),
        fields: BTreeSet::new(),
        access: Access::Kept,
        cause: Cause::Others,
        at: now,
        tombstone: None,
    };
    let mut after = group.apply(LinkChange::Mark(mark))?;
    // Members are no reason to look at it again.
    if let Some(due) = held {
        after.due = due;
    }
    Some(after)
}

fn is_settled(link: Option<&Link>) -> bool {
    link.is_some_and(|link| !link.is_pending())
}

fn account_of(link: Option<&Link>) -> Option<&str> {
    Some(link?.account.as_ref()?.id.as_str())
}
