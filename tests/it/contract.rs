//! Every vendor's adapter passes the contract against its twin, over HTTP.
use std::sync::Arc;
use std::time::Duration;

use adapters::client::{Connection, Credential, Gate, HttpTransport, Limits};
use adapters::descriptor::OwnDialect;
use adapters::suite::{self, Fault, Probe};
use adapters::{Adapter, Settings, Spoken};
use async_trait::async_trait;
use conformance::twins::{self, shell};
use serde_json::json;

use crate::dialects;
use crate::harness::{Prism, TWIN_TOKEN, ThroughPrism, Twin, twin_options};

/// The longest call: an answer that never comes is lost after this.
const CALL_DEADLINE: Duration = Duration::from_millis(1500);

/// When a limited vendor lets calls in again.
const LIMITED_FOR: Duration = Duration::from_secs(1);

/// Which of a vendor's accounts the tests are at.
pub(crate) const TWIN_NUMBER: u64 = 1;

/// More than the tests make.
const CALLS_PER_MINUTE: u32 = 1_000_000;

#[tokio::test]
async fn every_adapter_passes_the_contract_against_its_twin() {
    for entry in entries() {
        let (name, descriptor) = (entry.twin, entry.spoken.descriptor);
        let (running, probe) = start(name).await;
        let adapter = entry.connect(&probe, &Login::default());
        // A target is checked before anything else; an adapter may learn there what it needs later.
        let checked = adapter.check().await;
        checked.unwrap_or_else(|error| panic!("{name}: {error}"));
        if descriptor.has_live_roles() {
            let roles = adapter.roles().await;
            let roles = roles.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(roles.is_some_and(|roles| !roles.is_empty()), "{name} lists no roles");
        }
        let failures = suite::run(adapter.as_ref(), &probe).await;
        let told: Vec<_> = failures.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{name}:\n{}", told.join("\n"));
        assert!(Probe::calls(&probe).await > 100, "{name} was hardly called");
        running.stop().await;
    }
}

/// A vendor as a target has it.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) spoken: Spoken,
    /// The vendor of its twin.
    pub(crate) twin: &'static str,
    /// The target's own dialect.
    pub(crate) dialect: Option<&'static OwnDialect>,
}

/// Every vendor as it is, and products in dialects of their own.
pub(crate) fn entries() -> Vec<Entry> {
    let usual = adapters::VENDORS.iter().map(|vendor| Entry::usual(vendor));
    usual.chain(dialects::entries()).collect()
}

impl Entry {
    /// A vendor as it is.
    pub(crate) fn usual(vendor: &adapters::Vendor) -> Self {
        let twin = (vendor.descriptor)().name.as_str();
        Self {
            spoken: adapters::spoken(twin, None).expect("it is in the registry"),
            twin,
            dialect: None,
        }
    }

    /// Its adapter at its twin.
    pub(crate) fn connect(&self, twin: &Twin, login: &Login<'_>) -> Box<dyn Adapter> {
        let transport = ThroughPrism {
            twin: twin.clone(),
            transport: HttpTransport::new(&["127.0.0.1".into()]).expect("a client"),
        };
        let method = self.spoken.descriptor.auth.first();
        let prefix = method.map_or("Bearer ", |method| method.prefix.as_str());
        let connection = Connection {
            base_url: twin.base_url.clone(),
            credential: Credential::new(login.token.into()).with_prefix(prefix),
            transport: Arc::new(transport),
            gate: Arc::new(Open),
            deadline: CALL_DEADLINE,
            read_lag: Duration::ZERO,
        };
        let further = login.settings.iter();
        let further = further.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings: Settings = settings(self.twin).into_iter().chain(further).collect();
        let connected = self.spoken.connect(settings, connection);
        connected.unwrap_or_else(|error| panic!("{}: {error}", self.twin))
    }
}

/// A fresh account at a vendor's twin, with no limit of calls that the tests would reach.
pub(crate) async fn start(vendor: &str) -> (shell::Running, Twin) {
    let twin = twins::by_vendor(vendor, TWIN_NUMBER).unwrap_or_else(|| panic!("{vendor} has no twin"));
    let running = shell::start(twin, twin_options()).await.expect("the twin starts");
    let mut probe = Twin::new(running.base_url());
    probe.prism = Prism::before(vendor, &probe.base_url).await.map(Arc::new);
    probe.seed(json!({ "per_minute": CALLS_PER_MINUTE })).await;
    (running, probe)
}

/// With what an adapter comes to the twin.
pub(crate) struct Login<'a> {
    pub(crate) token: &'a str,
    /// Beside those that the account needs.
    pub(crate) settings: &'a [(&'a str, &'a str)],
}

impl Default for Login<'_> {
    fn default() -> Self {
        Self {
            token: TWIN_TOKEN,
            settings: &[],
        }
    }
}

/// The vendor's adapter at its twin.
pub(crate) fn connect(vendor: &adapters::Vendor, twin: &Twin, login: &Login<'_>) -> Box<dyn Adapter> {
    Entry::usual(vendor).connect(twin, login)
}

/// What a target at a vendor's twin needs to be set to.
pub(crate) fn settings(vendor: &str) -> Settings {
    let twin = twins::by_vendor(vendor, 1);
    twin.map(|twin| twin.settings()).unwrap_or_default()
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
