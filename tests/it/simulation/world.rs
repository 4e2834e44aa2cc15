//! What outlives the process: the disk, the vendors, the identity providers, time.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use schemas::Catalogue;
use tokio::time::sleep;
use usherd::config;
use usherd::mapping::Mapping;
use usherd::service::{Directory, Target};
use usherd::store::{Batch, DirectoryId, Redb, SettingKind, Store, TargetId, Write};
use uuid::Uuid;

use super::by_group;
use super::care::Care;
use super::clock::WorldIds;
use super::disk::Disk;
use super::idp::{Idp, name_of};
use super::life;
use super::log::Log;
use super::pauses::Pausing;
use super::plan::{OUTSIDE, Plan};
use super::vendor::{Common, Vendor};
use crate::dice::Dice;

/// The target's number within all of a seed is this plus its directory's times this.
const TARGETS_MAX: usize = 10;

/// What is served; the same in each world.
pub(super) static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::builtin()));

/// One person an hour may go.
const GUARD: config::Guard = config::Guard { people: 1, percent: 0 };

/// Everybody may go.
const OFF: config::Guard = config::Guard {
    people: 1,
    percent: 100,
};

/// Everything but the process.
pub(super) struct World {
    pub(super) common: Common,
    pub(super) ids: Arc<WorldIds>,
    /// What all processes logged.
    pub(super) log: Log,
    pub(super) disk: Disk,
    pub(super) places: Vec<Place>,
    dice: Mutex<Dice>,
    /// How often, of a thousand times, the store is waited for.
    pauses: u64,
    counts: Mutex<Counts>,
    /// The person who looks after the gateway, if there is one.
    pub(super) care: Option<Care>,
    /// Which life it is, counted from none.
    lives: AtomicUsize,
    /// Accounts with access, since when they were seen without a break, and whether they were seen last.
    pub(super) presences: Mutex<BTreeMap<Presence, Seen>>,
}

/// An account with access.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Presence {
    pub(super) target: String,
    /// The vendor's id.
    pub(super) account: String,
    /// What the person is called.
    pub(super) name: String,
}

/// How an account was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) since: Timestamp,
    pub(super) is_there: bool,
    /// When it was seen there last.
    pub(super) last: Timestamp,
}

/// What happened in a world, so that nobody believes in checks that had nothing to look at.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    /// People whom the guard held.
    pub(super) held: u64,
    /// Times that a vendor was compared with its directory.
    pub(super) compared: u64,
    /// Accounts that were imported.
    pub(super) imported: u64,
}

/// One directory, with its IdP and its vendors.
pub(super) struct Place {
    pub(super) idp: Idp,
    pub(super) vendors: Vec<(TargetId, Arc<Vendor>)>,
    /// The guard lets one person an hour go.
    pub(super) guarded: bool,
    respond_within_ms: u64,
    calls_per_minute: Option<u32>,
    /// Accounts that nobody knows of are no target's.
    refuses: bool,
    number: usize,
    /// Of what is declared.
    generation: AtomicU64,
    /// Of what the targets were asked to look at all of their directory for.
    asked: AtomicU64,
    /// Resources of whom a person said, before the end, that they may go.
    approved: Mutex<BTreeSet<String>>,
}

impl World {
    pub(super) fn new((plan, care): (&Plan, Option<Care>), dice: &mut Dice) -> Self {
        let common = Common::default();
        let place = |(number, directory): (usize, &super::plan::DirectoryPlan)| {
            let vendors = directory.vendors.iter().enumerate().map(|(index, name)| {
                let weather = (plan.weather, common.clone());
                let id = TargetId(uuid(number * TARGETS_MAX + index));
                let target = format!("{name}-{}", id.0.as_u128());
                let mut vendor = Vendor::new(name, dice.split(), weather);
                vendor.target = target;
                vendor.has_already(directory.before.iter().map(|name| name_of(number, *name)));
                (id, Arc::new(vendor))
            });
            Place {
                idp: Idp::new(number, directory),
                vendors: vendors.collect(),
                guarded: directory.guarded,
                respond_within_ms: directory.respond_within_ms,
                calls_per_minute: directory.calls_per_minute,
                refuses: directory.refuses,
                generation: AtomicU64::new(1),
                asked: AtomicU64::new(1),
                approved: Mutex::default(),
                number,
            }
        };
        let places = plan.directories.iter().enumerate().map(place).collect();
        Self {
            places,
            ids: Arc::new(WorldIds::new(dice.split())),
            disk: life::EMPTY.copied(),
            log: Log::default(),
            dice: Mutex::new(dice.split()),
            pauses: plan.pauses,
            counts: Mutex::default(),
            care,
            lives: AtomicUsize::new(0),
            presences: Mutex::default(),
            common,
        }
    }

