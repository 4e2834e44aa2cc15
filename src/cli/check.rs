//! `usherd check`.
use std::path::PathBuf;

use schemas::Catalogue;

use super::say::say;
use super::setup;

/// Says what is wrong with a file of directories and targets, without applying it.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The file of directories and targets.
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let declared = setup::declarations(&arguments.file, &Catalogue::builtin())?;
    let (directories, targets) = (declared.directories.len(), declared.targets.len());
    say(format_args!(
        "{directories} directories and {targets} targets: nothing is wrong"
    ))?;
    Ok(())
}
