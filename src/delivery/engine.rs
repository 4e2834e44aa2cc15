//! All senders of a process, and what use cases ask of them.
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapters::client::Gate;
use adapters::descriptor::Kind;
use adapters::{Adapter, Lack, Page};
use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::sync::{Notify, watch};
use tokio::task::{self, JoinError, JoinSet};

use crate::clock::{Clock, Ids};
use crate::delivery::Settings;
use crate::delivery::drift::run as compare;
use crate::delivery::forecast::forecast;
use crate::delivery::sender::{Sender, Shared};
use crate::delivery::waiters::Waiters;
use crate::mapping::Wanted;
use crate::service::{
    Deliveries, Foreseen, LiveRoles, Outcome, Pace, Registry, Seating, Target, TargetState, TargetStatus, Unread, Wait,
    drift,
};
use crate::store::{Link, Store, TargetId};

/// How long it is waited for the sender of a target that was just declared, or of a process that just began.
const START_MAX: Duration = Duration::from_secs(10);

/// Opens a target's adapter: the composition root unseals the credential and gives the shared client.
pub trait Connect: Send + Sync {
    /// The adapter of a target, its calls passing `gate`.
    ///
    /// # Errors
    /// When the settings or the credential do not make an adapter.
    fn connect(&self, target: &Target, gate: Arc<dyn Gate>) -> Result<Box<dyn Adapter>, adapters::Error>;
}

/// What an engine is made of.
pub struct Parts {
    /// Desired state and links.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The targets.
    pub registry: Arc<Registry>,
    /// Opens adapters.
    pub connect: Arc<dyn Connect>,
    /// Names holders of leases.
    pub ids: Arc<dyn Ids>,
    /// Limits.
    pub settings: Settings,
}

/// Delivery of one process: a sender a target.
pub struct Engine {
    shared: Shared,
    registry: Arc<Registry>,
    senders: Mutex<BTreeMap<TargetId, Arc<Sender>>>,
    /// Targets that are to begin anew though nothing of them is declared otherwise.
    reopened: Mutex<BTreeSet<TargetId>>,
    reload: Notify,
    /// Told whenever senders were started.
    started: Notify,
}

/// The senders' tasks, one a target at most.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    stops: BTreeMap<TargetId, (task::Id, watch::Sender<bool>)>,
}

impl Running {
    fn has(&self, target: &TargetId) -> bool {
        self.stops.contains_key(target)
    }

    fn start(&mut self, target: TargetId, sender: Arc<Sender>) {
        let (stop, stopped) = watch::channel(false);
        let task = self.tasks.spawn(sender.run(stopped));
        self.stops.insert(target, (task.id(), stop));
    }

    fn stop(&self, target: &TargetId) {
        if let Some((_, stop)) = self.stops.get(target) {
            stop.send_replace(true);
        }
    }

    fn stop_all(&self) {
        self.stops.keys().for_each(|target| self.stop(target));
    }

    /// The next one that ends, with its target if a bug ended it; `None` if none runs.
    async fn next(&mut self) -> Option<Result<(), (TargetId, JoinError)>> {
        let ended = self.tasks.join_next_with_id().await?;
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
        let of = |(_, (task, _)): &(&TargetId, &(task::Id, _))| *task == id;
        let target = *self.stops.iter().find(of)?.0;
        self.stops.remove(&target);
        Some(ended.map(drop).map_err(|error| (target, error)))
    }
}

impl Engine {
    /// An engine that sends once [`Engine::run`] runs.
    pub fn new(parts: Parts) -> Self {
        let shared = Shared {
            store: parts.store,
            clock: parts.clock,
            connect: parts.connect,
            settings: parts.settings,
            ids: parts.ids,
            waiters: Arc::new(Waiters::default()),
            looked: Arc::default(),
            untold: Arc::default(),
        };
        Self {
            shared,
            registry: parts.registry,
            senders: Mutex::default(),
            reopened: Mutex::default(),
            reload: Notify::new(),
            started: Notify::new(),
        }
    }

