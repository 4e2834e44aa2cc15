//! What requests share and could use up: memory for bodies, threads for searches, turns.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, TryAcquireError};

use super::error::Error;
use crate::store::DirectoryId;

/// How long a request waits for room. Most room is free again within a second; who waits longer is told to come again
/// before its IdP gives up.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Something of which there is only so much. No directory has more than its part of it at once, so that none keeps the
/// others waiting by itself.
pub(crate) struct Room {
    all: Arc<Semaphore>,
    /// At most what a directory has.
    part: u32,
    directories: Mutex<HashMap<DirectoryId, Arc<Semaphore>>>,
}

/// Room that is taken; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    part: OwnedSemaphorePermit,
    all: OwnedSemaphorePermit,
}

impl Room {
    /// Room for so much, of which a directory has at most its part.
    pub(crate) fn new(total: usize, part: usize) -> Self {
        let total = total.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            all: Arc::new(Semaphore::new(total)),
            part: u32::try_from(part.clamp(1, total)).unwrap_or(u32::MAX),
            directories: Mutex::default(),
        }
    }

    /// Takes so much, or all of the directory's part if it is less, and waits for it if it must.
    ///
    /// # Errors
    /// [`Error::Busy`] if there is no room for a while.
    pub(crate) async fn take(&self, directory: DirectoryId, amount: usize) -> Result<Taken, Error> {
        let amount = self.at_most(amount);
        let (all, part) = (Arc::clone(&self.all), self.of(directory));
        // The own part first: who waits for it keeps nobody of another directory waiting.
        let taken = async {
            let part = part.acquire_many_owned(amount).await?;
            let all = all.acquire_many_owned(amount).await?;
            Ok::<_, AcquireError>(Taken { part, all })
        };
        let taken = tokio::time::timeout(WAIT_MAX, taken).await;
        taken.ok().and_then(Result::ok).ok_or(Error::Busy)
    }

    /// Takes so much if there is room now.
    ///
    /// # Errors
    /// [`Error::Busy`] if there is none.
    pub(crate) fn try_take(&self, directory: DirectoryId, amount: usize) -> Result<Taken, Error> {
        let amount = self.at_most(amount);
        let taken = || {
            let part = self.of(directory).try_acquire_many_owned(amount)?;
            let all = Arc::clone(&self.all).try_acquire_many_owned(amount)?;
            Ok::<_, TryAcquireError>(Taken { part, all })
        };
        taken().map_err(|_| Error::Busy)
    }

    fn at_most(&self, amount: usize) -> u32 {
        u32::try_from(amount).unwrap_or(u32::MAX).min(self.part)
    }

    fn of(&self, directory: DirectoryId) -> Arc<Semaphore> {
        let mut directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        let part = usize::try_from(self.part).unwrap_or(usize::MAX);
        let own = directories.entry(directory);
        Arc::clone(own.or_insert_with(|| Arc::new(Semaphore::new(part))))
    }
}

impl Taken {
    /// Gives back what is more than `amount`.
    pub(crate) fn shrink(&mut self, amount: usize) {
        for permit in [&mut self.part, &mut self.all] {
            drop(permit.split(permit.num_permits().saturating_sub(amount)));
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ACME: DirectoryId = DirectoryId(Uuid::from_u128(1));
    const OTHER: DirectoryId = DirectoryId(Uuid::from_u128(2));
    const THIRD: DirectoryId = DirectoryId(Uuid::from_u128(3));

    #[test]
    fn a_directory_has_its_part() {
        let room = Room::new(5, 3);
        let mut taken = room.try_take(ACME, 100).expect("it is cut down to the part");
        assert!(room.try_take(ACME, 1).is_err(), "its part is taken");
        let other = room.try_take(OTHER, 2).expect("there is room for others");
        assert!(room.try_take(THIRD, 1).is_err(), "all is taken");
        taken.shrink(1);
        let third = room.try_take(THIRD, 2);
        assert!(third.is_ok() && room.try_take(ACME, 1).is_err());
        drop(other);
        assert!(room.try_take(ACME, 2).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_gets_room_or_is_told() {
        let room = Room::new(1, 1);
        let taken = room.try_take(ACME, 1).expect("there is room");
        assert!(matches!(room.take(OTHER, 1).await, Err(Error::Busy)));
        let (waited, ()) = tokio::join!(room.take(OTHER, 1), async { drop(taken) });
        assert!(waited.is_ok());
    }
}
