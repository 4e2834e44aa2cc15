//! `usherd retry`.
use super::control::{Answer, Request};
use super::reach;
use super::say::say;
use super::setup::ConfigFile;
use crate::service::administration::TakeUp;

/// Takes up again what is parked at a target, once its cause is mended.
///
/// What waits for a person's decision stays so, unless `--held` or `--resource` says otherwise. Whatever still stands against a
/// resource brings it back to where it was.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The target's name.
    target: String,
    /// Only the resource with this id, as `usherd status` shows it; also if it is to be tried later.
    #[arg(long, value_name = "ID", conflicts_with = "held")]
    resource: Option<String>,
    /// Also what is held, was rejected, or is held back since a restore.
    #[arg(long)]
    held: bool,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let what = match (arguments.resource, arguments.held) {
        (Some(resource), _) => TakeUp::One(resource),
        (None, true) => TakeUp::Held,
        (None, false) => TakeUp::Parked,
    };
    let request = Request::Retry {
        target: arguments.target,
        what,
    };
    let Answer::Retried { resources, damaged } = reach::ask(&server, request).await? else {
        return Err(reach::unexpected());
    };
    say(format_args!("{resources} taken up again"))?;
    if damaged > 0 {
        say(format_args!(
            "{damaged} left out, as their records are damaged: see `usherd store check`"
        ))?;
    }
    Ok(())
}
