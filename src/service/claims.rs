//! Resources whose last writers may still take their writes back, and who else relies on them.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::store::ResourceId;

/// The writes that may still be taken back: their writers wait for a vendor's answer. Bounded by the requests in
/// flight.
#[derive(Debug, Default)]
pub(super) struct Claims {
    resources: Mutex<HashMap<ResourceId, Entry>>,
    /// Something was taken back, or was not.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Entry {
    /// The claims by number, each with whether it was relied on: then its write stays.
    claims: HashMap<u64, bool>,
    next: u64,
    /// Requests that are about to rely on the resource as it is.
    relying: usize,
    /// A write is being taken back.
    taking: bool,
}

impl Entry {
    fn is_idle(&self) -> bool {
        self.claims.is_empty() && self.relying == 0
    }
}

/// The right to take a write back; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    claims: Arc<Claims>,
    resource: ResourceId,
    number: u64,
    taking: bool,
}

/// While it lives, no write of the resource is taken back.
#[derive(Debug)]
pub(super) struct Reliance<'a> {
    claims: &'a Claims,
    resource: ResourceId,
}

impl Claims {
    /// Claims a write that is about to be made.
    pub(super) fn claim(self: &Arc<Self>, resource: ResourceId) -> Claim {
        let mut resources = self.lock();
        let entry = resources.entry(resource).or_default();
        let number = entry.next;
        entry.next += 1;
        entry.claims.insert(number, false);
        Claim {
            claims: Arc::clone(self),
            resource,
            number,
            taking: false,
        }
    }

    /// Begins to rely on what is written of the resource; if something is being taken back, after that.
    pub(super) async fn rely(&self, resource: ResourceId) -> Reliance<'_> {
        loop {
            let ended = self.ended.notified();
            if let Some(reliance) = self.try_to_rely(resource) {
                return reliance;
            }
            ended.await;
        }
    }

    fn try_to_rely(&self, resource: ResourceId) -> Option<Reliance<'_>> {
        let mut resources = self.lock();
        let entry = resources.entry(resource).or_default();
        if entry.taking {
            return None;
        }
        entry.relying += 1;
        Some(Reliance { claims: self, resource })
    }

    fn change(&self, resource: ResourceId, change: impl FnOnce(&mut Entry)) {
        let mut resources = self.lock();
        let Some(entry) = resources.get_mut(&resource) else {
            return;
        };
        change(entry);
        if entry.is_idle() {
            resources.remove(&resource);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ResourceId, Entry>> {
        self.resources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reliance<'_> {
    /// An answer relies on all that is written by now: it stays.
    pub(super) fn hold(self) {
        self.claims.change(self.resource, |entry| {
            entry.claims.values_mut().for_each(|relied| *relied = true)
        });
    }
}

impl Drop for Reliance<'_> {
    fn drop(&mut self) {
        self.claims
            .change(self.resource, |entry| entry.relying = entry.relying.saturating_sub(1));
    }
}

impl Claim {
    /// Begins to take the write back; false if someone relies on it.
    pub(super) fn take_back(&mut self) -> bool {
        let number = self.number;
        let mut may = false;
        self.claims.change(self.resource, |entry| {
            may = !entry.taking && entry.relying == 0 && entry.claims.get(&number) == Some(&false);
            entry.taking |= may;
        });
        self.taking = may;
        may
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let (number, taking) = (self.number, self.taking);
        self.claims.change(self.resource, |entry| {
            entry.claims.remove(&number);
            entry.taking &= !taking;
        });
        if taking {
            self.claims.ended.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;

    const RESOURCE: ResourceId = ResourceId(Uuid::nil());

    #[tokio::test]
    async fn who_comes_first_decides() {
        let claims = Arc::new(Claims::default());
        claims.rely(RESOURCE).await.hold();
        let mut claim = claims.claim(RESOURCE);
        assert!(claim.take_back(), "who relied before the write does not rely on it");
        let mut waiting = Box::pin(claims.rely(RESOURCE));
        assert!((&mut waiting).now_or_never().is_none(), "it is being taken back");
        drop(claim);
        let reliance = waiting.now_or_never().expect("it is over");
        let mut claim = claims.claim(RESOURCE);
        assert!(!claim.take_back(), "someone is about to rely on it");
        drop(reliance);
        assert!(claim.take_back(), "it came to nothing");
        drop(claim);
        let mut claim = claims.claim(RESOURCE);
        claims.rely(RESOURCE).await.hold();
        assert!(!claim.take_back(), "someone relies on it");
    }

    #[tokio::test]
    async fn a_writer_that_fails_leaves_the_other_its_claim() {
        let claims = Arc::new(Claims::default());
        let mut winner = claims.claim(RESOURCE);
        drop(claims.claim(RESOURCE));
        claims.rely(RESOURCE).await.hold();
        assert!(!winner.take_back());
        drop(winner);
        assert!(claims.lock().is_empty());
    }
}
