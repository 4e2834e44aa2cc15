//! Stories about many people at once, and how often they are told.
use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use super::by_group::{self, ByGroup};
use super::plan::{
    DirectoryPlan, Ending, Operation, PAUSES, Plan, RESPOND_WITHIN_MS, Step, Version, ending, operations, weather,
};
use super::vendor::Weather;
use crate::dice::Dice;

/// What a story is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Story {
    /// A few people, and all that happens to them.
    Usual,
    /// A leaver, and a crowd of joiners.
    Crowd,
    /// So many people that the vendor gets bulk jobs.
    Jobs,
    /// A few people, whose groups say who belongs to the targets.
    Groups,
}

/// How many of a thousand stories are about a crowd, and about jobs; the others are usual ones.
const CROWDS: u64 = 15;
const JOBS: u64 = 20;

/// Which of a thousand are about groups.
const GROUPS: Range<u64> = 600..800;

/// People of a crowd's directory: those of odd numbers come all at once.
const CROWD: usize = 140;

/// Calls a minute that such a directory's vendors take, so that the crowd takes a while.
const CROWD_PACE: u32 = 120;

/// Vendors whose accounts' groups take anybody, or which have none.
const BY_GROUP: &[&str] = &["pagerduty", "pagerduty", "okta", "calendly"];

/// How long a job may take, in seconds: up to the longest that is believed of one.
const JOB_SECONDS: [u64; 4] = [2, 10, 60, 299];

/// Effects between a job's submission and its end, those of others included.
const EFFECTS_IN_JOB: u64 = 60;

impl Story {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        match dice.within(0..1000) {
            drawn if drawn < CROWDS => Self::Crowd,
            drawn if drawn < CROWDS + JOBS => Self::Jobs,
            drawn if GROUPS.contains(&drawn) => Self::Groups,
            _ => Self::Usual,
        }
    }
}

/// Joiners come all at once to a vendor that takes few calls, and somebody leaves while most of them wait.
pub(super) fn crowd(dice: &mut Dice) -> Plan {
    let vendor = dice.pick(&["pagerduty", "okta"]);
    let version = Version {
        number: 1,
        active: true,
    };
    let leave = match dice.in_thousand(500) {
        true => Operation::Delete(0),
        false => Operation::Patch(
            0,
            Version {
                active: false,
                ..version
            },
        ),
    };
    let directory = DirectoryPlan {
        respond_within_ms: 0,
        calls_per_minute: Some(CROWD_PACE),
        lanes: vec![
            steps(vec![(0, Operation::Put(0, version)), (dice.within(31..40), leave)]),
            steps(vec![(30, Operation::PutAll(1, version))]),
        ],
        ..many(vendor, CROWD)
    };
    Plan {
        story: Story::Crowd,
        directories: vec![directory],
        weather: Weather {
            faults: 0,
            spells: 0,
            spell_max: 1,
            jobs: 1,
        },
        pauses: 0,
        lives: Vec::new(),
    }
}

/// Everybody comes, changes and goes together, so that Zendesk gets bulk jobs, and single ones change beside them.
pub(super) fn jobs(dice: &mut Dice) -> Plan {
    let people = dice.among(26..40);
    let lanes = dice.among(1..3);
    let mut directory = DirectoryPlan {
        renames: dice.in_thousand(300),
        respond_within_ms: dice.pick(&RESPOND_WITHIN_MS),
        refuses: true,
        lanes: vec![VecDeque::new(); lanes],
        ..many("zendesk", people)
    };
    for number in 0..dice.within(2..6) {
        let version = Version {
            number: dice.within(1..4),
            active: dice.in_thousand(900),
        };
        let wanted = match dice.within(0..6) {
            _ if number == 0 => everybody(lanes, |lane| Operation::PutAll(lane, version)),
            0..3 => everybody(lanes, |lane| Operation::PutAll(lane, version)),
            3 => everybody(lanes, Operation::DeleteAll),
            _ => operations(dice, &directory),
        };
        directory.add(dice, wanted);
    }
    let lives = dice.within(0..4);
    Plan {
        story: Story::Jobs,
        directories: vec![directory],
        weather: Weather {
            faults: dice.pick(&[0, 20, 100, 300]),
            spells: dice.pick(&[0, 0, 10, 50]),
            spell_max: dice.pick(&[30, 300, 3_600]),
            jobs: dice.pick(&JOB_SECONDS),
        },
        pauses: dice.pick(&PAUSES),
        lives: (0..lives)
            .map(|_| match dice.in_thousand(600) {
                true => Ending::InJob(dice.within(0..EFFECTS_IN_JOB)),
                false => ending(dice),
            })
            .collect(),
    }
}

/// People come into groups and leave them, groups get other names, go and are made anew, while the people change, too.
pub(super) fn groups(dice: &mut Dice) -> Plan {
    let lives = dice.within(0..4);
    let vendors = match dice.in_thousand(150) {
        true => vec!["pagerduty", dice.pick(BY_GROUP)],
        false => vec![dice.pick(BY_GROUP)],
    };
    let always = dice.in_thousand(600);
    let guarded = dice.in_thousand(100);
    let lanes = dice.among(2..6);
    let mut directory = DirectoryPlan {
        people: dice.among(1..4),
        groups: by_group::GROUPS,
        guarded,
        respond_within_ms: dice.pick(&RESPOND_WITHIN_MS),
        by_group: Some(ByGroup::draw(dice)),
        assigned: (0..=lives).map(|_| always || dice.in_thousand(500)).collect(),
        lanes: vec![VecDeque::new(); lanes],
        vendors,
        ..many("", 0)
    };
    let people = (1 << directory.people) - 1;
    let first = everybody(lanes, |lane| Operation::PutAll(lane, by_group::AT_FIRST));
    directory.add(dice, first);
    for group in 0..by_group::GROUPS {
        let whole = Operation::PutMembers {
            group,
            version: by_group::MEANT,
            people: people & !dice.pick(&[0, 1, people]),
        };
        directory.add(dice, vec![whole]);
    }
    for _ in 0..dice.within(3..10) {
        let wanted = operations(dice, &directory);
        directory.add(dice, wanted);
    }
    if guarded {
        let group = dice.pick(&[by_group::IN, by_group::OUT]);
        directory.add(dice, vec![Operation::ShowOut(group)]);
    }
    Plan {
        story: Story::Groups,
        directories: vec![directory],
        weather: weather(dice),
        pauses: dice.pick(&PAUSES),
        lives: (0..lives).map(|_| ending(dice)).collect(),
    }
}

fn everybody(lanes: usize, operation: impl Fn(usize) -> Operation) -> Vec<Operation> {
    (0..lanes).map(operation).collect()
}

/// A directory of many people, of whom nothing is wanted yet.
fn many(vendor: &'static str, people: usize) -> DirectoryPlan {
    DirectoryPlan {
        vendors: vec![vendor],
        people,
        groups: 0,
        renames: false,
        switches: true,
        guarded: false,
        respond_within_ms: 0,
        calls_per_minute: None,
        refuses: false,
        by_group: None,
        assigned: vec![false],
        before: Vec::new(),
        lanes: Vec::new(),
    }
}

fn steps(steps: Vec<(u64, Operation)>) -> VecDeque<Step> {
    let step = |(after, operation)| Step {
        pause: Duration::from_secs(after),
        operation,
        twice: false,
        hang_up: None,
    };
    steps.into_iter().map(step).collect()
}
