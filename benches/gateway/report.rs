//! The table.
use std::time::Duration;

use crate::load::Measured;

/// What was measured of an operation, round by round.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    pub(crate) gateway: Vec<Measured>,
    pub(crate) bare: Vec<Measured>,
    pub(crate) raw: Vec<Measured>,
}

/// A line of the table.
pub(crate) struct Line {
    users: usize,
    operation: &'static str,
    gateway: Measured,
    bare: f64,
    raw: Option<f64>,
}

impl Line {
    /// The medians of the rounds.
    pub(crate) fn of(users: usize, operation: &'static str, samples: Samples) -> Self {
        Self {
            users,
            operation,
            gateway: median(samples.gateway).unwrap_or_default(),
            bare: median(samples.bare).unwrap_or_default().rate,
            raw: median(samples.raw).map(|raw| raw.rate),
        }
    }
}

pub(crate) fn head() {
    println!("| users | operation | gateway/s | p50 ms | p99 ms | bare/s | of bare | redb/s | of redb |");
    println!("|---:|---|---:|---:|---:|---:|---:|---:|---:|");
}

pub(crate) fn line(line: &Line) {
    let Line {
        users,
        operation,
        gateway,
        bare,
        raw,
    } = line;
    let of = |baseline: f64| format!("{:.2}", gateway.rate / baseline);
    let (p50, p99) = (
        milliseconds(&gateway.latencies, 50),
        milliseconds(&gateway.latencies, 99),
    );
    let (raw, of_raw) = raw.map_or_else(Default::default, |raw| (format!("{raw:.0}"), of(raw)));
    println!(
        "| {users} | {operation} | {:.0} | {p50:.2} | {p99:.2} | {bare:.0} | {} | {raw} | {of_raw} |",
        gateway.rate,
        of(*bare)
    );
}

fn median(mut rounds: Vec<Measured>) -> Option<Measured> {
    rounds.sort_by(|left, right| left.rate.total_cmp(&right.rate));
    let middle = rounds.len() / 2;
    rounds.into_iter().nth(middle)
}

fn milliseconds(latencies: &[Duration], percent: usize) -> f64 {
    let place = latencies.len() * percent / 100;
    latencies
        .get(place)
        .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
}
