//! The store's verbs.
use std::collections::HashMap;
use std::ops::{Bound, ControlFlow};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::task::JoinError;
use tokio::time::Instant;
use uuid::Uuid;

use super::backup::{Destination, back_up};
use super::fold::{Done, Work};
use super::open::{OpenError, Options, SENSELESS};
use super::queue::Server;
use super::tables::Snapshot;
use super::verify::{Report, verify_open};
use super::writer::{Current, Writer};
use crate::clock::Clock;
use crate::store::{
    AccountRef, Backlog, Backup, BackupError, Batch, Check, Committed, Condition, DirectoryId, Error, From, Going,
    Grant, GrantKey, IndexTerm, Keeper, Lease, Link, LinkKey, LinkQuery, Member, Resource, ResourceId, ResourceKey,
    Scope, SettingKind, Store, TargetId, Visitor,
};

/// Rows that are read on the async thread at most: as many as take some ten microseconds from cached pages, since
/// handing over to another thread costs about as much.
const INLINE_ROWS_MAX: usize = 32;

/// Ids alone that are read on the async thread at most: dozens stand on a page.
const INLINE_IDS_MAX: usize = 500;

/// The embedded store.
pub struct Redb {
    current: Current,
    writing: WritingMode,
    clock: Arc<dyn Clock>,
    condition: Mutex<Condition>,
    check_is_due: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
    reads_inline: bool,
    held: Mutex<HashMap<TargetId, Held>>,
}

enum WritingMode {
    Inline(Box<Mutex<Writer>>),
    Thread(Server),
}

/// A lease as it is held in this process.
struct Held {
    holder: Uuid,
    expires: Instant,
    /// `None` while it is being taken.
    lease: Option<Lease>,
}

impl Redb {
    /// Opens the store. After an unclean stop it takes no longer than after a clean one.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(options: Options, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let (inline, reads_inline) = (options.inline, options.reads_inline);
        let writer = Writer::open(options, Arc::clone(&clock))?;
        let current = writer.current();
        let check_is_due = writer.check_is_due();
        let condition = Condition {
            check: match check_is_due.load(Ordering::Relaxed) {
                true => Check::Due,
                false => Check::NotDue,
            },
            restored: writer.restored(),
        };
        let writing = if inline {
            WritingMode::Inline(Box::new(Mutex::new(writer)))
        } else {
            let server = Server::start(writer).map_err(|error| OpenError::Unavailable(Box::new(error)))?;
            WritingMode::Thread(server)
        };
        Ok(Self {
            current,
            writing,
            clock,
            condition: Mutex::new(condition),
            check_is_due,
            ended: Arc::default(),
            reads_inline,
            held: Mutex::default(),
        })
    }

    /// Whether a check is due, since whoever had the store before was killed.
    pub fn after_unclean_stop(&self) -> bool {
        self.check_is_due.load(Ordering::Relaxed)
    }

    /// Does what waits and closes the file, whoever still has the store: it refuses everything from then on. A check or
    /// a backup that is under way is broken off.
    pub async fn close(self: Arc<Self>) {
        self.ended.store(true, Ordering::Relaxed);
        let closed = tokio::task::spawn_blocking(move || match &self.writing {
            WritingMode::Thread(server) => server.close(),
            // It closes with the store.
            WritingMode::Inline(_) => {}
        });
        drop(closed.await);
    }

    /// Checks the store beside everything else, and tells of it: a fault is a person's matter.
    pub async fn verify_and_tell(&self) {
        match self.verify().await {
            Ok(report) if report.faults == 0 => tracing::info!(records = report.records, "the store is sound"),
            Ok(report) => {
                tracing::error!(alarm = "store_damaged", faults = report.faults, first = ?report.first, "the store is damaged; see `usherd status`");
            }
            Err(error) if self.ended.load(Ordering::Relaxed) => {
                tracing::info!(error = %error, "the store is not checked")
            }
            Err(error @ Error::Damaged(_)) => {
                tracing::error!(alarm = "store_damaged", error = %error, "the store cannot be checked")
            }
            // That it is closed is told already.
            Err(error) => tracing::error!(error = %error, "the store cannot be checked"),
        }
    }

    fn condition(&self) -> MutexGuard<'_, Condition> {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Known damage stays known until a whole check says otherwise.
    fn set_unfinished(&self, check: Check) {
        let mut condition = self.condition();
        if !matches!(condition.check, Check::Damaged(..)) {
            condition.check = check;
        }
    }

    async fn work(&self, work: Work) -> Result<Done, Error> {
        match &self.writing {
            WritingMode::Inline(writer) => {
                let results = writer.lock().unwrap_or_else(PoisonError::into_inner).run(&[&work]);
                results
                    .into_iter()
                    .next()
                    .unwrap_or_else(|| Err(Error::Unexpected("no answer".into())))
            }
            WritingMode::Thread(server) => {
                let answer = server.queue.push(work)?;
                answer
                    .await
                    .unwrap_or_else(|_| Err(Error::Unavailable("the store is closed".into())))
            }
        }
    }

    fn snapshot(&self) -> Result<Arc<Snapshot>, Error> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current
            .clone()
            .ok_or_else(|| Error::Unavailable("the store is closed after a failure".into()))
    }

    /// Reads off the async threads, unless everything is to happen on one.
    async fn blocking<V: Send + 'static>(
        &self,
        read: impl FnOnce(&Snapshot) -> Result<V, Error> + Send + 'static,
    ) -> Result<V, Error> {
        let snapshot = self.snapshot()?;
        if self.reads_inline {
            return read(&snapshot);
        }
        let done = tokio::task::spawn_blocking(move || read(&snapshot)).await;
        done.unwrap_or_else(|error| Err(broken(error)))
    }

    fn held(&self) -> MutexGuard<'_, HashMap<TargetId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves the right to take the lease, or renews it.
    fn reserve(&self, target: TargetId, holder: Uuid, ttl: Duration) -> Reserved {
        let now = Instant::now();
        let mut leases = self.held();
        let expires = now + ttl;
        match leases.get_mut(&target) {
            Some(held) if held.holder != holder && now < held.expires => return Reserved::Refused,
            Some(held) if held.holder == holder && held.lease.is_some() => {
                held.expires = expires;
                return held.lease.clone().map_or(Reserved::Refused, Reserved::Renewed);
            }
            Some(_) | None => {}
        }
        leases.insert(
            target,
            Held {
                holder,
                expires,
                lease: None,
            },
        );
        Reserved::Take
    }
}

