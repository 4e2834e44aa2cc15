//! Two targets of two vendors, and one gateway that sends to both.
use std::sync::OnceLock;

use adapters::Adapter;
use adapters::client::Gate;

use super::*;

const OTHER: &str = "other";

/// Each target has a vendor of its own.
struct Pair {
    vendors: [(TargetId, Fake); 2],
    /// The one that both pass, if they are to be in each other's way.
    shared: Option<OnceLock<Arc<dyn Gate>>>,
}

impl Connect for Pair {
    fn connect(&self, target: &Target, gate: Arc<dyn Gate>) -> Result<Box<dyn Adapter>, adapters::Error> {
        let (_, vendor) = self.vendors.iter().find(|(id, _)| *id == target.id).unwrap();
        let gate = match &self.shared {
            Some(shared) => shared.get_or_init(|| gate).clone(),
            None => gate,
        };
        vendor.connect(target, gate)
    }
}

impl Room {
    /// Two of them under one engine, which is the first one's. With `shares` their calls pass one throttle.
    pub(in crate::delivery::tests) async fn pair(descriptor: &'static Descriptor, shares: bool) -> [Self; 2] {
        let mut room = Self::of(descriptor, "").await;
        room.stop().await;
        let declared = DECLARED.replace("'d'", "'other'").replace("'t'", "'o'");
        let directories = [
            (DIRECTORY.to_owned(), room.registry.directory(DIRECTORY).unwrap()),
            (OTHER.to_owned(), directory(11, descriptor, &declared)),
        ];
        room.registry.replace(directories.into());
        let mut other = Self {
            vendor: Fake::default(),
            directory: OTHER,
            store: room.store.clone(),
            shaky: room.shaky.clone(),
            clock: room.clock.clone(),
            registry: room.registry.clone(),
            engine: room.engine.clone(),
            stop: watch::channel(false).0,
            tasks: JoinSet::new(),
            folder: tempfile::tempdir().unwrap(),
            heard: Heard::begin(),
        };
        let vendors = [&room, &other].map(|room| (room.target().id, room.vendor.clone()));
        let pair = Pair {
            vendors,
            shared: shares.then(OnceLock::new),
        };
        (room.engine, room.stop, room.tasks) = start(&room.shaky, &room.clock, &room.registry, Arc::new(pair));
        other.engine = room.engine.clone();
        room.working().await;
        other.working().await;
        [room, other]
    }
}
