//! Answer times of those who have nothing to do with the noisy vendor.
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use usherd::clock::{Clock as _, Ids as _, SystemClock, SystemIds};

use crate::gateway::{Directory, Gateway};

/// The directory whose vendor works, and whose answers wait for it.
const NEIGHBOUR: &str = "pagerduty";

/// The directory without targets.
const PLAIN: &str = "plain";

/// A change at the neighbour every so often: ten a second are below the pace of its vendor.
const NEIGHBOUR_EVERY: Duration = Duration::from_millis(100);

/// A read and a write of the plain directory every so often.
const PLAIN_EVERY: Duration = Duration::from_millis(5);

/// How long each request took, by what it was.
#[derive(Debug, Default)]
pub(crate) struct Samples(BTreeMap<&'static str, Vec<Duration>>);

/// Measures for this time.
pub(crate) async fn take(gateway: &Gateway, during: Duration) -> anyhow::Result<Samples> {
    let (neighbour, plain) = (gateway.directory(NEIGHBOUR)?, gateway.directory(PLAIN)?);
    let until = Instant::now() + during;
    let (at_neighbour, at_plain) = tokio::join!(changes(&neighbour, until), calls(&plain, until));
    let mut samples = at_plain?;
    samples.0.insert("PATCH, delivered to another vendor", at_neighbour?);
    Ok(samples)
}

async fn changes(directory: &Directory, until: Instant) -> anyhow::Result<Vec<Duration>> {
    let id = directory.create(&unique()).await?;
    let mut ticks = interval(NEIGHBOUR_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut taken = Vec::new();
    while Instant::now() < until {
        ticks.tick().await;
        let began = Instant::now();
        directory.retitle(&id, &format!("title {}", taken.len())).await?;
        taken.push(began.elapsed());
    }
    Ok(taken)
}

async fn calls(directory: &Directory, until: Instant) -> anyhow::Result<Samples> {
    let id = directory.create(&unique()).await?;
    let mut ticks = interval(PLAIN_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    while Instant::now() < until {
        ticks.tick().await;
        let began = Instant::now();
        directory.get(&id).await?;
        reads.push(began.elapsed());
        let began = Instant::now();
        directory.retitle(&id, &format!("title {}", writes.len())).await?;
        writes.push(began.elapsed());
    }
    Ok(Samples([("GET", reads), ("PATCH", writes)].into()))
}

/// A name that nobody has had.
fn unique() -> String {
    format!("measured-{}", SystemIds::default().next(SystemClock.now()))
}

/// How one request went.
pub(crate) struct Line {
    /// The request, its samples, p50 and p99 in milliseconds.
    pub(crate) cells: String,
    /// Its p99 as a multiple of that of the condition in which all works.
    pub(crate) ratio: f64,
}

impl Samples {
    pub(crate) fn add(&mut self, other: Self) {
        for (request, mut taken) in other.0 {
            self.0.entry(request).or_default().append(&mut taken);
        }
    }

    /// Each request's line, compared with that of the condition in which all works.
    pub(crate) fn lines(&self, usual: Option<&Self>) -> Vec<Line> {
        let usual = |request| usual.and_then(|usual| usual.0.get(request));
        let line = |(request, taken): (&&'static str, &Vec<Duration>)| {
            let (p50, p99) = (share(taken, 50), share(taken, 99));
            let ratio = usual(*request).map_or(f64::NAN, |usual| p99 / share(usual, 99));
            let cells = format!("{request} | {} | {p50:.2} | {p99:.2}", taken.len());
            Line { cells, ratio }
        };
        self.0.iter().map(line).collect()
    }
}

/// Milliseconds that this many of 100 stay below.
fn share(taken: &[Duration], percent: usize) -> f64 {
    let mut sorted = taken.to_vec();
    sorted.sort_unstable();
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
}
