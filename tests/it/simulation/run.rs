//! Seeds by the thousand, and one by one.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::care::Care;
use super::life;
use super::plan::Plan;
use super::stories::Story;
use super::world::World;
use crate::dice::Dice;

/// Seeds that every run of the tests goes through.
const SEEDS: u64 = 2_000;

/// Seeds that failed with a mechanism taken out, or for a fault that is mended, and what they show. They are run
/// however few others are. What a seed tells changes with the plan, so that a mend has a test of its own beside it.
const FROZEN: &[(u64, &str)] = &[
    (0, "what is acknowledged is on the disk"),
    (1, "one turn at a time has an account and a unique value"),
    (10, "two people cannot have one name"),
    (21, "a create whose answer was lost is looked up"),
    (27, "a create leaves a trace before it is sent"),
    (29, "a leaver comes before a crowd that joins"),
    (71, "the guard lets no two go in one hour"),
    (72, "an account of another link that has the unique value is waited for"),
    (198, "of two who change one person at once none loses the change"),
    (270, "what a vendor does not take is refused"),
    (379, "a former account in doubt that may have a value is waited for"),
    (442, "who is said to be out is looked for, and told of otherwise"),
    (938, "an account that rests gives up a former name that is asked for"),
    (1102, "fields that a dead holder sent are in doubt"),
    (2149, "who is switched off and whose deletion is lost is deleted"),
    (7823, "settings that come back are brought about anew"),
];

/// Lines of the trace that a failure shows.
const LINES_SHOWN: usize = 400;

#[test]
fn the_promises_hold_for_every_seed() {
    match (number("USHERD_SIM_SEED"), number("USHERD_SIM_SEEDS")) {
        (Some(seed), _) => {
            let run = run(seed);
            println!("{}\n{:?}", run.trace, run.tally);
            report(&run);
        }
        (None, count) => all(count.unwrap_or(SEEDS)),
    }
}

#[test]
fn a_seed_goes_the_same_way_each_time() {
    for seed in 0..20 {
        let (one, other) = (run(seed), run(seed));
        assert!(one.trace == other.trace, "{}", difference(&one.trace, &other.trace));
    }
}

fn difference(one: &str, other: &str) -> String {
    let mut lines = one.lines().zip(other.lines()).enumerate();
    match lines.find(|(_, (one, other))| one != other) {
        Some((number, (one, other))) => format!("line {number}: {one}\nand: {other}"),
        None => "one is longer".to_owned(),
    }
}

fn report(run: &Run) {
    let lines: Vec<_> = run.trace.lines().collect();
    let shown = lines.get(lines.len().saturating_sub(LINES_SHOWN)..).unwrap_or_default();
    if let Err(failure) = &run.outcome {
        panic!(
            "{}\nseed {}: {failure}\nrepeat with USHERD_SIM_SEED={}",
            shown.join("\n"),
            run.seed,
            run.seed
        );
    }
}

