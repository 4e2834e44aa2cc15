//! The one door to vendors: deadlines, limits, redaction, the guard against forbidden addresses.
//!
//! Nothing else in the workspace opens a connection to a vendor. The client retries nothing; it measures and reports
//! what the vendor says of its limits to the [`Gate`], which decides the pace.
use std::time::Duration;

use async_trait::async_trait;

/// A request to a vendor.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// Path and query below the target's base URL, percent-encoded.
    pub path: String,
    /// Further headers, names in lower case; authorization is the client's own.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON body.
    pub body: Option<Vec<u8>>,
}

/// A vendor's answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`ANSWER_BYTES_MAX`] long.
    pub body: Vec<u8>,
}

/// Bytes of a vendor's answer that are read; more is an error. Vendors' pages of 100 accounts stay far below.
pub const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
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
