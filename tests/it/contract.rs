//! Every vendor's adapter passes the contract against its twin, over HTTP.
use std::sync::Arc;
use std::time::Duration;

use adapters::client::{Connection, Credential, Gate, HttpTransport, Limits};
use adapters::suite::{self, Fault, Probe};
use adapters::{Adapter, Settings};
use async_trait::async_trait;
use conformance::twins::okta::Okta;
use conformance::twins::{self, shell};
use serde_json::json;

use crate::harness::{TWIN_TOKEN, Twin, twin_options};

/// The longest call: an answer that never comes is lost after this.
const CALL_DEADLINE: Duration = Duration::from_millis(1500);

/// When a limited vendor lets calls in again.
const LIMITED_FOR: Duration = Duration::from_secs(1);

#[tokio::test]
async fn every_adapter_passes_the_contract_against_its_twin() {
    for vendor in adapters::VENDORS {
        let name = (vendor.descriptor)().name.as_str();
        let (running, probe, settings) = start(name).await;
        let adapter = connect(vendor, &probe, settings);
        // A target is checked before anything else; an adapter may learn there what it needs later.
        let checked = adapter.check().await;
        checked.unwrap_or_else(|error| panic!("{name}: {error}"));
        let failures = suite::run(adapter.as_ref(), &probe).await;
        let told: Vec<_> = failures.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{name}:\n{}", told.join("\n"));
        assert!(Probe::calls(&probe).await > 100, "{name} was hardly called");
        running.stop().await;
    }
}

/// A fresh account at the vendor's twin, which limits no calls, and what a target of it is set to.
pub(crate) async fn start(vendor: &str) -> (shell::Running, Twin, Settings) {
    let twin = twins::by_vendor(vendor, 1).unwrap_or_else(|| panic!("{vendor} has no twin"));
    let settings = twin.settings();
    let running = shell::start(twin, twin_options()).await.expect("the twin starts");
    let twin = Twin::new(running.base_url());
    if vendor == Okta::VENDOR {
        twin.seed(json!({ "per_minute": 1_000_000 })).await;
    }
    (running, twin, settings)
}

/// The vendor's adapter, connected to its twin.
pub(crate) fn connect(vendor: &adapters::Vendor, twin: &Twin, settings: Settings) -> Box<dyn Adapter> {
    let transport = HttpTransport::new(&["127.0.0.1".into()]).expect("a client");
    let prefix = (vendor.descriptor)()
        .auth
        .first()
        .map_or("Bearer ", |method| method.prefix.as_str());
    let connection = Connection {
        base_url: twin.base_url.clone(),
        credential: Credential::new(TWIN_TOKEN.into()).with_prefix(prefix),
        transport: Arc::new(transport),
        gate: Arc::new(Open),
        deadline: CALL_DEADLINE,
    };
    let name = (vendor.descriptor)().name.as_str();
    (vendor.connect)(settings, connection).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Lets every call pass: the pace is delivery's matter.
struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}

    fn observe(&self, _: u16, _: Limits) {}
}

#[async_trait]
impl Probe for Twin {
    async fn calls(&self) -> u64 {
        Twin::calls(self).await["total"].as_u64().expect("a count")
    }

    async fn inject(&self, fault: Fault) {
        let name = match fault {
            Fault::RateLimited => "429",
            Fault::RateLimitedBare => "429-bare",
            Fault::Broken => "500",
            Fault::Down => "503",
            Fault::LostAfter => "close-after",
            Fault::LostBefore => "timeout-before",
        };
        self.delay("*", name, LIMITED_FOR).await;
    }
}