/// A read that ended by itself: redb panics over some damaged pages.
fn broken(error: JoinError) -> Error {
    match error.is_panic() {
        true => Error::Damaged(SENSELESS.to_owned()),
        false => Error::Unexpected(Box::new(error)),
    }
}

enum Reserved {
    Renewed(Lease),
    Refused,
    Take,
}

#[async_trait]
impl Keeper for Redb {
    async fn back_up(&self, file: PathBuf, replace: bool) -> Result<Backup, BackupError> {
        let (snapshot, clock) = (self.snapshot()?, Arc::clone(&self.clock));
        let to = Destination { file, replace };
        let ended = Arc::clone(&self.ended);
        let done = tokio::task::spawn_blocking(move || back_up(&snapshot, &*clock, &to, &ended)).await;
        done.unwrap_or_else(|error| Err(broken(error).into()))
    }

    async fn verify(&self) -> Result<Report, Error> {
        self.set_unfinished(Check::Running);
        let ended = Arc::clone(&self.ended);
        let report = self.blocking(move |snapshot| verify_open(snapshot, &ended)).await;
        match &report {
            Ok(report) if report.faults == 0 => {
                self.check_is_due.store(false, Ordering::Relaxed);
                self.condition().check = Check::Sound;
            }
            Ok(report) => self.condition().check = Check::Damaged(report.faults, report.first.clone()),
            Err(error) => self.set_unfinished(Check::Failed(error.to_string())),
        }
        report
    }

    fn condition(&self) -> Condition {
        Redb::condition(self).clone()
    }
}

#[async_trait]
impl Store for Redb {
    async fn commit(&self, batch: Batch) -> Result<Committed, Error> {
        match self.work(Work::Commit(batch)).await? {
            Done::Committed(committed) => Ok(committed),
            Done::Leased(_) | Done::Released => Err(Error::Unexpected("another work's answer".into())),
        }
    }

    async fn resource(&self, key: &ResourceKey) -> Result<Option<Resource>, Error> {
        self.snapshot()?.resource(key)
    }

    async fn find(&self, scope: &Scope, term: &IndexTerm, limit: usize) -> Result<Vec<ResourceId>, Error> {
        if limit <= INLINE_IDS_MAX {
            return self.snapshot()?.find(scope, term, limit);
        }
        let few = self.snapshot()?.find(scope, term, INLINE_IDS_MAX)?;
        if few.len() < INLINE_IDS_MAX {
            return Ok(few);
        }
        let (scope, term) = (scope.clone(), term.clone());
        self.blocking(move |tables| tables.find(&scope, &term, limit)).await
    }

    async fn page(&self, scope: &Scope, from: From, limit: usize) -> Result<Vec<Resource>, Error> {
        if limit <= INLINE_ROWS_MAX {
            return self.snapshot()?.page(scope, from, limit);
        }
        let scope = scope.clone();
        self.blocking(move |tables| tables.page(&scope, from, limit)).await
    }

    async fn ids(&self, scope: &Scope, after: Option<ResourceId>, limit: usize) -> Result<Vec<ResourceId>, Error> {
        if limit <= INLINE_ROWS_MAX {
            return self.snapshot()?.ids(scope, after, limit);
        }
        let scope = scope.clone();
        self.blocking(move |tables| tables.ids(&scope, after, limit)).await
    }

    async fn count(&self, scope: &Scope) -> Result<u64, Error> {
        self.snapshot()?.count(scope)
    }

