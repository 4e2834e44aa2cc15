//! Who may pass: credential, scopes, and the rate limits.

use std::collections::HashMap;

use jiff::Timestamp;

use super::account::Zendesk;
use super::refusal::Refusal;
use crate::twins::{Answer, Request};

/// The window of the account's limit, and of most others.
const MINUTE_SECONDS: i64 = 60;

/// Beyond this page, lists of users have a limit of their own.
const DEEP_PAGE: usize = 10_000;
const DEEP_PAGES_PER_MINUTE: u64 = 100;

/// How many users can be deleted for good in ten minutes.
const PERMANENT_DELETIONS: u64 = 700;
const PERMANENT_DELETIONS_SECONDS: i64 = 600;

/// Resources that have scopes of their own, such as `users:write`.
const RESOURCES: [&str; 17] = [
    "any_channel",
    "apps",
    "auditlogs",
    "automations",
    "dynamic_content",
    "hc",
    "macros",
    "organizations",
    "requests",
    "satisfaction_ratings",
    "targets",
    "tickets",
    "triggers",
    "users",
    "web_widget",
    "webhooks",
    "zis",
];

pub(super) fn is_scope(scope: &str) -> bool {
    let of_resource =
        |(resource, access): (&str, &str)| RESOURCES.contains(&resource) && matches!(access, "read" | "write");
    matches!(scope, "read" | "write" | "impersonate") || scope.split_once(':').is_some_and(of_resource)
}

/// What the account has used up, limit by limit, in windows that begin with the first request in them. How Zendesk
/// places its windows is not documented.
#[derive(Default)]
pub(super) struct Limiter {
    windows: HashMap<String, Window>,
    /// The limit of an endpoint that the present request has met, for its header.
    met: Option<(&'static str, Budget)>,
}

#[derive(Clone, Copy)]
struct Window {
    began_at: Timestamp,
    requests: u64,
}

/// A limit, and how long its window is.
#[derive(Clone, Copy)]
struct Limit {
    /// As headers name its endpoint.
    name: &'static str,
    requests: u64,
    seconds: i64,
}

/// Where a limit stands after a request was counted.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    limit: u64,
    requests: u64,
    reset_seconds: u64,
}

impl Limiter {
    /// Counts a request against a limit, or against that part of it.
    fn count(&mut self, now: Timestamp, of: &str, limit: Limit) -> Budget {
        let fresh = Window {
            began_at: now,
            requests: 0,
        };
        let window = self.windows.entry(format!("{} {of}", limit.name)).or_insert(fresh);
        if now.as_second() - window.began_at.as_second() >= limit.seconds {
            *window = fresh;
        }
        window.requests += 1;
        let reset = limit.seconds - (now.as_second() - window.began_at.as_second());
        Budget {
            limit: limit.requests,
            requests: window.requests,
            reset_seconds: u64::try_from(reset).unwrap_or_default(),
        }
    }
}

impl Budget {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        match self.requests > self.limit {
            true => Err(Refusal::rate_limited(self.reset_seconds)),
            false => Ok(()),
        }
    }

    fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.requests)
    }

    pub(super) fn head(&self, answer: Answer) -> Answer {
        head(answer, self.limit, self.remaining(), self.reset_seconds)
    }
}

/// The account's limit in both spellings.
pub(super) fn head(answer: Answer, limit: u64, remaining: u64, reset_seconds: u64) -> Answer {
    answer
        .with_header("x-rate-limit", limit)
        .with_header("x-rate-limit-remaining", remaining)
        .with_header("ratelimit-limit", limit)
        .with_header("ratelimit-remaining", remaining)
        .with_header("ratelimit-reset", reset_seconds)
}

impl Zendesk {
    /// Counts a request against the account's limit.
    pub(super) fn budget(&mut self, now: Timestamp) -> Budget {
        let limit = Limit {
            name: "account",
            requests: self.account.requests_per_minute,
            seconds: MINUTE_SECONDS,
        };
        self.limiter.met = None;
        self.limiter.count(now, "", limit)
    }

