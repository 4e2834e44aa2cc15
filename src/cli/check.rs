//! `usherd check`.
use std::path::PathBuf;

use schemas::Catalogue;

use super::say::{counted, say};
use super::setup::{self, ConfigFile};

/// Says what is wrong with a file of directories and targets, without applying it.
///
/// Schemas and resource types of your own are those of the server's configuration. Without one the built-in ones are
/// all that there is.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The file of directories and targets.
    file: PathBuf,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let catalogue = match arguments.config.is_needless() {
        true => Catalogue::builtin(),
        false => {
            let server = arguments.config.read()?;
            setup::catalogue(&server.schemas, &server.resource_types)?
        }
    };
    let declared = setup::declarations(&arguments.file, &catalogue)?;
    let directories = counted(declared.directories.len() as u64, "directory", "directories");
    let targets = counted(declared.targets.len() as u64, "target", "targets");
    say(format_args!("{directories} and {targets}: nothing is wrong"))?;
    Ok(())
}
