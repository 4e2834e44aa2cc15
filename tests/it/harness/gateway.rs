//! The gateway in this process: the directories `acme`, whose target is a twin of PagerDuty, and `plain`, without one.
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use conformance::twins::pagerduty::PagerDuty;
use conformance::twins::shell;
use schemas::Catalogue;
use secrecy::ExposeSecret;
use tempfile::TempDir;
use usherd::app::{App, Running, Setup};
use usherd::auth::{Key, NewToken, Sealer};
use usherd::config::Declarations;
use usherd::service::Limits;
use usherd::service::administration::{Administration, Apply, Credentialed, Declared};
use usherd::{delivery, http, store};

use super::target::{TWIN_TOKEN, directory, target, twin_options};
use super::{Scim, Twin, until};

/// The URL under which the gateway is said to be seen; a test goes to its real address.
pub(crate) const PUBLIC_URL: &str = "http://127.0.0.1:9";

/// How a gateway of tests differs from the usual one.
pub(crate) struct Options {
    /// Keys of the directory `acme` besides its name, as TOML lines.
    pub(crate) acme: String,
    /// Keys of the target `pagerduty`, as TOML lines.
    pub(crate) target: String,
    /// The target's credential.
    pub(crate) credential: &'static str,
    /// The state that the target comes to by itself.
    pub(crate) state: &'static str,
    /// Limits of delivery.
    pub(crate) delivery: delivery::Settings,
    /// Limits of requests.
    pub(crate) limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            acme: String::new(),
            target: "call_deadline_ms = 1000\nread_lag_ms = 100".into(),
            credential: TWIN_TOKEN,
            state: "working",
            delivery: delivery::Settings {
                lease_ttl: Duration::from_secs(1),
                retry_first: Duration::from_millis(50),
                retry_max: Duration::from_millis(500),
                probe_first: Duration::from_millis(50),
                ..delivery::Settings::default()
            },
            limits: Limits::default(),
        }
    }
}

/// A running gateway with its twin. [`Gateway::stop`] stops both; a test that only reads may just drop it.
pub(crate) struct Gateway {
    pub(crate) acme: Scim,
    pub(crate) plain: Scim,
    pub(crate) twin: Twin,
    running: Running,
    twin_running: shell::Running,
    _folder: TempDir,
}

impl Gateway {
    /// Starts the usual one.
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// Starts one with these options, once its target works.
    pub(crate) async fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let twin = shell::start(Box::new(PagerDuty::new(1)), twin_options())
            .await
            .expect("the twin starts");
        let app = App::open(setup(folder.path(), &options))
            .await
            .expect("the gateway opens");
        let administration = app.administration().clone();
        let declarations = declarations(&options, &twin.base_url());
        declare(&administration, &declarations, options.credential).await;
        let (acme, plain) = (
            token(&administration, "acme").await,
            token(&administration, "plain").await,
        );
        let listen = http::Listen {
            addr: ([127, 0, 0, 1], 0).into(),
            tls: None,
        };
        let running = app.start(listen, None).await.expect("the gateway starts");
        let base_url = |name: &str| format!("http://{}/scim/{name}/v2", running.addr());
        let gateway = Self {
            acme: Scim::new(base_url("acme"), acme),
            plain: Scim::new(base_url("plain"), plain),
            twin: Twin::new(twin.base_url()),
            running,
            twin_running: twin,
            _folder: folder,
        };
        gateway.is(options.state).await;
        gateway.twin.forget_calls().await;
        gateway
    }

    /// Waits until the target is in this state.
    pub(crate) async fn is(&self, state: &str) {
        until(&format!("the target is {state}"), async || {
            let status = self.administration().status().await.expect("a status");
            status.iter().all(|target| target.state == state).then_some(())
        })
        .await;
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.running.addr()
    }

    /// What an administrator does.
    pub(crate) fn administration(&self) -> &Administration {
        self.running.administration()
    }

    /// Brings this file of directories into the gateway.
    pub(crate) async fn declare(&self, declarations: &str) {
        declare(self.administration(), declarations, TWIN_TOKEN).await;
    }

    /// Waits until nothing is pending.
    pub(crate) async fn settled(&self) {
        until("nothing is pending", async || {
            let status = self.administration().status().await.expect("a status");
            status.iter().all(|target| target.pending == 0).then_some(())
        })
        .await;
    }

    /// Stops the gateway, then the twin.
    pub(crate) async fn stop(self) {
        self.running.stop().await;
        self.twin_running.stop().await;
    }
}

/// What a gateway over this folder is to be.
pub(crate) fn setup(folder: &Path, options: &Options) -> Setup {
    let key = Key::draw().expect("random bytes");
    Setup {
        store: store::Options::file(folder.join("usherd.redb")),
        sealer: Some(Sealer::new(&Key::parse(&key).expect("a key"))),
        public_url: Some(PUBLIC_URL.into()),
        catalogue: Catalogue::builtin(),
        limits: options.limits,
        delivery: options.delivery.clone(),
        webhook: None,
    }
}

fn declarations(options: &Options, twin: &str) -> String {
    [
        directory("acme", &options.acme),
        directory("plain", ""),
        target("pagerduty", "acme", twin, &options.target),
    ]
    .concat()
}

/// Brings this into the gateway, as the command `apply` does, with this credential of each target.
async fn declare(administration: &Administration, declarations: &str, credential: &str) {
    let declared = Declarations::parse(declarations, "test").unwrap_or_else(|faults| panic!("{faults}"));
    let targets = declared.targets.into_iter().map(|(config, _)| Credentialed {
        config,
        credential: credential.into(),
    });
    let declared = Declared {
        directories: declared.directories,
        targets: targets.collect(),
    };
    administration
        .apply(&declared, Apply::default())
        .await
        .expect("it can be declared");
}

/// A new token of a directory.
pub(crate) async fn token(administration: &Administration, directory: &str) -> String {
    let issued = administration
        .create_token(directory, NewToken::default())
        .await
        .expect("a token");
    issued.secret.expose_secret().to_owned()
}
