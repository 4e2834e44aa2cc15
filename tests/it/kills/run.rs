//! Life after life of one installation, and how it ends.
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::client::{Client, Meter, Way};
use super::draw::Draw;
use super::held::{Held, accounts_max};
use super::house::House;
use super::journal::{Entry, Journal, Shown};
use super::links;
use super::point::{Point, Scene};
use super::trace::Trace;
use crate::dice::Dice;

/// Kills of one run, unless the environment says otherwise: what every run of all tests has time for.
const KILLS: usize = 40;

/// Installations that are killed side by side: each mostly waits.
const INSTALLATIONS: usize = 4;

/// Clients of one installation that write at the same time.
const CLIENTS: usize = 8;

/// Kills after which everything is let settle and compared.
const SETTLE_EVERY: usize = 10;

/// Longer than anything takes to settle.
const SETTLED_MAX: Duration = Duration::from_secs(120);

/// How often it is looked whether all is settled.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How long writes wait for vendors: where they do not, more is written; where they do, more is under way at a kill.
const RESPOND_WITHIN_MS: [usize; 2] = [0, 300];

/// What a run came to.
#[derive(Debug, Default)]
struct Tally {
    /// Kills by point: those whose moment came, and those whose moment did not.
    kills: BTreeMap<Point, [usize; 2]>,
    acknowledged: usize,
    broken_off: [usize; 2],
}

/// One installation's run.
struct Run {
    house: House,
    clients: Vec<Client>,
    dice: Dice,
    trace: Trace,
    tally: Tally,
    /// Ids at a vendor that a person or group ever had.
    seen: BTreeMap<(&'static str, String), BTreeSet<String>>,
}

#[test]
fn nothing_is_lost_doubled_or_out_of_order_whenever_the_process_is_killed() {
    let (kills, seed) = (number("USHERD_KILLS", KILLS), number("USHERD_KILLS_SEED", 1));
    let each = kills.div_ceil(INSTALLATIONS);
    let tallies: Vec<_> = thread::scope(|scope| {
        let runs = (seed..seed + INSTALLATIONS).map(|seed| scope.spawn(move || run(seed, each)));
        let runs: Vec<_> = runs.collect();
        runs.into_iter().map(|run| run.join().expect("see above")).collect()
    });
    let mut all = Tally::default();
    tallies.into_iter().for_each(|tally| all.add(tally));
    println!("{}", all.told());
    for point in Point::ALL {
        let [came, _] = all.kills.get(&point).copied().unwrap_or_default();
        assert!(came > 0, "nobody was killed {}", point.name());
    }
}

/// One installation, on a thread of its own, since starting a process blocks.
fn run(seed: usize, kills: usize) -> Tally {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut run = Run::start(seed).await;
        match run.all(kills).await {
            Ok(()) => {
                let Run { house, tally, .. } = run;
                house.stop().await;
                tally
            }
            Err(wrong) => panic!("USHERD_KILLS_SEED={seed}, {:?}\n{}", run.tally, run.story(&wrong)),
        }
    })
}

impl Run {
    async fn start(seed: usize) -> Self {
        let mut dice = Dice::new(u64::try_from(seed).expect("a seed fits"));
        let trace = Trace::default();
        let respond = format!("respond_within_ms = {}", dice.pick(&RESPOND_WITHIN_MS));
        let house = House::start(&respond, &trace).await;
        let client = |number| Client::new(number, Draw::new(dice.split()), trace.clone());
        let mut clients: Vec<_> = (0..CLIENTS).map(client).collect();
        clients.push(Client::crowd(CLIENTS, Draw::together(dice.split()), trace.clone()));
        Self {
            house,
            clients,
            dice,
            trace,
            tally: Tally::default(),
            seen: BTreeMap::new(),
        }
    }