    async fn scan(&self, scope: &Scope, mut visitor: Visitor) -> Result<(), Error> {
        let scope = scope.clone();
        let scan = move |tables: &Snapshot| {
            for resource in tables.resources_from(&scope, Bound::Unbounded)? {
                if visitor(&resource?) == ControlFlow::Break(()) {
                    break;
                }
            }
            Ok(())
        };
        self.blocking(scan).await
    }

    async fn members(
        &self,
        group: &ResourceKey,
        after: Option<ResourceId>,
        limit: usize,
    ) -> Result<Vec<Member>, Error> {
        if limit <= INLINE_ROWS_MAX {
            return self.snapshot()?.members(group, after, limit);
        }
        let group = group.clone();
        self.blocking(move |tables| tables.members(&group, after, limit)).await
    }

    async fn members_among(&self, group: &ResourceKey, ids: &[ResourceId]) -> Result<Vec<Member>, Error> {
        if ids.len() <= INLINE_ROWS_MAX {
            return self.snapshot()?.members_among(group, ids);
        }
        let (group, ids) = (group.clone(), ids.to_vec());
        self.blocking(move |tables| tables.members_among(&group, &ids)).await
    }

    async fn memberships(&self, directory: DirectoryId, member: ResourceId) -> Result<Vec<ResourceId>, Error> {
        let few = self.snapshot()?.memberships(directory, member, INLINE_IDS_MAX)?;
        if few.len() < INLINE_IDS_MAX {
            return Ok(few);
        }
        let all = move |tables: &Snapshot| tables.memberships(directory, member, usize::MAX);
        self.blocking(all).await
    }

    async fn stamp(&self, group: &ResourceKey) -> Result<u64, Error> {
        self.snapshot()?.stamp(group)
    }

    async fn link(&self, key: &LinkKey) -> Result<Option<Link>, Error> {
        self.snapshot()?.link(key)
    }

    async fn link_keys(&self, target: TargetId, query: LinkQuery, limit: usize) -> Result<Vec<LinkKey>, Error> {
        if limit <= INLINE_ROWS_MAX {
            return self.snapshot()?.link_keys(target, query, limit);
        }
        self.blocking(move |tables| tables.link_keys(target, query, limit))
            .await
    }

    async fn link_by_account(
        &self,
        target: TargetId,
        resource_type: &str,
        account: AccountRef<'_>,
    ) -> Result<Option<LinkKey>, Error> {
        self.snapshot()?.link_by_account(target, resource_type, account)
    }

    async fn going(&self, target: TargetId, at: Timestamp) -> Result<Going, Error> {
        self.snapshot()?.going(target, at)
    }

    async fn backlog(&self, target: TargetId) -> Result<Backlog, Error> {
        self.snapshot()?.backlog(target)
    }

    async fn grants_due(
        &self,
        group: &LinkKey,
        after: Option<&(GrantKey, Grant)>,
        limit: usize,
    ) -> Result<Vec<(GrantKey, Grant)>, Error> {
        if limit <= INLINE_ROWS_MAX {
            return self.snapshot()?.grants_due(group, after, limit);
        }
        let (group, after) = (*group, after.cloned());
        self.blocking(move |tables| tables.grants_due(&group, after.as_ref(), limit))
            .await
    }

    async fn setting(&self, kind: SettingKind, name: &str) -> Result<Option<(u64, Vec<u8>)>, Error> {
        self.snapshot()?.setting(kind, name)
    }

    async fn settings(&self, kind: SettingKind) -> Result<Vec<(String, u64, Vec<u8>)>, Error> {
        self.blocking(move |tables| tables.settings(kind)).await
    }

    async fn lease(&self, target: TargetId, holder: Uuid, ttl: Duration) -> Result<Option<Lease>, Error> {
        match self.reserve(target, holder, ttl) {
            Reserved::Renewed(lease) => return Ok(Some(lease)),
            Reserved::Refused => return Ok(None),
            Reserved::Take => {}
        }
        let taken = match self.work(Work::TakeLease(target, holder)).await {
            Ok(Done::Leased(lease)) => Ok(Some(lease)),
            Ok(Done::Committed(_) | Done::Released) => Err(Error::Unexpected("another work's answer".into())),
            Err(error) => Err(error),
        };
        let mut leases = self.held();
        match &taken {
            Ok(lease) => {
                if let Some(held) = leases.get_mut(&target).filter(|held| held.holder == holder) {
                    held.lease.clone_from(lease);
                }
            }
            Err(_) => drop(leases.remove(&target)),
        }
        taken
    }

    async fn release(&self, target: TargetId, lease: &Lease) -> Result<(), Error> {
        self.work(Work::ReleaseLease(target, lease.token)).await?;
        let mut leases = self.held();
        if leases
            .get(&target)
            .is_some_and(|held| held.lease.as_ref() == Some(lease))
        {
            leases.remove(&target);
        }
        Ok(())
    }
}