    /// Sends until told to stop; then lets calls under way end and gives the leases back.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut running = Running::default();
        while !*stop.borrow() {
            self.restart_changed(&mut running);
            tokio::select! {
                biased;
                _ = stop.changed() => {}
                () = self.reload.notified() => {}
                Some(ended) = running.next() => if let Err((target, error)) = ended {
                    self.broke(target, &error).await;
                },
            }
        }
        running.stop_all();
        while running.next().await.is_some() {}
    }

    /// Stops senders of targets that are gone, changed or reopened, and starts those that lack. Of one target a new sender begins
    /// once the old one has ended: two would know nothing of each other's calls.
    fn restart_changed(&self, running: &mut Running) {
        let directories = self.registry.all();
        let targets: BTreeMap<_, _> = directories
            .values()
            .flat_map(|directory| &directory.targets)
            .map(|target| (target.id, target.clone()))
            .collect();
        let reopened = mem::take(&mut *self.reopened());
        let mut senders = self.senders();
        senders.retain(|id, sender| {
            let current = targets.get(id).map(|target| target.generation);
            let is_same = current == Some(sender.target().generation) && !reopened.contains(id);
            let stays = is_same && running.has(id);
            if !stays {
                running.stop(id);
            }
            stays
        });
        for (id, target) in targets {
            if !running.has(&id) {
                let sender = Arc::new(Sender::new(self.shared.clone(), target));
                running.start(id, sender.clone());
                senders.insert(id, sender);
            }
        }
        drop(senders);
        self.started.notify_waiters();
    }

    /// A sender ended by a bug: it is started again, after a while.
    async fn broke(&self, target: TargetId, error: &JoinError) {
        // What a panic says may name people; where it was is in the log already.
        tracing::error!(target.id = %target.0, panicked = error.is_panic(), "a sender broke");
        self.senders().remove(&target);
        self.shared.waiters.let_all_go(|link| link.target == target);
        tokio::time::sleep(self.shared.settings.retry_first).await;
    }

    fn sender(&self, target: TargetId) -> Option<Arc<Sender>> {
        self.senders().get(&target).cloned()
    }

    /// The sender of a target that was perhaps just declared.
    async fn started(&self, target: TargetId) -> Result<Arc<Sender>, Unread> {
        let until = tokio::time::Instant::now() + START_MAX;
        loop {
            let started = self.started.notified();
            if let Some(sender) = self.sender(target) {
                return Ok(sender);
            }
            if tokio::time::timeout_at(until, started).await.is_err() {
                return Err(Unread("nothing is sent to the target at present".to_owned()));
            }
        }
    }

    fn reopened(&self) -> MutexGuard<'_, BTreeSet<TargetId>> {
        self.reopened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn senders(&self) -> MutexGuard<'_, BTreeMap<TargetId, Arc<Sender>>> {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Deliveries for Engine {
    fn wake(&self, targets: &[TargetId]) {
        targets
            .iter()
            .filter_map(|target| self.sender(*target))
            .for_each(|sender| sender.wake());
    }

    fn worth_waiting(&self, target: TargetId, within: Duration) -> bool {
        self.sender(target).is_some_and(|sender| sender.is_soon(within))
    }

    async fn wait(&self, waits: Vec<Wait>, within: Duration) -> Vec<Outcome> {
        let until = tokio::time::Instant::now() + within;
        let registered: Vec<_> = waits
            .iter()
            .map(|wait| (*wait, self.shared.waiters.register(*wait)))
            .collect();
        let answers = registered.into_iter().map(|(wait, mut answer)| async move {
            match self.shared.store.link(&wait.link).await {
                Ok(link) if link.as_ref().is_none_or(|link| link.settled >= wait.mark) => return Outcome::Settled,
                // A person decided against it: nothing will come of it.
                Ok(Some(link)) if link.due().is_none() => return Outcome::Pending,
                Ok(_) | Err(_) => {}
            }
            let outcome = tokio::time::timeout_at(until, answer.outcome()).await;
            outcome.unwrap_or(Outcome::Pending)
        });
        join_all(answers).await
    }

    fn status(&self, target: TargetId) -> TargetStatus {
        let idle = TargetStatus {
            state: TargetState::Idle,
            reason: None,
            since: None,
        };
        self.sender(target).map_or(idle, |sender| sender.status())
    }

    fn pace(&self, target: TargetId) -> Option<Pace> {
        Some(self.sender(target)?.pace())
    }

    fn live_roles(&self, target: TargetId) -> Option<LiveRoles> {
        self.sender(target)?.live_roles()
    }

    async fn fresh_live_roles(&self, target: TargetId) -> Option<LiveRoles> {
        self.sender(target)?.fresh_live_roles().await
    }

    async fn has_account(&self, target: TargetId, kind: Kind, unique: &str) -> Option<bool> {
        self.sender(target)?.has_account(kind, unique).await
    }

    fn reserve(&self, target: TargetId, seating: &Seating) -> Option<Lack> {
        self.sender(target)?.reserve(seating)
    }

    fn give_back(&self, target: TargetId, seating: &Seating) {
        if let Some(sender) = self.sender(target) {
            sender.give_back(seating);
        }
    }

    fn foresee(&self, target: &Target, link: &Link, wanted: Option<&Wanted>) -> Vec<Foreseen> {
        forecast(target, link, wanted.cloned())
    }

    async fn accounts(&self, target: TargetId, kind: Kind, after: Option<String>) -> Result<Page, Unread> {
        self.started(target).await?.accounts(kind, after).await
    }

    async fn drift(&self, target: TargetId, ask: drift::Ask) -> Result<drift::Report, drift::Error> {
        let sender = self.started(target).await?;
        compare(&sender, ask).await
    }

    async fn reload(&self) {
        self.reload.notify_one();
    }

    async fn reopen(&self, target: TargetId) {
        self.reopened().insert(target);
        self.reload.notify_one();
    }
}