    pub(super) fn dice(&self) -> MutexGuard<'_, Dice> {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store as one life's parts have it.
    pub(super) fn pausing(&self, store: Arc<Redb>) -> Arc<Pausing> {
        Arc::new(Pausing {
            inner: store,
            dice: Mutex::new(self.dice().split()),
            pauses: self.pauses,
        })
    }

    /// Whether so many people come at once that others wait long behind them.
    pub(super) fn is_crowded(&self) -> bool {
        self.places.iter().any(|place| place.calls_per_minute.is_some())
    }

    pub(super) fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Declares what is to hold in the next life.
    pub(super) fn declare(&self) {
        let life = self.lives.fetch_add(1, Ordering::Relaxed);
        for place in &self.places {
            let generation = 1 + place.idp.declare(life);
            place.generation.store(generation, Ordering::Relaxed);
        }
    }

    /// Asks the targets of changed settings to look at all of their directory, as durable as what is declared.
    pub(super) async fn ask(&self, store: &dyn Store) {
        for place in &self.places {
            let generation = place.generation.load(Ordering::Relaxed);
            while place.asked.load(Ordering::Relaxed) != generation {
                match store.commit(place.asking()).await {
                    Ok(_) => place.asked.store(generation, Ordering::Relaxed),
                    Err(_) => sleep(Duration::from_secs(1)).await,
                }
            }
        }
    }

    pub(super) fn vendors(&self) -> impl Iterator<Item = &(TargetId, Arc<Vendor>)> {
        self.places.iter().flat_map(|place| &place.vendors)
    }

    /// The directories as every process finds them declared.
    pub(super) fn directories(&self) -> BTreeMap<String, Arc<Directory>> {
        let directories = self.places.iter();
        directories.map(|place| (place.name(), place.directory())).collect()
    }
}

impl Place {
    pub(super) fn name(&self) -> String {
        format!("d{}", self.number)
    }

    /// A person says that they may go.
    pub(super) fn approve(&self, resources: impl Iterator<Item = String>) {
        let mut approved = self.approved.lock().unwrap_or_else(PoisonError::into_inner);
        approved.extend(resources);
    }

    pub(super) fn is_approved(&self, resource: &str) -> bool {
        let approved = self.approved.lock().unwrap_or_else(PoisonError::into_inner);
        approved.contains(resource)
    }

    fn asking(&self) -> Batch {
        let asked = |(target, _): &(TargetId, _)| {
            Write::PutSetting(SettingKind::Other, format!("look/{}", target.0), Vec::new())
        };
        Batch {
            expect: Vec::new(),
            writes: self.vendors.iter().map(asked).collect(),
        }
    }

    fn directory(&self) -> Arc<Directory> {
        let (name, respond) = (self.name(), self.respond_within_ms);
        let config = toml::from_str(&format!("name = '{name}'\nrespond_within_ms = {respond}"));
        let config = config.expect("a directory");
        let id = DirectoryId(uuid(1000 + self.number));
        let targets = self
            .vendors
            .iter()
            .map(|(target, vendor)| Arc::new(self.target(*target, vendor, id)));
        Arc::new(Directory {
            id,
            config,
            targets: targets.collect(),
        })
    }

    fn target(&self, id: TargetId, vendor: &Vendor, directory: DirectoryId) -> Target {
        let descriptor = (adapters::vendor(vendor.name).expect("it has an adapter").descriptor)();
        let mut config = config::Target::new(&vendor.target, &self.name(), vendor.name, "env:X");
        config.calls_per_minute = self.calls_per_minute;
        if self.refuses {
            config.on_existing = config::OnExisting::Refuse;
        }
        config.guard = match self.guarded {
            true => GUARD,
            false => OFF,
        };
        let rules = self.idp.journal().rules;
        let name = |group| self.idp.group_name((group, by_group::MEANT));
        let filter = || match rules.by_group {
            Some(by_group) => by_group.filter(name),
            None => format!("title ne \"{OUTSIDE}\""),
        };
        config.assignment = rules.assigned.then(filter);
        if let Some(by_group) = rules.by_group.filter(|_| vendor.name == "pagerduty") {
            by_group.declare_roles(&mut config, name);
        }
        config.settings = vendor.settings();
        Target {
            id,
            directory,
            mapping: Arc::new(Mapping::new(&CATALOGUE, descriptor, &config).expect("the usual mapping")),
            config,
            descriptor,
            generation: self.generation.load(Ordering::Relaxed),
            credential: Vec::new(),
        }
    }
}

fn uuid(number: usize) -> Uuid {
    Uuid::from_u128(u128::try_from(number).expect("a small number") + 1)
}
