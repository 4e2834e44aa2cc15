//! Every vendor's adapter passes the contract against its twin, over HTTP.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adapters::client::{Connection, Credential, Gate, HttpTransport, Limits};
use adapters::suite::{self, Fault, Probe};
use adapters::{Adapter, Settings};
use async_trait::async_trait;
use conformance::twins::okta::Okta;
use conformance::twins::pagerduty::PagerDuty;
use conformance::twins::{self, shell};
use serde_json::json;

use crate::harness::{TWIN_TOKEN, Twin};

/// The longest call: an answer that never comes is lost after this.
const CALL_DEADLINE: Duration = Duration::from_millis(1500);

/// When a limited vendor lets calls in again.
const LIMITED_FOR: Duration = Duration::from_secs(1);

#[tokio::test]
async fn every_adapter_passes_the_contract_against_its_twin() {
    for vendor in adapters::VENDORS {
        let name = (vendor.descriptor)().name.as_str();
        let (running, probe) = start(name).await;
        let adapter = connect(vendor, &probe);
        let failures = suite::run(adapter.as_ref(), &probe).await;
        let told: Vec<_> = failures.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{name}:\n{}", told.join("\n"));
        assert!(Probe::calls(&probe).await > 100, "{name} was hardly called");
        running.stop().await;
    }
}

/// A fresh account at the vendor's twin, which limits no calls.
pub(crate) async fn start(vendor: &str) -> (shell::Running, Twin) {
    let twin = twins::by_vendor(vendor, 1).unwrap_or_else(|| panic!("{vendor} has no twin"));
    let options = shell::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        token: TWIN_TOKEN.into(),
        data: None,
    };
    let running = shell::start(twin, options).await.expect("the twin starts");
    let twin = Twin::new(running.base_url());
    if vendor == Okta::VENDOR {
        twin.seed(json!({ "per_minute": 1_000_000 })).await;
    }
    (running, twin)
}

/// The vendor's adapter, connected to its twin.
pub(crate) fn connect(vendor: &adapters::Vendor, twin: &Twin) -> Box<dyn Adapter> {
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
    (vendor.connect)(settings(name), connection).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What an account of the vendor's twin needs.
fn settings(vendor: &str) -> Settings {
    match vendor {
        PagerDuty::VENDOR => BTreeMap::from([("from".to_owned(), PagerDuty::OWNER_EMAIL.to_owned())]),
        Okta::VENDOR => BTreeMap::from([("domain".to_owned(), "twin-1.okta.com".to_owned())]),
        _ => BTreeMap::new(),
    }
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
