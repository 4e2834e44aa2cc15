//! `usherd apply`.
use std::path::PathBuf;

use super::control::{Answer, DeclaredTarget, Request};
use super::reach;
use super::say::say_all;
use super::setup::{self, ConfigFile};
use crate::service::administration::{Change, Kind, Verdict};

/// Brings the directories and targets of a file into the gateway.
///
/// What the file does not name stays as it is, unless --remove is given.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The file of directories and targets.
    file: PathBuf,
    /// Also removes what the file does not name. A directory goes only when it holds no resources any more; accounts
    /// at vendors are left as they are.
    #[arg(long)]
    remove: bool,
    /// Also applies settings that touch accounts. With --remove, also removes targets that have not delivered
    /// everything: what they have not delivered is never delivered, and people who left keep their accounts.
    #[arg(long)]
    confirm: bool,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let declared = setup::declarations(
        &arguments.file,
        &setup::catalogue(&server.schemas, &server.resource_types)?,
    )?;
    let targets = declared.targets.into_iter();
    let targets = targets.map(|(config, credential)| DeclaredTarget { config, credential });
    let request = Request::Apply {
        directories: declared.directories,
        targets: targets.collect(),
        remove: arguments.remove,
        confirm: arguments.confirm,
    };
    let Answer::Applied { changes } = reach::ask(&server, request).await? else {
        return Err(reach::unexpected());
    };
    say_all(changes.iter().flat_map(lines))?;
    Ok(())
}

/// What becomes of one thing, and what is known against it.
fn lines(change: &Change) -> Vec<String> {
    let warnings = change.warnings.iter().map(|warning| format!("  warning: {warning}"));
    [line(change)].into_iter().chain(warnings).collect()
}

fn line(change: &Change) -> String {
    let kind = match change.kind {
        Kind::Directory => "directory",
        Kind::Target => "target",
    };
    let verdict = match change.verdict {
        Verdict::Added => "added",
        Verdict::Changed => "changed",
        Verdict::Unchanged => "unchanged",
        Verdict::Undeclared => "not in the file, left as it is (--remove removes it)",
        Verdict::Removed => "removed",
    };
    format!("{kind} {}: {verdict}", change.name)
}
