//! The account as a [`Twin`].

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::account::PagerDuty;
use super::admission::{Credential, check_headers};
use super::refusal::{Refusal, Reply};
use super::routes::{self, Call};
use crate::twins::state;
use crate::twins::{Answer, Failure, Request, Twin};

/// What a rate limit says of when to come back if a fault does not say it.
const RESET_SECONDS_MIN: u64 = 1;

impl Twin for PagerDuty {
    fn vendor(&self) -> &'static str {
        PagerDuty::VENDOR
    }

    fn settings(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("from".to_owned(), PagerDuty::OWNER_EMAIL.to_owned()),
            ("account".to_owned(), format!("us.{}", self.account.subdomain)),
        ])
    }

    fn set_token(&mut self, token: &str) {
        self.token = token.to_owned();
    }

    fn set_lag(&mut self, lag: Duration) {
        self.lag = lag;
    }

    fn routes(&self) -> Vec<&'static str> {
        [routes::names(), self.oauth.routes()].concat()
    }

    fn route(&self, request: &Request) -> Option<&'static str> {
        let own = routes::find(request).map(|(name, ..)| name);
        own.or_else(|| self.oauth.route(request))
    }

    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        if let Some(answer) = self.oauth.handle(now, request) {
            return answer;
        }
        let credential = match self.credential(now, request) {
            Ok(credential) => credential,
            Err(refusal) => return refusal.answer(),
        };
        let budget = self
            .limiter
            .count(now, credential.token, self.account.requests_per_minute);
        let reply = budget.check().and_then(|()| self.admit(now, request, &credential));
        budget.head(reply.unwrap_or_else(Refusal::answer))
    }

    fn fail(&self, failure: Failure) -> Answer {
        match failure {
            Failure::RateLimited { reset } => {
                let seconds = u64::try_from(reset.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
                Refusal::rate_limited()
                    .answer()
                    .with_header("ratelimit-limit", self.account.requests_per_minute)
                    .with_header("ratelimit-remaining", 0)
                    .with_header("ratelimit-reset", seconds.max(RESET_SECONDS_MIN))
            }
            Failure::RateLimitedBare => Answer::empty(429),
            Failure::Internal => Refusal::internal().answer(),
            Failure::Unavailable => Refusal::unavailable().answer(),
        }
    }

    fn seed(&mut self, now: Timestamp, state: &Value) -> anyhow::Result<Value> {
        self.sow(now, state)
    }

    fn snapshot(&self) -> Value {
        state::snapshot(self)
    }

    fn changes(&mut self) -> Option<Value> {
        state::changes(self)
    }

    fn restore(&mut self, state: Value, changes: Vec<Value>) -> anyhow::Result<()> {
        state::restore(self, state, changes)
    }
}

impl PagerDuty {
    fn admit(&mut self, now: Timestamp, request: &Request, credential: &Credential) -> Reply {
        check_headers(request)?;
        credential.check(request)?;
        let (_, handler, ids) = routes::find(request).ok_or_else(Refusal::not_found)?;
        let call = Call {
            now,
            request,
            acts_for_user: credential.acts_for_user,
            ids,
        };
        handler(self, &call)
    }
}
