//! The one write.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::grant::GrantKey;
use super::key::{DirectoryId, IndexTerm, LinkKey, ResourceId, ResourceKey, Scope, TargetId};
use super::link::LinkChange;
use super::resource::{Member, Resource};

/// What is written together: all of it durably, or nothing.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// What must hold at the moment of writing, checked in order.
    pub expect: Vec<Expect>,
    /// What is written, in order.
    pub writes: Vec<Write>,
}

/// What a batch was computed from.
#[derive(Debug, Clone)]
pub enum Expect {
    /// The resource is at this version; `None`: there is none of this key.
    Version(ResourceKey, Option<u64>),
    /// No resource of the scope but `except` has this term.
    Unique {
        /// Where.
        scope: Scope,
        /// What is unique.
        term: IndexTerm,
        /// The resource itself, when it exists already.
        except: Option<ResourceId>,
    },
    /// The resource exists, at any version.
    Exists(ResourceKey),
    /// The group's membership has this stamp.
    Stamp(ResourceKey, u64),
    /// The groups that have the resource as a member are these, in order of their ids.
    Memberships(DirectoryId, ResourceId, Vec<ResourceId>),
    /// The link has this revision; `None`: there is none.
    Link(LinkKey, Option<u64>),
    /// No link but this one has the account of this type and vendor id at its target.
    Account {
        /// The link that has it, or is to have it.
        link: LinkKey,
        /// What the account is of.
        resource_type: String,
        /// The vendor's id.
        account: String,
    },
    /// The lease of the target has this token.
    Lease(TargetId, u64),
    /// There is no resource of the scope.
    Empty(Scope),
    /// The settings record has this version; `None`: there is none.
    Setting(SettingKind, String, Option<u64>),
}

/// One change.
#[derive(Debug, Clone)]
pub enum Write {
    /// Creates or replaces a resource with its index entries.
    PutResource(Resource),
    /// Deletes a resource, its index entries, its member rows and its memberships; stamps of its groups change.
    DeleteResource(ResourceKey),
    /// Puts a member into a group; the group's stamp changes if it was not in, or differs. Both must exist, or the
    /// batch is refused with [`Conflict::Version`](super::Conflict::Version) of the group or
    /// [`Conflict::Member`](super::Conflict::Member).
    AddMember(ResourceKey, Member),
    /// Takes a member out of a group; the group's stamp changes if it was in.
    RemoveMember(ResourceKey, ResourceId),
    /// Sets a group's `lastModified` without a new document, for a change of its members alone. It must exist, or the
    /// batch is refused with [`Conflict::Version`](super::Conflict::Version).
    Touch(ResourceKey, Timestamp),
    /// Changes a link; made by [`LinkChange::Mark`] (but see [`Access::Ended`](super::Access::Ended)) and
    /// [`LinkChange::Settle`] if it is not there, where other changes do nothing. What follows for grants follows in the same transaction, see [`LinkChange`].
    Link(LinkKey, LinkChange),
    /// Says whether a membership is wanted at a target, and that what was refused may be tried again. Marks nothing:
    /// the batch marks the group's link itself.
    Want(GrantKey, bool),
    /// Says under which vendor id of the member a membership is applied (`None`: it is not), and what the vendor
    /// refused.
    Apply(GrantKey, Option<String>, Option<String>),
    /// The vendor was read, and lacks a membership that was applied: it is due once the group is written, whose mark may
    /// follow in the same batch, and as long as it is not made, nobody knows whether it is there. Marks nothing.
    Doubt(GrantKey),
    /// Creates or replaces a settings record. Its version is greater than any that a record of this kind had.
    PutSetting(SettingKind, String, Vec<u8>),
    /// Deletes a settings record.
    DeleteSetting(SettingKind, String),
    /// Takes out links and grants of a removed target, and its lease; at most some number of rows, which
    /// [`Committed::swept`] counts. Nothing is left when it took none.
    Sweep(TargetId),
}

/// Families of settings records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SettingKind {
    /// Directories, by name.
    Directory,
    /// Targets, by name.
    Target,
    /// Directory tokens, by id.
    Token,
    /// Everything kept once: data keys, identities of vendor accounts.
    Other,
}

/// What a commit did that its caller cannot know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// For each [`Write::Link`], in order: the link's number of marks after it.
    pub marks: Vec<(LinkKey, u64)>,
    /// Rows that [`Write::Sweep`] took out.
    pub swept: usize,
}
