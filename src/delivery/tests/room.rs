//! A directory, its targets and a running engine, in virtual time.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapters::descriptor::{Descriptor, Kind};
use jiff::Timestamp;
use schemas::Catalogue;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

use super::fake::{DELETING, Fake};
use super::shaky::{Refuses, Shaky};
use crate::authorize::{Consents, Doors};
use crate::clock::{Clock, SystemIds};
use crate::config;
use crate::delivery::{Engine, Parts, Settings};
use crate::mapping::{self, Mapping, Subject};
use crate::service::administration::{self, Administration};
use crate::service::{
    Deliveries, Directory, Foreseen, Outcome, Registry, Target, TargetState, Unread, Wait, drift, look_record,
};
use crate::store::{
    Access, Batch, Cause, DirectoryId, GrantKey, Link, LinkChange, LinkKey, Mark, Member, Resource, ResourceId,
    ResourceKey, Scope, SettingKind, Store, TargetId, Tombstone, Write,
};
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

/// The least id of a crowd.
const CROWD: u128 = 1 << 32;

/// Everything between the use cases and the vendor.
pub(super) struct Room {
    pub(super) vendor: Fake,
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
        let config = toml::from_str(&format!("{DECLARED}{settings}")).unwrap();
        let target = Target {
            id: TargetId(Uuid::from_u128(2)),
            directory: DirectoryId(Uuid::from_u128(1)),
            mapping: Arc::new(Mapping::new(&Catalogue::builtin(), descriptor, &config).unwrap()),
            config,
            descriptor,
            generation: 1,
            credential: Vec::new(),
        };
        let config: config::Directory = toml::from_str("name = 'd'").unwrap();
        let directory = Directory {
            id: DirectoryId(Uuid::from_u128(1)),
            config,
            targets: vec![Arc::new(target)],
        };
        registry.replace(BTreeMap::from([("d".to_owned(), Arc::new(directory))]));
        let vendor = Fake::default();
        let (engine, stop, tasks) = start(&shaky, &clock, &registry, &vendor);
        let room = Self {
            vendor,
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
        (self.engine, self.stop, self.tasks) = start(&self.shaky, &self.clock, &self.registry, &self.vendor);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Changes a link as an administrator does.
    pub(super) async fn write_link(&self, id: u128, change: LinkChange) {
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![Write::Link(self.key(id), change)],
        };
        self.store.commit(batch).await.unwrap();
        self.engine.wake(&[self.key(id).target]);
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

    /// Takes a link up again, as a person does.
    pub(super) async fn retry(&self, id: u128) {
        let key = self.key(id);
        let changes = [LinkChange::Unpark(self.clock.now()), LinkChange::Release];
        let writes = changes.map(|change| Write::Link(key, change)).to_vec();
        let expect = Vec::new();
        self.store.commit(Batch { expect, writes }).await.unwrap();
        self.engine.wake(&[key.target]);
    }

    /// Sets the clock back.
    pub(super) fn set_back(&self, by: Duration) {
        *self.clock.behind.lock().unwrap() += by;
    }

    /// The next commit with such a settling is refused.
    pub(super) fn refuse_commit(&self, refuses: Refuses) {
        *self.shaky.refuses.lock().unwrap() = Some(refuses);
    }

    /// From now on the disk is full, or no more.
    pub(super) fn fill_disk(&self, full: bool) {
        *self.shaky.full.lock().unwrap() = full;
    }

    /// From now on links cannot be looked for, or can again.
    pub(super) fn close_store(&self, closed: bool) {
        *self.shaky.closed.lock().unwrap() = closed;
    }

    /// From now on the record of a link is damaged.
    pub(super) fn damage(&self, id: u128) {
        *self.shaky.damaged.lock().unwrap() = Some(self.key(id));
    }

    /// From now on the record of a resource is damaged.
    pub(super) fn damage_resource(&self, id: u128) {
        *self.shaky.damaged_resource.lock().unwrap() = Some(self.key(id).resource);
    }

    /// From now on the members of a group cannot be read, or the groups of a person.
    pub(super) fn damage_rows(&self, id: u128) {
        *self.shaky.damaged_rows.lock().unwrap() = Some(self.key(id).resource);
    }

    /// From now on somebody takes this person out of groups and puts them in, while the members are looked at.
    pub(super) fn jostle(&self, id: u128) {
        *self.shaky.busy_member.lock().unwrap() = Some(Member {
            id: self.key(id).resource,
            resource_type: "User".to_owned(),
            display: None,
        });
    }

    /// From now on a record is damaged that a change of a link touches.
    pub(super) fn damage_grants(&self, id: u128) {
        *self.shaky.damaged_grants.lock().unwrap() = Some(self.key(id));
    }

    /// What an administrator does.
    pub(super) fn administration(&self) -> Administration {
        let doors = Doors {
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
            describe: |_| None,
        })
    }

