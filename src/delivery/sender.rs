//! The one sender of a target: holds the lease and gives links their turns, leavers first.
mod dispatch;
mod health;
mod landing;
mod questions;
mod strays;

pub(super) use self::strays::Strays;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adapters::Adapter;
use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::clock::{Clock, Ids};
use crate::delivery::alarms::Untold;
use crate::delivery::engine::Connect;
use crate::delivery::flights::Flights;
use crate::delivery::jobs::Left;
use crate::delivery::line::{Line, LineParts};
use crate::delivery::live::Live;
use crate::delivery::readings::{Reader, Readings};
use crate::delivery::throttle::Throttle;
use crate::delivery::waiters::Waiters;
use crate::delivery::{Settings, alarms, drift};
use crate::service::{Target, TargetState, TargetStatus};
use crate::store::{self, Lease, LinkKey, LinkQuery, Previous, Store, TargetId};

/// How often a sender looks around without being woken: a bound on what a missed wake-up can cost.
const LOOK_AROUND: Duration = Duration::from_secs(15);

/// What every sender is made of.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) connect: Arc<dyn Connect>,
    pub(super) settings: Settings,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) waiters: Arc<Waiters>,
    /// Targets that were looked at since the process began.
    pub(super) looked: Arc<Mutex<BTreeSet<TargetId>>>,
    pub(super) untold: Arc<Untold>,
}

/// One target's sender.
pub(super) struct Sender {
    shared: Shared,
    target: Arc<Target>,
    notify: Notify,
    throttle: Arc<Throttle>,
    queued: AtomicU64,
    status: Mutex<TargetStatus>,
    /// Of which state it was told, until the target works again.
    told: Mutex<Option<TargetState>>,
    live: Arc<Live>,
    /// The credentials opened the known account when that was last asked, whatever may be changed with them.
    readable: AtomicBool,
    /// The line while the lease is held.
    line: Mutex<Option<Arc<Line>>>,
    /// The lease was taken or lost.
    opened: Notify,
    readings: Readings,
    /// Held while the vendor is asked on behalf of a request.
    asking: tokio::sync::Mutex<()>,
    /// Held while the vendor is compared with the directory.
    pub(super) comparing: tokio::sync::Mutex<()>,
}

impl Sender {
    pub(super) fn new(shared: Shared, target: Arc<Target>) -> Self {
        let shared = Shared {
            settings: shared.settings.of(&target.config),
            ..shared
        };
        let status = TargetStatus {
            state: TargetState::Idle,
            reason: None,
            since: None,
        };
        Self {
            throttle: Arc::new(Throttle::new(target.calls_per_minute())),
            shared,
            target,
            notify: Notify::new(),
            queued: AtomicU64::new(0),
            status: Mutex::new(status),
            told: Mutex::default(),
            live: Arc::default(),
            readable: AtomicBool::new(false),
            line: Mutex::default(),
            opened: Notify::new(),
            readings: Readings::default(),
            asking: tokio::sync::Mutex::default(),
            comparing: tokio::sync::Mutex::default(),
        }
    }

    /// Says that links were marked.
    pub(super) fn wake(&self) {
        self.notify.notify_one();
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.shared.store
    }

    /// The target as it was declared when this sender began.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// What rests and was not told yet.
    pub(super) fn untold(&self) -> &Untold {
        &self.shared.untold
    }

    /// Whether the target was not looked at before in this process; from now on it was.
    pub(super) fn is_first_look(&self) -> bool {
        let mut looked = self.shared.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.insert(self.target.id)
    }

