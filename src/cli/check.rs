//! `usherd check`.
use std::path::PathBuf;

use super::setup;
use crate::config::Declarations;

/// Says what is wrong with a file of directories and targets, without applying it.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The file of directories and targets.
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let text = setup::read(&arguments.file)?;
    let declared = Declarations::parse(&text, &arguments.file.display().to_string())?;
    let (directories, targets) = (declared.directories.len(), declared.targets.len());
    println!("{directories} directories and {targets} targets: nothing is wrong");
    Ok(())
}
