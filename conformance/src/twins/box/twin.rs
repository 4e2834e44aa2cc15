//! The enterprise as a [`Twin`].

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::account::BoxEnterprise;
use super::admission::Caller;
use super::refusal::{Refusal, Reply};
use super::routes::{Call, ROUTES};
use crate::twins::state;
use crate::twins::{Answer, Failure, Request, Twin, routes};

/// What a rate limit says of when to come back if a fault does not say it.
const RETRY_SECONDS_MIN: u64 = 1;

impl Twin for BoxEnterprise {
    fn vendor(&self) -> &'static str {
        BoxEnterprise::VENDOR
    }

    fn settings(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("enterprise".to_owned(), self.account.enterprise.to_string())])
    }

    fn set_token(&mut self, token: &str) {
        self.token = token.to_owned();
    }

    fn set_lag(&mut self, lag: Duration) {
        self.lag = lag;
    }

    fn routes(&self) -> Vec<&'static str> {
        [routes::names(ROUTES), self.oauth.routes()].concat()
    }

    fn route(&self, request: &Request) -> Option<&'static str> {
        let own = routes::find(ROUTES, request).map(|(name, ..)| name);
        own.or_else(|| self.oauth.route(request))
    }

    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        if let Some(answer) = self.authorize(now, request) {
            return answer;
        }
        let caller = match self.caller(now, request) {
            Ok(caller) => caller,
            Err(refusal) => return refusal.answer(),
        };
        let limit = self.account.requests_per_minute;
        if let Err(seconds) = self.limiter.count(now, &caller.token, limit) {
            return Refusal::rate_limited().answer().with_header("retry-after", seconds);
        }
        self.admit(now, request, &caller).unwrap_or_else(Refusal::answer)
    }

    fn fail(&self, failure: Failure) -> Answer {
        match failure {
            Failure::RateLimited { reset } => {
                let seconds = u64::try_from(reset.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
                let seconds = seconds.max(RETRY_SECONDS_MIN);
                Refusal::rate_limited().answer().with_header("retry-after", seconds)
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

impl BoxEnterprise {
    fn admit(&mut self, now: Timestamp, request: &Request, caller: &Caller) -> Reply {
        let (_, (scope, handler), ids) = routes::find(ROUTES, request).ok_or_else(Refusal::not_found)?;
        caller.need(scope)?;
        handler(self, &Call { now, request, ids })
    }
}
