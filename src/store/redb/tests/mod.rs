//! The store suite on this backend, and what only a file can do wrong.
mod backups;
mod damage;
mod disk;
mod failures;
mod faults;
mod flips;
mod folding;
mod formats;
mod opening;
mod recount;
mod whole;

use std::sync::Arc;

use super::{Options, Redb};
use crate::clock::ManualClock;
use crate::store::Keeper as _;
use crate::store::suite::{Backend, at, suite, suite_of_reopening};

/// A store in memory, or in a file that lasts as long as this.
struct Embedded {
    folder: Option<tempfile::TempDir>,
}

impl Embedded {
    fn in_memory() -> Self {
        Self { folder: None }
    }

    fn in_file() -> Self {
        Self {
            folder: Some(tempfile::tempdir().unwrap()),
        }
    }
}

impl Backend for Embedded {
    type Opened = Redb;

    async fn open(&self) -> Redb {
        let options = match &self.folder {
            Some(folder) => Options::file(folder.path().join("store.redb")),
            None => Options::in_memory(),
        };
        Redb::open(options, Arc::new(ManualClock::at(at(0)))).unwrap()
    }

    async fn verify(&self, store: Redb) {
        let report = store.verify().await.unwrap();
        assert_eq!(report.first, Vec::<String>::new());
    }
}

mod in_memory {
    use super::*;
    suite!(Embedded::in_memory());
}

mod in_file {
    use super::*;
    suite!(Embedded::in_file());
    suite_of_reopening!(Embedded::in_file());
}
