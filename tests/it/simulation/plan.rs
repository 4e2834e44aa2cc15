//! What a seed is about: who there is, what they do, how bad the weather is, and when the process dies.
use std::collections::VecDeque;
use std::time::Duration;

use super::bad;
use super::by_group::{self, ByGroup};
use super::stories::{self, Story};
use super::vendor::Weather;
use super::view;
use crate::dice::Dice;

/// Vendors that a directory may have as targets.
const VENDORS: &[&str] = &["pagerduty", "pagerduty", "okta", "zendesk", "calendly"];

/// The longest outage in seconds.
const DAYS: u64 = 2 * 86_400;

/// A seed's story.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) story: Story,
    pub(super) directories: Vec<DirectoryPlan>,
    pub(super) weather: Weather,
    /// How often, of a thousand times, the store is waited for.
    pub(super) pauses: u64,
    /// Lives that end before the last one.
    pub(super) lives: Vec<Ending>,
}

#[derive(Debug)]
pub(super) struct DirectoryPlan {
    pub(super) vendors: Vec<&'static str>,
    pub(super) people: usize,
    pub(super) groups: usize,
    /// People get other names.
    pub(super) renames: bool,
    /// People are switched off and on.
    pub(super) switches: bool,
    /// The guard lets one person an hour go.
    pub(super) guarded: bool,
    /// How long an answer waits for vendors, in milliseconds.
    pub(super) respond_within_ms: u64,
    /// Calls that vendors take in a minute, if less than any number of people needs.
    pub(super) calls_per_minute: Option<u32>,
    /// Whether an account that exists is nobody's, so that one that is made twice is seen even where the vendor refuses
    /// it.
    pub(super) refuses: bool,
    /// Whether, in each life in turn, only some belong to the targets: those of other titles than [`OUTSIDE`].
    pub(super) assigned: Vec<bool>,
    /// What groups mean at the targets, if anything.
    pub(super) by_group: Option<ByGroup>,
    /// Of which of the directory's names vendors have accounts before anything begins.
    pub(super) before: Vec<usize>,
    /// What the IdP does, in queues that are worked off at the same time. Each person and each group has one queue.
    pub(super) lanes: Vec<VecDeque<Step>>,
}

/// How a life ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    /// Killed before this effect on disk or vendor.
    Effect(u64),
    /// Killed before this effect after a bulk job is submitted.
    InJob(u64),
    /// Killed after this time.
    Killed(Duration),
    /// Stopped in order after this time.
    Stopped(Duration),
}

/// One thing that the IdP does, with how rough it goes about it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) pause: Duration,
    pub(super) operation: Operation,
    /// Sent twice at the same time.
    pub(super) twice: bool,
    /// The first attempt is given up after this time.
    pub(super) hang_up: Option<Duration>,
}

/// What the IdP wants; the numbers are the person's or the group's.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    /// The person is there, with this name, in this version.
    Put(usize, Version),
    /// One attribute changes.
    Patch(usize, Version),
    /// Two clients change an attribute each, at the same time.
    PatchBoth(usize, Version),
    /// The person gets one of the directory's names, if it is free.
    Rename(usize, usize),
    Delete(usize),
    /// Something that cannot be, of this kind.
    Bad(usize, usize),
    /// All people of the queue are there, by one request.
    PutAll(usize, Version),
    /// All people of the queue are deleted, by one request.
    DeleteAll(usize),
    /// All people of the queue go, after an hour.
    LeaveAll(usize),
    PutGroup(usize, u64),
    /// The group is there and has these members alone, each person a bit of a number.
    PutMembers {
        group: usize,
        version: u64,
        people: u64,
    },
    DeleteGroup(usize),
    /// After an hour, many people lose access by one write of this group.
    ShowOut(usize),
    Member {
        group: usize,
        person: usize,
        wanted: bool,
    },
}

/// What a person looks like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Version {
    pub(super) number: u64,
    pub(super) active: bool,
}

/// The title of those who do not belong to a target that is for some only.
pub(super) const OUTSIDE: &str = "canary t3";

impl Version {
    pub(super) fn title(self) -> String {
        format!("canary t{}", self.number)
    }
}

/// How much happens in a story: most are short, since most faults need little.
#[derive(Debug, Clone, Copy)]
struct Size {
    lives: u64,
    steps: u64,
    /// How many of a thousand have a second directory, or a second target.
    second: u64,
}

const SHORT: Size = Size {
    lives: 3,
    steps: 7,
    second: 100,
};

