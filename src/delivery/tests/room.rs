//! A directory, its targets and a running engine, in virtual time.
mod asking;
mod faults;
mod pair;
mod writing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapters::descriptor::Descriptor;
use jiff::Timestamp;
use schemas::Catalogue;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

use super::fake::{DELETING, Fake};
use super::shaky::Shaky;
use crate::authorize::{Consents, Doors, Renewals};
use crate::clock::{Clock, SystemIds};
use crate::config;
use crate::delivery::{Connect, Engine, Parts, Settings};
use crate::mapping::Mapping;
use crate::service::administration::{self, Administration};
use crate::service::{Deliveries, Directory, Registry, Target, TargetState};
use crate::store::{DirectoryId, LinkKey, ResourceId, Store, TargetId};
use crate::store::{Keeper, Options, Redb, Restoring, restore};
use crate::telemetry::Heard;

/// The longest that anything is waited for, in virtual time.
const PATIENCE: Duration = Duration::from_secs(1200);

/// A clock that goes with the runtime's, so that both can be virtual.
struct RuntimeClock {
    began: Instant,
    /// How far it was set back.
    behind: Mutex<Duration>,
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap() + self.began.elapsed() - *self.behind.lock().unwrap()
    }
}

/// What every target here is.
const DECLARED: &str = "name = 't'\ndirectory = 'd'\nvendor = 'fake'\ncredential = 'env:X'\n";

/// The directory of all targets that have no neighbour.
const DIRECTORY: &str = "d";

/// Everything between the use cases and the vendor.
pub(super) struct Room {
    pub(super) vendor: Fake,
    /// Of the one target here.
    directory: &'static str,
    pub(super) store: Arc<Redb>,
    shaky: Arc<Shaky>,
    clock: Arc<RuntimeClock>,
    registry: Arc<Registry>,
    engine: Arc<Engine>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    /// Where a restored store is.
    folder: tempfile::TempDir,
    pub(super) heard: Heard,
}

impl Room {
    /// A directory with one target of a vendor that deletes to deactivate.
    pub(super) async fn new() -> Self {
        Self::of(&DELETING, "").await
    }

    /// The same with another vendor and further settings of the target.
    pub(super) async fn of(descriptor: &'static Descriptor, settings: &str) -> Self {
        let heard = Heard::begin();
        let clock = Arc::new(RuntimeClock {
            began: Instant::now(),
            behind: Mutex::default(),
        });
        let store = Arc::new(Redb::open(Options::in_memory(), clock.clone()).unwrap());
        let shaky = Arc::new(Shaky::over(store.clone()));
        let registry = Arc::new(Registry::default());
        let directory = directory(1, descriptor, &format!("{DECLARED}{settings}"));
        registry.replace(BTreeMap::from([(DIRECTORY.to_owned(), directory)]));
        let vendor = Fake::default();
        let (engine, stop, tasks) = start(&shaky, &clock, &registry, Arc::new(vendor.clone()));
        let room = Self {
            vendor,
            directory: DIRECTORY,
            store,
            shaky,
            clock,
            registry,
            engine,
            stop,
            tasks,
            folder: tempfile::tempdir().unwrap(),
            heard,
        };
        room.working().await;
        room
    }

    /// Stops as SIGKILL does: no call is waited for, no lease given back.
    pub(super) fn kill(&mut self) {
        self.tasks.abort_all();
        self.vendor.cut_off();
    }

    /// Stops in order.
    pub(super) async fn stop(&mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }

