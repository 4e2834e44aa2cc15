//! All senders of a process, and what use cases ask of them.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapters::Adapter;
use adapters::client::Gate;
use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::clock::Clock;
use crate::delivery::Settings;
use crate::delivery::sender::{Sender, Shared};
use crate::delivery::waiters::Waiters;
use crate::service::{Deliveries, Outcome, Registry, Target, TargetState, TargetStatus, Wait};
use crate::store::{Store, TargetId};

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
    /// This process, as holder of leases.
    pub holder: Uuid,
    /// Limits.
    pub settings: Settings,
}

/// Delivery of one process: a sender a target.
pub struct Engine {
    shared: Shared,
    registry: Arc<Registry>,
    senders: Mutex<BTreeMap<TargetId, Arc<Sender>>>,
    reload: Notify,
}

impl Engine {
    /// An engine that sends once [`Engine::run`] runs.
    pub fn new(parts: Parts) -> Self {
        let shared = Shared {
            store: parts.store,
            clock: parts.clock,
            connect: parts.connect,
            settings: parts.settings,
            holder: parts.holder,
            waiters: Arc::new(Waiters::default()),
        };
        Self {
            shared,
            registry: parts.registry,
            senders: Mutex::default(),
            reload: Notify::new(),
        }
    }

    /// Sends until told to stop; then lets calls under way end and gives the leases back.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut tasks = JoinSet::new();
        let mut stops: BTreeMap<TargetId, watch::Sender<bool>> = BTreeMap::new();
        while !*stop.borrow() {
            self.restart_changed(&mut stops, &mut tasks);
            tokio::select! {
                _ = stop.changed() => {}
                () = self.reload.notified() => {}
            }
        }
        for stop in stops.values() {
            stop.send_replace(true);
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Stops senders of targets that are gone or changed, and starts those that lack.
    fn restart_changed(&self, stops: &mut BTreeMap<TargetId, watch::Sender<bool>>, tasks: &mut JoinSet<()>) {
        let directories = self.registry.all();
        let targets: BTreeMap<_, _> = directories
            .values()
            .flat_map(|directory| &directory.targets)
            .map(|target| (target.id, target.clone()))
            .collect();
        let mut senders = self.senders();
        let current = |id: &TargetId, sender: &Sender| {
            targets
                .get(id)
                .is_some_and(|target| target.generation == sender.target().generation)
        };
        senders.retain(|id, sender| {
            let stays = current(id, sender);
            if !stays && let Some(stop) = stops.remove(id) {
                stop.send_replace(true);
            }
            stays
        });
        for (id, target) in targets {
            senders.entry(id).or_insert_with(|| {
                let sender = Arc::new(Sender::new(self.shared.clone(), target));
                let (stop, stopped) = watch::channel(false);
                stops.insert(id, stop);
                tasks.spawn(sender.clone().run(stopped));
                sender
            });
        }
    }

    fn sender(&self, target: TargetId) -> Option<Arc<Sender>> {
        self.senders().get(&target).cloned()
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
        let answers = registered.into_iter().map(|(wait, answer)| async move {
            if let Ok(link) = self.shared.store.link(&wait.link).await
                && link.is_none_or(|link| link.settled >= wait.mark)
            {
                return Outcome::Settled;
            }
            match tokio::time::timeout_at(until, answer).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) | Err(_) => Outcome::Pending,
            }
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

    async fn reload(&self) {
        self.reload.notify_one();
    }
}
