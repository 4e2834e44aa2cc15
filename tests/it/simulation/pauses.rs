//! A store that takes its time, so that others do something between any two of its answers.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::sleep;
use usherd::store::{
    AccountRef, Backlog, Batch, Committed, DirectoryId, Error, From, Going, Grant, GrantKey, IndexTerm, Lease, Link,
    LinkKey, LinkQuery, Member, Redb, Resource, ResourceId, ResourceKey, Scope, SettingKind, Store, TargetId, Visitor,
};
use uuid::Uuid;

use crate::dice::Dice;

/// The longest pause in milliseconds: longer than most calls take.
const PAUSE_MAX: u64 = 300;

/// The store behind it, and how often, of a thousand times, it is waited for.
pub(super) struct Pausing {
    pub(super) inner: Arc<Redb>,
    pub(super) dice: Mutex<Dice>,
    pub(super) pauses: u64,
}

impl Pausing {
    async fn pause(&self) {
        let pause = {
            let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
            let pauses = dice.in_thousand(self.pauses);
            pauses.then(|| dice.millis(1..PAUSE_MAX))
        };
        if let Some(pause) = pause {
            sleep(pause).await;
        }
    }
}

#[async_trait]
impl Store for Pausing {
    async fn commit(&self, batch: Batch) -> Result<Committed, Error> {
        self.pause().await;
        self.inner.commit(batch).await
    }

    async fn resource(&self, key: &ResourceKey) -> Result<Option<Resource>, Error> {
        self.pause().await;
        self.inner.resource(key).await
    }

    async fn find(&self, scope: &Scope, term: &IndexTerm, limit: usize) -> Result<Vec<ResourceId>, Error> {
        self.pause().await;
        self.inner.find(scope, term, limit).await
    }

    async fn page(&self, scope: &Scope, from: From, limit: usize) -> Result<Vec<Resource>, Error> {
        self.inner.page(scope, from, limit).await
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
        self.pause().await;
        self.inner.members(group, after, limit).await
    }

    async fn members_among(&self, group: &ResourceKey, ids: &[ResourceId]) -> Result<Vec<Member>, Error> {
        self.pause().await;
        self.inner.members_among(group, ids).await
    }

    async fn memberships(&self, directory: DirectoryId, member: ResourceId) -> Result<Vec<ResourceId>, Error> {
        self.pause().await;
        self.inner.memberships(directory, member).await
    }

    async fn stamp(&self, group: &ResourceKey) -> Result<u64, Error> {
        self.pause().await;
        self.inner.stamp(group).await
    }

    async fn link(&self, key: &LinkKey) -> Result<Option<Link>, Error> {
        self.pause().await;
        self.inner.link(key).await
    }

    async fn link_keys(&self, target: TargetId, query: LinkQuery, limit: usize) -> Result<Vec<LinkKey>, Error> {
        self.inner.link_keys(target, query, limit).await
    }

    async fn link_by_account(
        &self,
        target: TargetId,
        resource_type: &str,
        account: AccountRef<'_>,
    ) -> Result<Option<LinkKey>, Error> {
        self.pause().await;
        self.inner.link_by_account(target, resource_type, account).await
    }

    async fn going(&self, target: TargetId, at: Timestamp) -> Result<Going, Error> {
        self.pause().await;
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
        self.pause().await;
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
