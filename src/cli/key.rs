//! `usherd key`.
use anyhow::Context;
use clap::Subcommand;
use secrecy::ExposeSecret;

use super::say::say;
use crate::auth::Key;

/// Makes the key that seals vendors' credentials.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Prints a new key. Keep it outside of the data folder, and keep a copy: without it the credentials of all
    /// targets must be applied anew.
    New,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::New => {
            let key = Key::draw().context("the operating system gave no random bytes")?;
            say(key.expose_secret())?;
            Ok(())
        }
    }
}
