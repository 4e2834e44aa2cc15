//! What use cases ask of delivery.
use std::collections::BTreeSet;
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{Fields, Lack, LiveRole, Page};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::drift;
use super::registry::Target;
use crate::mapping::Wanted;
use crate::store::{Link, LinkKey, TargetId};

/// Delivery, as use cases see it.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// Says that links of these targets were marked.
    fn wake(&self, targets: &[TargetId]);

    /// Whether waiting can help now: the target authorised, its breaker closed, its queue at the present pace shorter
    /// than `within`.
    fn worth_waiting(&self, target: TargetId, within: Duration) -> bool;

    /// Waits until each of the marks is settled or refused, at most `within`; the answers are in order of `waits`.
    /// Registers before its first await, so that nothing settled after the call is missed; what settled before is seen
    /// from the link.
    async fn wait(&self, waits: Vec<Wait>, within: Duration) -> Vec<Outcome>;

    /// How the target is.
    fn status(&self, target: TargetId) -> TargetStatus;

    /// At what pace the target is called at present; `None`: nothing is sent to it here.
    fn pace(&self, _target: TargetId) -> Option<Pace> {
        None
    }

    /// The roles that the target's vendor lists for this account, as last read; `None`: it lists none, or nothing is
    /// known.
    fn live_roles(&self, _target: TargetId) -> Option<LiveRoles> {
        None
    }

    /// The same, read within the last seconds or else read now; `None` also if the target does not work. It may take as
    /// long as a call.
    async fn fresh_live_roles(&self, target: TargetId) -> Option<LiveRoles> {
        self.live_roles(target)
    }

    /// Whether the target's vendor has an account of this kind with this unique value; `None`: the target does not
    /// work, or the vendor does not say. It takes as long as a call.
    async fn has_account(&self, _target: TargetId, _kind: Kind, _unique: &str) -> Option<bool> {
        None
    }

    /// Sets a seat aside for a write that is about to be made, if it can be had by what is known at this moment and is
    /// not set aside for others; else answers what is in the way. It is set aside until delivery is done with the link.
    fn reserve(&self, _target: TargetId, _seating: &Seating) -> Option<Lack> {
        None
    }

    /// The write is not made: its seat is left to others, and what was set aside for another one of the person stays.
    fn give_back(&self, _target: TargetId, _seating: &Seating) {}

    /// The calls that would bring the target's vendor to what is wanted, from what the link says of it, if the vendor
    /// took everything; `None`: the resource is deleted. Nothing is called.
    fn foresee(&self, _target: &Target, _link: &Link, _wanted: Option<&Wanted>) -> Vec<Foreseen> {
        Vec::new()
    }
    /// A page of all accounts that the target's vendor has; `after` is the `next` of the page before. It is read when
    /// no leaver is due.
    ///
    /// # Errors
    /// The page cannot be had now: nothing of the listing is to be relied on then.
    async fn accounts(&self, target: TargetId, kind: Kind, after: Option<String>) -> Result<Page, Unread>;

    /// Compares a target's vendor with what is wanted, and corrects what a person wants. It takes as long as all
    /// accounts take to be read.
    ///
    /// # Errors
    /// See [`drift::Error`]; nothing was changed then.
    async fn drift(&self, _target: TargetId, _ask: drift::Ask) -> Result<drift::Report, drift::Error> {
        Err(drift::Error::Unread(
            "nothing is sent to the target at present".to_owned(),
        ))
    }

    /// Says that directories or targets were added, changed or removed in the registry.
    async fn reload(&self);

    /// Says that a target is to begin anew, as if its declaration had changed: its credentials are others now.
    async fn reopen(&self, _target: TargetId) {
        self.reload().await;
    }
}

/// The roles that a vendor lists for one account, and how many more people may have each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRoles {
    /// As listed, less what was given since.
    pub roles: Vec<LiveRole>,
    /// When they were read.
    pub read: Timestamp,
}

/// What a write takes of a target's roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seating {
    /// Whose.
    pub link: LinkKey,
    /// The role of the account that the person has; `None`: none.
    pub had: Option<String>,
    /// The role that is wanted; `None`: whichever the vendor gives.
    pub role: Option<String>,
}

/// A call that would be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// What it does.
    pub verb: Verb,
    /// What it carries.
    pub fields: Fields,
    /// The vendor's calls that it takes, readings included, at most.
    pub calls: u64,
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Finds out whether a creation reached the vendor; what it finds decides how it goes on.
    LookUp,
    /// Makes the account.
    Create,
    /// Changes fields.
    Update,
    /// Switches the account on.
    Activate,
    /// Switches it off.
    Deactivate,
    /// Deletes it.
    Delete,
    /// Reads it: a removal must be seen.
    ReadBack,
}

/// A mark of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The link.
    pub link: LinkKey,
    /// The mark, as the commit answered it.
    pub mark: u64,
}

/// What came of a mark while it was waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The vendor has what is desired.
    Settled,
    /// The vendor refuses it for good; the link is parked.
    Refused(Refusal),
    /// Neither yet.
    Pending,
}

/// A vendor's refusal of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The vendor field at fault, if the vendor said so.
    pub field: Option<String>,
    /// The vendor fields that went in the refused call.
    pub sent: BTreeSet<String>,
    /// The vendor's own words.
    pub reason: String,
}

/// Why accounts could not be read: the vendor's own words, or the target's state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unread(pub String);

/// At what pace a target is called, and whether it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// As declared, or else the vendor's usual limit; 98 % of it are used.
    pub calls_per_minute: u32,
    /// Until when the vendor asked not to be called.
    pub paused_until: Option<Timestamp>,
    /// Whether the vendor counts as down: one resource at a time is tried until one comes through.
    pub is_down: bool,
    /// When the next one is, unless one is under way.
    pub next_probe: Option<Timestamp>,
}

/// A target's state, apart from its backlog, which the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetStatus {
    /// What it is doing.
    pub state: TargetState,
    /// The vendor's words when it is not working.
    pub reason: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// What a target is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetState {
    /// Calls go through.
    Working,
    /// The vendor limits our calls; waiting as it asked.
    Limited,
    /// The vendor fails or cannot be reached; the breaker is open.
    Down,
    /// The credentials are not accepted.
    Unauthorized,
    /// The credentials open another vendor account than before; nothing is sent.
    Repointed,
    /// No sender: another process holds the lease, or it is starting.
    Idle,
}
