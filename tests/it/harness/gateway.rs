//! The gateway in this process: the directories `acme`, whose target is a twin, of PagerDuty unless a test says
//! otherwise, and `plain`, without one.
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use conformance::twins::pagerduty::PagerDuty;
use conformance::twins::{self, shell};
use schemas::Catalogue;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use usherd::app::{App, Running, Setup};
use usherd::auth::{Key, NewToken, Sealer};
use usherd::config::Declarations;
use usherd::service::Limits;
use usherd::service::administration::{Administration, Apply, Credentialed, Declared, TargetReport};
use usherd::{delivery, http, store};

use super::target::{AtTwin, TWIN_TOKEN, directory, twin_options};
use super::{Scim, Twin, agree, until};

/// The URL under which the gateway is said to be seen; a test goes to its real address.
pub(crate) const PUBLIC_URL: &str = "http://127.0.0.1:9";

/// How a gateway of tests differs from the usual one.
pub(crate) struct Options {
    /// Keys of the directory `acme` besides its name, as TOML lines.
    pub(crate) acme: String,
    /// The vendor of the target of `acme`, which has the vendor's name.
    pub(crate) vendor: &'static str,
    /// Keys of that target, as TOML lines.
    pub(crate) target: String,
    /// The target's credential.
    pub(crate) credential: &'static str,
    /// What the twin is seeded with before anybody calls it.
    pub(crate) seed: Value,
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
            vendor: PagerDuty::VENDOR,
            target: "call_deadline_ms = 1000\nread_lag_ms = 100".into(),
            credential: TWIN_TOKEN,
            seed: json!({}),
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
        let twin = twins::by_vendor(options.vendor, 1).expect("the vendor has a twin");
        let twin = shell::start(twin, twin_options()).await.expect("the twin starts");
        let probe = Twin::new(twin.base_url());
        probe.seed(options.seed.clone()).await;
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
            twin: probe,
            running,
            twin_running: twin,
            _folder: folder,
        };
        gateway.is(options.state).await;
        if options.state == "working" {
            gateway.roles_known().await;
        }
        gateway.twin.forget_calls().await;
        gateway
    }

    /// Waits until the target is in this state.
    pub(crate) async fn is(&self, state: &str) {
        agree(&(state.to_owned(), true), async || {
            let status = self.administration().status().await.expect("a status");
            let other = status.into_iter().find(|target| target.state != state);
            // A reason tells whoever waits in vain.
            other.map_or((state.to_owned(), true), |target| (format!("{target:?}"), false))
        })
        .await;
    }

    /// Waits until the first look at each vendor's roles is over, so that it counts among no test's calls.
    pub(crate) async fn roles_known(&self) {
        until("the roles are known", async || {
            let status = self.administration().status().await.expect("a status");
            let lists = |vendor: &str| {
                let vendor = adapters::vendor(vendor).expect("there is such a vendor");
                (vendor.descriptor)().has_live_roles()
            };
            let known = |target: &TargetReport| target.roles.is_some() || !lists(&target.vendor);
            status.iter().all(known).then_some(())
        })
        .await;
    }

    /// How many more people may have a role of the first target; none: any number.
    pub(crate) async fn left(&self, role: &str) -> Option<u64> {
        let status = self.administration().status().await.expect("a status");
        let roles = status[0].roles.as_ref().expect("the roles are known");
        let found = roles.roles.iter().find(|live| live.name == role);
        found.unwrap_or_else(|| panic!("no role {role} in {roles:?}")).available
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
        self.declare_with(declarations, TWIN_TOKEN).await;
    }

    /// The same, with this credential of each target.
    pub(crate) async fn declare_with(&self, declarations: &str, credential: &str) {
        declare(self.administration(), declarations, credential).await;
    }

    /// How the target of this name is.
    pub(crate) async fn report(&self, target: &str) -> TargetReport {
        let status = self.administration().status().await.expect("a status");
        let found = status.into_iter().find(|report| report.name == target);
        found.expect("there is such a target")
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
    let target = AtTwin {
        name: options.vendor,
        directory: "acme",
        vendor: options.vendor,
        base_url: twin,
    };
    [
        directory("acme", &options.acme),
        directory("plain", ""),
        target.toml(&options.target),
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