    /// The header of the endpoint's own limit, if the request has met one.
    pub(super) fn head_of_endpoint(&self, answer: Answer) -> Answer {
        let Some((name, budget)) = &self.limiter.met else {
            return answer;
        };
        let (total, remaining, resets) = (budget.limit, budget.remaining(), budget.reset_seconds);
        let value = format!("total={total}; remaining={remaining}; resets={resets}");
        answer.with_header(&format!("zendesk-ratelimit-{name}"), value)
    }

    pub(super) fn limit_deep_pages(&mut self, now: Timestamp, page: Option<usize>) -> Result<(), Refusal> {
        if page.is_none_or(|page| page <= DEEP_PAGE) {
            return Ok(());
        }
        let limit = Limit {
            name: "users-index",
            requests: DEEP_PAGES_PER_MINUTE,
            seconds: MINUTE_SECONDS,
        };
        self.meet(now, "", limit)
    }

    /// Each user can be updated only so often, if the account is set so: a third party's table of limits says five
    /// times a minute, Zendesk's own does not.
    pub(super) fn limit_updates(&mut self, now: Timestamp, user: u64) -> Result<(), Refusal> {
        let Some(requests) = self.account.user_updates_per_minute else {
            return Ok(());
        };
        let limit = Limit {
            name: "users-update",
            requests,
            seconds: MINUTE_SECONDS,
        };
        self.meet(now, &user.to_string(), limit)
    }

    pub(super) fn limit_permanent_deletions(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let limit = Limit {
            name: "deleted-users-destroy",
            requests: PERMANENT_DELETIONS,
            seconds: PERMANENT_DELETIONS_SECONDS,
        };
        self.meet(now, "", limit)
    }

    /// The names of the endpoints in headers are not documented, but for `tickets-index`.
    fn meet(&mut self, now: Timestamp, of: &str, limit: Limit) -> Result<(), Refusal> {
        let budget = self.limiter.count(now, of, limit);
        self.limiter.met = Some((limit.name, budget));
        budget.check()
    }

    /// The scopes of the bearer token; none: all.
    pub(super) fn scopes(&self, now: Timestamp, request: &Request) -> Result<Option<Vec<String>>, Refusal> {
        let header = request.header("authorization").unwrap_or_default();
        let token = header.strip_prefix("Bearer ").ok_or_else(Refusal::unauthenticated)?;
        if !token.is_empty() && token == self.token {
            return Ok(None);
        }
        let given = self.account.tokens.get(token).cloned();
        let issued = self.oauth.access(now, token).map(|token| token.scopes.clone());
        given.or(issued).map(Some).ok_or_else(Refusal::invalid_token)
    }
}

/// That one of the scopes is enough for the request. Identities, groups and memberships have no resource of their own,
/// not even where their paths begin with `users`.
pub(super) fn check_scopes(scopes: &[String], request: &Request) -> Result<(), Refusal> {
    let access = if request.method == "GET" { "read" } else { "write" };
    let path = request.path.strip_prefix("/api/v2/").unwrap_or_default();
    let has = |scope: &str| scopes.iter().any(|granted| granted == scope);
    let resource = ["users", "organizations"].into_iter().find(|resource| {
        let parts: Vec<_> = path.split('/').collect();
        let is_part_of_another = matches!(parts.get(2), Some(&("identities" | "groups" | "group_memberships")));
        let first = parts.first().copied().unwrap_or_default();
        !is_part_of_another && (first == *resource || *resource == "users" && first == "deleted_users")
    });
    let by_resource = resource.is_some_and(|resource| has(&format!("{resource}:{access}")));
    match has(access) || by_resource {
        true => Ok(()),
        false => Err(Refusal::missing_scope(access)),
    }
}
