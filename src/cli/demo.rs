//! `usherd demo`: a whole gateway with vendor twins beside it, for a first look and for tests from the outside.
mod folder;
mod ready;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use conformance::twins::{self, shell};
use secrecy::{ExposeSecret, SecretString};

use self::folder::Folder;
use self::ready::{Entrance, Ready, TwinEntrance};
use super::setup;
use super::stop::Signals;
use crate::app::{App, Setup};
use crate::auth::{Key, NewToken, Sealer};
use crate::config;
use crate::service::Limits;
use crate::service::administration::{Administration, Apply, Credentialed, Declared};
use crate::{delivery, http, store, telemetry};

/// The vendors whose twins it starts, each as a target of `acme`.
const VENDORS: &[&str] = &["pagerduty"];

/// The directory that feeds the twins.
const ACME: &str = "acme";

/// The directory that feeds nothing.
const PLAIN: &str = "plain";

/// By which the demo knows its own tokens of former starts.
const NOTE: &str = "demo";

/// How long a lease lasts: after a kill, the next start waits out this and one call.
const LEASE: Duration = Duration::from_secs(2);

/// The longest call to a twin, which is next door.
const CALL_DEADLINE_MS: u64 = 2_000;

/// How long a twin's reads may lag.
const READ_LAG_MS: u64 = 2_000;

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
    let app = App::open(parts(&folder, &arguments)?).await?;
    let twins = start_twins(&folder).await?;
    declare(app.administration(), twins.iter().map(Twin::target).collect()).await?;
    let directories = [
        (ACME, issue(app.administration(), ACME).await?),
        (PLAIN, issue(app.administration(), PLAIN).await?),
    ];
    let listen = http::Listen {
        addr: arguments.listen,
        tls: None,
    };
    let mut running = app.start(listen, Some(setup::socket(folder.path()))).await?;
    let ready = Ready {
        directories: directories
            .map(|(name, token)| Entrance::new(name, running.addr(), token))
            .into(),
        twins: twins.iter().map(Twin::entrance).collect(),
    };
    let served = async {
        wait_for_targets(running.administration()).await?;
        match arguments.json {
            true => println!("{}", ready.line()),
            false => println!("{}", ready.tour(&folder.config_file())),
        }
        Err(running.broken().await.into())
    };
    let ended = tokio::select! {
        () = signals.wait() => Ok(()),
        ended = served => ended,
    };
    running.stop().await;
    for twin in twins {
        twin.running.stop().await;
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

struct Twin {
    vendor: &'static str,
    /// What its target is set to.
    settings: BTreeMap<String, String>,
    token: SecretString,
    running: shell::Running,
}

async fn start_twins(folder: &Folder) -> anyhow::Result<Vec<Twin>> {
    let mut started = Vec::new();
    for vendor in VENDORS {
        let token = random()?;
        // A folder that is there already brings its own account.
        let account = crc32fast::hash(random()?.expose_secret().as_bytes());
        let twin = twins::by_vendor(vendor, account.into()).context("each vendor listed has a twin")?;
        let options = shell::Options {
            listen: ([127, 0, 0, 1], 0).into(),
            token: token.expose_secret().to_owned(),
            data: Some(folder.twin(vendor)),
        };
        let settings = twin.settings();
        let running = shell::start(twin, options)
            .await
            .with_context(|| format!("the twin of {vendor}"))?;
        started.push(Twin {
            vendor,
            settings,
            token,
            running,
        });
    }
    Ok(started)
}

fn random() -> anyhow::Result<SecretString> {
    Key::draw().context("the operating system gave no random bytes")
}

impl Twin {
    fn entrance(&self) -> TwinEntrance {
        TwinEntrance {
            vendor: self.vendor,
            base_url: self.running.base_url(),
            token: self.token.clone(),
        }
    }

    fn target(&self) -> Credentialed {
        let config = config::Target {
            base_url: Some(self.running.base_url()),
            allow_private: vec![self.running.addr.ip().to_string()],
            settings: self.settings.clone(),
            call_deadline_ms: Some(CALL_DEADLINE_MS),
            read_lag_ms: Some(READ_LAG_MS),
            ..config::Target::new(self.vendor, ACME, self.vendor, "env:SET_BY_THE_DEMO")
        };
        Credentialed {
            config,
            credential: self.token.clone(),
        }
    }
}

async fn declare(administration: &Administration, targets: Vec<Credentialed>) -> anyhow::Result<()> {
    let text = format!("[[directory]]\nname = \"{ACME}\"\n[[directory]]\nname = \"{PLAIN}\"\n");
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
