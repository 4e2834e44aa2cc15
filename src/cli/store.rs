//! `usherd store`.
use anyhow::{Context, bail};
use clap::Subcommand;

use super::control::{Answer, Request};
use super::reach;
use super::say::say;
use super::setup::{self, ConfigFile};
use crate::config::Server;
use crate::store::{self, OpenError, Report};

/// Looks after the store.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Verifies every record and index of the store; with the server stopped every page as well.
    Check {
        #[command(flatten)]
        config: ConfigFile,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    let Command::Check { config } = command;
    let server = config.read()?;
    let file = setup::store_file(&server.data);
    if !file.exists() {
        bail!("there is no store at {}", file.display());
    }
    let options = store::Options::file(&file);
    let report = tokio::task::spawn_blocking(move || store::verify(&options)).await?;
    let report = match report {
        Err(OpenError::Locked) => served(&server).await?,
        report => report.with_context(|| file.display().to_string())?,
    };
    report.first.iter().for_each(|fault| eprintln!("{fault}"));
    if report.faults > 0 {
        bail!("{} faults in {} records", report.faults, report.records);
    }
    say(format_args!("{} records: nothing is wrong", report.records))?;
    Ok(())
}

/// Lets the server that has the store check it.
async fn served(server: &Server) -> anyhow::Result<Report> {
    match reach::ask_running(server, Request::CheckStore).await? {
        Answer::StoreChecked { records, faults, first } => Ok(Report { records, faults, first }),
        _ => Err(reach::unexpected()),
    }
}
