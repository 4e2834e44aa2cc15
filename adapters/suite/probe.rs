//! How the suite looks behind the vendor's API.
use async_trait::async_trait;

/// The twin, as far as the suite needs to see and command it.
#[async_trait]
pub trait Probe: Send + Sync {
    /// How many calls have reached the vendor so far.
    async fn calls(&self) -> u64;

    /// Makes the vendor's next call, and only that, meet a fault.
    async fn inject(&self, fault: Fault);
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 429 with the vendor's headers; nothing is done.
    RateLimited,
    /// 429 without a word; nothing is done.
    RateLimitedBare,
    /// 500; nothing is done.
    Broken,
    /// 503; nothing is done.
    Down,
    /// The work is done, and the connection drops without an answer.
    LostAfter,
    /// Nothing is done, and no answer comes until the call's deadline.
    LostBefore,
}