const LONG: Size = Size {
    lives: 5,
    steps: 16,
    second: 300,
};

impl Plan {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        match Story::draw(dice) {
            Story::Usual => Self::usual(dice),
            Story::Crowd => stories::crowd(dice),
            Story::Jobs => stories::jobs(dice),
            Story::Groups => stories::groups(dice),
        }
    }

    fn usual(dice: &mut Dice) -> Self {
        let size = match dice.in_thousand(120) {
            true => LONG,
            false => SHORT,
        };
        let directories = match dice.in_thousand(size.second) {
            true => 2,
            false => 1,
        };
        let weather = weather(dice);
        let lives = dice.within(0..size.lives);
        Self {
            story: Story::Usual,
            directories: (0..directories).map(|_| directory(dice, size)).collect(),
            weather,
            pauses: dice.pick(&PAUSES),
            lives: (0..lives).map(|_| ending(dice)).collect(),
        }
    }
}

/// What most stories have of it.
pub(super) fn weather(dice: &mut Dice) -> Weather {
    Weather {
        faults: dice.pick(&[0, 20, 100, 300]),
        spells: dice.pick(&[0, 0, 10, 50]),
        spell_max: match dice.in_thousand(2) {
            true => DAYS,
            false => dice.pick(&[30, 300, 3_600]),
        },
        jobs: 5,
    }
}

/// How often, of a thousand times, the store is waited for: mostly never, since that costs time.
pub(super) const PAUSES: [u64; 4] = [0, 0, 30, 200];

pub(super) fn ending(dice: &mut Dice) -> Ending {
    match dice.within(0..4) {
        0 => Ending::Stopped(dice.millis(0..60_000)),
        1 => Ending::Killed(dice.millis(0..60_000)),
        _ => Ending::Effect(dice.within(0..150)),
    }
}

/// Less than most calls take, in milliseconds: what goes together follows one after the other.
const AT_ONCE_MAX: u64 = 300;

/// How long answers wait for vendors, in milliseconds: the usual time, and not at all, so that one change follows
/// another while calls are under way.
pub(super) const RESPOND_WITHIN_MS: [u64; 3] = [8_000, 8_000, 0];

fn directory(dice: &mut Dice, size: Size) -> DirectoryPlan {
    let people = dice.within(1..4);
    let second = dice.in_thousand(size.second).then(|| dice.pick(VENDORS));
    let vendors: Vec<_> = [dice.pick(VENDORS)].into_iter().chain(second).collect();
    // Zendesk's end users are in no groups, and a group that is refused all its members would wait for a person.
    let has_groups = !vendors.contains(&"zendesk") && vendors.iter().any(|vendor| view::has_groups(vendor));
    let groups = match has_groups {
        true => dice.within(0..2),
        false => 0,
    };
    let lanes = dice.within(1..4);
    // Calendly's accounts keep their names.
    let renames = !vendors.contains(&"calendly") && dice.in_thousand(400);
    // Who is switched off at Okta before accepting the invitation keeps the name there, whatever anybody asks.
    let switches = !renames || !vendors.contains(&"okta");
    let is_for_some = dice.in_thousand(150) && switches;
    let mut plan = DirectoryPlan {
        vendors,
        people: usize::try_from(people).expect("few"),
        groups: usize::try_from(groups).expect("few"),
        renames,
        switches,
        guarded: dice.in_thousand(70) && switches,
        respond_within_ms: dice.pick(&RESPOND_WITHIN_MS),
        calls_per_minute: None,
        refuses: false,
        by_group: None,
        before: Vec::new(),
        assigned: (0..=size.lives).map(|_| is_for_some && dice.in_thousand(500)).collect(),
        lanes: (0..lanes).map(|_| VecDeque::new()).collect(),
    };
    for _ in 0..dice.within(3..size.steps) {
        let operations = operations(dice, &plan);
        plan.add(dice, operations);
    }
    if plan.guarded {
        for lane in 0..plan.lanes.len() {
            plan.add(dice, vec![Operation::LeaveAll(lane)]);
        }
    }
    plan
}

impl DirectoryPlan {
    /// Puts operations that follow one another at once at the ends of their queues.
    pub(super) fn add(&mut self, dice: &mut Dice, operations: Vec<Operation>) {
        for (number, operation) in operations.into_iter().enumerate() {
            let lane = self.lane_of(&operation);
            let mut step = step(dice, operation);
            if number > 0 {
                step.pause = dice.millis(0..AT_ONCE_MAX);
            }
            self.lanes.get_mut(lane).expect("one of the lanes").push_back(step);
        }
    }

