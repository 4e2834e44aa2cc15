//! The way a request takes.
use std::time::Duration;

use async_trait::async_trait;

use super::{Answer, Request};

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The guard refuses the address; nothing was sent.
    Refused,
    /// Nothing was sent: the call did not happen.
    BeforeSending,
    /// The request may have arrived.
    AfterSending,
}

/// Carries requests: over the network, or in process to a twin.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request` to `base_url` and waits for its answer at most `deadline`.
    ///
    /// # Errors
    /// Says whether the request may have arrived.
    async fn send(&self, base_url: &str, request: Request, deadline: Duration) -> Result<Answer, Lost>;
}
