//! Who may pass: credential, scope, and rate limit.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::account::BoxEnterprise;
use super::oauth;
use super::records::Scope;
use super::refusal::Refusal;
use crate::twins::Request;

/// The window in which requests are counted. How Box places its windows is not documented.
const WINDOW_SECONDS: i64 = 60;

/// What each token used up, in windows that begin with the first request in them.
#[derive(Default)]
pub(super) struct Limiter {
    windows: HashMap<String, (Timestamp, u64)>,
}

impl Limiter {
    /// Counts a request; in how many seconds the next is let in if there were too many.
    pub(super) fn count(&mut self, now: Timestamp, token: &str, limit: u64) -> Result<(), i64> {
        let (began_at, requests) = self.windows.entry(token.to_owned()).or_insert((now, 0));
        if now.as_second() - began_at.as_second() >= WINDOW_SECONDS {
            (*began_at, *requests) = (now, 0);
        }
        *requests += 1;
        match *requests > limit {
            true => Err(WINDOW_SECONDS - (now.as_second() - began_at.as_second())),
            false => Ok(()),
        }
    }
}

/// By what a request is let in.
pub(super) struct Caller {
    pub(super) token: String,
    /// None: every scope.
    scopes: Option<BTreeSet<Scope>>,
}

impl BoxEnterprise {
    /// Whose token the request carries.
    pub(super) fn caller(&self, now: Timestamp, request: &Request) -> Result<Caller, Refusal> {
        let header = request.header("authorization").unwrap_or_default();
        let token = header.strip_prefix("Bearer ").filter(|token| !token.is_empty());
        let token = token.ok_or_else(Refusal::unauthorized)?;
        let issued = self.oauth.access(now, token).map(oauth::scopes);
        let scopes = match self.account.tokens.get(token).cloned().or(issued) {
            Some(scopes) => Some(scopes),
            None if token == self.token => None,
            None => return Err(Refusal::unauthorized()),
        };
        let token = token.to_owned();
        Ok(Caller { token, scopes })
    }
}

impl Caller {
    pub(super) fn need(&self, scope: Option<Scope>) -> Result<(), Refusal> {
        match (&self.scopes, scope) {
            (Some(scopes), Some(scope)) if !scopes.contains(&scope) => Err(Refusal::no_scope()),
            _ => Ok(()),
        }
    }
}
