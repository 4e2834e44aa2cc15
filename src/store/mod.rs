//! The store: desired state, links and settings, durable.
//!
//! About a dozen verbs of our domain and one write, [`Store::commit`]. No transaction type and no query language
//! crosses the trait, and what a link is decided to become is computed by [`Link::apply`], so that every backend
//! decides alike.
mod batch;
mod cascade;
mod error;
mod grant;
mod json_text;
mod keeper;
mod key;
mod lease;
mod link;
mod redb;
mod resource;
mod restoration;
mod sound;
#[cfg(test)]
mod suite;

use std::ops::ControlFlow;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

pub use batch::{Batch, Committed, Expect, SettingKind, Write};
pub use error::{Conflict, Error};
pub use grant::{Grant, GrantKey};
pub use keeper::{Backup, BackupError, Check, Condition, Keeper};
pub use key::{DirectoryId, IndexTerm, LinkKey, ResourceId, ResourceKey, Scope, TargetId};
pub use lease::{Lease, Previous};
pub use link::{Access, Applied, Cause, Link, LinkChange, Mark, Problem, ProblemKind, Restored, Settle, Tombstone};
pub use redb::{Medium, OpenError, Options, Redb, Report, Restoring, Room, recount, restore, verify};
pub(crate) use redb::{Scratch, ScratchKey, ScratchRow};
pub(crate) use resource::is_seen_by;
pub use resource::{Member, Place, Resource, Splice};
pub(crate) use restoration::restored_at;
pub(crate) use sound::{SoundPage, sound_page};

/// Called with each resource of a scan, in order of ids; breaking ends the scan.
pub type Visitor = Box<dyn FnMut(&Resource) -> ControlFlow<()> + Send>;

/// Where a page of resources begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// After this many resources. Costs the same for every number.
    Skip(u64),
    /// After this id, whether or not it exists.
    After(ResourceId),
}

/// Which links of a target are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkQuery {
    /// Pending and due at this time, also parked ones whose slow retry is: leavers first, then in order of their due
    /// time.
    Due(Timestamp),
    /// Like `Due`, but only leavers.
    DueLeavers(Timestamp),
    /// Leavers due after this time, in order of their due time.
    LeaversAfter(Timestamp),
    /// Others due after this time, slow retries of parked ones included, in order of their due time.
    OthersAfter(Timestamp),
    /// Parked, held or withheld, in order of ids after this one.
    Parked(Option<ResourceId>),
    /// All, in order of ids after this one.
    All(Option<ResourceId>),
}

/// What a target has to do, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Links pending and not parked.
    pub pending: u64,
    /// Of these, of people who leave.
    pub leavers: u64,
    /// Links parked, held or withheld.
    pub parked: u64,
    /// When the next link is due, whatever its lane, if any; slow retries of parked ones included.
    pub next_due: Option<Timestamp>,
}

/// How many people leave a target in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Going {
    /// People at the target with an account that is not switched off, those who leave or have left in the hour included.
    pub accounts: u64,
    /// Those whose access is to end, or has ended, by writes of the hour.
    pub going: u64,
    /// Those of the leavers' lane of whom it is not known yet whether all access ends.
    pub waiting: u64,
}

/// The hour that a time is in.
pub fn hour_of(time: Timestamp) -> Timestamp {
    const HOUR: i64 = 3600;
    let second = time.as_second().div_euclid(HOUR) * HOUR;
    Timestamp::from_second(second).unwrap_or(time)
}

/// Durable storage of one gateway.
#[async_trait]
pub trait Store: Send + Sync {
    /// Writes all of the batch durably, or nothing.
    ///
    /// # Errors
    /// `Conflict` if an expectation does not hold at the moment of writing; the batch drops out alone.
    async fn commit(&self, batch: Batch) -> Result<Committed, Error>;

    /// The resource.
    async fn resource(&self, key: &ResourceKey) -> Result<Option<Resource>, Error>;

    /// Ids of at most `limit` resources with this index term, in order of ids.
    async fn find(&self, scope: &Scope, term: &IndexTerm, limit: usize) -> Result<Vec<ResourceId>, Error>;

    /// At most `limit` resources in order of ids.
    async fn page(&self, scope: &Scope, from: From, limit: usize) -> Result<Vec<Resource>, Error>;

    /// Ids of at most `limit` resources after this one, in order, read from the keys alone: a damaged resource is named
    /// all the same.
    async fn ids(&self, scope: &Scope, after: Option<ResourceId>, limit: usize) -> Result<Vec<ResourceId>, Error>;

    /// How many resources there are.
    async fn count(&self, scope: &Scope) -> Result<u64, Error>;

    /// Visits the resources of one snapshot, off the async threads.
    async fn scan(&self, scope: &Scope, visitor: Visitor) -> Result<(), Error>;

    /// Members of a group in order of their ids, at most `limit` after `after`.
    async fn members(&self, group: &ResourceKey, after: Option<ResourceId>, limit: usize)
    -> Result<Vec<Member>, Error>;

    /// Of these ids, the members that the group has.
    async fn members_among(&self, group: &ResourceKey, ids: &[ResourceId]) -> Result<Vec<Member>, Error>;

    /// Ids of the groups that have this resource as a direct member, in order.
    async fn memberships(&self, directory: DirectoryId, member: ResourceId) -> Result<Vec<ResourceId>, Error>;

    /// The stamp of a group's membership: it changes with every change of its member rows; 0 for none yet.
    async fn stamp(&self, group: &ResourceKey) -> Result<u64, Error>;

    /// The link.
    async fn link(&self, key: &LinkKey) -> Result<Option<Link>, Error>;

    /// Names at most `limit` links of a target, read from the indexes alone: a damaged link is named all the same.
    async fn link_keys(&self, target: TargetId, query: LinkQuery, limit: usize) -> Result<Vec<LinkKey>, Error>;

    /// The link whose account has this vendor id, and those whose applied unique value is this one.
    async fn link_by_account(
        &self,
        target: TargetId,
        resource_type: &str,
        account: AccountRef<'_>,
    ) -> Result<Option<LinkKey>, Error>;

    /// How many people leave the target whose leave was acknowledged in the hour of this time.
    async fn going(&self, target: TargetId, at: Timestamp) -> Result<Going, Error>;

    /// What the target has to do.
    async fn backlog(&self, target: TargetId) -> Result<Backlog, Error>;

    /// At most `limit` grants of a group that are due: removals first, then additions, in order of member ids. `after`,
    /// the last one of the page before, continues.
    async fn grants_due(
        &self,
        group: &LinkKey,
        after: Option<&(GrantKey, Grant)>,
        limit: usize,
    ) -> Result<Vec<(GrantKey, Grant)>, Error>;

    /// The settings record of that kind and name, with its version.
    async fn setting(&self, kind: SettingKind, name: &str) -> Result<Option<(u64, Vec<u8>)>, Error>;

    /// All settings records of a kind in order of names.
    async fn settings(&self, kind: SettingKind) -> Result<Vec<(String, u64, Vec<u8>)>, Error>;

    /// Takes or renews the lease of a target for `ttl`; `None` while another holder has it.
    async fn lease(&self, target: TargetId, holder: uuid::Uuid, ttl: Duration) -> Result<Option<Lease>, Error>;

    /// Gives the lease back, so that the next holder need not wait.
    async fn release(&self, target: TargetId, lease: &Lease) -> Result<(), Error>;
}

/// Names an account of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRef<'a> {
    /// By the vendor's id.
    Id(&'a str),
    /// By the applied value of its unique field, folded to lower case.
    Unique(&'a str),
}
