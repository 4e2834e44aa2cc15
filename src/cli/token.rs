//! `usherd token`.
use std::time::Duration;

use clap::Subcommand;
use secrecy::ExposeSecret;

use super::control::{Answer, Request};
use super::reach;
use super::say::{say, say_all};
use super::setup::ConfigFile;
use crate::auth::Token;

/// Issues, lists and revokes the tokens with which IdPs reach directories.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Issues a token and prints it. This is the only time that it is shown.
    Create {
        /// The directory that it opens.
        directory: String,
        /// How long it is valid, such as `90d`, `12h` or `30m`; for ever without.
        #[arg(long, value_parser = lifetime)]
        expires: Option<Duration>,
        /// A note for people, such as which IdP uses it.
        #[arg(long)]
        note: Option<String>,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Lists all tokens: id, directory, creation, expiry, note.
    List {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Revokes a token, from the next request on.
    Revoke {
        /// The token's id.
        id: String,
        #[command(flatten)]
        config: ConfigFile,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create {
            directory,
            expires,
            note,
            config,
        } => {
            let request = Request::CreateToken {
                directory,
                expires_seconds: expires.map(|lifetime| lifetime.as_secs()),
                note,
            };
            let Answer::TokenCreated { id, secret, expires } = reach::ask(&config.read()?, request).await? else {
                return Err(reach::unexpected());
            };
            let end = expires.map_or("never".to_owned(), |expires| format!("{expires:.0}"));
            eprintln!("token {id}, expires {end}; it is not shown again:");
            say(secret.expose_secret())?;
        }
        Command::List { config } => {
            let Answer::Tokens { tokens } = reach::ask(&config.read()?, Request::ListTokens).await? else {
                return Err(reach::unexpected());
            };
            if tokens.is_empty() {
                say("there are no tokens")?;
            }
            say_all(tokens.iter().map(line))?;
        }
        Command::Revoke { id, config } => {
            let request = Request::RevokeToken { id: id.clone() };
            match reach::ask(&config.read()?, request).await? {
                Answer::TokenRevoked { found: true } => say(format_args!("token {id}: revoked"))?,
                Answer::TokenRevoked { found: false } => anyhow::bail!("there is no token `{id}`"),
                _ => return Err(reach::unexpected()),
            }
        }
    }
    Ok(())
}

fn line(token: &Token) -> String {
    let expires = token
        .expires
        .map_or("never expires".to_owned(), |expires| format!("expires {expires:.0}"));
    let note = token.note.as_ref().map(|note| format!("  {note}")).unwrap_or_default();
    format!(
        "{}  {}  created {:.0}  {expires}{note}",
        token.id, token.directory, token.created
    )
}

/// Reads a whole number with a unit: `d`, `h`, `m` or `s`.
fn lifetime(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a whole number above 0 with a unit, such as `90d`, `12h` or `30m`".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds: u64 = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return Err(wrong()),
    };
    let number: u64 = text.strip_suffix(unit).unwrap_or(text).parse().map_err(|_| wrong())?;
    let seconds = number
        .checked_mul(seconds)
        .filter(|seconds| *seconds > 0)
        .ok_or_else(wrong)?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read_or_refused() {
        for (text, expected) in [
            ("90d", Some(7_776_000)),
            ("12h", Some(43_200)),
            ("30m", Some(1_800)),
            ("1s", Some(1)),
            ("0d", None),
            ("", None),
            ("d", None),
            ("90", None),
            ("90w", None),
            ("-1d", None),
            ("1.5h", None),
            ("9é", None),
            ("18446744073709551615d", None),
        ] {
            assert_eq!(
                lifetime(text).ok().map(|lifetime| lifetime.as_secs()),
                expected,
                "{text}"
            );
        }
    }
}
