//! Reads the command line.
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::{coverage, run, transcript};

/// Black-box checks of SCIM 2.0 servers.
#[derive(Parser)]
#[command(name = "scim-conformance", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the suite against a server.
    Run(run::Arguments),
    /// Replays what identity providers send.
    Transcript(transcript::Arguments),
    /// Checks the list of requirements against the cases.
    Coverage(coverage::Arguments),
}

/// Runs the command that the command line names.
///
/// # Errors
/// What the command could not do at all; findings are in the exit code.
pub async fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Run(arguments) => run::run(arguments).await,
        Command::Transcript(arguments) => transcript::run(arguments).await,
        Command::Coverage(arguments) => coverage::run(arguments),
    }
}
