//! Where the pace of calls is decided.
use std::time::Duration;

use async_trait::async_trait;

/// Decides the pace of calls to one target, and learns from the vendor's answers.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Waits until one more call may be made.
    async fn pass(&self);
    /// What the vendor said of its limits with an answer.
    fn observe(&self, status: u16, limits: Limits);
}

/// What an answer's headers say of the vendor's limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Calls left in the present window.
    pub remaining: Option<u32>,
    /// When the window ends.
    pub reset: Option<Duration>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
}
