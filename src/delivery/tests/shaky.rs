//! A store that refuses some commits, as one whose disk fails does, and one record of which is damaged.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::store::{
    AccountRef, Backlog, Batch, Committed, DirectoryId, Error, Expect, From, Going, Grant, GrantKey, IndexTerm, Lease,
    Link, LinkChange, LinkKey, LinkQuery, Member, Redb, Resource, ResourceId, ResourceKey, Scope, SettingKind, Settle,
    Store, TargetId, Visitor, Write,
};

/// Which settlings are refused.
pub(super) type Refuses = fn(&Settle) -> bool;

/// The store, and what it refuses next.
pub(super) struct Shaky {
    pub(super) inner: Arc<Redb>,
    /// Refuses the next commit that has such a settling.
    pub(super) refuses: Mutex<Option<Refuses>>,
    /// The record of this link is damaged.
    pub(super) damaged: Mutex<Option<LinkKey>>,
    /// And that of this resource.
    pub(super) damaged_resource: Mutex<Option<ResourceId>>,
    /// Nor can its members be read, or its groups.
    pub(super) damaged_rows: Mutex<Option<ResourceId>>,
    /// Before every third commit that names the members of a group somebody takes this one out, or puts it in.
    pub(super) busy_member: Mutex<Option<Member>>,
    pub(super) named: Mutex<u32>,
    /// And rows that a change of this link touches.
    pub(super) damaged_grants: Mutex<Option<LinkKey>>,
    /// Every commit is refused.
    pub(super) full: Mutex<bool>,
    /// Links cannot be looked for either.
    pub(super) closed: Mutex<bool>,
}

impl Shaky {
    /// One that refuses nothing yet.
    pub(super) fn over(inner: Arc<Redb>) -> Self {
        Self {
            inner,
            refuses: Mutex::default(),
            damaged: Mutex::default(),
            damaged_resource: Mutex::default(),
            damaged_rows: Mutex::default(),
            busy_member: Mutex::default(),
            named: Mutex::default(),
            damaged_grants: Mutex::default(),
            full: Mutex::default(),
            closed: Mutex::default(),
        }
    }

    fn read(&self, id: ResourceId) -> Result<(), Error> {
        match *self.damaged_resource.lock().unwrap() == Some(id) {
            true => Err(Error::Damaged("resource".to_owned())),
            false => Ok(()),
        }
    }

    fn read_rows(&self, id: ResourceId) -> Result<(), Error> {
        match *self.damaged_rows.lock().unwrap() == Some(id) {
            true => Err(Error::Damaged("member".to_owned())),
            false => Ok(()),
        }
    }

    async fn jostle(&self, batch: &Batch) {
        let group = batch.expect.iter().find_map(|expected| match expected {
            Expect::Stamp(group, _) => Some(group.clone()),
            _ => None,
        });
        let member = self.busy_member.lock().unwrap().clone();
        let (Some(group), Some(member)) = (group, member) else {
            return;
        };
        let named = {
            let mut named = self.named.lock().unwrap();
            *named += 1;
            *named
        };
        let write = match named % 6 {
            0 => Write::AddMember(group, member),
            3 => Write::RemoveMember(group, member.id),
            _ => return,
        };
        let (expect, writes) = (Vec::new(), vec![write]);
        self.inner.commit(Batch { expect, writes }).await.unwrap();
    }

    fn refuses(&self, batch: &Batch) -> bool {
        let mut refuses = self.refuses.lock().unwrap();
        let settles = |write: &Write, refuses: Refuses| match write {
            Write::Link(_, LinkChange::Settle(settle)) => refuses(settle),
            _ => false,
        };
        let refused = refuses.is_some_and(|refuses| batch.writes.iter().any(|write| settles(write, refuses)));
        if refused {
            *refuses = None;
        }
        refused
    }
}

#[async_trait]
impl Store for Shaky {
    async fn commit(&self, batch: Batch) -> Result<Committed, Error> {
        if *self.full.lock().unwrap() || self.refuses(&batch) {
            return Err(Error::Unavailable("the disk is full".into()));
        }
        self.jostle(&batch).await;
        let damaged = *self.damaged_grants.lock().unwrap();
        let touches = |write: &Write| matches!(write, Write::Link(key, _) if Some(*key) == damaged);
        if batch.writes.iter().any(touches) {
            return Err(Error::Damaged("grant".to_owned()));
        }
        self.inner.commit(batch).await
    }

