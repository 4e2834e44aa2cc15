//! The command `scim-conformance`.

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
    Twin(cli::twin::Arguments),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Twin(arguments) => cli::twin::run(arguments).await,
    }
}
