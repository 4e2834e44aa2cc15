//! `usherd store`.
use anyhow::{Context, bail};
use clap::Subcommand;

use super::control::{Answer, Request};
use super::reach;
use super::say::{counted, say};
use super::setup::{self, ConfigFile};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Server;
use crate::store::{self, OpenError, Report};

/// Looks after the store.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Verifies every record and index of the store; with the server stopped every page as well, and what is damaged
    /// and follows from other records is counted anew.
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
    let report = match tokio::task::spawn_blocking(move || alone(&options)).await? {
        Err(OpenError::Locked) => served(&server).await?,
        report => report.with_context(|| file.display().to_string())?,
    };
    report.first.iter().for_each(|fault| eprintln!("{fault}"));
    let records = counted(report.records, "record", "records");
    if report.faults > 0 {
        bail!("{} in {records}", counted(report.faults, "fault", "faults"));
    }
    say(format_args!("{records}: nothing is wrong"))?;
    Ok(())
}

/// Checks it, and counts anew what can be.
fn alone(options: &store::Options) -> Result<Report, OpenError> {
    let (counted, report) = store::recount(options, SystemClock.now())?;
    for counted in counted {
        eprintln!("{counted} was damaged, and is counted anew");
    }
    Ok(report)
}

/// Lets the server that has the store check it.
async fn served(server: &Server) -> anyhow::Result<Report> {
    let Answer::StoreChecked { records, faults, first } = reach::ask_holder(server, Request::CheckStore).await? else {
        return Err(reach::unexpected());
    };
    if faults > 0 {
        eprintln!("stop the server and say `usherd store check` again: damaged counts are counted anew then");
    }
    Ok(Report { records, faults, first })
}
