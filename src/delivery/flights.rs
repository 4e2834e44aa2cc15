//! Turns under way at one target.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use crate::delivery::line::Line;
use crate::delivery::places::Place;
use crate::delivery::sender::Strays;
use crate::delivery::turn::{End, turn};
use crate::store::{Error, LinkKey};

/// The turns in flight, at most one a link.
pub(super) struct Flights {
    line: Arc<Line>,
    tasks: JoinSet<Result<End, Error>>,
    keys: BTreeMap<Id, Flight>,
    in_flight: BTreeSet<LinkKey>,
    blocked: Blocked,
    /// Groups that were met, each with its turn among those that ended with more to do, or zero.
    groups: BTreeMap<LinkKey, u64>,
    yields: u64,
    /// The store refused what a turn had to write, as with a full disk.
    refused: bool,
    /// Could not even be written that they rest: until then.
    resting: BTreeMap<LinkKey, Instant>,
    /// Links that are due whatever the clock says.
    pub(super) strays: Strays,
}

/// A turn under way.
struct Flight {
    key: LinkKey,
    /// What [`Blocked`] had seen land when it started.
    seen: u64,
}

/// Links that need what another turn is working on.
#[derive(Debug, Default)]
struct Blocked {
    keys: BTreeSet<LinkKey>,
    /// Turns that landed and may have worked on something.
    landings: u64,
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
            blocked: Blocked::default(),
            groups: BTreeMap::new(),
            yields: 0,
            refused: false,
            resting: BTreeMap::new(),
            strays: Strays::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.in_flight.len()
    }

    /// Links that may be due and cannot start.
    pub(super) fn known(&self) -> usize {
        self.in_flight.len() + self.blocked.keys.len() + self.resting.len() + self.line.resting().len()
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

    /// Whether nothing can be written, as far as is known: what is sent now could not be settled.
    pub(super) async fn is_refused(&mut self) -> Result<bool, Error> {
        if self.refused {
            self.refused = match self.line.commit(Vec::new(), Vec::new()).await {
                Err(Error::Unavailable(_)) => true,
                written => written.map(|()| false)?,
            };
        }
        Ok(self.refused)
    }

    /// How many groups were met that are not done.
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Whether it is under way or may be at once.
    pub(super) fn is_at_work(&self, key: &LinkKey) -> bool {
        self.in_flight.contains(key) || self.may_start(key)
    }

    /// Notes that it is a group's.
    pub(super) fn meet_group(&mut self, key: LinkKey) {
        self.groups.entry(key).or_default();
    }

    /// Of a group that was met how lately it ended with more to do: the higher the later, zero not at all.
    pub(super) fn yielded(&self, key: &LinkKey) -> Option<u64> {
        self.groups.get(key).copied()
    }

    pub(super) fn may_start(&self, key: &LinkKey) -> bool {
        let rests = self.resting.contains_key(key) || self.line.resting().contains(key);
        !self.in_flight.contains(key) && !self.blocked.keys.contains(key) && !rests
    }

    pub(super) fn start(&mut self, key: LinkKey, place: Place) {
        self.strays.forget(&key);
        let line = self.line.clone();
        let handle = self.tasks.spawn(async move { turn(&line, key, place).await });
        let seen = self.blocked.landings;
        self.keys.insert(handle.id(), Flight { key, seen });
        self.in_flight.insert(key);
    }

    /// The next turn that ends; `None` if none is under way.
    pub(super) async fn next(&mut self) -> Option<(LinkKey, Landed)> {
        let (id, landed) = match self.tasks.join_next_with_id().await? {
            Ok((id, end)) => (id, Landed::Ended(end)),
            Err(broken) => (broken.id(), Landed::Broken(broken)),
        };
        let flight = self.keys.remove(&id)?;
        self.in_flight.remove(&flight.key);
        self.refused |= matches!(landed, Landed::Ended(Err(Error::Unavailable(_))));
        match (&landed, self.groups.get_mut(&flight.key)) {
            (Landed::Ended(Ok(End::Again)), Some(yielded)) => {
                self.yields += 1;
                *yielded = self.yields;
            }
            // It did nothing, and has not come to an end: its turn is not before those that wait for theirs.
            (Landed::Ended(Ok(End::Busy)), _) => {}
            (_, Some(_)) => {
                self.groups.remove(&flight.key);
            }
            (_, None) => {}
        }
        match landed {
            Landed::Ended(Ok(End::Busy)) => self.blocked.met_another(&flight),
            Landed::Ended(_) | Landed::Broken(_) => self.blocked.rouse(),
        }
        Some((flight.key, landed))
    }
}

impl Blocked {
    /// A turn found another one at work. It waits for the next landing, unless there was one since it started: that may
    /// have been the one that it met, and no other might follow.
    fn met_another(&mut self, flight: &Flight) {
        if flight.seen == self.landings {
            self.keys.insert(flight.key);
        }
    }

    /// A turn is over that may have been in somebody's way. One that found another at work was in nobody's: were the
    /// blocked roused by those, two of them would take turns at finding out, without a pause.
    fn rouse(&mut self) {
        self.landings += 1;
        self.keys.clear();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::{DirectoryId, ResourceId, TargetId};

    fn flight(number: u128, blocked: &Blocked) -> Flight {
        let key = LinkKey {
            directory: DirectoryId(Uuid::from_u128(1)),
            target: TargetId(Uuid::from_u128(1)),
            resource: ResourceId(Uuid::from_u128(number)),
        };
        Flight {
            key,
            seen: blocked.landings,
        }
    }

    /// Both wait for a third one, whose call goes on.
    #[test]
    fn two_that_met_a_third_do_not_rouse_each_other() {
        let mut blocked = Blocked::default();
        let (one, other) = (flight(1, &blocked), flight(2, &blocked));
        blocked.met_another(&one);
        blocked.met_another(&other);
        assert_eq!(blocked.keys, BTreeSet::from([one.key, other.key]));
        blocked.rouse();
        assert_eq!(blocked.keys, BTreeSet::new());
    }

    /// The one that was met landed while the other one's turn was ending: it would wait for a landing that never comes.
    #[test]
    fn one_whose_blocker_has_landed_is_not_blocked() {
        let mut blocked = Blocked::default();
        let met = flight(1, &blocked);
        blocked.rouse();
        blocked.met_another(&met);
        assert_eq!(blocked.keys, BTreeSet::new());
        let again = flight(1, &blocked);
        blocked.met_another(&again);
        assert_eq!(blocked.keys, BTreeSet::from([again.key]));
    }
}
