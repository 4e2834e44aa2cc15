//! Rate limits: one bucket a group of endpoints, and of each bucket a part for every API token or application.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::org::Org;
use crate::twins::Answer;

/// The window in which requests are counted.
const WINDOW_SECONDS: i64 = 60;

/// When to come back after a refusal for too many requests at once. No time is documented.
const CONCURRENCY_RESET_SECONDS: i64 = 1;

/// Endpoints that share a limit.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Bucket {
    /// `/api/v1/users`.
    Users,
    /// `GET /api/v1/users/{id}`.
    UserReads,
    /// Any other method there.
    UserWrites,
    /// `/api/v1/groups` and what is below a group.
    Groups,
    /// `/api/v1/groups/{groupId}`.
    Group,
    /// `/oauth2/v1`.
    Oauth2,
    /// The rest of `/api/v1`.
    Other,
}

impl Bucket {
    pub(super) const ALL: [Bucket; 7] = [
        Bucket::Users,
        Bucket::UserReads,
        Bucket::UserWrites,
        Bucket::Groups,
        Bucket::Group,
        Bucket::Oauth2,
        Bucket::Other,
    ];

    /// The requests a minute that are documented for orgs of Workforce Identity.
    pub(super) fn documented_limit(self) -> u64 {
        match self {
            Bucket::Users | Bucket::UserWrites => 600,
            Bucket::UserReads | Bucket::Oauth2 => 2000,
            Bucket::Groups => 500,
            Bucket::Group => 1000,
            Bucket::Other => 1200,
        }
    }
}

/// What was used up: counted in windows that begin with the first request in them. How Okta places its windows is not
/// documented.
#[derive(Default)]
pub(super) struct Limiter {
    windows: HashMap<(Bucket, Option<String>), Window>,
    /// When the last request came.
    pub(super) latest: Timestamp,
}

#[derive(Clone, Copy)]
struct Window {
    began_at: Timestamp,
    requests: u64,
}

/// What a request is counted against.
#[derive(Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) bucket: Bucket,
    /// What tells the API token or application from others.
    pub(super) credential: &'a str,
}

/// Where a bucket stands after a request was counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    limit: u64,
    requests: u64,
    reset: i64,
}

impl Limiter {
    /// The tighter of what is left to the org and to the credential.
    pub(super) fn count(&mut self, now: Timestamp, org: &Org, claim: Claim) -> Budget {
        let Claim { bucket, credential } = claim;
        let limit = org.limits.get(&bucket).copied().unwrap_or_default();
        let part = limit.saturating_mul(org.token_percent) / 100;
        let whole = self.window(now, (bucket, None)).budget(limit);
        let own = self.window(now, (bucket, Some(credential.to_owned()))).budget(part);
        match own.is_exceeded() || own.remaining() < whole.remaining() {
            true => own,
            false => whole,
        }
    }

    fn window(&mut self, now: Timestamp, key: (Bucket, Option<String>)) -> Window {
        let fresh = Window {
            began_at: now,
            requests: 0,
        };
        let window = self.windows.entry(key).or_insert(fresh);
        if now.as_second() - window.began_at.as_second() >= WINDOW_SECONDS {
            *window = fresh;
        }
        window.requests += 1;
        *window
    }
}

impl Window {
    fn budget(self, limit: u64) -> Budget {
        Budget {
            limit,
            requests: self.requests,
            reset: self.began_at.as_second() + WINDOW_SECONDS,
        }
    }
}

impl Budget {
    /// What a request meets that is one too many at the same time: nothing is left of nothing.
    pub(super) fn concurrency(now: Timestamp) -> Budget {
        Budget {
            limit: 0,
            requests: 1,
            reset: now.as_second() + CONCURRENCY_RESET_SECONDS,
        }
    }

    /// A limit that is used up until then.
    pub(super) fn spent(limit: u64, reset: i64) -> Budget {
        Budget {
            limit,
            requests: limit,
            reset,
        }
    }

    pub(super) fn is_exceeded(self) -> bool {
        self.requests > self.limit
    }

    fn remaining(self) -> u64 {
        self.limit.saturating_sub(self.requests)
    }

    pub(super) fn head(self, answer: Answer) -> Answer {
        answer
            .with_header("x-rate-limit-limit", self.limit)
            .with_header("x-rate-limit-remaining", self.remaining())
            .with_header("x-rate-limit-reset", self.reset)
    }
}
