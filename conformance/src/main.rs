//! The command `scim-conformance`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod cli;

/// Checks SCIM servers from the outside, and stands in for the vendors behind them.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the suite against a server.
    Run(cli::run::Arguments),
    /// Replays what identity providers send.
    Transcript(cli::transcript::Arguments),
    /// Checks the list of requirements against the cases.
    Coverage(cli::coverage::Arguments),
    /// Runs one vendor twin.
    Twin(cli::twin::Arguments),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Run(arguments) => cli::run::run(arguments).await,
        Command::Transcript(arguments) => cli::transcript::run(arguments).await,
        Command::Coverage(arguments) => cli::coverage::run(&arguments),
        Command::Twin(arguments) => cli::twin::run(arguments).await.map(|()| ExitCode::SUCCESS),
    }
}
