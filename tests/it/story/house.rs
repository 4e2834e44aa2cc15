//! A gateway with a directory and a target for each story, all at one vendor's twin.
use std::time::Duration;

use adapters::descriptor::Grant;
use conformance::twins::shell;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;
use usherd::app::{App, Running};
use usherd::config;
use usherd::http::Listen;
use usherd::service::administration::{Administration, Apply, Credentialed, Declared, TargetReport};

use super::scene::Outcome;
use super::vendor::Vendor;
use crate::contract;
use crate::harness::{Options, Scim, TWIN_TOKEN, Twin, setup, token, until};

/// The twins' own client; see their authorization server.
const CLIENT: [&str; 2] = ["usherd", "usherd-secret"];

/// More than the stories make.
const CALLS_PER_MINUTE: u32 = 1_000_000;

/// Longer than anything takes to settle, and short enough that what never does is told of with its place.
const SETTLED_MAX: Duration = Duration::from_secs(20);

/// A running gateway and its vendor.
pub(super) struct House {
    pub(super) twin: Twin,
    running: Running,
    twin_running: shell::Running,
    _folder: TempDir,
}

impl House {
    /// Starts one with a target for each of these declarations, once all of them work.
    pub(super) async fn start(vendor: Vendor, targets: Vec<config::Target>) -> Self {
        let (twin_running, twin) = contract::start(vendor.name()).await;
        twin.seed(vendor.surroundings()).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let app = App::open(setup(folder.path(), &Options::default())).await;
        let app = app.expect("the gateway opens");
        let targets = targets.into_iter().map(|config| at(vendor, &twin, config));
        let declared = declared(targets.collect());
        let applied = app.administration().apply(&declared, Apply::default()).await;
        applied.unwrap_or_else(|error| panic!("{}: {error}", vendor.name()));
        let listen = Listen {
            addr: ([127, 0, 0, 1], 0).into(),
            tls: None,
        };
        let house = Self {
            twin,
            running: app.start(listen, None).await.expect("the gateway starts"),
            twin_running,
            _folder: folder,
        };
        until("the targets work", async || {
            let status = house.status().await;
            status.iter().all(|target| target.state == "working").then_some(())
        })
        .await;
        house
    }

    /// A client of the directory of this name.
    pub(super) async fn scim(&self, directory: &str) -> Scim {
        let base_url = format!("http://{}/scim/{directory}/v2", self.running.addr());
        Scim::new(base_url, token(self.administration(), directory).await)
    }

    /// How a target is, once nothing is on its way to it.
    ///
    /// # Errors
    /// Something still is after [`SETTLED_MAX`].
    pub(super) async fn settled(&self, target: &str) -> Outcome<TargetReport> {
        let settled = until("nothing is pending", async || {
            let report = self.report(target).await;
            (report.pending == 0).then_some(report)
        });
        match timeout(SETTLED_MAX, settled).await {
            Ok(report) => Ok(report),
            Err(_) => Err(format!("it does not settle: {:?}", self.report(target).await)),
        }
    }

    async fn report(&self, target: &str) -> TargetReport {
        let mut status = self.status().await.into_iter();
        let report = status.find(|report| report.name == target);
        report.expect("the target is declared")
    }

    /// Why a declaration is refused; none if it is not.
    pub(super) async fn refusal(&self, vendor: Vendor, target: config::Target) -> Option<String> {
        let declared = declared(vec![at(vendor, &self.twin, target)]);
        let applied = self.administration().apply(&declared, Apply::default()).await;
        applied.err().map(|error| error.to_string())
    }

    pub(super) async fn stop(self) {
        self.running.stop().await;
        self.twin_running.stop().await;
    }

    fn administration(&self) -> &Administration {
        self.running.administration()
    }

    async fn status(&self) -> Vec<TargetReport> {
        self.administration().status().await.expect("a status")
    }
}

/// A target of this name with every field mapped.
pub(super) fn target(vendor: Vendor, name: &str) -> config::Target {
    config::Target {
        mapping: vendor.mappings(),
        calls_per_minute: Some(CALLS_PER_MINUTE),
        call_deadline_ms: Some(5_000),
        read_lag_ms: Some(0),
        on_delete: Some(config::OnDelete::Delete),
        dialect: vendor.entry.dialect.cloned(),
        ..config::Target::new(name, name, &vendor.descriptor.name, "env:SET_BY_THE_STORY")
    }
}

/// The target at the twin, with a credential that the twin takes.
fn at(vendor: Vendor, twin: &Twin, mut config: config::Target) -> Credentialed {
    config.base_url = Some(twin.base_url.clone());
    config.allow_private = vec!["127.0.0.1".to_owned()];
    config.settings = contract::settings(vendor.name());
    let [client, secret] = CLIENT;
    let takes_token = vendor.descriptor.auth_method(None);
    let takes_token = takes_token.is_none_or(|method| method.grant == Grant::Secret);
    let credential = match takes_token {
        true => TWIN_TOKEN,
        false => {
            config.auth = by_secret(vendor, client);
            secret
        }
    };
    Credentialed {
        config,
        credential: credential.into(),
    }
}

/// The vendor's way for a client that has a secret, with tokens from the twin.
fn by_secret(vendor: Vendor, client: &str) -> config::Auth {
    let mut methods = vendor.descriptor.auth.iter();
    let method = methods.find(|method| method.grant == Grant::ClientCredentials);
    let method = method.expect("a vendor that takes no token takes a secret");
    let path = method
        .token_url
        .as_deref()
        .map(|url| match url.strip_prefix("https://") {
            Some(whole) => whole.find('/').map_or("/", |at| &whole[at..]),
            None => url,
        });
    config::Auth {
        method: Some(method.name.clone()),
        client_id: Some(client.to_owned()),
        token_url: path.map(str::to_owned),
        ..config::Auth::default()
    }
}

/// Each target with a directory of its own.
fn declared(targets: Vec<Credentialed>) -> Declared {
    let directory = |target: &Credentialed| {
        let directory = json!({ "name": target.config.directory });
        serde_json::from_value(directory).expect("a directory needs a name alone")
    };
    Declared {
        directories: targets.iter().map(directory).collect(),
        targets,
    }
}
