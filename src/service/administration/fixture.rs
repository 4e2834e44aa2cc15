//! Administration over a store in memory, for tests.
use std::sync::Arc;
use std::time::Duration;

use adapters::Page;
use adapters::descriptor::Kind;
use async_trait::async_trait;
use schemas::Catalogue;

use super::{Administration, Credentialed, Declared, Parts};
use crate::auth::{Key, Sealer};
use crate::authorize::{Consents, Doors, Renewals};
use crate::clock::{Clock, SystemClock, SystemIds};
use crate::config;
use crate::service::{Deliveries, Outcome, Registry, TargetState, TargetStatus, Unread, Wait};
use crate::store::{Options, Redb, TargetId};

/// What stands behind an administration of tests.
pub(crate) struct Desk {
    pub(crate) administration: Administration,
    pub(crate) registry: Arc<Registry>,
    pub(crate) store: Arc<Redb>,
}

/// A sealer under the key of this number.
pub(crate) fn sealer(key: u8) -> Option<Arc<Sealer>> {
    let key = Key::parse(&format!("{key:02x}").repeat(32).into()).unwrap();
    Some(Arc::new(Sealer::new(&key)))
}

/// An administration over an empty store.
pub(crate) fn desk() -> Desk {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Arc::new(Redb::open(Options::in_memory(), clock).unwrap());
    over(store, sealer(1))
}

/// An administration over this store.
pub(crate) fn over(store: Arc<Redb>, sealer: Option<Arc<Sealer>>) -> Desk {
    let registry = Arc::new(Registry::default());
    let doors = Doors {
        renewals: Renewals::default(),
        store: store.clone(),
        clock: Arc::new(SystemClock),
        sealer: sealer.clone(),
    };
    let administration = Administration::new(Parts {
        store: store.clone(),
        keeper: store.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds::default()),
        catalogue: Arc::new(Catalogue::builtin()),
        registry: Arc::clone(&registry),
        deliveries: Arc::new(Nowhere),
        sealer,
        scratch: std::env::temp_dir(),
        consents: Consents::new(doors, Arc::clone(&registry), None),
        document_bytes: crate::service::Limits::default().document_bytes,
        describe: |target| adapters::spoken(&target.vendor, target.dialect.as_ref()).map(|spoken| spoken.descriptor),
    });
    Desk {
        administration,
        registry,
        store,
    }
}

/// Declares directories by their names, and targets by name, directory and credential.
pub(crate) fn declared(directories: &[&str], targets: &[(&str, &str, &str)]) -> Declared {
    let directory = |name: &&str| toml::from_str(&format!("name = \"{name}\"")).unwrap();
    let target = |(name, directory, credential): &(&str, &str, &str)| {
        let keys = format!("name = \"{name}\"\ndirectory = \"{directory}\"\nvendor = \"pagerduty\"\n");
        let config: config::Target = toml::from_str(&format!("{keys}credential = \"env:X\"")).unwrap();
        Credentialed {
            config,
            credential: (*credential).into(),
        }
    };
    Declared {
        directories: directories.iter().map(directory).collect(),
        targets: targets.iter().map(target).collect(),
    }
}

/// Delivery where nothing is delivered.
struct Nowhere;

#[async_trait]
impl Deliveries for Nowhere {
    fn wake(&self, _: &[TargetId]) {}

    fn worth_waiting(&self, _: TargetId, _: Duration) -> bool {
        false
    }

    async fn wait(&self, waits: Vec<Wait>, _: Duration) -> Vec<Outcome> {
        waits.iter().map(|_| Outcome::Pending).collect()
    }

    fn status(&self, _: TargetId) -> TargetStatus {
        TargetStatus {
            state: TargetState::Down,
            reason: Some("the vendor answered 503".into()),
            since: None,
        }
    }

    async fn accounts(&self, _: TargetId, _: Kind, _: Option<String>) -> Result<Page, Unread> {
        Err(Unread("there is no vendor".to_owned()))
    }

    async fn reload(&self) {}
}
