//! Who may pass: credential and rate limit.

use jiff::Timestamp;

use super::account::Scim;
use super::refusal::{Reason, Refusal};
use crate::twins::Request;

/// The window in which requests are counted.
const WINDOW_SECONDS: i64 = 60;

/// What was used up: counted in windows that begin with the first request in them, which no vendor documents.
#[derive(Clone, Copy)]
pub(super) struct Window {
    began_at: Timestamp,
    requests: u64,
}

impl Scim {
    /// The header must be `Bearer TOKEN` to the letter, and the token not expired.
    pub(super) fn authenticate(&self, now: Timestamp, request: &Request) -> Result<(), Refusal> {
        let header = request.header("authorization").unwrap_or_default();
        let token = header.strip_prefix("Bearer ").unwrap_or_default();
        let is_expired = self.account.token_expires_at.is_some_and(|at| now >= at);
        match !token.is_empty() && token == self.token && !is_expired {
            true => Ok(()),
            false => Err(Refusal::new(
                Reason::Unauthenticated,
                "The bearer token is missing, unknown or expired",
            )),
        }
    }

    /// Counts a request; refused, it says in how many seconds the next one is taken.
    pub(super) fn count(&mut self, now: Timestamp) -> Result<(), i64> {
        let fresh = Window {
            began_at: now,
            requests: 0,
        };
        let age = |window: &Window| now.as_second() - window.began_at.as_second();
        let window = self.window.filter(|window| age(window) < WINDOW_SECONDS);
        let mut window = window.unwrap_or(fresh);
        window.requests += 1;
        self.window = Some(window);
        match self.account.requests_per_minute {
            Some(limit) if window.requests > limit => Err(WINDOW_SECONDS - age(&window)),
            _ => Ok(()),
        }
    }
}
