//! Versions that their writers may still take back, and who else relies on them.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::ResourceId;

/// A version of a resource.
pub(super) type Version = (ResourceId, u64);

/// The versions that may still be taken back: their writers wait for a vendor's answer.
#[derive(Debug, Default)]
pub(super) struct Claims {
    versions: Mutex<HashMap<Version, Entry>>,
}

#[derive(Debug)]
struct Entry {
    /// Of several writers that try for the same version one succeeds.
    writers: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Only its writer relies on it.
    Alone,
    /// Another request was answered with success because of it: it stays.
    Relied,
    /// It is being taken back.
    TakenBack,
}

/// The right to take a version back; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    claims: Arc<Claims>,
    version: Version,
}

impl Claims {
    /// Claims a version that is about to be written.
    pub(super) fn claim(self: &Arc<Self>, version: Version) -> Claim {
        let mut versions = self.lock();
        let alone = Entry {
            writers: 0,
            state: State::Alone,
        };
        versions.entry(version).or_insert(alone).writers += 1;
        Claim {
            claims: Arc::clone(self),
            version,
        }
    }

    /// Says that an answer will rely on this version; false if it is being taken back.
    pub(super) fn rely(&self, version: Version) -> bool {
        match self.lock().get_mut(&version) {
            Some(entry) if entry.state == State::TakenBack => false,
            Some(entry) => {
                entry.state = State::Relied;
                true
            }
            None => true,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Version, Entry>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// Begins to take the version back; false if someone relies on it.
    pub(super) fn take_back(&self) -> bool {
        match self.claims.lock().get_mut(&self.version) {
            Some(entry) if entry.state == State::Alone => {
                entry.state = State::TakenBack;
                true
            }
            Some(_) | None => false,
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut versions = self.claims.lock();
        let Some(entry) = versions.get_mut(&self.version) else {
            return;
        };
        entry.writers = entry.writers.saturating_sub(1);
        if entry.writers == 0 {
            versions.remove(&self.version);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const VERSION: Version = (ResourceId(Uuid::nil()), 2);

    #[test]
    fn who_comes_first_decides() {
        let claims = Arc::new(Claims::default());
        assert!(claims.rely(VERSION), "nobody claims it");
        let claim = claims.claim(VERSION);
        assert!(claim.take_back());
        assert!(!claims.rely(VERSION), "it is being taken back");
        drop(claim);
        let claim = claims.claim(VERSION);
        assert!(claims.rely(VERSION));
        assert!(!claim.take_back(), "someone relies on it");
    }

    #[test]
    fn a_writer_that_fails_leaves_the_other_its_claim() {
        let claims = Arc::new(Claims::default());
        let winner = claims.claim(VERSION);
        drop(claims.claim(VERSION));
        assert!(claims.rely(VERSION));
        assert!(!winner.take_back());
        drop(winner);
        assert!(claims.lock().is_empty());
    }
}
