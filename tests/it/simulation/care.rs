//! A person who looks after the gateway while it works: has vendors compared and mended, decides of whom the guard holds,
//! and applies other settings.
use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join;
use tokio::sync::mpsc;
use tokio::time::sleep;
use usherd::service::administration::import::{Choice, Imported, List, Order, Source};
use usherd::service::administration::{Decision, Seen};
use usherd::service::drift::{Ask, Fix};

use super::life::Process;
use super::plan::Plan;
use super::stories::Story;
use super::vendor::Vendor;
use super::world::{Place, World};
use crate::dice::Dice;

/// How many of a thousand usual stories have such a person.
const CARED_FOR: u64 = 250;

/// How many of a thousand directories of such stories are for other people again and again.
const RESETTLED: u64 = 300;

/// How many of a thousand directories come to vendors that have accounts of their people.
const TAKEN_OVER: u64 = 300;

/// Settings that are applied in a story at most.
const SETTINGS: usize = 12;

/// The longest wait between two things that the person does, in seconds: often, or now and then.
const PAUSES_MAX: [u64; 3] = [10, 60, 1_200];

/// What the person does in a story.
#[derive(Debug, Clone, Copy)]
pub(super) struct Care {
    pause_max: u64,
}

impl Care {
    /// Drawn apart from the plan, so that a story without such a person is the same story.
    pub(super) fn draw(seed: u64, plan: &mut Plan) -> Option<Self> {
        let mut dice = Dice::new(!seed);
        if plan.story != Story::Usual || !dice.in_thousand(CARED_FOR) {
            return None;
        }
        for directory in &mut plan.directories {
            if directory.switches && dice.in_thousand(RESETTLED) {
                directory.assigned = (0..SETTINGS).map(|_| dice.in_thousand(500)).collect();
            }
            if !directory.renames && dice.in_thousand(TAKEN_OVER) {
                directory.before = (0..=directory.people).filter(|_| dice.in_thousand(500)).collect();
            }
        }
        let pause_max = dice.pick(&PAUSES_MAX);
        Some(Self { pause_max })
    }
}

impl Process {
    /// Looks after the gateway as long as it is polled.
    pub(super) async fn care(&self, world: &World) {
        let Some(care) = world.care else {
            return std::future::pending().await;
        };
        let mut dice = world.dice().split();
        loop {
            sleep(dice.millis(500..care.pause_max * 1000)).await;
            let place = world.places.get(dice.index(world.places.len())).expect("one of them");
            let (_, vendor) = place.vendors.get(dice.index(place.vendors.len())).expect("one of them");
            match dice.within(0..5) {
                0 | 1 => self.mend(world, vendor).await,
                2 => self.apply(world).await,
                3 => self.import(world, vendor).await,
                _ => self.decide_meanwhile(place, vendor, dice.in_thousand(600)).await,
            }
        }
    }

    /// Has the vendor compared, and made as the directory is, but for what gives access.
    async fn mend(&self, world: &World, vendor: &Vendor) {
        let ask = Ask {
            fix: Some(Fix::default()),
            ..Ask::default()
        };
        // The vendor may not be readable just now.
        if let Ok(report) = self.administration.drift(&vendor.target, ask).await {
            let (found, corrected) = (report.found, report.corrected);
            let told = || {
                format!(
                    "{}: {found} differences, {corrected} mended: {:?}",
                    vendor.target, report.differences
                )
            };
            world.common.trace.tell(told);
            world.count(|counts| counts.compared += 1);
        }
    }

    /// Takes over who has an account and is nobody yet in the directory; maybe the IdP makes them just now.
    async fn import(&self, world: &World, vendor: &Vendor) {
        let order = |confirm| Order {
            target: vendor.target.clone(),
            source: Source::Vendor,
            expect: None,
            confirm,
        };
        let Some(Imported::Previewed(preview)) = self.ask_for_import(&order(None)).await else {
            return;
        };
        let choice = Choice {
            plan: preview.plan,
            lists: BTreeSet::from([List::New]),
            accounts: BTreeSet::new(),
        };
        if let Some(Imported::Applied(applied)) = self.ask_for_import(&order(Some(choice))).await {
            world
                .common
                .trace
                .tell(|| format!("{}: import: {applied:?}", vendor.target));
            world.count(|counts| counts.imported += applied.applied);
        }
    }

    /// `None`: the vendor may not be readable just now, or the plan is another one by now.
    async fn ask_for_import(&self, order: &Order) -> Option<Imported> {
        let (told, mut heard) = mpsc::channel(1);
        let import = async move { self.administration.import(order, &told).await.ok() };
        let listen = async { while heard.recv().await.is_some() {} };
        join(import, listen).await.0
    }

    /// What is declared next is applied.
    async fn apply(&self, world: &World) {
        world.declare();
        world.ask(&*self.store).await;
        world.common.trace.tell(|| "other settings".to_owned());
        self.registry.replace(world.directories());
        self.reload().await;
    }

    /// Decides of whom the guard holds at this moment, who may be others by the time it is told.
    async fn decide_meanwhile(&self, place: &Place, vendor: &Vendor, approves: bool) {
        let Ok(held) = self.administration.guarded(&vendor.target).await else {
            return;
        };
        if held.count == 0 {
            return;
        }
        let decision = match approves {
            true => Decision::Approve,
            false => Decision::Reject,
        };
        if approves {
            place.approve(held.held.into_iter().map(|held| held.resource));
        }
        let seen = Seen {
            list: held.list,
            resources: BTreeSet::new(),
        };
        drop(self.administration.decide(&vendor.target, &seen, decision).await);
    }

    /// A vendor that is as the directory says differs in nothing.
    pub(super) async fn differs_nowhere(&self, world: &World) {
        if world.care.is_none() {
            return;
        }
        sleep(SHOWN_BY).await;
        for (_, vendor) in world.vendors() {
            let report = self.administration.drift(&vendor.target, Ask::default()).await;
            let report = report.unwrap_or_else(|error| panic!("{}: {error}", vendor.target));
            assert_eq!(
                (report.found, report.unsettled),
                (0, 0),
                "{}: {:?}",
                vendor.target,
                report.differences
            );
        }
    }
}

/// Longer than reads lag.
const SHOWN_BY: Duration = Duration::from_secs(400);
