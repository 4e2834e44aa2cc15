//! Turns under way at one target.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use crate::delivery::line::Line;
use crate::delivery::places::Place;
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
    /// Could not even be written that they rest: until then.
    resting: BTreeMap<LinkKey, Instant>,
}

/// A turn that is over.
pub(super) enum Landed {
    /// It ended.
    Ended(Result<End, Error>),
    /// It panicked.
    Broken(JoinError),
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
            resting: BTreeMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.in_flight.len()
    }

    /// Links that may be due and cannot start.
    pub(super) fn known(&self) -> usize {
        self.in_flight.len() + self.blocked.len() + self.resting.len() + self.line.resting().len()
    }

    /// Leaves a link alone for a while, without anything written.
    pub(super) fn rest(&mut self, key: LinkKey, wait: Duration) {
        self.resting.insert(key, Instant::now() + wait);
    }

    /// Ends rests whose time is over.
    pub(super) fn rouse(&mut self) {
        let now = Instant::now();
        self.resting.retain(|_, until| *until > now);
    }

    pub(super) fn may_start(&self, key: &LinkKey) -> bool {
        let rests = self.resting.contains_key(key) || self.line.resting().contains(key);
        !self.in_flight.contains(key) && !self.blocked.contains(key) && !rests
    }

    pub(super) fn start(&mut self, key: LinkKey, place: Place) {
        let line = self.line.clone();
        let handle = self.tasks.spawn(async move { turn(&line, key, place).await });
        self.keys.insert(handle.id(), key);
        self.in_flight.insert(key);
    }

    /// The next turn that ends; `None` if none is under way.
    pub(super) async fn next(&mut self) -> Option<(LinkKey, Landed)> {
        let (id, landed) = match self.tasks.join_next_with_id().await? {
            Ok((id, end)) => (id, Landed::Ended(end)),
            Err(broken) => (broken.id(), Landed::Broken(broken)),
        };
        let key = self.keys.remove(&id)?;
        self.in_flight.remove(&key);
        self.blocked.clear();
        if matches!(landed, Landed::Ended(Ok(End::Busy))) {
            self.blocked.insert(key);
        }
        Some((key, landed))
    }
}