    async fn all(&mut self, kills: usize) -> Result<(), Vec<String>> {
        for kill in 1..=kills {
            self.live(Point::ALL[kill % Point::ALL.len()]).await?;
            self.house.revive().await;
            none(self.house.backup().clear().into_iter().collect())?;
            self.compare_directory().await?;
            if kill % SETTLE_EVERY == 0 || kill == kills {
                self.settle().await?;
            }
        }
        self.compare_stored().await
    }

    /// One life under load, to its violent end.
    async fn live(&mut self, point: Point) -> Result<(), Vec<String>> {
        let meter = Arc::new(Meter::default());
        let way = Way {
            scim: self.house.scim(),
            meter: Arc::clone(&meter),
        };
        let mut working = JoinSet::new();
        let works = |client: &mut Client| !client.is_crowd || point.is_about_jobs();
        for client in self.clients.extract_if(.., works) {
            working.spawn(client.work(way.clone()));
        }
        let mut scene = Scene {
            house: &self.house,
            meter: &meter,
            dice: &mut self.dice,
        };
        let came = point.strike(&mut scene).await;
        let counts = self.tally.kills.entry(point).or_default();
        counts[usize::from(!came)] += 1;
        let number = self.tally.kills.values().flatten().sum();
        self.trace.killed(number, point.name());
        let ended = working.join_all().await;
        let (clients, wrong): (Vec<_>, Vec<_>) = ended.into_iter().partition(Result::is_ok);
        self.clients.extend(clients.into_iter().flatten());
        none(wrong.into_iter().filter_map(Result::err).collect())
    }

    /// The directory shows what was acknowledged, and nothing else.
    async fn compare_directory(&mut self) -> Result<(), Vec<String>> {
        let scim = self.house.scim();
        let mut resources = Vec::new();
        for path in ["/Users?count=1000", "/Groups?count=1000"] {
            let mut listed = scim.get(path).await.body;
            resources.extend(
                listed["Resources"]
                    .as_array_mut()
                    .map(std::mem::take)
                    .unwrap_or_default(),
            );
        }
        let shown = Shown { resources };
        let wrong = self
            .clients
            .iter_mut()
            .flat_map(|client| client.journal.compare(&shown));
        let mut wrong: Vec<_> = wrong.collect();
        let present: usize = self.clients.iter().map(|client| client.journal.present()).sum();
        if wrong.is_empty() && present != shown.resources.len() {
            wrong.push(format!(
                "{present} were acknowledged, and {} are shown",
                shown.resources.len()
            ));
        }
        self.note_accounts().await;
        wrong.extend(self.doubled());
        none(wrong)
    }

    async fn note_accounts(&mut self) {
        for (vendor, state) in self.house.states().await {
            for (tag, ids) in Held::at(vendor, &state).traces {
                self.seen.entry((vendor, tag)).or_default().extend(ids);
            }
        }
    }

    /// Who has had more accounts than they had reasons.
    fn doubled(&self) -> Vec<String> {
        let journals = self.clients.iter().map(|client| &client.journal);
        journals
            .flat_map(|journal| {
                let people = journal.people.iter().flat_map(|entry| self.doubled_one(entry));
                let groups = journal.groups.iter().flat_map(|entry| self.doubled_one(entry));
                people.chain(groups).collect::<Vec<_>>()
            })
            .collect()
    }

    fn doubled_one<T>(&self, entry: &Entry<T>) -> Vec<String> {
        let seen = self.seen.iter().filter(|((_, tag), _)| *tag == entry.tag);
        let doubled = seen.filter(|((vendor, _), ids)| ids.len() > accounts_max(vendor, entry));
        let told = doubled.map(|((vendor, tag), ids)| {
            let max = accounts_max(vendor, entry);
            format!("{vendor}: {tag} had the accounts {ids:?}, where {max} were needed")
        });
        told.collect()
    }