/// Runs the frozen seeds and so many others on all processors; the first failure of the lowest seed is told.
fn all(count: u64) {
    let next = AtomicU64::new(0);
    let frozen = u64::try_from(FROZEN.len()).expect("a short table");
    let result: Mutex<(Tally, Option<Run>)> = Mutex::default();
    let work = || {
        while result.lock().expect("nobody panics with it").1.is_none() {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let known = usize::try_from(index).ok().and_then(|index| FROZEN.get(index));
            let Some(seed) = known
                .map(|(seed, _)| *seed)
                .or_else(|| (index - frozen < count).then(|| index - frozen))
            else {
                return;
            };
            let run = run(seed);
            let mut result = result.lock().expect("nobody panics with it");
            result.0.add(&run.tally);
            if run.outcome.is_err() && result.1.as_ref().is_none_or(|other| run.seed < other.seed) {
                result.1 = Some(run);
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, |number| number.get());
    thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let (tally, failed) = result.into_inner().expect("nobody panics with it");
    if let Some(run) = failed {
        report(&run);
    }
    println!("{tally:?}");
    tally.check();
}

/// Calls of many seeds.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    seeds: u64,
    /// People whom the guard held.
    held: u64,
    /// Bulk jobs that vendors took.
    jobs: u64,
    calm: Calls,
    rough: Calls,
    /// Of stories about bulk jobs.
    bulk: Calls,
    /// Of stories in which groups say who belongs to the targets.
    grouped: Calls,
    /// Of stories in which a person has vendors read.
    cared_for: Calls,
    /// How often they were.
    compared: u64,
    /// Accounts that were imported.
    imported: u64,
}

/// Calls of seeds of one kind.
#[derive(Debug, Default, Clone, Copy)]
struct Calls {
    made: u64,
    /// Of which failed by the weather.
    disturbed: u64,
    /// What the acknowledged changes need, and one for each life to prove the credentials.
    useful: u64,
    /// What made a difference at the vendors: less, where a change came before the one before it was sent.
    fruitful: u64,
}

impl Tally {
    fn of(plan: &Plan, world: &World) -> Self {
        let counts: Vec<_> = world.vendors().map(|(_, vendor)| vendor.counts()).collect();
        let fruitful: u64 = counts.iter().map(|counts| counts.fruitful).sum();
        let (made, disturbed, jobs) = counts.iter().fold((0, 0, 0), |sum, counts| {
            let made = sum.0 + counts.calls + counts.disturbed;
            (made, sum.1 + counts.disturbed, sum.2 + counts.jobs)
        });
        let lives = u64::try_from(plan.lives.len() + 1).expect("few lives");
        let checks = lives * u64::try_from(world.vendors().count()).expect("few vendors");
        let changes: u64 = world.places.iter().map(|place| place.idp.journal().useful).sum();
        let calls = Calls {
            made,
            disturbed,
            useful: changes + checks,
            fruitful: fruitful + checks,
        };
        let calm = plan.weather.is_calm() && plan.lives.is_empty();
        let mut tally = Self {
            seeds: 1,
            held: world.counts().held,
            jobs,
            compared: world.counts().compared,
            imported: world.counts().imported,
            ..Self::default()
        };
        match plan.story {
            // What a job does is not done when it is submitted.
            Story::Jobs => {
                tally.bulk = Calls {
                    fruitful: calls.useful,
                    ..calls
                }
            }
            Story::Groups => tally.grouped = calls,
            Story::Usual | Story::Crowd if world.care.is_some() => tally.cared_for = calls,
            Story::Usual | Story::Crowd if calm => tally.calm = calls,
            Story::Usual | Story::Crowd => tally.rough = calls,
        }
        tally
    }

    fn add(&mut self, other: &Tally) {
        self.seeds += other.seeds;
        self.held += other.held;
        self.jobs += other.jobs;
        self.compared += other.compared;
        self.imported += other.imported;
        let kinds = [
            (&mut self.calm, other.calm),
            (&mut self.rough, other.rough),
            (&mut self.bulk, other.bulk),
            (&mut self.grouped, other.grouped),
            (&mut self.cared_for, other.cared_for),
        ];
        for (sum, calls) in kinds {
            sum.made += calls.made;
            sum.disturbed += calls.disturbed;
            sum.useful += calls.useful;
            sum.fruitful += calls.fruitful;
        }
    }

    /// No more calls than a tenth above the useful ones; those that the weather failed are made again. Of fewer seeds
    /// one may be above it.
    fn check(&self) {
        assert!(
            self.seeds < SEEDS || self.held > 0,
            "the guard held nobody, and was not seen"
        );
        assert!(self.seeds < SEEDS || self.jobs > 0, "nobody got a bulk job");
        assert!(self.seeds < SEEDS || self.compared > 0, "no vendor was compared");
        assert!(self.seeds < SEEDS || self.imported > 0, "nobody was imported");
        for calls in [self.calm, self.rough, self.bulk, self.grouped] {
            let useful = match self.seeds < SEEDS {
                true => calls.useful,
                false => calls.useful.min(calls.fruitful),
            };
            let most = (useful + calls.disturbed) * 11 / 10;
            assert!(calls.made <= most, "{calls:?}: more than {most} calls");
        }
    }
}

struct Run {
    seed: u64,
    outcome: Result<(), String>,
    trace: String,
    tally: Tally,
}

fn run(seed: u64) -> Run {
    let mut dice = Dice::new(seed);
    let mut plan = Plan::draw(&mut dice);
    let is_frozen = FROZEN.iter().any(|(frozen, _)| *frozen == seed);
    let care = match is_frozen {
        true => None,
        false => Care::draw(seed, &mut plan),
    };
    let world = World::new((&plan, care), &mut dice);
    let log = world.log.clone();
    let story = || {
        for ending in &plan.lives {
            life::live(&world, Some(*ending));
            let down = world.dice().millis(0..20_000);
            world.common.clock.pass(down);
        }
        life::live(&world, None);
    };
    let told = catch_unwind(AssertUnwindSafe(|| {
        tracing::subscriber::with_default(log.subscriber(), story)
    }));
    let outcome = told.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    });
    let outcome = outcome.and_then(|()| match log.text().lines().find(|line| line.contains("canary")) {
        Some(line) => Err(format!("the log shows what it must not: {line}")),
        None => Ok(()),
    });
    Run {
        seed,
        tally: Tally::of(&plan, &world),
        outcome,
        trace: format!("{}\n{}", log.text(), world.common.trace.text()),
    }
}

#[expect(clippy::disallowed_methods, reason = "how much is simulated is said from outside")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
