//! `usherd export`.
use super::control::{Answer, Request};
use super::reach;
use super::say::say_all;
use super::setup::ConfigFile;
use crate::config;

/// Prints the directories and targets as a file that `apply` takes. Secrets stay references.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let answer = reach::ask(&server, Request::Export).await?;
    let Answer::Exported { directories, targets } = answer else {
        return Err(reach::unexpected());
    };
    say_all(config::export(&directories, &targets).lines())?;
    Ok(())
}
