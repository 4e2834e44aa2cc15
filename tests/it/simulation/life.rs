//! One life of the gateway's process, from opening the store to its end.
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use adapters::Adapter;
use adapters::client::{Connection, Credential, Gate};
use futures_util::future::join_all;
use redb::StorageBackend;
use secrecy::SecretString;
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use usherd::authorize::{Consents, Doors, Renewals};
use usherd::delivery::{self, Connect, Engine};
use usherd::service::administration::{self, Administration, Decision, Seen};
use usherd::service::{self, Deliveries, Limits, Registry, Service, Target};
use usherd::store::{Medium, OpenError, Options, Redb, Store};

use super::check;
use super::disk::Disk;
use super::gateway::Gateway;
use super::plan::Ending;
use super::vendor::{Common, TOKEN, Vendor};
use super::world::{CATALOGUE, Place, World};

/// The longest that anything may take to settle once nothing fails any more.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);

/// In this time all settles that waits for nobody.
const SETTLED_BY: Duration = Duration::from_secs(3600);

/// Rounds of decisions; each may let others go who waited for it.
const ROUNDS_MAX: u64 = 8;

/// Longer than a target that failed rests before it is tried again.
const LOOKED_THROUGH: Duration = Duration::from_secs(400);

/// How often it is looked for what must not be at any time.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The same where it matters which call comes before which.
const LOOK_AMONG_MANY_EVERY: Duration = Duration::from_secs(1);

/// The parts of a running process.
pub(super) struct Process {
    pub(super) store: Arc<Redb>,
    pub(super) gateways: Vec<Gateway>,
    pub(super) administration: Administration,
    pub(super) registry: Arc<Registry>,
    engine: Arc<Engine>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Lives until this end, or, without one, until all is done and found to be as it should.
pub(super) fn live(world: &World, ending: Option<Ending>) {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let effects = match ending {
        Some(Ending::Effect(effects)) => Some(effects),
        Some(Ending::InJob(_) | Ending::Killed(_) | Ending::Stopped(_)) | None => None,
    };
    let life = world.common.fate.begin(effects);
    if let Some(Ending::InJob(effects)) = ending {
        world.common.fate.end_after_job(effects);
    }
    world.declare();
    world.common.trace.tell(|| format!("life {life}: {ending:?}"));
    runtime.block_on(async {
        world.common.clock.start();
        tokio::select! {
            biased;
            () = world.common.fate.death() => {}
            () = stuck(&world.common) => panic!("time stands still"),
            () = watch(world) => {}
            () = run(world, life, ending) => {}
        }
        world.common.clock.stop();
    });
    if world.common.fate.lives(life) {
        world.common.fate.end();
    }
    world.common.trace.tell(|| format!("life {life} ended"));
    drop(runtime);
    world.disk.lose_power(&mut world.dice());
}

/// Until time does not go on.
async fn stuck(common: &Common) {
    poll_fn(|context| match common.clock.is_stuck() {
        true => Poll::Ready(()),
        // Looked at again whenever anything of the runtime is.
        false => {
            common.clock.when_stuck(context.waker());
            Poll::Pending
        }
    })
    .await;
}

/// Looks for what must not be at any time.
async fn watch(world: &World) {
    let every = match world.is_crowded() {
        true => LOOK_AMONG_MANY_EVERY,
        false => LOOK_EVERY,
    };
    loop {
        sleep(every).await;
        check::leavers_come_first(world);
        check::see(world);
        check::nobody_twice(world);
        check::leavers_are_told_of(world);
    }
}

async fn run(world: &World, life: u64, ending: Option<Ending>) {
    let mut process = Process::start(world, life).await;
    let work = async {
        let lanes = world.places.iter().zip(&process.gateways);
        let lanes =
            lanes.flat_map(|(place, gateway)| (0..place.idp.lanes()).map(move |lane| place.idp.work(lane, gateway)));
        tokio::select! {
            biased;
            _ = join_all(lanes) => {}
            () = process.care(world) => {}
        }
    };
    match ending {
        Some(Ending::Effect(_) | Ending::InJob(_)) => {
            work.await;
            sleep(Duration::from_secs(60)).await;
        }
        Some(Ending::Killed(after)) => {
            tokio::select! {
                biased;
                () = sleep(after) => world.common.fate.end(),
                () = async { work.await; std::future::pending::<()>().await } => {}
            }
        }
        Some(Ending::Stopped(after)) => {
            tokio::select! {
                biased;
                () = sleep(after) => {}
                () = async { work.await; std::future::pending::<()>().await } => {}
            }
            process.stop().await;
        }
        None => {
            work.await;
            world.vendors().for_each(|(_, vendor)| vendor.calm());
            process.look_through(world).await;
            process.settle(world).await;
            check::guard(world);
            process.attend(world).await;
            check::at_the_end(world, &process).await;
            process.differs_nowhere(world).await;
            process.stop().await;
        }
    }
}

impl Process {
    async fn start(world: &World, life: u64) -> Self {
        let (common, clock) = (world.common.clone(), Arc::clone(&world.common.clock));
        let store = match open(world, life) {
            Ok(store) => Arc::new(store),
            Err(error) if common.fate.lives(life) => panic!("the store does not open: {error:?}"),
            Err(_) => std::future::pending().await,
        };
        world.ask(&*store).await;
        let registry = Arc::new(Registry::default());
        registry.replace(world.directories());
        let connect = Connector {
            vendors: world.vendors().cloned().collect(),
            life,
        };
        let pausing = world.pausing(store.clone());
        let engine = Arc::new(Engine::new(delivery::Parts {
            store: pausing.clone(),
            clock: clock.clone(),
            registry: registry.clone(),
            connect: Arc::new(connect),
            ids: world.ids.clone(),
            settings: delivery::Settings::default(),
        }));
        let service = Service::new(service::Parts {
            store: pausing,
            clock,
            ids: world.ids.clone(),
            catalogue: CATALOGUE.clone(),
            registry: registry.clone(),
            deliveries: engine.clone(),
            limits: Limits::default(),
        });
        let administration = administration(world, &engine, (&store, &registry));
        let gateway = |place: &Place| Gateway {
            service: service.clone(),
            registry: registry.clone(),
            directory: place.name(),
            store: store.clone(),
            common: common.clone(),
            life,
        };
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(engine.clone().run(stopped));
        let gateways = world.places.iter().map(gateway).collect();
        Self {
            registry,
            engine,
            gateways,
            store,
            administration,
            stop,
            tasks,
        }
    }

