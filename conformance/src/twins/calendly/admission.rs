//! Who may pass: credential, scope, and rate limit.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::account::Calendly;
use super::oauth;
use super::records::{Membership, Role, Scope};
use super::refusal::Refusal;
use crate::twins::{Answer, Request};

/// The window in which requests are counted.
const WINDOW_SECONDS: i64 = 60;

/// What each user used up: counted in windows that begin with the first request in them. How Calendly places its
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

/// Where a user stands after a request was counted.
pub(super) struct Budget {
    limit: u64,
    requests: u64,
    reset_seconds: i64,
}

impl Limiter {
    pub(super) fn count(&mut self, now: Timestamp, user: &str, limit: u64) -> Budget {
        let fresh = Window {
            began_at: now,
            requests: 0,
        };
        let window = self.windows.entry(user.to_owned()).or_insert(fresh);
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
            .with_header("x-ratelimit-limit", self.limit)
            .with_header("x-ratelimit-remaining", self.limit.saturating_sub(self.requests))
            .with_header("x-ratelimit-reset", self.reset_seconds)
    }
}

/// Whom a request acts for.
pub(super) struct Caller {
    /// The id of the user.
    pub(super) user: String,
    role: Role,
    scopes: Option<BTreeSet<Scope>>,
}

impl Calendly {
    /// Whose token the request carries. A token of somebody who is a member no longer opens nothing.
    pub(super) fn caller(&self, now: Timestamp, request: &Request) -> Result<Caller, Refusal> {
        let header = request.header("authorization").unwrap_or_default();
        let token = header.strip_prefix("Bearer ").filter(|token| !token.is_empty());
        let token = token.ok_or_else(Refusal::unauthenticated)?;
        let personal = self.account.tokens.get(token);
        let issued = self.oauth.access(now, token);
        let (email, scopes) = match (personal, issued) {
            (Some(access), _) => (access.email.as_str(), access.scopes.clone()),
            (None, Some(token)) => (Self::OWNER_EMAIL, Some(oauth::scopes(token))),
            (None, None) if token == self.token => (Self::OWNER_EMAIL, None),
            (None, None) => return Err(Refusal::unauthenticated()),
        };
        let membership = self.membership_by_email(email).ok_or_else(Refusal::unauthenticated)?;
        Ok(Caller {
            user: membership.user.clone(),
            role: membership.role,
            scopes,
        })
    }
}

impl Caller {
    pub(super) fn need(&self, scope: Scope) -> Result<(), Refusal> {
        match &self.scopes {
            Some(scopes) if !scopes.contains(&scope) => Err(Refusal::denied()),
            _ => Ok(()),
        }
    }

    pub(super) fn need_admin(&self) -> Result<(), Refusal> {
        match self.role {
            Role::Admin | Role::Owner => Ok(()),
            Role::User => Err(Refusal::denied()),
        }
    }

    /// Members see themselves, administrators see everybody.
    pub(super) fn may_see(&self, membership: &Membership) -> bool {
        membership.user == self.user || self.need_admin().is_ok()
    }
}
