//! What was read once and is good for a while.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long it is good: people who create a role or organization at Zendesk find it known soon enough.
const GOOD_FOR: Duration = Duration::from_secs(600);

/// A value that may be forgotten at any time.
#[derive(Debug)]
pub(super) struct Remembered<T> {
    value: Mutex<Option<(Instant, Arc<T>)>>,
    good_for: Duration,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self {
            value: Mutex::new(None),
            good_for: GOOD_FOR,
        }
    }
}

impl<T> Remembered<T> {
    /// The value, if it is still good.
    pub(super) fn get(&self) -> Option<Arc<T>> {
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, value) = value.as_ref()?;
        (since.elapsed() < self.good_for).then(|| Arc::clone(value))
    }

    /// Takes a new value.
    pub(super) fn set(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        *self.value.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&value)));
        value
    }

    /// The value is wrong.
    pub(super) fn forget(&self) {
        *self.value.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_or_wrong_is_forgotten() {
        let remembered = Remembered::default();
        assert_eq!(remembered.get(), None);
        remembered.set(1);
        assert_eq!(remembered.get().as_deref(), Some(&1));
        remembered.forget();
        assert_eq!(remembered.get(), None);
        let old = Remembered {
            good_for: Duration::ZERO,
            ..Remembered::default()
        };
        assert_eq!(*old.set(2), 2);
        assert_eq!(old.get(), None);
    }
}