    /// Lets everything settle, and compares what vendors hold.
    async fn settle(&mut self) -> Result<(), Vec<String>> {
        let end = Instant::now() + SETTLED_MAX;
        loop {
            let status = self.house.installation.status();
            let unsettled: Vec<_> = status
                .iter()
                .filter(|target| !rests(target))
                .map(Value::to_string)
                .collect();
            if unsettled.is_empty() {
                break;
            }
            if Instant::now() > end {
                return Err(unsettled);
            }
            sleep(LOOK_AGAIN).await;
        }
        self.note_accounts().await;
        let journals: Vec<_> = self.clients.iter().map(|client| &client.journal).collect();
        let states = self.house.states().await;
        let compare = |(vendor, state): (&&'static str, &Value)| Held::at(vendor, state).compare(vendor, &journals);
        let wrong = states.iter().flat_map(compare);
        none(wrong.chain(self.doubled()).collect())
    }

    /// The store of the stopped gateway is whole, and its links name the accounts that there are.
    async fn compare_stored(&mut self) -> Result<(), Vec<String>> {
        self.house.installation.kill();
        let (code, _, told) = self.house.installation.run(&["store", "check"]);
        let mut wrong = match code {
            0 => Vec::new(),
            _ => vec![told],
        };
        let journals: Vec<_> = self.clients.iter().map(|client| &client.journal).collect();
        let states = self.house.states().await;
        wrong.extend(links::compare(&self.house.installation.store(), &journals, &states).await);
        for journal in journals {
            self.tally.note(journal);
        }
        none(wrong)
    }

    /// What is wrong, and all that is known of whom it concerns.
    fn story(&self, wrong: &[String]) -> String {
        let journals = self.clients.iter().map(|client| &client.journal);
        let names = journals.flat_map(|journal| {
            let people = journal.people.iter().map(|entry| (&entry.tag, &entry.id));
            people.chain(journal.groups.iter().map(|entry| (&entry.tag, &entry.id)))
        });
        let says = |name: &str| wrong.iter().any(|line| line.contains(name));
        let concerned = names.filter(|(tag, id)| says(tag) || id.as_ref().is_some_and(|id| says(id)));
        let concerned: Vec<_> = concerned.map(|(tag, _)| tag.clone()).collect();
        let ids = self.seen.iter().filter(|((_, tag), _)| concerned.contains(tag));
        let ids = ids.flat_map(|(_, ids)| ids.iter().cloned());
        let names: Vec<_> = concerned.iter().cloned().chain(ids).collect();
        format!("{}\n{}", self.trace.about(&names), wrong.join("\n"))
    }
}

impl Tally {
    fn note(&mut self, journal: &Journal) {
        let Journal {
            acknowledged,
            broken_off: [committed, not],
            ..
        } = journal;
        self.acknowledged += acknowledged;
        self.broken_off[0] += committed;
        self.broken_off[1] += not;
    }

    fn add(&mut self, other: Self) {
        for (point, [came, not]) in other.kills {
            let counts = self.kills.entry(point).or_default();
            counts[0] += came;
            counts[1] += not;
        }
        self.acknowledged += other.acknowledged;
        self.broken_off[0] += other.broken_off[0];
        self.broken_off[1] += other.broken_off[1];
    }

    fn told(&self) -> String {
        let kills = self.kills.iter();
        let kills = kills.map(|(point, [came, not])| format!("{came} {} (and {not} not reached)", point.name()));
        let kills: Vec<_> = kills.collect();
        let [committed, not] = self.broken_off;
        format!(
            "kills: {}\n{} writes acknowledged; {} broke off, {committed} of them committed",
            kills.join(", "),
            self.acknowledged,
            committed + not
        )
    }
}

fn none(wrong: Vec<String>) -> Result<(), Vec<String>> {
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong),
    }
}

fn rests(target: &Value) -> bool {
    let rest = ["pending", "parked", "held", "withheld"];
    target["state"] == "working" && rest.iter().all(|count| target[*count] == json!(0))
}

/// A number of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is no configuration of the gateway"
)]
fn number(name: &str, usual: usize) -> usize {
    let Ok(text) = env::var(name) else { return usual };
    text.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}
