//! `usherd target`.
use super::control::{Answer, Request};
use super::reach;
use super::say::say;
use super::setup::ConfigFile;

/// Works on one target.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Prints the URL at which a person consents that the gateway acts at the vendor.
    ///
    /// The vendor sends the person back to the running server, which keeps the tokens. The URL works once, for ten
    /// minutes.
    Authorize {
        /// The target's name.
        name: String,
        #[command(flatten)]
        config: ConfigFile,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    let Command::Authorize { name, config } = command;
    let server = config.read()?;
    let Answer::Consent { url } = reach::ask_running(&server, Request::Authorize { target: name }).await? else {
        return Err(reach::unexpected());
    };
    say(url)?;
    Ok(())
}