    /// Sends until told to stop.
    pub(super) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            biased;
            () = alarms::watch(&self) => {}
            () = self.send(&mut stop) => {}
        }
        self.readings.close();
    }

    async fn send(&self, stop: &mut watch::Receiver<bool>) {
        let ttl = self.shared.settings.lease_ttl;
        while !*stop.borrow() {
            match self.shared.connect.connect(&self.target, self.throttle.clone()) {
                Ok(adapter) => self.take(adapter.into(), stop).await,
                Err(error) => self.out_of_service(error.kind, error.reason),
            }
            wait_or_stop(ttl / 3, stop).await;
        }
    }

    /// Takes the lease if it can be had, and works while it lasts.
    async fn take(&self, adapter: Arc<dyn Adapter>, stop: &mut watch::Receiver<bool>) {
        // Another holder each time: what was lost once is not renewed, but waited out.
        let holder = self.shared.ids.next(self.now());
        let ttl = self.shared.settings.lease_ttl;
        match self.shared.store.lease(self.target.id, holder, ttl).await {
            Ok(Some(lease)) => self.hold(adapter, lease, stop).await,
            Ok(None) => self.set(
                TargetState::Idle,
                Some("another process sends to this target".to_owned()),
            ),
            Err(error) => self.failed(&error),
        }
    }

    /// Works while the lease is held; gives it back at the end if no call is under way.
    async fn hold(&self, adapter: Arc<dyn Adapter>, lease: Lease, stop: &mut watch::Receiver<bool>) {
        let worked = tokio::select! {
            biased;
            () = self.renew(&lease) => Worked::LeaseLost,
            worked = self.work(adapter, &lease, stop) => worked,
        };
        self.open(None);
        match worked {
            Worked::Drained => {
                if let Err(error) = self.shared.store.release(self.target.id, &lease).await {
                    self.failed(&error);
                }
            }
            Worked::Cut => {
                tracing::warn!(target.name = %self.target.config.name, "calls under way were cut off; the lease runs out by itself");
            }
            Worked::LeaseLost => tracing::warn!(target.name = %self.target.config.name, "the lease was lost"),
        }
        self.set(TargetState::Idle, None);
    }

    /// Keeps the lease; ends when it is lost.
    async fn renew(&self, lease: &Lease) {
        let ttl = self.shared.settings.lease_ttl;
        loop {
            sleep(ttl / 3).await;
            match self.shared.store.lease(self.target.id, lease.holder, ttl).await {
                Ok(Some(renewed)) if renewed.token == lease.token => {}
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// Gives links their turns until told to stop.
    async fn work(&self, adapter: Arc<dyn Adapter>, lease: &Lease, stop: &mut watch::Receiver<bool>) -> Worked {
        // A call of the holder before may still be under way. All that was written until it is over counts as older.
        let deadline = self.target.call_deadline();
        if lease.previous == Previous::Vanished && wait_or_stop(deadline, stop).await {
            // Nothing was sent, and what the holder before left is as much in doubt as before.
            return Worked::Cut;
        }
        let line = Arc::new(Line::new(LineParts {
            store: self.shared.store.clone(),
            clock: self.shared.clock.clone(),
            settings: self.shared.settings.clone(),
            target: self.target.clone(),
            adapter,
            waiters: self.shared.waiters.clone(),
            untold: self.shared.untold.clone(),
            live: self.live.clone(),
            token: lease.token,
        }));
        self.open(Some(line.clone()));
        tokio::select! {
            biased;
            worked = self.turns(&line, stop) => worked,
            // Also of a target that is out of service: who leaves by other settings is in the lane, and alarmed of.
            never = self.look(&line) => match never {},
            never = self.live.watch(&line) => match never {},
            never = drift::watch(self, &line) => match never {},
        }
    }

    /// What is asked of the vendor for others goes this way, if there is one.
    fn open(&self, line: Option<Arc<Line>>) {
        *self.line.lock().unwrap_or_else(PoisonError::into_inner) = line;
        self.opened.notify_waiters();
    }

    async fn turns(&self, line: &Arc<Line>, stop: &mut watch::Receiver<bool>) -> Worked {
        let mut flights = Flights::new(line.clone());
        let Some(left) = self.jobs_left(line, stop).await else {
            return self.drain(&mut flights).await;
        };
        let mut chores = pin!(self.chores(line, left));
        let mut reader = Reader::new(line.clone());
        loop {
            if !self.identify(line, stop).await {
                return self.drain(&mut flights).await;
            }
            let next = match self.dispatch(line, &mut flights).await {
                Ok(next) => next,
                Err(error) => {
                    self.failed(&error);
                    Instant::now() + self.shared.settings.retry_first
                }
            };
            self.start_reading(&mut reader, &mut flights).await;
            tokio::select! {
                biased;
                _ = stop.changed() => return self.drain(&mut flights).await,
                never = &mut chores => match never {},
                Some(landed) = flights.next() => if !self.landed(line, &mut flights, landed).await {
                    return Worked::LeaseLost;
                },
                Some(()) = reader.next() => {}
                () = self.notify.notified() => line.woken.notify_one(),
                () = line.places.freed() => {}
                () = line.marked.notified() => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// The jobs that the holder before has left, before any turn begins that they might overwrite; `None` when told to
    /// stop.
    async fn jobs_left(&self, line: &Line, stop: &mut watch::Receiver<bool>) -> Option<Vec<Left>> {
        loop {
            match line.jobs_left().await {
                Ok(left) => return Some(left),
                Err(error) => self.failed(&error),
            }
            if wait_or_stop(self.shared.settings.retry_first, stop).await {
                return None;
            }
        }
    }

    /// Waits out the jobs that the holder before has left, beside the turns.
    async fn chores(&self, line: &Line, left: Vec<Left>) -> Infallible {
        let jobs = left.into_iter().map(async |left| {
            if let Err(error) = line.wait_out(left).await {
                self.failed(&error);
            }
        });
        join_all(jobs).await;
        future::pending().await
    }

    /// Looks at all of the directory whenever that is asked for.
    async fn look(&self, line: &Line) -> Infallible {
        loop {
            while let Err(error) = line.look_at_all().await {
                self.failed(&error);
                sleep(self.shared.settings.retry_first).await;
            }
            // Until the credentials are proved nobody passes a wake-up on.
            timeout(LOOK_AROUND, line.woken.notified()).await.ok();
        }
    }

    /// Begins to read a page that is asked for, unless a leaver is due: they go before everything else, but for groups
    /// that have yielded. Who is due and rests, as with a record that is damaged, keeps nobody.
    async fn start_reading(&self, reader: &mut Reader, flights: &mut Flights) {
        if !reader.is_wanted(&self.readings) {
            return;
        }
        let limit = 1 + flights.known() + flights.groups();
        let due = self.due(LinkQuery::DueLeavers(self.now()), limit).await;
        let goes = |key: &LinkKey| flights.is_at_work(key) && flights.yielded(key).unwrap_or(0) == 0;
        match due {
            Ok(leavers) if !leavers.iter().any(goes) => reader.start(&self.readings),
            Ok(_) => {}
            Err(error) => self.failed(&error),
        }
    }

    /// Lets calls under way end, within bounds.
    async fn drain(&self, flights: &mut Flights) -> Worked {
        let all = async { while flights.next().await.is_some() {} };
        match timeout(self.shared.settings.drain, all).await {
            Ok(()) => Worked::Drained,
            Err(_) => Worked::Cut,
        }
    }

    fn failed(&self, error: &store::Error) {
        tracing::error!(target.name = %self.target.config.name, error = %error, "the store failed under delivery");
    }
}

/// How work under a lease ended.
enum Worked {
    /// No call is under way.
    Drained,
    /// Calls were cut off: they may still arrive.
    Cut,
    /// Another one may send by now.
    LeaseLost,
}

/// Waits; true if told to stop meanwhile.
async fn wait_or_stop(wait: Duration, stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        biased;
        _ = stop.changed() => true,
        () = sleep(wait) => *stop.borrow(),
    }
}
