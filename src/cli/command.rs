//! The commands that there are.
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::say::Unheard;
use super::{
    apply, backup, check, demo, drift, export, guard, import, key, mapping, restore, retry, serve, status, store,
    target, token,
};
use crate::telemetry;

/// A SCIM 2.0 gateway: identity providers in, vendors' own APIs out.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Demo(demo::Arguments),
    Check(check::Arguments),
    Apply(apply::Arguments),
    Export(export::Arguments),
    Status(status::Arguments),
    Retry(retry::Arguments),
    Backup(backup::Arguments),
    Restore(restore::Arguments),
    Import(import::Arguments),
    Drift(drift::Arguments),
    #[command(subcommand)]
    Guard(guard::Command),
    #[command(subcommand)]
    Mapping(mapping::Command),
    #[command(subcommand)]
    Target(target::Command),
    #[command(subcommand)]
    Token(token::Command),
    #[command(subcommand)]
    Key(key::Command),
    #[command(subcommand)]
    Store(store::Command),
}

/// Runs the command that the process was called with.
pub async fn run() -> ExitCode {
    telemetry::tell_panics_by_place();
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Check(arguments) => check::run(&arguments),
        Command::Apply(arguments) => apply::run(arguments).await,
        Command::Export(arguments) => export::run(arguments).await,
        Command::Status(arguments) => status::run(arguments).await,
        Command::Retry(arguments) => retry::run(arguments).await,
        Command::Guard(command) => guard::run(command).await,
        Command::Backup(arguments) => backup::run(arguments).await,
        Command::Restore(arguments) => restore::run(arguments).await,
        Command::Import(arguments) => import::run(arguments).await,
        Command::Drift(arguments) => drift::run(arguments).await,
        Command::Mapping(command) => mapping::run(command).await,
        Command::Target(command) => target::run(command).await,
        Command::Token(command) => token::run(command).await,
        Command::Key(command) => key::run(&command),
        Command::Store(command) => store::run(command).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.downcast_ref().is_some_and(Unheard::is_left) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
