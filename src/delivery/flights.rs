//! Turns under way at one target.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::task::{Id, JoinSet};

use crate::delivery::line::Line;
use crate::delivery::turn::{End, turn};
use crate::store::{Error, LinkKey};

/// The turns in flight, at most one a link.
pub(super) struct Flights {
    line: Arc<Line>,
    tasks: JoinSet<Result<End, Error>>,
    keys: BTreeMap<Id, LinkKey>,
    in_flight: BTreeSet<LinkKey>,
    /// Need what another turn is working on: after the next landing.
    blocked: BTreeSet<LinkKey>,
}

impl Flights {
    pub(super) fn new(line: Arc<Line>) -> Self {
        let (tasks, keys) = (JoinSet::new(), BTreeMap::new());
        Self {
            line,
            tasks,
            keys,
            in_flight: BTreeSet::new(),
            blocked: BTreeSet::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.in_flight.len()
    }

    /// Links that may be due and cannot start.
    pub(super) fn known(&self) -> usize {
        self.in_flight.len() + self.blocked.len()
    }

    pub(super) fn may_start(&self, key: &LinkKey) -> bool {
        !self.in_flight.contains(key) && !self.blocked.contains(key)
    }

    pub(super) fn start(&mut self, key: LinkKey) {
        let line = self.line.clone();
        let handle = self.tasks.spawn(async move { turn(&line, key).await });
        self.keys.insert(handle.id(), key);
        self.in_flight.insert(key);
    }

    /// The next turn that ends; `None` if none is under way. A turn that panicked counts as the record's own failure.
    pub(super) async fn next(&mut self) -> Option<(LinkKey, Result<End, Error>)> {
        let (id, end) = match self.tasks.join_next_with_id().await? {
            Ok((id, end)) => (id, end),
            Err(panicked) => (panicked.id(), Err(Error::Unexpected(Box::new(panicked)))),
        };
        let key = self.keys.remove(&id)?;
        self.in_flight.remove(&key);
        self.blocked.clear();
        if matches!(end, Ok(End::Busy)) {
            self.blocked.insert(key);
        }
        Some((key, end))
    }
}
