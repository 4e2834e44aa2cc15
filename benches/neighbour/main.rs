//! What a vendor in trouble costs everybody else: answer times at another target's directory and at one without
//! targets, while a third directory's vendor works, refuses with 429, or does not answer. See `docs/reliability.md`.
#![expect(
    clippy::disallowed_methods,
    reason = "who loads the gateway is a client of it, and has connections and tasks of its own"
)]

mod burn;
mod gateway;
mod measure;

use std::time::Duration;

use clap::Parser;
use serde_json::{Value, json};

use burn::Burn;
use gateway::Gateway;
use measure::{Line, Samples};

/// How the benchmark is run.
#[derive(Debug, Parser)]
struct Options {
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// Rounds of measurements; their samples are put together.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Joiners a second in the directory whose vendor is in trouble: more than its vendor takes.
    #[arg(long, default_value_t = 50)]
    noise: u32,
    /// Fails if a p99 is more than so many times that of when the noisy vendor works.
    #[arg(long)]
    at_most: Option<f64>,
    /// Keeps the processors busy while the vendor is in trouble, as a gateway would that tries without a pause: with
    /// `--at-most` the run has to fail.
    #[arg(long)]
    burn: bool,
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
    let mut measured: Vec<Samples> = CONDITIONS.iter().map(|_| Samples::default()).collect();
    for _ in 0..options.rounds {
        for ((_, fault), samples) in CONDITIONS.iter().zip(&mut measured) {
            gateway.noisy_vendor(fault.map(script)).await?;
            let noise = gateway.noise(options.noise);
            let burn = (options.burn && fault.is_some()).then(Burn::begin);
            let taken = measure::take(&gateway, Duration::from_secs_f64(options.seconds)).await;
            drop(burn);
            noise.stop().await;
            samples.add(taken?);
        }
    }
    println!("| noisy vendor | request | samples | p50 ms | p99 ms | p99 of that when it works |");
    println!("|---|---|---:|---:|---:|---:|");
    let mut worst: f64 = 0.0;
    for ((condition, _), samples) in CONDITIONS.iter().zip(&measured) {
        for Line { cells, ratio } in samples.lines(measured.first()) {
            println!("| {condition} | {cells} | {ratio:.2} |");
            worst = worst.max(ratio);
        }
    }
    match options.at_most {
        Some(most) if worst > most => anyhow::bail!("a p99 is {worst:.2} times the usual one, more than {most}"),
        Some(_) | None => Ok(()),
    }
}

fn script(fault: &str) -> Value {
    json!({ "route": "*", "fault": fault, "delay_ms": RETRY_AFTER_MS })
}
