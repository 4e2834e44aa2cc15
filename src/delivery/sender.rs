//! The one sender of a target: holds the lease and gives links their turns, leavers first.
use std::convert::Infallible;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adapters::client::{Gate as _, Limits};
use adapters::descriptor::Kind;
use adapters::{Account, Adapter, ErrorKind, Identity, Page};
use futures_util::future::join;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::clock::{Clock, Ids};
use crate::delivery::engine::Connect;
use crate::delivery::flights::{Flights, Landed};
use crate::delivery::line::{Line, LineParts};
use crate::delivery::live::Live;
use crate::delivery::outcome::Outage;
use crate::delivery::readings::{Read, Reader, Reading, Readings};
use crate::delivery::throttle::Throttle;
use crate::delivery::turn::End;
use crate::delivery::waiters::Waiters;
use crate::delivery::{Settings, alarms, backoff, drift};
use crate::service::{LiveRoles, Target, TargetState, TargetStatus, Unread};
use crate::store::{
    self, Backlog, Batch, Expect, Lease, LinkChange, LinkKey, LinkQuery, Previous, Problem, ProblemKind, SettingKind,
    Store, Write,
};

/// How often a sender looks around without being woken: a bound on what a missed wake-up can cost.
const LOOK_AROUND: Duration = Duration::from_secs(15);

/// The wait when everything due is in work already.
const ALL_IN_WORK: Duration = Duration::from_millis(250);

/// How long it is waited for the lease: longer than one takes to run out, and a call of its holder.
const LEASE_MAX: Duration = Duration::from_secs(180);

/// Why no accounts are read, where the vendor gives no reason.
const OUT_OF_SERVICE: &str = "the target is out of service";

