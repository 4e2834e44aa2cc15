//! How many turns of a target work at the same time.
use std::sync::Arc;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Places that only leavers may have.
const RESERVED_FOR_LEAVERS: usize = 1;

/// The places of one target. Who waits for a bulk job gives its place up meanwhile.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    /// Those that are not reserved. Whoever is no leaver takes one first, so that of `all` one is always a leaver's.
    open: Arc<Semaphore>,
    freed: Notify,
    count: usize,
}

/// One of them, until dropped.
#[derive(Debug)]
pub(super) struct Place {
    _open: Option<OwnedSemaphorePermit>,
    _any: OwnedSemaphorePermit,
}

impl Places {
    /// So many calls in flight does the vendor bear.
    pub(super) fn new(concurrency: usize) -> Self {
        let all = concurrency.max(RESERVED_FOR_LEAVERS + 1);
        Self {
            all: Arc::new(Semaphore::new(all)),
            open: Arc::new(Semaphore::new(all - RESERVED_FOR_LEAVERS)),
            freed: Notify::new(),
            count: all,
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// A place, if one is free.
    pub(super) fn take(&self, leaver: bool) -> Option<Place> {
        let open = match leaver {
            true => None,
            false => Some(self.open.clone().try_acquire_owned().ok()?),
        };
        let any = self.all.clone().try_acquire_owned().ok()?;
        Some(Place { _open: open, _any: any })
    }

    /// Gives a place up before the turn's end.
    pub(super) fn give_up(&self, place: Option<Place>) {
        drop(place);
        self.freed.notify_one();
    }

    /// A place again for who gave one up, once there is one.
    pub(super) async fn again(&self, leaver: bool) -> Option<Place> {
        let open = match leaver {
            true => None,
            false => Some(self.open.clone().acquire_owned().await.ok()?),
        };
        let any = self.all.clone().acquire_owned().await.ok()?;
        Some(Place { _open: open, _any: any })
    }

    /// Waits until a place was given up.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_place_is_always_a_leavers() {
        let places = Places::new(3);
        let others = [(); 2].map(|()| places.take(false));
        assert!(others.iter().all(Option::is_some) && places.take(false).is_none());
        let waiting = places.again(false);
        let leaver = places.take(true);
        assert!(leaver.is_some() && places.take(true).is_none());
        assert!(waiting.now_or_never().is_none(), "who comes back waits as well");
        places.give_up(leaver);
        assert!(places.freed().now_or_never().is_some());
        assert!(places.take(false).is_none() && places.take(true).is_some());
    }
}
