//! `scim-conformance twin`: one vendor twin alone, until it is told to stop.

use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use conformance::twins::{self, shell};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

/// Runs the twin of one vendor until SIGTERM or Ctrl-C.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The vendor, such as `pagerduty`.
    vendor: String,
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The credential that the vendor's API will ask for.
    #[arg(long)]
    token: String,
    /// Keeps the account here; it is found again at the next start. Without it, the account is gone afterwards.
    #[arg(long)]
    data: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments {
        vendor,
        listen,
        token,
        data,
    } = arguments;
    let account = RandomState::new().hash_one(&vendor);
    let twin = twins::by_vendor(&vendor, account).with_context(|| {
        format!(
            "there is no twin of `{vendor}`; there is one of each of {}",
            twins::VENDORS.join(", ")
        )
    })?;
    let mut terminated = signal(SignalKind::terminate())?;
    let running = shell::start(
        twin,
        shell::Options {
            listen,
            token: token.clone(),
            data,
        },
    )
    .await?;
    let ready = json!({ "vendor": vendor, "base_url": running.base_url(), "token": token });
    println!("{}", json!({ "ready": true, "twins": [ready] }));
    tokio::select! {
        _ = terminated.recv() => {}
        result = tokio::signal::ctrl_c() => result?,
    }
    running.stop().await;
    Ok(())
}
