//! `usherd store`.
use anyhow::{Context, bail};
use clap::Subcommand;

use super::setup::{self, ConfigFile};
use crate::store::{self, OpenError};

/// Looks after the store.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Verifies every page, record and index of the store. The server must be stopped.
    Check {
        #[command(flatten)]
        config: ConfigFile,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    let Command::Check { config } = command;
    let file = setup::store_file(&config.read()?.data);
    if !file.exists() {
        bail!("there is no store at {}", file.display());
    }
    let options = store::Options::file(&file);
    let report = tokio::task::spawn_blocking(move || store::verify(&options)).await?;
    if let Err(OpenError::Locked) = report {
        bail!("a server has the store open: stop it first");
    }
    let report = report.with_context(|| file.display().to_string())?;
    report.first.iter().for_each(|fault| eprintln!("{fault}"));
    if report.faults > 0 {
        bail!("{} faults in {} records", report.faults, report.records);
    }
    println!("{} records: nothing is wrong", report.records);
    Ok(())
}