    /// No record is damaged any more.
    pub(super) fn mend(&self) {
        *self.shaky.damaged_rows.lock().unwrap() = None;
        *self.shaky.damaged_grants.lock().unwrap() = None;
        *self.shaky.damaged.lock().unwrap() = None;
        *self.shaky.damaged_resource.lock().unwrap() = None;
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

    pub(super) fn state(&self) -> TargetState {
        self.engine.status(self.target().id).state
    }

    /// Since when it is so.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.engine.status(self.target().id).since
    }

    /// Waits until the sender has begun, so that nothing written from now on is older than it.
    pub(super) async fn working(&self) {
        self.until("the target works", async || self.state() == TargetState::Working)
            .await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.vendor.calls();
    }

    fn target(&self) -> Arc<Target> {
        self.registry.directory("d").unwrap().targets[0].clone()
    }

    pub(super) fn key(&self, id: u128) -> LinkKey {
        let target = self.target();
        LinkKey {
            directory: target.directory,
            target: target.id,
            resource: ResourceId(Uuid::from_u128(id)),
        }
    }

    fn resource_key(&self, kind: &str, id: u128) -> ResourceKey {
        let scope = Scope {
            directory: self.target().directory,
            resource_type: kind.to_owned(),
        };
        ResourceKey {
            scope,
            id: ResourceId(Uuid::from_u128(id)),
        }
    }

    /// Writes a person as the use cases do, and says what to wait for; `Null` deletes.
    pub(super) async fn user(&self, id: u128, document: Value) -> Wait {
        self.write("User", id, document).await
    }

    pub(super) async fn write(&self, kind: &str, id: u128, document: Value) -> Wait {
        let (key, target) = (self.resource_key(kind, id), self.target());
        let before = self.store.resource(&key).await.unwrap();
        let old: Option<Value> = before
            .as_ref()
            .map(|before| serde_json::from_slice(&before.body).unwrap());
        let wanted = |value: &Value| {
            let object = value.as_object()?;
            target.mapping.wanted(&Subject {
                resource_type: kind,
                resource: object,
                groups: &[],
            })
        };
        let (was, is) = (old.as_ref().and_then(&wanted), wanted(&document));
        let fields = is
            .as_ref()
            .map(|is| target.mapping.changed(was.as_ref(), is))
            .unwrap_or_default();
        let leaver = match (&was, &is) {
            (Some(was), Some(is)) => target.mapping.takes_away(was, is),
            (_, None) => true,
            (None, Some(_)) => false,
        };
        let external_id = old
            .as_ref()
            .and_then(|old| old["externalId"].as_str().map(str::to_owned));
        let tombstone = document.is_null().then_some(Tombstone { external_id });
        let mark = Mark {
            resource_type: kind.to_owned(),
            access: match leaver {
                true => Access::Taken,
                false if fields.contains(mapping::ACTIVE) => Access::Given,
                false => Access::Kept,
            },
            fields,
            cause: Cause::Own,
            at: self.clock.now(),
            tombstone,
        };
        let write = match document.is_null() {
            true => Write::DeleteResource(key),
            false => Write::PutResource(Resource {
                key,
                version: before.map_or(1, |before| before.version + 1),
                created: self.clock.now(),
                modified: self.clock.now(),
                body: serde_json::to_vec(&document).unwrap(),
                splices: Vec::new(),
                index: Vec::new(),
                origins: Vec::new(),
            }),
        };
        self.mark(vec![write], id, mark).await
    }

