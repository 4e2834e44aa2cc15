//! What changes a link: writes of the directory as marks, and what delivery finds out as settling.
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Applied, Problem, Tombstone};

/// A write that concerns the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The resource type's name.
    pub resource_type: String,
    /// Vendor fields that it changes.
    pub fields: BTreeSet<String>,
    /// What it means for access.
    pub access: Access,
    /// What it follows from.
    pub cause: Cause,
    /// When it was acknowledged.
    pub at: Timestamp,
    /// Set by the deletion of the resource.
    pub tombstone: Option<Tombstone>,
}

/// What a mark follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The resource itself was written, or a person asked for it: whatever was decided of it before is over.
    Own,
    /// From something else: its groups, another account, the settings. What waits for a person goes on waiting, unless
    /// who was to keep everything begins to leave, and what a person let go goes on going; what comes from a backup is
    /// not released, and what was changed by hand at the vendor is not corrected along with it.
    Others,
}

/// What a write means for a person's access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It takes access away: the link goes into the leavers' lane.
    Taken,
    /// The same, or it may; but a link without an account, and without doubt of one, has nothing to lose.
    Lessened,
    /// All of it is to end. As `Lessened`, and where there is no link none is made.
    Ended,
    /// It switches the person on: no leaver any more.
    Given,
    /// Neither, as far as the writer knows: the link stays in its lane.
    Kept,
}

impl Access {
    pub(super) fn takes(self) -> bool {
        match self {
            Access::Taken | Access::Lessened | Access::Ended => true,
            Access::Given | Access::Kept => false,
        }
    }
}

/// What delivery found out or did, up to a mark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settle {
    /// The account as it is now; `None`: there is none.
    pub account: Option<Applied>,
    /// The mark that delivery saw when it began; `Some` says that everything up to it is settled.
    pub settled: Option<u64>,
    /// See [`Link::ambiguous_until`].
    pub ambiguous_until: Option<Timestamp>,
    /// See [`Link::removal_sent`].
    pub removal_sent: bool,
    /// The settings generation used.
    pub generation: u64,
    /// The token of the lease in whose name it is written; counts once everything is settled.
    pub under: u64,
    /// The person may be a member of groups again, of which the vendor had dropped all: none of them is applied.
    pub rejoins: bool,
}

/// A change of a link. When the account's id appears, changes or goes, the store clears what was applied of the
/// member's grants if the id changed, sets which of them are due, and marks the links of groups that got due ones; when
/// a group's account goes, all its grants become not applied. `HandOver` is no such going: what was applied under the
/// account goes to the link that takes it over in the same batch, or stays, since the vendor's memberships stay. `Mark`
/// and `Unpark` of a group's link take up its refused grants again, a `Mark` of its own also those that are doubted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkChange {
    /// A write by the IdP (or a changed setting) makes the link pending.
    Mark(Mark),
    /// A create is about to be sent: whoever finds this later must look before it sends another one.
    Sending {
        /// The value of the vendor's unique field that is sent.
        unique: String,
        /// See [`Link::ambiguous_until`].
        until: Timestamp,
    },
    /// Delivery went a step on.
    Settle(Settle),
    /// Delivery did not get through: try again at `due`. Counts an attempt unless it was the target's state. What waits
    /// for a person to decide goes on waiting.
    Retry {
        /// When.
        due: Timestamp,
        /// Why.
        problem: Problem,
        /// Whether the record itself was at fault.
        counts: bool,
        /// See [`Link::ambiguous_until`].
        ambiguous_until: Option<Timestamp>,
        /// The mark that delivery saw: a later one is due at once.
        seen: u64,
    },
    /// Delivery gives up for now, having seen this mark: parked, held or withheld, until `due` if given. Without effect
    /// if a later mark came in meanwhile.
    Park {
        /// Why, with the kind.
        problem: Problem,
        /// A slow retry by itself.
        due: Option<Timestamp>,
        /// The mark that delivery saw.
        seen: u64,
    },
    /// Access is found to be taken away, as no mark has said.
    Leaving,
    /// What access was to be taken away up to this mark is: what is not settled yet takes none.
    HasLeft(u64),
    /// All access of the person is to end.
    Going,
    /// The account that was to go is gone by other hands: the person goes with it no more, and who said yes to that has
    /// said nothing of another account of theirs.
    GoneAlready,
    /// A person lets what is held at this mark go; due at once. Without effect at another mark.
    Approve(u64, Timestamp),
    /// A person decides against what is held at this mark. A group whose resource is gone is due then, to be let go of.
    Withhold(u64),
    /// Takes up again what was parked, held or withheld.
    Unpark(Timestamp),
    /// A person says that what comes from a backup is to be brought about.
    Release,
    /// What is to be brought about comes from a backup.
    Restore,
    /// What it waited for has come: it is due, and all else stays. Without effect on what waits for a person.
    Due(Timestamp),
    /// The vendor was read, and of these fields of a settled link it has something else than was applied: whatever is
    /// sent next sends them too. They take the place of those that were in doubt before, and of a group's members that
    /// were; nothing becomes due. Without effect on a pending link.
    Doubt(BTreeSet<String>),
    /// Settings send these fields elsewhere: whatever is sent next sends them too, though they seem to be there, and though
    /// a turn that is under way says so once more. Nothing becomes due.
    Moved(BTreeSet<String>),
    /// The same of a link that has no turn: what was applied of these fields counts no more, however much else is settled
    /// before they are sent.
    Elsewhere(BTreeSet<String>),
    /// The group's resource is gone, and its account may stay: nobody is wanted in it who was added here.
    Disband,
    /// This resource's account now belongs to another resource's link (the same person created anew).
    HandOver,
    /// Deletes the link if this is its number of marks and it has no account and no ambiguous create.
    Forget(u64),
}
