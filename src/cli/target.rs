//! `usherd target`.
use super::control::{Answer, Request};
use super::reach;
use super::say::say;
use super::setup::ConfigFile;

/// Works on one target.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Prints the link by which a person consents that the gateway acts at the vendor.
    ///
    /// It leads over the running server to the vendor, which sends the person back to the server; the server keeps the
    /// tokens. The link works once, for ten minutes, in the browser that opens it first.
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
