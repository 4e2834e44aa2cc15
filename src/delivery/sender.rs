//! The one sender of a target: holds the lease and gives links their turns, leavers first.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adapters::client::{Gate as _, Limits};
use adapters::{Adapter, ErrorKind};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

use crate::clock::Clock;
use crate::delivery::engine::Connect;
use crate::delivery::flights::Flights;
use crate::delivery::line::{Line, LineParts};
use crate::delivery::outcome::Outage;
use crate::delivery::throttle::Throttle;
use crate::delivery::turn::End;
use crate::delivery::waiters::Waiters;
use crate::delivery::{Settings, backoff};
use crate::service::{Target, TargetState, TargetStatus};
use crate::store::{
    self, Batch, Expect, Lease, LinkChange, LinkKey, LinkQuery, Previous, Problem, ProblemKind, SettingKind, Store,
    Write,
};

/// Share of the calls in flight that only leavers may use.
const RESERVED_FOR_LEAVERS: usize = 1;

/// How often a sender looks around without being woken: a bound on what a missed wake-up can cost.
const LOOK_AROUND: Duration = Duration::from_secs(15);

/// The wait when everything due is in work already.
const ALL_IN_WORK: Duration = Duration::from_millis(250);

/// Leavers looked at for alarms at a time; more than these are alarm enough.
const ALARMS_MAX: usize = 1_000;

/// What every sender is made of.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) connect: Arc<dyn Connect>,
    pub(super) settings: Settings,
    pub(super) holder: Uuid,
    pub(super) waiters: Arc<Waiters>,
}

/// One target's sender.
pub(super) struct Sender {
    shared: Shared,
    target: Arc<Target>,
    notify: Notify,
    throttle: Arc<Throttle>,
    queued: AtomicU64,
    status: Mutex<TargetStatus>,
}

impl Sender {
    pub(super) fn new(shared: Shared, target: Arc<Target>) -> Self {
        let per_minute = target
            .config
            .calls_per_minute
            .unwrap_or(target.descriptor.calls_per_minute);
        let status = TargetStatus {
            state: TargetState::Idle,
            reason: None,
            since: None,
        };
        Self {
            shared,
            target,
            notify: Notify::new(),
            throttle: Arc::new(Throttle::new(per_minute)),
            queued: AtomicU64::new(0),
            status: Mutex::new(status),
        }
    }

    /// Says that links were marked.
    pub(super) fn wake(&self) {
        self.notify.notify_one();
    }

    /// The target as it was declared when this sender began.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// How the target is.
    pub(super) fn status(&self) -> TargetStatus {
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match status.state {
            TargetState::Working if self.throttle.is_paused() => TargetStatus {
                state: TargetState::Limited,
                ..status
            },
            _ => status,
        }
    }

    /// Whether what is marked now can be settled within this time.
    pub(super) fn is_soon(&self, within: Duration) -> bool {
        let status = self.status();
        let queued = self.queued.load(Ordering::Relaxed);
        let affordable = self.throttle.per_second() * within.as_secs_f64();
        // A queue length fits a float exactly far beyond any real backlog.
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let fits = (queued as f64) < affordable;
        status.state == TargetState::Working && fits
    }

