//! `usherd restore`.
use std::path::PathBuf;

use anyhow::Context;

use super::say::{counted, say};
use super::setup::{self, ConfigFile};
use crate::clock::{Clock, SystemClock};
use crate::store::{Restoring, restore};

/// Makes the store anew from a backup. The server must be stopped.
///
/// What the backup holds only takes access away by itself. The rest waits until the identity provider writes the
/// resource again, or for `usherd retry --held`; before that every account is compared with the vendor's.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The backup.
    file: PathBuf,
    /// Replaces a store that is there; it is kept beside the new one, as `usherd.redb.replaced`.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    setup::make_folder(&server.data)?;
    let store = setup::store_file(&server.data);
    let restoring = Restoring {
        at: SystemClock.now(),
        replace: arguments.force,
    };
    let file = arguments.file.clone();
    let restored = tokio::task::spawn_blocking(move || restore(&file, &store, restoring)).await?;
    let restored = restored.with_context(|| format!("{} is not restored", arguments.file.display()))?;
    let records = counted(restored.records, "record", "records");
    say(format_args!("{records} of {:.0} restored", restored.taken))?;
    say("tokens that were revoked since then are valid again: see `usherd token list`")?;
    say("once the server runs, let the identity providers synchronise fully, and see `usherd status`")?;
    Ok(())
}
