//! The gateway against two baselines, measured in turn in one run: a bare actix-web handler that answers the same
//! bytes, and a bare redb loop that makes the same rows durable. See `docs/performance.md`.
mod bare;
mod client;
mod load;
mod operations;
mod raw;
mod report;
mod served;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;

use bare::Bare;
use load::Load;
use operations::Operation;
use raw::Raw;
use report::{Line, Samples};
use served::Served;

/// How the benchmark is run.
#[derive(Debug, Parser)]
struct Options {
    /// Users of the directory, one run for each number.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000])]
    users: Vec<usize>,
    /// Connections, each with one request under way.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Rounds of measurements; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Only operations whose name has this in it.
    #[arg(long, default_value = "")]
    only: String,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    log();
    let folder = Folder::make().context("the folder of the benchmark's stores")?;
    report::head();
    for &users in &options.users {
        for line in measure(&options, users, &folder).await? {
            report::line(&line);
        }
    }
    Ok(())
}

/// Every request is logged as in production, up to the writing of the line.
fn log() {
    tracing_subscriber::fmt()
        .with_env_filter("info")
        .with_writer(std::io::sink)
        .init();
}

/// All operations at one number of users.
async fn measure(options: &Options, users: usize, folder: &Folder) -> anyhow::Result<Vec<Line>> {
    let load = Load {
        connections: options.connections,
        duration: Duration::from_secs_f64(options.seconds),
        round: 0,
    };
    let served = Served::start(&folder.0.join(format!("gateway-{users}")), users).await?;
    let mut benches = Vec::new();
    let chosen = operations::all(&served).into_iter();
    for operation in chosen.filter(|operation| operation.name.contains(&options.only)) {
        let bare = Bare::answering(operation.answer(served.addr).await?)?;
        let raw = Raw::of(
            &operation,
            users,
            &folder.0.join(format!("raw-{users}-{}", operation.name)),
        )?;
        benches.push((operation, bare, raw, Samples::default()));
    }
    for round in 0..options.rounds {
        let load = Load { round, ..load };
        for (operation, bare, raw, samples) in &mut benches {
            samples.gateway.push(load.run(served.addr, operation).await?);
            samples.bare.push(load.run(bare.addr, operation).await?);
            if let Some(raw) = raw {
                samples.raw.push(raw.run(load)?);
            }
        }
    }
    let line = |(operation, _, _, samples): (Operation, _, _, Samples)| Line::of(users, operation.name, samples);
    Ok(benches.into_iter().map(line).collect())
}

/// A folder on the disk that the build is on, removed at the end: a temporary file system in memory makes nothing
/// durable.
struct Folder(PathBuf);

impl Folder {
    fn make() -> std::io::Result<Self> {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("gateway-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} stays: {error}", self.0.display());
        }
    }
}