    /// Writes this many people at once, who were never there before.
    pub(super) async fn crowd(&self, count: u32) {
        for id in (0..count).map(|number| CROWD + u128::from(number)) {
            self.user(id, person(&format!("c{id}"))).await;
        }
    }

    /// How many links are pending.
    pub(super) async fn pending(&self) -> u64 {
        self.store.backlog(self.target().id).await.unwrap().pending
    }

    /// Writes a person, or a group with these members, that concerns no target, as there was none.
    pub(super) async fn unmarked(&self, id: u128, document: &Value, members: &[u128]) {
        let kind = if members.is_empty() { "User" } else { "Group" };
        let key = self.resource_key(kind, id);
        let resource = Resource {
            key: key.clone(),
            version: 1,
            created: self.clock.now(),
            modified: self.clock.now(),
            body: serde_json::to_vec(document).unwrap(),
            splices: Vec::new(),
            index: Vec::new(),
            origins: Vec::new(),
        };
        let member = |id: &u128| Member {
            id: ResourceId(Uuid::from_u128(*id)),
            resource_type: "User".to_owned(),
            display: None,
        };
        let members = members.iter().map(|id| Write::AddMember(key.clone(), member(id)));
        let batch = Batch {
            expect: Vec::new(),
            writes: [Write::PutResource(resource)].into_iter().chain(members).collect(),
        };
        self.store.commit(batch).await.unwrap();
    }

