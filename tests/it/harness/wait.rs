//! Waiting on a state.
use std::fmt::Debug;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Longer than anything takes on a machine that is busy with other tests.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// How soon it is looked again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Looks until `look` finds something.
///
/// # Panics
/// When it has found nothing for [`WAIT_MAX`]; `what` says what was waited for.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + WAIT_MAX;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        sleep(LOOK_AGAIN).await;
    }
}

/// Looks until `look` finds what is expected.
///
/// # Panics
/// When it has found something else for [`WAIT_MAX`], with both.
pub(crate) async fn agree<T: PartialEq + Debug>(expected: &T, mut look: impl AsyncFnMut() -> T) {
    let end = Instant::now() + WAIT_MAX;
    loop {
        let found = look().await;
        if found == *expected {
            return;
        }
        assert!(Instant::now() < end, "found {found:#?}\nexpected {expected:#?}");
        sleep(LOOK_AGAIN).await;
    }
}
