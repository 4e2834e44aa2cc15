//! Waiting on a state.
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Longer than anything takes on a machine that is busy with other tests.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Looks until `look` finds something.
///
/// # Panics
/// It never does; `what` says what was waited for.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + WAIT_MAX;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        sleep(Duration::from_millis(10)).await;
    }
}