    /// Sends until told to stop.
    pub(super) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let (target, holder, ttl) = (self.target.id, self.shared.holder, self.shared.settings.lease_ttl);
            match self.shared.store.lease(target, holder, ttl).await {
                Ok(Some(lease)) => self.hold(lease, &mut stop).await,
                Ok(None) => self.set(
                    TargetState::Idle,
                    Some("another process sends to this target".to_owned()),
                ),
                Err(error) => self.failed(&error),
            }
            tokio::select! {
                _ = stop.changed() => {}
                () = sleep(ttl / 3) => {}
            }
        }
    }

    /// Works while the lease is held; gives it back at the end.
    async fn hold(&self, lease: Lease, stop: &mut watch::Receiver<bool>) {
        let adapter = match self.shared.connect.connect(&self.target, self.throttle.clone()) {
            Ok(adapter) => Arc::from(adapter),
            Err(error) => {
                self.set(TargetState::Down, Some(error.reason));
                let _ = self.shared.store.release(self.target.id, &lease).await;
                return;
            }
        };
        let worked = tokio::select! {
            () = self.renew() => false,
            worked = self.work(adapter, &lease, stop) => worked,
        };
        if !worked {
            tracing::warn!(target.name = %self.target.config.name, "the lease was lost");
        } else if let Err(error) = self.shared.store.release(self.target.id, &lease).await {
            self.failed(&error);
        }
        self.set(TargetState::Idle, None);
    }

    /// Keeps the lease; ends when it is lost.
    async fn renew(&self) {
        let ttl = self.shared.settings.lease_ttl;
        loop {
            sleep(ttl / 3).await;
            match self.shared.store.lease(self.target.id, self.shared.holder, ttl).await {
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Gives links their turns until told to stop; false if the lease was lost.
    async fn work(&self, adapter: Arc<dyn Adapter>, lease: &Lease, stop: &mut watch::Receiver<bool>) -> bool {
        // A call of the holder before may still be under way. All that was written until it is over counts as older.
        let deadline = self.target.call_deadline();
        if lease.previous == Previous::Vanished && wait_or_stop(deadline, stop).await {
            return true;
        }
        let line = Arc::new(Line::new(LineParts {
            store: self.shared.store.clone(),
            clock: self.shared.clock.clone(),
            settings: self.shared.settings.clone(),
            target: self.target.clone(),
            adapter,
            waiters: self.shared.waiters.clone(),
            token: lease.token,
            since: self.shared.clock.now(),
        }));
        let mut flights = Flights::new(line.clone());
        let mut alarms = Alarms::default();
        loop {
            if !self.identify(&line, stop).await {
                return self.drain(&mut flights).await;
            }
            alarms.look(self).await;
            let next = match self.dispatch(&line, &mut flights).await {
                Ok(next) => next,
                Err(error) => {
                    self.failed(&error);
                    Instant::now() + self.shared.settings.retry_first
                }
            };
            tokio::select! {
                _ = stop.changed() => return self.drain(&mut flights).await,
                Some((key, end)) = flights.next() => if !self.landed(&line, (key, end)).await { return false },
                () = self.notify.notified() => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// Lets calls under way end, within bounds.
    async fn drain(&self, flights: &mut Flights) -> bool {
        let all = async { while flights.next().await.is_some() {} };
        tokio::time::timeout(self.shared.settings.drain, all).await.is_ok()
    }

    /// Proves the credentials unless that is done, however long it takes; false when told to stop.
    async fn identify(&self, line: &Line, stop: &mut watch::Receiver<bool>) -> bool {
        let mut attempts = 0;
        loop {
            let state = self.status().state;
            if matches!(state, TargetState::Working | TargetState::Limited)
                || (state == TargetState::Down && line.breaker().is_open())
            {
                return true;
            }
            match line.adapter.check().await {
                Ok(identity) => match self.compare(&identity.id).await {
                    Ok(true) => self.set(TargetState::Working, None),
                    Ok(false) => {
                        tracing::error!(target.name = %self.target.config.name, "the credentials open another vendor account than before; nothing is sent");
                        self.set(
                            TargetState::Repointed,
                            Some(format!("the credentials open {}", identity.name)),
                        );
                    }
                    Err(error) => self.failed(&error),
                },
                Err(error) => self.out_of_service(error.kind, error.reason),
            }
            if self.status().state == TargetState::Working {
                return true;
            }
            let wait = backoff::delay(&self.shared.settings, attempts, u64::from(attempts));
            attempts += 1;
            if wait_or_stop(wait, stop).await {
                return false;
            }
        }
    }

    fn out_of_service(&self, kind: ErrorKind, reason: String) {
        let state = match kind {
            ErrorKind::Unauthorized | ErrorKind::Rejected { .. } => TargetState::Unauthorized,
            ErrorKind::RateLimited => TargetState::Limited,
            ErrorKind::NotFound | ErrorKind::Exists { .. } | ErrorKind::Unavailable | ErrorKind::Ambiguous => {
                TargetState::Down
            }
        };
        self.set(state, Some(reason));
        self.let_go();
    }

    /// Whether the vendor account is the one that was seen first.
    async fn compare(&self, identity: &str) -> Result<bool, store::Error> {
        let name = format!("identity/{}", self.target.id.0);
        if let Some((_, known)) = self.shared.store.setting(SettingKind::Other, &name).await? {
            return Ok(known == identity.as_bytes());
        }
        let expect = vec![Expect::Setting(SettingKind::Other, name.clone(), None)];
        let writes = vec![Write::PutSetting(
            SettingKind::Other,
            name,
            identity.as_bytes().to_vec(),
        )];
        self.shared.store.commit(Batch { expect, writes }).await.map(|_| true)
    }

    /// Starts turns, leavers first; answers when to look again.
    async fn dispatch(&self, line: &Arc<Line>, flights: &mut Flights) -> Result<Instant, store::Error> {
        let now = self.shared.clock.now();
        let places = self.target.descriptor.concurrency.max(RESERVED_FOR_LEAVERS + 1);
        let mut started = 0;
        for (query, places) in [
            (LinkQuery::DueLeavers(now), places),
            (LinkQuery::Due(now), places - RESERVED_FOR_LEAVERS),
        ] {
            let limit = places + flights.known();
            for (key, _) in self.shared.store.links(self.target.id, query, (None, limit)).await? {
                if flights.len() < places && flights.may_start(&key) && line.breaker().admits() {
                    flights.start(key);
                    started += 1;
                }
            }
        }
        let backlog = self.shared.store.backlog(self.target.id).await?;
        self.queued.store(backlog.pending, Ordering::Relaxed);
        Ok(self.next_look(line, backlog.next_due, (now, started)))
    }

    fn next_look(&self, line: &Line, due: Option<Timestamp>, (now, started): (Timestamp, usize)) -> Instant {
        let due = due.map(|due| Duration::try_from(due.duration_since(now)).unwrap_or(Duration::ZERO));
        let due = match due {
            Some(Duration::ZERO) if started == 0 => ALL_IN_WORK,
            Some(due) => due,
            None => LOOK_AROUND,
        };
        let look = Instant::now() + due.min(LOOK_AROUND);
        match line.breaker().next_probe() {
            Some(probe) => look.max(probe),
            None => look,
        }
    }

    /// A turn is over; false if the lease is another's by now.
    async fn landed(&self, line: &Line, (key, end): (LinkKey, Result<End, store::Error>)) -> bool {
        let open = {
            let mut breaker = line.breaker();
            if !matches!(end, Ok(End::Outage(_))) {
                breaker.idle();
            }
            breaker.is_open()
        };
        match end {
            Ok(End::Outage(Outage::Unauthorized)) => {
                tracing::error!(target.name = %self.target.config.name, "the vendor does not accept the credentials");
                self.out_of_service(
                    ErrorKind::Unauthorized,
                    "the vendor does not accept the credentials".to_owned(),
                );
            }
            Ok(End::Outage(Outage::Limited)) => {
                if !self.throttle.is_paused() {
                    self.throttle.observe(429, Limits::default());
                }
                self.let_go();
            }
            Ok(End::Outage(Outage::Down)) if open && self.status().state != TargetState::Down => {
                tracing::warn!(target.name = %self.target.config.name, "the vendor fails; waiting for it");
                self.out_of_service(
                    ErrorKind::Unavailable,
                    "the vendor fails or cannot be reached".to_owned(),
                );
            }
            Ok(End::Outage(Outage::Down) | End::Again | End::Busy) => {}
            Ok(End::Done) if !open && self.status().state == TargetState::Down => self.set(TargetState::Working, None),
            Ok(End::Done) => {}
            Err(store::Error::Conflict(store::Conflict::Lease)) => return false,
            Err(error) => self.stumbled(line, key, &error).await,
        }
        if let Err(error) = line.release(&key).await {
            self.failed(&error);
        }
        true
    }

    /// A turn failed for reasons of our own: the link rests, so that others get their turns.
    async fn stumbled(&self, line: &Line, key: LinkKey, error: &store::Error) {
        self.failed(error);
        let now = self.shared.clock.now();
        let problem = Problem {
            kind: ProblemKind::Retrying,
            field: None,
            reason: "an internal failure; see the log".to_owned(),
            since: now,
        };
        let wait = backoff::delay(&self.shared.settings, 3, key.resource.0.as_u64_pair().1);
        let due = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let change = LinkChange::Retry {
            due,
            problem,
            counts: true,
            ambiguous_until: None,
            seen: u64::MAX,
        };
        if line.commit(Vec::new(), vec![Write::Link(key, change)]).await.is_err() {
            sleep(self.shared.settings.retry_first).await;
        }
    }

    fn let_go(&self) {
        let id = self.target.id;
        self.shared.waiters.let_all_go(|link| link.target == id);
    }

    fn set(&self, state: TargetState, reason: Option<String>) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        let since = match status.state == state {
            true => status.since,
            false => Some(self.shared.clock.now()),
        };
        *status = TargetStatus { state, reason, since };
    }

    fn failed(&self, error: &store::Error) {
        tracing::error!(target.name = %self.target.config.name, error = %error, "the store failed under delivery");
    }
}

/// Waits; true if told to stop meanwhile.
async fn wait_or_stop(wait: Duration, stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = stop.changed() => true,
        () = sleep(wait) => *stop.borrow(),
    }
}

/// Which leavers were alarmed of, and how often.
#[derive(Debug, Default)]
struct Alarms {
    next: Option<Instant>,
    raised: BTreeMap<LinkKey, usize>,
}

impl Alarms {
    /// Alarms of leavers that are overdue, once for each age.
    async fn look(&mut self, sender: &Sender) {
        if self.next.is_some_and(|next| next > Instant::now()) {
            return;
        }
        self.next = Some(Instant::now() + LOOK_AROUND);
        let query = LinkQuery::DueLeavers(Timestamp::MAX);
        let Ok(leavers) = sender
            .shared
            .store
            .links(sender.target.id, query, (None, ALARMS_MAX))
            .await
        else {
            return;
        };
        let now = sender.shared.clock.now();
        let mut raised = BTreeMap::new();
        for (key, link) in leavers {
            let age = link
                .leaver_since
                .map(|since| Duration::try_from(now.duration_since(since)).unwrap_or_default());
            let reached = sender
                .shared
                .settings
                .leaver_alarms
                .iter()
                .filter(|alarm| age >= Some(**alarm))
                .count();
            let before = self.raised.get(&key).copied().unwrap_or(0);
            if reached > before {
                let minutes = age.unwrap_or_default().as_secs() / 60;
                tracing::error!(target.name = %sender.target.config.name, resource.id = %key.resource, minutes, "a leaver's access has not ended yet");
            }
            raised.insert(key, reached.max(before));
        }
        self.raised = raised;
    }
}