    /// Starts a new engine, as a new process would.
    pub(super) fn restart(&mut self) {
        let connect = Arc::new(self.vendor.clone());
        (self.engine, self.stop, self.tasks) = start(&self.shaky, &self.clock, &self.registry, connect);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A backup of the store as it is.
    pub(super) async fn back_up(&self) -> PathBuf {
        let file = self.folder.path().join("backup");
        self.store.back_up(file.clone(), true).await.unwrap();
        file
    }

    /// Starts anew over what a backup holds.
    pub(super) async fn restore(&mut self, backup: &Path) {
        let file = self.folder.path().join("store.redb");
        let (at, replace) = (self.clock.now(), false);
        restore(backup, &file, Restoring { at, replace }).unwrap();
        let options = Options {
            inline: true,
            ..Options::file(file)
        };
        self.store = Arc::new(Redb::open(options, self.clock.clone()).unwrap());
        self.shaky = Arc::new(Shaky::over(self.store.clone()));
        self.restart();
        self.until("the target works", async || self.state() == TargetState::Working)
            .await;
    }

    /// What an administrator does.
    pub(super) fn administration(&self) -> Administration {
        let doors = Doors {
            renewals: Renewals::default(),
            store: self.shaky.clone(),
            clock: self.clock.clone(),
            sealer: None,
        };
        Administration::new(administration::Parts {
            store: self.shaky.clone(),
            keeper: self.store.clone(),
            clock: self.clock.clone(),
            ids: Arc::new(SystemIds::default()),
            catalogue: Arc::new(Catalogue::builtin()),
            registry: self.registry.clone(),
            deliveries: self.engine.clone(),
            sealer: None,
            scratch: self.folder.path().to_owned(),
            consents: Consents::new(doors, self.registry.clone(), None),
            document_bytes: crate::service::Limits::default().document_bytes,
            describe: |_| Err(Vec::new()),
        })
    }

    /// Somebody has consented anew.
    pub(super) async fn reopen(&self) {
        self.engine.reopen(self.target().id).await;
    }

    /// Changes the target's settings, as `apply` does.
    pub(super) async fn apply(&self) {
        self.apply_with("").await;
    }

    /// The same with these further settings in the place of those before.
    pub(super) async fn apply_with(&self, settings: &str) {
        let old = self.registry.directory("d").unwrap();
        let mut target = (*self.target()).clone();
        target.generation += 1;
        if !settings.is_empty() {
            target.config = toml::from_str(&format!("{DECLARED}{settings}")).unwrap();
            target.mapping = Arc::new(Mapping::new(&Catalogue::builtin(), target.descriptor, &target.config).unwrap());
        }
        let directory = Directory {
            targets: vec![Arc::new(target)],
            ..(*old).clone()
        };
        self.registry
            .replace(BTreeMap::from([("d".to_owned(), Arc::new(directory))]));
        self.engine.reload().await;
    }

    /// Waits until the sender has begun, so that nothing written from now on is older than it.
    pub(super) async fn working(&self) {
        self.until("the target works", async || self.state() == TargetState::Working)
            .await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.vendor.calls();
    }

    fn target(&self) -> Arc<Target> {
        self.registry.directory(self.directory).unwrap().targets[0].clone()
    }

    pub(super) fn key(&self, id: u128) -> LinkKey {
        let target = self.target();
        LinkKey {
            directory: target.directory,
            target: target.id,
            resource: ResourceId(Uuid::from_u128(id)),
        }
    }

    /// Waits until nothing is pending but what waits for a person.
    pub(super) async fn quiet(&self) {
        self.until("nothing is pending", async || {
            let backlog = self.store.backlog(self.target().id).await.unwrap();
            backlog.pending == 0
        })
        .await;
    }

    pub(super) async fn until(&self, what: &str, reached: impl AsyncFn() -> bool) {
        let began = Instant::now();
        while !reached().await {
            assert!(began.elapsed() < PATIENCE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The directory of this number, with one target.
fn directory(number: u128, descriptor: &'static Descriptor, target: &str) -> Arc<Directory> {
    let id = DirectoryId(Uuid::from_u128(number));
    let config: config::Target = toml::from_str(target).unwrap();
    let name = format!("name = '{}'", config.directory);
    let target = Target {
        id: TargetId(Uuid::from_u128(number + 1)),
        directory: id,
        mapping: Arc::new(Mapping::new(&Catalogue::builtin(), descriptor, &config).unwrap()),
        config,
        descriptor,
        generation: 1,
        credential: Vec::new(),
    };
    Arc::new(Directory {
        id,
        config: toml::from_str(&name).unwrap(),
        targets: vec![Arc::new(target)],
    })
}

fn start(
    store: &Arc<Shaky>,
    clock: &Arc<RuntimeClock>,
    registry: &Arc<Registry>,
    connect: Arc<dyn Connect>,
) -> (Arc<Engine>, watch::Sender<bool>, JoinSet<()>) {
    let engine = Arc::new(Engine::new(Parts {
        store: store.clone(),
        clock: clock.clone(),
        registry: registry.clone(),
        connect,
        ids: Arc::new(SystemIds::default()),
        settings: Settings::default(),
    }));
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(engine.clone().run(stopped));
    (engine, stop, tasks)
}

/// A person of that name.
pub(super) fn person(name: &str) -> Value {
    json!({"userName": format!("{name}@example.com"), "displayName": name, "externalId": name})
}

/// The same with changes.
pub(super) fn with(mut document: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("an object")
    };
    document.as_object_mut().unwrap().extend(changes);
    document
}