    async fn resource(&self, key: &ResourceKey) -> Result<Option<Resource>, Error> {
        self.read(key.id)?;
        self.inner.resource(key).await
    }

    async fn find(&self, scope: &Scope, term: &IndexTerm, limit: usize) -> Result<Vec<ResourceId>, Error> {
        self.inner.find(scope, term, limit).await
    }

    async fn page(&self, scope: &Scope, from: From, limit: usize) -> Result<Vec<Resource>, Error> {
        let page = self.inner.page(scope, from, limit).await?;
        page.iter().try_for_each(|resource| self.read(resource.key.id))?;
        Ok(page)
    }

    async fn ids(&self, scope: &Scope, after: Option<ResourceId>, limit: usize) -> Result<Vec<ResourceId>, Error> {
        self.inner.ids(scope, after, limit).await
    }

    async fn count(&self, scope: &Scope) -> Result<u64, Error> {
        self.inner.count(scope).await
    }

    async fn scan(&self, scope: &Scope, visitor: Visitor) -> Result<(), Error> {
        self.inner.scan(scope, visitor).await
    }

    async fn members(
        &self,
        group: &ResourceKey,
        after: Option<ResourceId>,
        limit: usize,
    ) -> Result<Vec<Member>, Error> {
        self.read_rows(group.id)?;
        self.inner.members(group, after, limit).await
    }

    async fn members_among(&self, group: &ResourceKey, ids: &[ResourceId]) -> Result<Vec<Member>, Error> {
        self.inner.members_among(group, ids).await
    }

    async fn memberships(&self, directory: DirectoryId, member: ResourceId) -> Result<Vec<ResourceId>, Error> {
        self.read_rows(member)?;
        self.inner.memberships(directory, member).await
    }

    async fn stamp(&self, group: &ResourceKey) -> Result<u64, Error> {
        self.inner.stamp(group).await
    }

    async fn link(&self, key: &LinkKey) -> Result<Option<Link>, Error> {
        let damaged = *self.damaged.lock().unwrap();
        match damaged == Some(*key) {
            true => Err(Error::Damaged("link".to_owned())),
            false => self.inner.link(key).await,
        }
    }

    async fn link_keys(&self, target: TargetId, query: LinkQuery, limit: usize) -> Result<Vec<LinkKey>, Error> {
        if *self.closed.lock().unwrap() {
            return Err(Error::Unavailable("the store is closed".into()));
        }
        self.inner.link_keys(target, query, limit).await
    }

    async fn link_by_account(
        &self,
        target: TargetId,
        resource_type: &str,
        account: AccountRef<'_>,
    ) -> Result<Option<LinkKey>, Error> {
        self.inner.link_by_account(target, resource_type, account).await
    }

    async fn going(&self, target: TargetId, at: Timestamp) -> Result<Going, Error> {
        self.inner.going(target, at).await
    }

    async fn backlog(&self, target: TargetId) -> Result<Backlog, Error> {
        self.inner.backlog(target).await
    }

    async fn grants_due(
        &self,
        group: &LinkKey,
        after: Option<&(GrantKey, Grant)>,
        limit: usize,
    ) -> Result<Vec<(GrantKey, Grant)>, Error> {
        self.inner.grants_due(group, after, limit).await
    }

    async fn setting(&self, kind: SettingKind, name: &str) -> Result<Option<(u64, Vec<u8>)>, Error> {
        self.inner.setting(kind, name).await
    }

    async fn settings(&self, kind: SettingKind) -> Result<Vec<(String, u64, Vec<u8>)>, Error> {
        self.inner.settings(kind).await
    }

    async fn lease(&self, target: TargetId, holder: Uuid, ttl: Duration) -> Result<Option<Lease>, Error> {
        self.inner.lease(target, holder, ttl).await
    }

    async fn release(&self, target: TargetId, lease: &Lease) -> Result<(), Error> {
        self.inner.release(target, lease).await
    }
}
