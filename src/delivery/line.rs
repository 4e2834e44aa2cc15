//! One target as the holder of its lease sees it.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapters::Adapter;
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::clock::Clock;
use crate::delivery::Settings;
use crate::delivery::alarms::Untold;
use crate::delivery::breaker::Breaker;
use crate::delivery::busy::Busy;
use crate::delivery::lately::Lately;
use crate::delivery::live::Live;
use crate::delivery::memory::Memory;
use crate::delivery::places::Places;
use crate::delivery::pool::Pool;
use crate::delivery::waiters::Waiters;
use crate::service::Target;
use crate::store::{Batch, Error, Expect, LinkChange, LinkKey, Store, Write};

/// What turns of one target share.
pub(super) struct Line {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: Settings,
    pub(super) target: Arc<Target>,
    pub(super) adapter: Arc<dyn Adapter>,
    pub(super) waiters: Arc<Waiters>,
    pub(super) untold: Arc<Untold>,
    pub(super) live: Arc<Live>,
    pub(super) busy: Busy,
    /// The lease's.
    pub(super) token: u64,
    since: (Timestamp, Instant),
    /// From here on reads show what was sent before this holder.
    believed_from: Timestamp,
    lately: Mutex<Lately>,
    memory: Mutex<Memory>,
    breaker: Mutex<Breaker>,
    waiting: Mutex<Waiting>,
    /// Links that a job of an earlier holder may still change.
    resting: Mutex<BTreeSet<LinkKey>>,
    numbers: AtomicU64,
    /// Links were marked here.
    pub(super) marked: Notify,
    /// Something was written that may concern the target.
    pub(super) woken: Notify,
    pub(super) pool: Pool,
    pub(super) places: Places,
}

/// Links that wait, by the link that they wait for.
type Waiting = BTreeMap<LinkKey, BTreeSet<LinkKey>>;

/// What a line is made of.
pub(super) struct LineParts {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: Settings,
    pub(super) target: Arc<Target>,
    pub(super) adapter: Arc<dyn Adapter>,
    pub(super) waiters: Arc<Waiters>,
    pub(super) untold: Arc<Untold>,
    pub(super) live: Arc<Live>,
    /// The lease's.
    pub(super) token: u64,
}

impl Line {
    /// The line of who holds the lease from now on.
    pub(super) fn new(parts: LineParts) -> Self {
        let since = parts.clock.now();
        let places = Places::new(parts.target.descriptor.concurrency);
        let (lag, deadline) = (parts.target.read_lag(), parts.target.call_deadline());
        let believed_from = since.saturating_add(lag).unwrap_or(Timestamp::MAX);
        Self {
            store: parts.store,
            clock: parts.clock,
            settings: parts.settings,
            target: parts.target,
            adapter: parts.adapter,
            waiters: parts.waiters,
            untold: parts.untold,
            live: parts.live,
            busy: Busy::default(),
            token: parts.token,
            since: (since, Instant::now()),
            believed_from,
            // A page that is read may take several calls.
            lately: Mutex::new(Lately::new(lag + deadline * 2)),
            memory: Mutex::new(Memory::new(parts.token, believed_from)),
            breaker: Mutex::new(Breaker::default()),
            waiting: Mutex::default(),
            resting: Mutex::default(),
            numbers: AtomicU64::default(),
            marked: Notify::new(),
            woken: Notify::new(),
            pool: Pool::default(),
            places,
        }
    }

    /// The time since this holder began, in which no clock jumps.
    pub(super) fn steady(&self) -> Timestamp {
        let (since, began) = self.since;
        since.saturating_add(began.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// Waits until reads show what was sent before this holder.
    pub(super) async fn believe(&self) {
        let rest = self.believed_from.duration_since(self.steady());
        sleep(Duration::try_from(rest).unwrap_or_default()).await;
    }

    /// A link was settled: for a while a read may show what was before.
    pub(super) fn wrote(&self, key: LinkKey) {
        self.lately().note(key);
    }

    /// Whether what was read just now may be older than what was sent.
    pub(super) fn wrote_lately(&self, key: &LinkKey) -> bool {
        self.lately().has(key)
    }

    fn lately(&self) -> MutexGuard<'_, Lately> {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn resting(&self) -> MutexGuard<'_, BTreeSet<LinkKey>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that this holder has not given yet.
    pub(super) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// A link has another unique value than before, or none: those that wait for it are due.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn release(&self, key: &LinkKey) -> Result<(), Error> {
        let waiting = self.waiting().remove(key).unwrap_or_default();
        let now = self.clock.now();
        let writes: Vec<_> = waiting
            .into_iter()
            .map(|key| Write::Link(key, LinkChange::Due(now)))
            .collect();
        match writes.is_empty() {
            true => Ok(()),
            false => self.commit(Vec::new(), writes).await,
        }
    }

    /// Writes in the name of the lease.
    ///
    /// # Errors
    /// `Conflict::Lease` once another process holds it.
    pub(super) async fn commit(&self, mut expect: Vec<Expect>, writes: Vec<Write>) -> Result<(), Error> {
        expect.push(Expect::Lease(self.target.id, self.token));
        self.store.commit(Batch { expect, writes }).await.map(|_| ())
    }
}