    fn lane_of(&self, operation: &Operation) -> usize {
        let number = match *operation {
            Operation::Put(person, _)
            | Operation::Patch(person, _)
            | Operation::PatchBoth(person, _)
            | Operation::Rename(person, _)
            | Operation::Delete(person)
            | Operation::Bad(person, _) => person,
            Operation::PutAll(lane, _) | Operation::DeleteAll(lane) | Operation::LeaveAll(lane) => lane,
            Operation::PutGroup(group, _)
            | Operation::PutMembers { group, .. }
            | Operation::DeleteGroup(group)
            | Operation::ShowOut(group)
            | Operation::Member { group, .. } => self.people + group,
        };
        number % self.lanes.len()
    }
}

/// What the IdP wants next, one after the other.
pub(super) fn operations(dice: &mut Dice, plan: &DirectoryPlan) -> Vec<Operation> {
    let version = Version {
        // Few versions, so that a value comes back while it is still in doubt whether another one was sent.
        number: dice.within(1..4),
        active: dice.in_thousand(850) || !plan.switches,
    };
    if plan.groups > 0 && dice.in_thousand(500) {
        return vec![about_a_group(dice, (plan, version.number))];
    }
    let person = dice.index(plan.people);
    vec![match dice.within(0..20) {
        0..8 => Operation::Put(person, version),
        8..11 => Operation::Patch(person, version),
        11 => Operation::PatchBoth(person, version),
        12 | 13 if plan.renames => Operation::Rename(person, dice.index(plan.people + 1)),
        14 if plan.renames => return swap(dice, (plan, person), version.number),
        12..14 => return there_and_back(dice, (person, version)),
        14 => Operation::Patch(person, version),
        15 => Operation::Bad(person, dice.index(bad::KINDS)),
        16 => Operation::PutAll(dice.index(plan.lanes.len()), version),
        17 => return again(person, version),
        18 => return there_and_back(dice, (person, version)),
        _ => Operation::Delete(person),
    }]
}

/// The person is made, deleted and made again, maybe while the first account is being made.
fn again(person: usize, version: Version) -> Vec<Operation> {
    let make = Operation::Put(person, version);
    vec![Operation::Delete(person), make.clone(), Operation::Delete(person), make]
}

/// Something changes, and changes back while it may have been sent.
fn there_and_back(dice: &mut Dice, (person, version): (usize, Version)) -> Vec<Operation> {
    let other = Version {
        number: dice.within(1..4),
        ..version
    };
    [version, other, version]
        .map(|version| Operation::Patch(person, version))
        .to_vec()
}

/// Two people of one queue exchange their names by way of the one that nobody has; one of them may be switched off.
fn swap(dice: &mut Dice, (plan, person): (&DirectoryPlan, usize), number: u64) -> Vec<Operation> {
    let active = !plan.switches || dice.in_thousand(500);
    let lanes = plan.lanes.len();
    let others: Vec<_> = (0..plan.people)
        .filter(|other| *other != person && other % lanes == person % lanes)
        .collect();
    if others.is_empty() {
        return vec![Operation::Rename(person, plan.people)];
    }
    let other = dice.pick(&others);
    vec![
        Operation::Patch(person, Version { number, active }),
        Operation::Rename(person, plan.people),
        Operation::Rename(other, person),
        Operation::Rename(person, other),
    ]
}

fn about_a_group(dice: &mut Dice, (plan, number): (&DirectoryPlan, u64)) -> Operation {
    let (group, person) = (dice.index(plan.groups), dice.index(plan.people));
    let number = match plan.by_group {
        Some(_) => dice.pick(&[by_group::MEANT, by_group::MEANT, by_group::UNMEANT]),
        None => number,
    };
    match dice.within(0..10) {
        0 => Operation::DeleteGroup(group),
        1..3 => Operation::PutGroup(group, number),
        3..5 if plan.by_group.is_some() => Operation::PutMembers {
            group,
            version: number,
            people: dice.within(0..1 << plan.people),
        },
        _ => Operation::Member {
            group,
            person,
            wanted: dice.in_thousand(600),
        },
    }
}

fn step(dice: &mut Dice, operation: Operation) -> Step {
    let pause = match dice.within(0..3) {
        0 => Duration::ZERO,
        1 => dice.millis(0..500),
        _ => dice.millis(0..30_000),
    };
    Step {
        pause,
        operation,
        twice: dice.in_thousand(100),
        hang_up: dice.in_thousand(150).then(|| dice.millis(0..3_000)),
    }
}