    /// The target is one that never looked at its directory.
    pub(super) async fn forget_sweep(&self) {
        let name = format!("settings/{}", self.target().id.0);
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![Write::DeleteSetting(SettingKind::Other, name)],
        };
        self.store.commit(batch).await.unwrap();
    }

    /// Asks the target to look at all of its directory.
    pub(super) async fn ask_to_look(&self) {
        let target = self.target().id;
        let asked = Write::PutSetting(SettingKind::Other, look_record(target), Vec::new());
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![asked],
        };
        self.store.commit(batch).await.unwrap();
        self.engine.wake(&[target]);
    }

    /// Says who is in a group.
    pub(super) async fn member(&self, group: u128, member: u128, wanted: bool) -> Wait {
        let key = self.resource_key("Group", group);
        let id = ResourceId(Uuid::from_u128(member));
        let row = match wanted {
            true => Write::AddMember(
                key,
                Member {
                    id,
                    resource_type: "User".to_owned(),
                    display: None,
                },
            ),
            false => Write::RemoveMember(key, id),
        };
        let want = Write::Want(
            GrantKey {
                group: self.key(group),
                member: id,
            },
            wanted,
        );
        let mark = Mark {
            resource_type: "Group".to_owned(),
            fields: [].into(),
            access: match wanted {
                true => Access::Kept,
                false => Access::Taken,
            },
            cause: Cause::Own,
            at: self.clock.now(),
            tombstone: None,
        };
        self.mark(vec![row, want], group, mark).await
    }

    /// A change of somebody else, or of a group, concerns this person.
    pub(super) async fn follow(&self, id: u128, access: Access) -> Wait {
        let mark = Mark {
            resource_type: "User".to_owned(),
            fields: [].into(),
            access,
            cause: Cause::Others,
            at: self.clock.now(),
            tombstone: None,
        };
        self.mark(Vec::new(), id, mark).await
    }

    async fn mark(&self, mut writes: Vec<Write>, id: u128, mark: Mark) -> Wait {
        let link = self.key(id);
        writes.push(Write::Link(link, LinkChange::Mark(mark)));
        let committed = self
            .store
            .commit(Batch {
                expect: Vec::new(),
                writes,
            })
            .await
            .unwrap();
        self.engine.wake(&[link.target]);
        Wait {
            link,
            mark: committed.marks.last().unwrap().1,
        }
    }

    /// How many more people may have a role, as far as is known: outer `None`, nothing is.
    pub(super) fn left(&self, role: &str) -> Option<Option<u64>> {
        let live = self.engine.live_roles(self.target().id)?;
        let found = live.roles.iter().find(|live| live.name == role);
        found.map(|role| role.available)
    }

    /// The same, just read.
    pub(super) async fn just_left(&self, role: &str) -> Option<Option<u64>> {
        let live = self.engine.fresh_live_roles(self.target().id).await?;
        let found = live.roles.iter().find(|live| live.name == role);
        found.map(|role| role.available)
    }

    /// Whether the vendor has an account of this address, as far as it says.
    pub(super) async fn has_account(&self, unique: &str) -> Option<bool> {
        self.engine.has_account(self.target().id, Kind::User, unique).await
    }

    /// What is foreseen of writing this person now.
    pub(super) async fn foreseen(&self, id: u128, document: &Value) -> Vec<Foreseen> {
        let target = self.target();
        let wanted = target.mapping.wanted(&Subject {
            resource_type: "User",
            resource: document.as_object().unwrap(),
            groups: &[],
        });
        let link = self.link(id).await.unwrap_or_default();
        self.engine.foresee(&target, &link, &wanted.unwrap())
    }

    /// Asks for a page of the vendor's people; their ids.
    pub(super) async fn people(&self, after: Option<&str>) -> Result<Vec<String>, Unread> {
        let page = self
            .engine
            .accounts(self.target().id, Kind::User, after.map(str::to_owned));
        Ok(page.await?.accounts.into_iter().map(|account| account.id).collect())
    }

    /// Compares as a person asks for it.
    pub(super) async fn drift(&self, fix: Option<drift::Fix>) -> Result<drift::Report, drift::Error> {
        self.drift_expecting(None, fix).await
    }

    /// The same where so few linked accounts are right.
    pub(super) async fn drift_expecting(
        &self,
        expect: Option<u64>,
        fix: Option<drift::Fix>,
    ) -> Result<drift::Report, drift::Error> {
        self.engine.drift(self.target().id, drift::Ask { expect, fix }).await
    }

    /// What is kept of the last comparison.
    pub(super) async fn last_drift(&self) -> Option<drift::Summary> {
        let name = drift::record_name(self.target().id);
        let (_, record) = self.store.setting(SettingKind::Other, &name).await.unwrap()?;
        serde_json::from_slice::<drift::Record>(&record).unwrap().last
    }

    /// What comes of a mark within the usual time of an answer.
    pub(super) async fn outcome(&self, wait: Wait) -> Outcome {
        self.engine.wait(vec![wait], Duration::from_secs(8)).await.remove(0)
    }

    pub(super) async fn link(&self, id: u128) -> Option<Link> {
        self.store.link(&self.key(id)).await.unwrap()
    }

    /// Whether all of the directory was looked at under the present settings.
    pub(super) async fn has_swept(&self) -> bool {
        let name = format!("settings/{}", self.target().id.0);
        let record = self.store.setting(SettingKind::Other, &name).await.unwrap();
        let progress: Value = serde_json::from_slice(&record.unwrap().1).unwrap();
        progress["place"] == 2
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

fn start(
    store: &Arc<Shaky>,
    clock: &Arc<RuntimeClock>,
    registry: &Arc<Registry>,
    vendor: &Fake,
) -> (Arc<Engine>, watch::Sender<bool>, JoinSet<()>) {
    let engine = Arc::new(Engine::new(Parts {
        store: store.clone(),
        clock: clock.clone(),
        registry: registry.clone(),
        connect: Arc::new(vendor.clone()),
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
