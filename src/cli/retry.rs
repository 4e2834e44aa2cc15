//! `usherd retry`.
use super::control::{Answer, Request};
use super::reach;
use super::say::say;
use super::setup::ConfigFile;

/// Takes up again what is parked, held or withheld at a target, once its cause is mended.
///
/// Whatever still stands against a resource brings it back to where it was.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The target's name.
    target: String,
    /// Only the resource with this id, as `usherd status` shows it; also if it is to be tried later.
    #[arg(long, value_name = "ID")]
    resource: Option<String>,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.config.read()?;
    let request = Request::Retry {
        target: arguments.target,
        resource: arguments.resource,
    };
    let Answer::Retried { resources } = reach::ask(&server, request).await? else {
        return Err(reach::unexpected());
    };
    say(format_args!("{resources} taken up again"))?;
    Ok(())
}
