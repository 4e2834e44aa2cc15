//! `usherd demo`: a whole gateway with vendor twins beside it, for a first look and for tests from the outside.
mod folder;
mod ready;
mod twin;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use self::folder::Folder;
use self::ready::{Entrance, Ready};
use self::twin::Twin;
use super::say::say;
use super::setup;
use super::stop::Signals;
use crate::app::{App, Setup};
use crate::auth::{Key, NewToken, Sealer};
use crate::config;
use crate::service::Limits;
use crate::service::administration::{Administration, Apply, Credentialed, Declared};
use crate::{delivery, http, store, telemetry};

/// The vendors that `acme` feeds all at once; each has also a directory of its own, by the vendor's name.
const VENDORS: [&str; 4] = [PAGERDUTY, ZENDESK, OKTA, "calendly"];

const PAGERDUTY: &str = "pagerduty";

const ZENDESK: &str = "zendesk";

const OKTA: &str = "okta";

/// The directory that feeds a twin of each vendor.
const ACME: &str = "acme";

/// The directory that feeds nothing.
const PLAIN: &str = "plain";

/// By which the demo knows its own tokens of former starts.
const NOTE: &str = "demo";

/// How long a lease lasts: after a kill, the next start waits out this and one call.
const LEASE: Duration = Duration::from_secs(2);

/// Longest wait between tries: who plays with a twin's faults does not wait for minutes.
const RETRY_MAX: Duration = Duration::from_secs(5);

/// How a target's report says that calls go through.
const WORKING: &str = "working";

/// How long the start waits for targets: longer than a lease, a call and a look at the vendor's identity take together.
const TARGETS_START_MAX: Duration = Duration::from_secs(8);

/// How soon the start looks again whether they work.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Runs a gateway with stand-ins for vendors beside it, ready to be tried with curl.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keeps everything in this folder, and continues what is there. Without it, everything is gone afterwards.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Serves a further schema: a file of one JSON object. May be given several times.
    #[arg(long = "schema", value_name = "FILE")]
    schemas: Vec<PathBuf>,
    /// Serves a further resource type: a file of one JSON object. May be given several times.
    #[arg(long = "resource-type", value_name = "FILE")]
    resource_types: Vec<PathBuf>,
    /// Prints one line of JSON once ready, and nothing else.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let log = config::Log {
        filter: "warn".into(),
        ..config::Log::default()
    };
    telemetry::start(&log, None)?;
    let mut signals = Signals::catch()?;
    let folder = Folder::open(arguments.data.as_deref())?;
    folder.configure(&arguments.schemas, &arguments.resource_types)?;
    let app = App::open(parts(&folder, &arguments)?).await?;
    let twins = twin::start_all(&folder).await?;
    declare(app.administration(), twins.iter().map(Twin::target).collect()).await?;
    let mut directories = Vec::new();
    for name in directory_names() {
        directories.push((name, issue(app.administration(), name).await?));
    }
    let listen = http::Listen {
        addr: arguments.listen,
        tls: None,
    };
    let mut running = app.start(listen, Some(setup::socket(folder.path()))).await?;
    let ready = Ready {
        directories: directories
            .into_iter()
            .map(|(name, token)| Entrance::new(name, running.addr(), token))
            .collect(),
        twins: twins.iter().map(Twin::entrance).collect(),
    };
    let served = async {
        wait_for_targets(running.administration()).await?;
        match arguments.json {
            true => say(ready.line())?,
            false => say(ready.tour(&folder.config_file()))?,
        }
        Err(running.broken().await.into())
    };
    let ended = tokio::select! {
        () = signals.wait() => Ok(()),
        ended = served => ended,
    };
    running.stop().await;
    for twin in twins {
        twin.stop().await;
    }
    ended
}

/// Waits until every target works, so that the first write is answered with the twin already changed. After a kill this
/// takes as long as the lease of the killed one.
async fn wait_for_targets(administration: &Administration) -> anyhow::Result<()> {
    let working = async {
        while administration
            .status()
            .await?
            .iter()
            .any(|target| target.state != WORKING)
        {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    };
    // A demo whose targets do not work is still one of the gateway.
    tokio::time::timeout(TARGETS_START_MAX, working).await.unwrap_or(Ok(()))
}

fn parts(folder: &Folder, arguments: &Arguments) -> anyhow::Result<Setup> {
    Ok(Setup {
        store: store::Options::file(setup::store_file(folder.path())),
        sealer: Some(Sealer::new(&Key::parse(&folder.key()?)?)),
        public_url: None,
        catalogue: setup::catalogue(&arguments.schemas, &arguments.resource_types)?,
        limits: Limits::default(),
        delivery: delivery::Settings {
            lease_ttl: LEASE,
            retry_max: RETRY_MAX,
            ..delivery::Settings::default()
        },
        webhook: None,
    })
}

/// `acme` and `plain` first.
fn directory_names() -> impl Iterator<Item = &'static str> {
    [ACME, PLAIN].into_iter().chain(VENDORS)
}

async fn declare(administration: &Administration, targets: Vec<Credentialed>) -> anyhow::Result<()> {
    let text: String = directory_names()
        .map(|name| format!("[[directory]]\nname = \"{name}\"\n"))
        .collect();
    let declared = config::Declarations::parse(&text, "demo")?;
    let declared = Declared {
        directories: declared.directories,
        targets,
    };
    let apply = Apply {
        confirm: true,
        ..Apply::default()
    };
    administration.apply(&declared, apply).await?;
    for token in administration.list_tokens().await? {
        if token.note.as_deref() == Some(NOTE) {
            administration.revoke_token(&token.id).await?;
        }
    }
    Ok(())
}

async fn issue(administration: &Administration, name: &str) -> anyhow::Result<SecretString> {
    let new = NewToken {
        expires: None,
        note: Some(NOTE.to_owned()),
    };
    let issued = administration.create_token(name, new).await?;
    Ok(issued.secret)
}