    /// What is declared is another thing.
    pub(super) async fn reload(&self) {
        self.engine.reload().await;
    }

    /// Lets changed settings be brought about: of what is not looked at yet no link tells.
    async fn look_through(&self, world: &World) {
        if world.places.iter().any(|place| place.idp.is_resettled()) {
            sleep(LOOKED_THROUGH).await;
        }
    }

    /// Waits until nothing is pending but what is shown to a person.
    async fn settle(&self, world: &World) {
        let began = Instant::now();
        for (target, vendor) in world.vendors() {
            loop {
                let backlog = self.store.backlog(*target).await.expect("the store reads");
                if backlog.pending == 0 || self.waits_for_a_person(world, vendor, began).await {
                    break;
                }
                if began.elapsed() > PATIENCE {
                    let links = check::links(&self.store, *target).await;
                    panic!("{} never settles: {backlog:?}\n{links}", vendor.name);
                }
                sleep(Duration::from_secs(1)).await;
            }
        }
    }

    /// Whether what is left waits for people whom the guard holds, as a group does for its members.
    async fn waits_for_a_person(&self, world: &World, vendor: &Vendor, began: Instant) -> bool {
        let is_guarded = || {
            world
                .places
                .iter()
                .any(|place| place.guarded && place.idp.reads_groups())
        };
        if began.elapsed() < SETTLED_BY || !is_guarded() {
            return false;
        }
        let held = self.administration.guarded(&vendor.target).await;
        held.expect("it is declared").count > 0
    }

    /// Decides of whom the guard holds, as a person does who is told of them.
    async fn attend(&self, world: &World) {
        for round in 0..ROUNDS_MAX {
            let mut waits = false;
            for (_, vendor) in world.vendors() {
                waits |= self.decide(world, (vendor, round)).await;
            }
            self.settle(world).await;
            if !waits {
                break;
            }
        }
    }

