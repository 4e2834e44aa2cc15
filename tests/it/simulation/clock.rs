//! Time that goes with the runtime's virtual time and on from one life of the process to the next, and ids.
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

use jiff::Timestamp;
use tokio::time::Instant;
use usherd::clock::{Clock, Ids};
use uuid::{Builder, Uuid};

use crate::dice::Dice;

/// When every story begins.
const BEGIN_SECOND: i64 = 1_800_000_000;

/// Looks at the clock at one time, after which somebody must be waiting for nothing, again and again.
const LOOKS_MAX: u64 = 20_000;

/// The time of day in the simulated world.
pub(super) struct WorldClock {
    /// When the present life began, by both times; the second is none between lives.
    now: Mutex<(Timestamp, Option<Instant>)>,
    /// The time last seen, and how often.
    seen: Mutex<(Timestamp, u64)>,
    watcher: Mutex<Option<Waker>>,
}

impl Default for WorldClock {
    fn default() -> Self {
        let begin = Timestamp::from_second(BEGIN_SECOND).expect("a time of this century");
        Self {
            now: Mutex::new((begin, None)),
            seen: Mutex::new((begin, 0)),
            watcher: Mutex::default(),
        }
    }
}

impl WorldClock {
    /// Goes with the runtime that is entered.
    pub(super) fn start(&self) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(Instant::now());
    }

    /// Stands still until it is started again.
    pub(super) fn stop(&self) {
        let now = self.now();
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = (now, None);
    }

    /// Whether time does not go on any more, since somebody never waits.
    pub(super) fn is_stuck(&self) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).1 > LOOKS_MAX
    }

    /// Wakes once time stands still.
    pub(super) fn when_stuck(&self, waker: &Waker) {
        *self.watcher.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
    }

    fn see(&self, now: Timestamp) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = match *seen {
            (before, looks) if before == now => (now, looks + 1),
            _ => (now, 0),
        };
        let watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Some(watcher)) = (seen.1 > LOOKS_MAX, &*watcher) {
            watcher.wake_by_ref();
        }
    }

    /// Time that passes while no process runs.
    pub(super) fn pass(&self, by: std::time::Duration) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).0 += by;
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        let (began, running) = *self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let now = running.map_or(began, |instant| began + instant.elapsed());
        self.see(now);
        now
    }
}

/// Ids in order of creation, their random bits drawn from the seed.
pub(super) struct WorldIds(Mutex<(Dice, u32)>);

impl WorldIds {
    pub(super) fn new(dice: Dice) -> Self {
        Self(Mutex::new((dice, 0)))
    }
}

impl Ids for WorldIds {
    fn next(&self, now: Timestamp) -> Uuid {
        let mut drawn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drawn.1 += 1;
        let mut bytes = [0; 10];
        // The first byte's upper half is the version's, and the third one's begins with the variant's bits.
        let [a, b, c, d] = (drawn.1 << 2).to_be_bytes();
        bytes.copy_from_slice(&[&[0, a, 0, b, c, d][..], &drawn.0.next().to_be_bytes()[..4]].concat());
        let millis = u64::try_from(now.as_millisecond()).expect("a time after 1970");
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}
