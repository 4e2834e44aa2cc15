//! `usherd backup`.
use std::path::{self, PathBuf};

use anyhow::Context;

use super::control::{Answer, Request};
use super::reach;
use super::say::{counted, say};
use super::setup::ConfigFile;

/// Writes a backup of the whole store to a file, while the server runs.
///
/// Credentials in it are sealed as they are in the store; keep the key elsewhere.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The file; the server writes it.
    file: PathBuf,
    /// Replaces the file if it is there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let named = path::absolute(&arguments.file);
    let request = Request::Backup {
        file: named.with_context(|| arguments.file.display().to_string())?,
        force: arguments.force,
    };
    let Answer::BackedUp { records, bytes, taken } = reach::ask(&server, request).await? else {
        return Err(reach::unexpected());
    };
    let records = counted(records, "record", "records");
    say(format_args!("{records} of {taken:.0} in {bytes} bytes"))?;
    Ok(())
}