    /// Decides of those whom the guard holds at a target; whether there are any.
    async fn decide(&self, world: &World, (vendor, round): (&Vendor, u64)) -> bool {
        let held = self
            .administration
            .guarded(&vendor.target)
            .await
            .expect("it is declared");
        if held.count == 0 {
            return false;
        }
        world
            .common
            .trace
            .tell(|| format!("{}: the guard holds {}", vendor.target, held.count));
        world.count(|counts| counts.held += held.count);
        let rejects = round == 0 && world.dice().in_thousand(300);
        let decision = if rejects { Decision::Reject } else { Decision::Approve };
        let seen = Seen {
            list: held.list,
            resources: BTreeSet::new(),
        };
        let decided = self.administration.decide(&vendor.target, &seen, decision).await;
        decided.expect("the list is the present one");
        if rejects {
            let before = vendor.holds();
            self.settle(world).await;
            let withheld = self
                .administration
                .guarded(&vendor.target)
                .await
                .expect("it is declared");
            assert!(
                withheld.held.iter().any(|held| held.kind == "withheld"),
                "who was rejected is listed as withheld"
            );
            assert_eq!(before, vendor.holds(), "who was rejected stays");
        }
        true
    }

    async fn stop(&mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("no part breaks");
        }
    }
}

fn administration(
    world: &World,
    engine: &Arc<Engine>,
    (store, registry): (&Arc<Redb>, &Arc<Registry>),
) -> Administration {
    let doors = Doors {
        renewals: Renewals::default(),
        store: store.clone(),
        clock: world.common.clock.clone(),
        sealer: None,
    };
    Administration::new(administration::Parts {
        store: store.clone(),
        keeper: store.clone(),
        clock: world.common.clock.clone(),
        ids: world.ids.clone(),
        catalogue: CATALOGUE.clone(),
        registry: registry.clone(),
        deliveries: engine.clone(),
        sealer: None,
        scratch: std::env::temp_dir(),
        consents: Consents::new(doors, registry.clone(), None),
        document_bytes: usherd::service::Limits::default().document_bytes,
        describe: |target| adapters::spoken(&target.vendor, target.dialect.as_ref()).map(|spoken| spoken.descriptor),
    })
}

fn open(world: &World, life: u64) -> Result<Redb, OpenError> {
    open_on(&world.disk, &world.common, life)
}

fn open_on(disk: &Disk, common: &Common, life: u64) -> Result<Redb, OpenError> {
    let (disk, fate) = (disk.clone(), Arc::clone(&common.fate));
    let backend = move || Ok(Box::new(disk.open(Arc::clone(&fate), life)) as Box<dyn StorageBackend>);
    let options = Options::simulated(Medium::Backend(Arc::new(backend)));
    Redb::open(options, common.clock.clone())
}

/// A disk with the empty store: whoever is killed while the file is made has nothing to lose, and makes it again.
pub(super) static EMPTY: LazyLock<Disk> = LazyLock::new(|| {
    let (disk, common) = (Disk::default(), Common::default());
    let life = common.fate.begin(None);
    drop(open_on(&disk, &common, life).expect("an empty store is made"));
    disk
});

struct Connector {
    vendors: Vec<(usherd::store::TargetId, Arc<super::vendor::Vendor>)>,
    life: u64,
}

impl Connect for Connector {
    fn connect(&self, target: &Target, gate: Arc<dyn Gate>) -> Result<Box<dyn Adapter>, adapters::Error> {
        let (_, vendor) = self
            .vendors
            .iter()
            .find(|(id, _)| *id == target.id)
            .expect("a target of the plan");
        let method = target.descriptor.auth.first();
        let connection = Connection {
            base_url: "https://vendor.example".to_owned(),
            credential: Credential::new(SecretString::from(TOKEN))
                .with_prefix(method.map_or("Bearer ", |method| method.prefix.as_str())),
            transport: Arc::new(vendor.transport(self.life)),
            gate,
            deadline: target.call_deadline(),
            read_lag: target.read_lag(),
        };
        let adapter = adapters::vendor(vendor.name).expect("it has an adapter");
        (adapter.connect)(target.config.settings.clone(), connection)
    }
}
