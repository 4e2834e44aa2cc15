//! Whose account it is, when two resources meet at one. Pure.
use adapters::Account;

use crate::config::{OnExisting, Target};
use crate::store::Link;

/// Another resource's link to the account in question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) link: &'a Link,
    /// It is being worked on at this moment.
    pub(super) busy: bool,
}

/// What is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing stands in the way: go on, or adopt.
    Proceed,
    /// The owner is the same person, deleted: this link takes its account over.
    TakeOver,
    /// The owner is about to let go of it.
    Wait,
    /// The owner waits for us in turn: make room under a temporary value.
    MakeRoom,
    /// Leave it parked, for this reason.
    Park(&'static str),
    /// Leave it to a person, for this reason.
    Hold(&'static str),
}

/// Whether owners wait for each other in a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Circle {
    /// They do not.
    None,
    /// They do, and it is on this link to make room.
    Ours,
    /// They do, and another one makes room.
    Others,
}

/// Before a call that would give this link a unique value that another link's account has.
pub(super) fn before_call(external_id: Option<&str>, has_account: bool, owner: Owner<'_>, circle: Circle) -> Decision {
    if !has_account && is_same_person(external_id, owner) {
        return Decision::TakeOver;
    }
    match (owner.link.is_pending() || owner.busy, circle) {
        (true, Circle::Ours) if has_account => Decision::MakeRoom,
        (true, Circle::Ours | Circle::None | Circle::Others) => Decision::Wait,
        (false, _) => Decision::Proceed,
    }
}

/// The vendor has an account of the unique value. `ours` says that a lost create of this link may have made it.
pub(super) fn found(
    account: &Account,
    owner: Option<(Owner<'_>, Option<&str>)>,
    ours: bool,
    target: &Target,
) -> Decision {
    if let Some((owner, external_id)) = owner {
        return match (
            is_same_person(external_id, owner),
            owner.link.is_pending() || owner.busy,
        ) {
            (true, _) => Decision::TakeOver,
            (false, true) => Decision::Wait,
            (false, false) => {
                Decision::Park("the account of this unique value belongs to another resource of the directory")
            }
        };
    }
    if is_protected(account, target) {
        return Decision::Hold("an owner's, administrator's or otherwise protected account has this unique value");
    }
    match (ours, target.on_existing) {
        (true, _) | (false, OnExisting::Adopt) => Decision::Proceed,
        (false, OnExisting::Refuse) => {
            Decision::Park("an account of this unique value exists already, and the target adopts none")
        }
    }
}

/// Whether only a person may take this account over, change or delete it.
pub(super) fn is_protected(account: &Account, target: &Target) -> bool {
    let listed = |value: &serde_json::Value| {
        value
            .as_str()
            .is_some_and(|value| target.protected.iter().any(|listed| listed.eq_ignore_ascii_case(value)))
    };
    account.protected || account.fields.values().any(listed)
}

fn is_same_person(external_id: Option<&str>, owner: Owner<'_>) -> bool {
    let Some(tombstone) = &owner.link.tombstone else {
        return false;
    };
    let same = external_id.is_some() && tombstone.external_id.as_deref() == external_id;
    same && !owner.link.removal_sent && !owner.busy
}