/// What every sender is made of.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) connect: Arc<dyn Connect>,
    pub(super) settings: Settings,
    pub(super) ids: Arc<dyn Ids>,
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
    live: Arc<Live>,
    /// The line while the lease is held.
    line: Mutex<Option<Arc<Line>>>,
    /// The lease was taken or lost.
    opened: Notify,
    readings: Readings,
    /// Held while the vendor is compared with the directory.
    pub(super) comparing: tokio::sync::Mutex<()>,
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
            live: Arc::default(),
            line: Mutex::default(),
            opened: Notify::new(),
            readings: Readings::default(),
            comparing: tokio::sync::Mutex::default(),
        }
    }

    /// A page of the vendor's accounts, once the holder of the lease has time for it.
    ///
    /// # Errors
    /// The target does not work, or does not answer.
    pub(super) async fn accounts(&self, kind: Kind, after: Option<String>) -> Result<Page, Unread> {
        match self.read(Reading::Accounts(kind, after)).await? {
            Read::Accounts(page) => Ok(page),
            Read::Account(_) | Read::Members(..) => Err(another()),
        }
    }

    /// An account of the vendor; `None` if it is gone.
    ///
    /// # Errors
    /// As [`Sender::accounts`].
    pub(super) async fn account(&self, kind: Kind, account: Account) -> Result<Option<Account>, Unread> {
        match self.read(Reading::Account(kind, account)).await? {
            Read::Account(found) => Ok(found),
            Read::Accounts(_) | Read::Members(..) => Err(another()),
        }
    }

    /// A page of a group's members at the vendor.
    ///
    /// # Errors
    /// As [`Sender::accounts`].
    pub(super) async fn members(
        &self,
        group: &str,
        after: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), Unread> {
        match self.read(Reading::Members(group.to_owned(), after)).await? {
            Read::Members(members, next) => Ok((members, next)),
            Read::Accounts(_) | Read::Account(_) => Err(another()),
        }
    }

    /// The line, once the lease is held.
    ///
    /// # Errors
    /// The target does not work, or another process holds the lease.
    pub(super) async fn working_line(&self) -> Result<Arc<Line>, Unread> {
        let until = Instant::now() + LEASE_MAX;
        loop {
            let opened = self.opened.notified();
            self.check_service()?;
            if let Some(line) = self.line() {
                return Ok(line);
            }
            if timeout_at(until, opened).await.is_err() {
                return Err(Unread("another process sends to the target".to_owned()));
            }
        }
    }

    fn line(&self) -> Option<Arc<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn check_service(&self) -> Result<(), Unread> {
        let status = self.status();
        match status.state {
            TargetState::Working | TargetState::Limited | TargetState::Idle => Ok(()),
            TargetState::Down | TargetState::Unauthorized | TargetState::Repointed => {
                Err(Unread(status.reason.unwrap_or_else(|| OUT_OF_SERVICE.to_owned())))
            }
        }
    }

    async fn read(&self, reading: Reading) -> Result<Read, Unread> {
        self.check_service()?;
        let answer = self.readings.ask(reading);
        self.wake();
        answer.read().await
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

    /// How the target is.
    pub(super) fn status(&self) -> TargetStatus {
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match status.state {
            TargetState::Working | TargetState::Idle if self.throttle.is_paused() => TargetStatus {
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

    /// The roles that the vendor lists, as last read.
    pub(super) fn live_roles(&self) -> Option<LiveRoles> {
        self.live.known()
    }

    /// The same, just read; `None` also unless the target works.
    pub(super) async fn fresh_live_roles(&self) -> Option<LiveRoles> {
        match self.status().state {
            TargetState::Working => self.live.fresh(&self.shared.settings).await,
            TargetState::Limited
            | TargetState::Down
            | TargetState::Unauthorized
            | TargetState::Repointed
            | TargetState::Idle => None,
        }
    }

    /// Whether the vendor has an account of this unique value; `None` unless the target works and the vendor says so.
    pub(super) async fn has_account(&self, kind: Kind, unique: &str) -> Option<bool> {
        let works = self.status().state == TargetState::Working;
        let found = self.line().filter(|_| works)?.adapter.find(kind, unique).await;
        found.ok().map(|account| account.is_some())
    }

    /// Sends until told to stop.
    pub(super) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        tokio::select! {
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
                Err(error) => self.set(TargetState::Down, Some(error.reason)),
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
            live: self.live.clone(),
            token: lease.token,
        }));
        self.open(Some(line.clone()));
        tokio::select! {
            worked = self.turns(&line, stop) => worked,
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
        let mut chores = pin!(self.chores(line));
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
            self.start_reading(&mut reader).await;
            tokio::select! {
                _ = stop.changed() => return self.drain(&mut flights).await,
                Some(landed) = flights.next() => if !self.landed(line, &mut flights, landed).await {
                    return Worked::LeaseLost;
                },
                Some(()) = reader.next() => {}
                () = self.notify.notified() => line.woken.notify_one(),
                () = line.places.freed() => {}
                () = line.marked.notified() => {}
                never = &mut chores => match never {},
                () = sleep_until(next) => {}
            }
        }
    }

    /// What a holder does beside its turns.
    async fn chores(&self, line: &Line) -> Infallible {
        let jobs = async {
            if let Err(error) = line.wait_out_jobs().await {
                self.failed(&error);
            }
        };
        join(jobs, self.look(line)).await.1
    }

    /// Looks at all of the directory whenever that is asked for.
    async fn look(&self, line: &Line) -> Infallible {
        loop {
            while let Err(error) = line.look_at_all().await {
                self.failed(&error);
                sleep(self.shared.settings.retry_first).await;
            }
            line.woken.notified().await;
        }
    }

    /// Begins to read a page that is asked for, unless a leaver is due: they go before everything else.
    async fn start_reading(&self, reader: &mut Reader) {
        if !reader.is_wanted(&self.readings) {
            return;
        }
        match self.due(LinkQuery::DueLeavers(self.now()), 1).await {
            Ok(leavers) if leavers.is_empty() => reader.start(&self.readings),
            Ok(_) => {}
            Err(error) => self.failed(&error),
        }
    }

    /// Lets calls under way end, within bounds.
    async fn drain(&self, flights: &mut Flights) -> Worked {
        let all = async { while flights.next().await.is_some() {} };
        match tokio::time::timeout(self.shared.settings.drain, all).await {
            Ok(()) => Worked::Drained,
            Err(_) => Worked::Cut,
        }
    }

    /// Proves the credentials unless that is done, however long it takes; false when told to stop.
    async fn identify(&self, line: &Line, stop: &mut watch::Receiver<bool>) -> bool {
        let mut attempts = 0;
        while !line.memory().is_proved() {
            match line.adapter.check().await {
                Ok(identity) => self.compare(line, identity).await,
                Err(error) => self.out_of_service(error.kind, error.reason),
            }
            if line.memory().is_proved() {
                break;
            }
            let (settings, seed) = (&self.shared.settings, u64::from(attempts));
            let wait = match self.status().state {
                TargetState::Unauthorized | TargetState::Repointed => backoff::delay(settings, attempts, seed),
                _ => backoff::outage_delay(settings, attempts, seed),
            };
            attempts += 1;
            if wait_or_stop(wait, stop).await {
                return false;
            }
        }
        true
    }

    /// Proved, if it is the known account that the credentials open.
    async fn compare(&self, line: &Line, identity: Identity) {
        match self.is_known(&identity.id).await {
            Ok(true) => {
                line.memory().prove(true);
                self.live.want();
                self.set(TargetState::Working, None);
            }
            Ok(false) => {
                tracing::error!(alarm = "target_repointed", target.name = %self.target.config.name, "the credentials open another vendor account than before; nothing is sent");
                let reason = format!("the credentials open {}", identity.name);
                self.set(TargetState::Repointed, Some(reason));
                self.let_go();
            }
            Err(error) => self.failed(&error),
        }
    }

    fn out_of_service(&self, kind: ErrorKind, reason: String) {
        match kind {
            ErrorKind::Unauthorized | ErrorKind::Rejected { .. } => {
                if self.status().state != TargetState::Unauthorized {
                    tracing::error!(alarm = "target_unauthorized", target.name = %self.target.config.name, "the vendor does not accept the credentials");
                }
                self.set(TargetState::Unauthorized, Some(reason));
            }
            // No state of its own: it is over when the pause is.
            ErrorKind::RateLimited => self.limited(),
            ErrorKind::NotFound | ErrorKind::Exists { .. } | ErrorKind::Unavailable | ErrorKind::Ambiguous => {
                self.set(TargetState::Down, Some(reason));
            }
        }
        self.let_go();
    }

    fn limited(&self) {
        if !self.throttle.is_paused() {
            self.throttle.observe(429, Limits::default());
        }
    }

    /// Whether the vendor account is the one that was seen first.
    async fn is_known(&self, identity: &str) -> Result<bool, store::Error> {
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
        let backlog = self.shared.store.backlog(self.target.id).await?;
        self.queued.store(backlog.pending, Ordering::Relaxed);
        line.pool.expect(backlog.pending);
        let now = self.now();
        let horizon = horizon(now, &backlog, self.shared.settings.retry_max);
        flights.rouse();
        let before = flights.len();
        let open = line.breaker().is_open();
        match open {
            true => self.probe(line, flights, horizon).await?,
            false => self.start_due(line, flights, horizon).await?,
        }
        let due = self.shared.store.backlog(self.target.id).await?.next_due;
        let due = due.map(|due| Duration::try_from(due.duration_since(now)).unwrap_or(Duration::ZERO));
        let wait = match due {
            Some(Duration::ZERO) if flights.len() == before => ALL_IN_WORK,
            Some(due) => due.min(LOOK_AROUND),
            None => LOOK_AROUND,
        };
        let look = Instant::now() + wait;
        Ok(match line.breaker().next_probe() {
            Some(probe) => look.max(probe),
            None => look,
        })
    }

    async fn start_due(&self, line: &Line, flights: &mut Flights, horizon: Timestamp) -> Result<(), store::Error> {
        let max = line.places.count() + line.pool.room(line);
        for (query, leavers) in [(LinkQuery::DueLeavers(horizon), true), (LinkQuery::Due(horizon), false)] {
            let due = self.due(query, line.places.count() + flights.known()).await?;
            for key in due.into_iter().filter(|key| flights.may_start(key)).collect::<Vec<_>>() {
                if flights.len() < max
                    && let Some(place) = line.places.take(leavers)
                {
                    flights.start(key, place);
                }
            }
        }
        Ok(())
    }

    /// Starts the one turn by which an open breaker finds out whether the target works again.
    async fn probe(&self, line: &Line, flights: &mut Flights, horizon: Timestamp) -> Result<(), store::Error> {
        let limit = 1 + flights.known() + line.breaker().tried();
        let mut candidates = self.due(LinkQuery::DueLeavers(horizon), limit).await?;
        candidates.extend(self.due(LinkQuery::Due(horizon), limit + candidates.len()).await?);
        candidates.retain(|key| flights.may_start(key));
        if let Some(place) = line.places.take(true)
            && let Some(probe) = line.breaker().probe(&candidates)
        {
            flights.start(probe, place);
        }
        Ok(())
    }

    async fn due(&self, query: LinkQuery, limit: usize) -> Result<Vec<LinkKey>, store::Error> {
        self.shared.store.link_keys(self.target.id, query, limit).await
    }

    /// A turn is over; false if the lease is another's by now.
    async fn landed(&self, line: &Line, flights: &mut Flights, (key, landed): (LinkKey, Landed)) -> bool {
        let end = match landed {
            Landed::Ended(Ok(end)) => end,
            Landed::Ended(Err(store::Error::Conflict(store::Conflict::Lease))) => return false,
            Landed::Ended(Err(error)) => {
                self.failed(&error);
                self.stumbled(line, flights, key);
                End::Done
            }
            Landed::Broken(error) => {
                tracing::error!(target.name = %self.target.config.name, resource.id = %key.resource, error = %error, "a turn broke");
                self.stumbled(line, flights, key);
                if let Err(error) = self.broken(line, key).await {
                    self.failed(&error);
                }
                End::Done
            }
        };
        self.ended(line, key, end);
        true
    }

    /// What the end of a turn says of the target.
    fn ended(&self, line: &Line, key: LinkKey, end: End) {
        if !matches!(end, End::Outage(_)) {
            line.breaker().idle(&key);
        }
        let (open, down) = (line.breaker().is_open(), self.status().state == TargetState::Down);
        match end {
            End::Outage(Outage::Unauthorized) => {
                line.breaker().idle(&key);
                // The target's state or the record's: proving the credentials tells.
                line.memory().prove(false);
            }
            End::Outage(Outage::Limited) => {
                line.breaker().idle(&key);
                self.out_of_service(ErrorKind::RateLimited, String::new());
            }
            End::Outage(Outage::Down) if open && !down => {
                tracing::warn!(target.name = %self.target.config.name, "the vendor fails; waiting for it");
                let reason = "the vendor fails or cannot be reached".to_owned();
                self.out_of_service(ErrorKind::Unavailable, reason);
            }
            End::Outage(Outage::Down) | End::Again | End::Busy | End::Done if !open && down => {
                self.set(TargetState::Working, None);
            }
            End::Outage(Outage::Down) | End::Again | End::Busy | End::Done => {}
        }
    }

    /// A turn failed for reasons of our own, and nobody knows what it did: the link rests, so that others get their turns.
    fn stumbled(&self, line: &Line, flights: &mut Flights, key: LinkKey) {
        let doubt = line.target.call_deadline() + line.target.read_lag();
        let until = line.steady().saturating_add(doubt).unwrap_or(Timestamp::MAX);
        let mut memory = line.memory();
        memory.set_doubt(key, Some(until));
        memory.fail(key);
        let seed = key.resource.0.as_u64_pair().1;
        let wait = backoff::outage_delay(&self.shared.settings, memory.failures(&key), seed);
        flights.rest(key, wait);
    }

    /// A turn that panicks counts as the record's own failure.
    async fn broken(&self, line: &Line, key: LinkKey) -> Result<(), store::Error> {
        let Some(link) = line.store.link(&key).await? else {
            return Ok(());
        };
        let (now, settings) = (self.now(), &self.shared.settings);
        let later = |wait| now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let problem = |kind| Problem {
            kind,
            field: None,
            reason: "an internal failure; see the log".to_owned(),
            since: now,
        };
        let parks = link.leaver_since.is_none() && link.attempts + 1 >= settings.attempts_max;
        let change = match parks {
            true => LinkChange::Park {
                problem: problem(ProblemKind::Parked),
                due: Some(later(settings.parked_retry)),
                seen: link.marked,
            },
            false => LinkChange::Retry {
                due: later(backoff::delay(settings, link.attempts, key.resource.0.as_u64_pair().1)),
                problem: problem(ProblemKind::Retrying),
                counts: true,
                ambiguous_until: None,
                seen: link.marked,
            },
        };
        line.commit(Vec::new(), vec![Write::Link(key, change)]).await
    }

    fn let_go(&self) {
        let id = self.target.id;
        self.shared.waiters.let_all_go(|link| link.target == id);
    }

    fn set(&self, state: TargetState, reason: Option<String>) {
        match state {
            TargetState::Working | TargetState::Limited | TargetState::Idle => {}
            TargetState::Down | TargetState::Unauthorized | TargetState::Repointed => {
                self.readings.refuse(reason.as_deref().unwrap_or(OUT_OF_SERVICE));
            }
        }
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

/// What never happens: a reading is answered with what was asked for.
fn another() -> Unread {
    Unread("another reading was answered than was asked for".to_owned())
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

/// Up to which time links count as due. A clock that was set back would let all that waits rest until it has caught up; no link that is
/// not parked has reason to wait longer than `longest`.
fn horizon(now: Timestamp, backlog: &Backlog, longest: Duration) -> Timestamp {
    let limit = now.saturating_add(longest).unwrap_or(Timestamp::MAX);
    backlog
        .next_due
        .filter(|due| backlog.pending > 0 && *due > limit)
        .unwrap_or(now)
}

/// Waits; true if told to stop meanwhile.
async fn wait_or_stop(wait: Duration, stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = stop.changed() => true,
        () = sleep(wait) => *stop.borrow(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_rests_for_a_clock_that_was_set_back() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (pending, next_due, expected) in [
            (0, None, 1_000),
            (1, Some(at(900)), 1_000),
            (1, Some(at(1_300)), 1_000),
            (1, Some(at(4_600)), 4_600),
            // Only what is parked waits so long.
            (0, Some(at(4_600)), 1_000),
        ] {
            let backlog = Backlog {
                pending,
                next_due,
                ..Backlog::default()
            };
            let horizon = horizon(at(1_000), &backlog, Duration::from_secs(300));
            assert_eq!(horizon, at(expected), "{pending} {next_due:?}");
        }
    }
}
