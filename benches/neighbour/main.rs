//! What a vendor in trouble costs everybody else: answer times at another target's directory and at one without
//! targets, while a third directory's vendor works, refuses with 429, or does not answer. See `docs/reliability.md`.
#![expect(
    clippy::disallowed_methods,
    reason = "who loads the gateway is a client of it, and has connections and tasks of its own"
)]

mod gateway;
mod measure;

use std::time::Duration;

use anyhow::ensure;
use clap::Parser;
use serde_json::{Value, json};

use gateway::Gateway;
use measure::{Line, Rounds};

/// How the benchmark is run.
#[derive(Debug, Parser)]
struct Options {
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// Rounds of measurements; the best of each counts, since what else the machine does only adds.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Joiners a second in the directory whose vendor is in trouble: more than its vendor takes.
    #[arg(long, default_value_t = 50)]
    noise: u32,
    /// Fails if a p99 is more than so many times that of when the noisy vendor works.
    #[arg(long)]
    at_most: Option<f64>,
    /// Fails unless a p99 is at least so many times that of when the noisy vendor works.
    #[arg(long)]
    at_least: Option<f64>,
    /// Lets the joiners come to the measured directory when their vendor is in trouble, as if all targets shared one lane.
    #[arg(long)]
    one_lane: bool,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

/// How the noisy vendor is.
const CONDITIONS: [(&str, Option<&str>); 3] = [
    ("works", None),
    ("429", Some("429")),
    ("silent", Some("timeout-before")),
];

/// When a 429 says to come back.
const RETRY_AFTER_MS: u64 = 1000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let mut gateway = Gateway::start()?;
    let mut measured: Vec<Rounds> = CONDITIONS.iter().map(|_| Rounds::default()).collect();
    for _ in 0..options.rounds {
        for ((_, fault), rounds) in CONDITIONS.iter().zip(&mut measured) {
            let shared = options.one_lane && fault.is_some();
            gateway.noisy = if shared { measure::NEIGHBOUR } else { gateway::NOISY };
            gateway.noisy_vendor(fault.map(script)).await?;
            let noise = gateway.noise(options.noise);
            let taken = measure::take(&gateway, Duration::from_secs_f64(options.seconds)).await;
            noise.stop().await;
            rounds.add(taken?);
        }
    }
    println!("| noisy vendor | request | samples | p50 ms | p99 ms | p99 of that when it works |");
    println!("|---|---|---:|---:|---:|---:|");
    let mut worst: f64 = 0.0;
    for ((condition, _), rounds) in CONDITIONS.iter().zip(&measured) {
        for Line { cells, ratio } in rounds.lines(measured.first()) {
            println!("| {condition} | {cells} | {ratio:.2} |");
            worst = worst.max(ratio);
        }
    }
    let within = |most: f64| worst <= most;
    ensure!(
        options.at_most.is_none_or(within),
        "a p99 is {worst:.2} times the usual one, too much"
    );
    ensure!(
        options.at_least.is_none_or(|least| worst >= least),
        "no p99 is more than {worst:.2} times the usual one, too little"
    );
    Ok(())
}

fn script(fault: &str) -> Value {
    json!({ "route": "*", "fault": fault, "delay_ms": RETRY_AFTER_MS })
}
