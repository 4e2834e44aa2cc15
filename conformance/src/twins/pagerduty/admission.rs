//! Who may pass: credential, rate limit, and the headers that every request needs.

use std::collections::HashMap;

use jiff::Timestamp;

use super::account::PagerDuty;
use super::records::{Access, User};
use super::refusal::Refusal;
use super::routes;
use crate::twins::oauth::GrantType;
use crate::twins::{Answer, Request};

/// The window in which requests are counted.
const WINDOW_SECONDS: i64 = 60;

/// The media type of version 2, the only one that there is today.
const VERSION: &str = "2";

/// What one credential used up: counted in windows that begin with the first request in them. How PagerDuty places its
/// windows is not documented.
#[derive(Default)]
pub(super) struct Limiter {
    windows: HashMap<String, Window>,
}

#[derive(Clone, Copy)]
struct Window {
    began_at: Timestamp,
    requests: u64,
}

/// Where a credential stands after a request was counted.
pub(super) struct Budget {
    limit: u64,
    requests: u64,
    reset_seconds: i64,
}

impl Limiter {
    pub(super) fn count(&mut self, now: Timestamp, credential: &str, limit: u64) -> Budget {
        let fresh = Window {
            began_at: now,
            requests: 0,
        };
        let window = self.windows.entry(credential.to_owned()).or_insert(fresh);
        if now.as_second() - window.began_at.as_second() >= WINDOW_SECONDS {
            *window = fresh;
        }
        window.requests += 1;
        let reset_seconds = WINDOW_SECONDS - (now.as_second() - window.began_at.as_second());
        Budget {
            limit,
            requests: window.requests,
            reset_seconds,
        }
    }
}

impl Budget {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        match self.requests > self.limit {
            true => Err(Refusal::rate_limited()),
            false => Ok(()),
        }
    }

    pub(super) fn head(&self, answer: Answer) -> Answer {
        answer
            .with_header("ratelimit-limit", self.limit)
            .with_header("ratelimit-remaining", self.limit.saturating_sub(self.requests))
            .with_header("ratelimit-reset", self.reset_seconds)
    }
}

/// A credential as a request carries it.
pub(super) struct Credential<'a> {
    pub(super) token: &'a str,
    /// An OAuth token acts for a user; an account key acts for nobody.
    pub(super) acts_for_user: bool,
    access: Access,
}

impl PagerDuty {
    /// The header must be `Token token=KEY` or `Bearer TOKEN` to the letter.
    pub(super) fn credential<'a>(&self, now: Timestamp, request: &'a Request) -> Result<Credential<'a>, Refusal> {
        let header = request.header("authorization").unwrap_or_default();
        let key = header.strip_prefix("Token token=");
        let token = key
            .or_else(|| header.strip_prefix("Bearer "))
            .ok_or_else(Refusal::unauthenticated)?;
        let given = self.account.tokens.get(token).cloned();
        let is_own = !token.is_empty() && token == self.token;
        let issued = self.oauth.access(now, token).filter(|_| key.is_none());
        let access = given
            .or_else(|| is_own.then_some(Access::Full))
            .or_else(|| issued.map(|token| self.access_of(token)));
        Ok(Credential {
            token,
            acts_for_user: key.is_none() && issued.is_none_or(|token| token.grant == GrantType::AuthorizationCode),
            access: access.ok_or_else(Refusal::unauthenticated)?,
        })
    }

    /// The user that `From` names.
    pub(super) fn requester(&self, request: &Request) -> Result<&User, Refusal> {
        let from = request
            .header("from")
            .filter(|from| !from.is_empty())
            .ok_or_else(Refusal::no_requester)?;
        self.user_by_email(from)
            .map(AsRef::as_ref)
            .ok_or_else(Refusal::unknown_requester)
    }
}

impl Credential<'_> {
    pub(super) fn check(&self, request: &Request) -> Result<(), Refusal> {
        let unscoped = || Refusal::denied("The credential lacks the scope for this");
        match &self.access {
            Access::Full => Ok(()),
            Access::ReadOnly if request.method == "GET" => Ok(()),
            Access::ReadOnly => Err(Refusal::denied("The credential may only read")),
            Access::Scoped(scopes) => match routes::scope(request) {
                Some(scope) if !scopes.contains(&scope) => Err(unscoped()),
                Some(_) | None => Ok(()),
            },
            Access::Scopeless => Err(unscoped()),
        }
    }
}

/// `Accept` must be there and must not name another version; a body must be said to be JSON. What PagerDuty answers
/// otherwise is not documented.
pub(super) fn check_headers(request: &Request) -> Result<(), Refusal> {
    let accept = request
        .header("accept")
        .ok_or_else(|| Refusal::arguments("Accept is missing"))?;
    let version = accept
        .split([';', ','])
        .find_map(|part| part.trim().strip_prefix("version="));
    if version.is_some_and(|version| version != VERSION) {
        return Err(Refusal::arguments("Accept names a version that does not exist"));
    }
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if matches!(request.method.as_str(), "POST" | "PUT") && media_type != "application/json" {
        return Err(Refusal::arguments("Content-Type must be application/json"));
    }
    Ok(())
}
