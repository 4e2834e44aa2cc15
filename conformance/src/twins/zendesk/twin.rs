//! The account as a [`Twin`].

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::account::Zendesk;
use super::admission::{check_scopes, head};
use super::refusal::{Refusal, Reply};
use super::routes::{self, Call};
use crate::twins::state;
use crate::twins::{Answer, Failure, Request, Twin};

/// What a rate limit says of when to come back if a fault does not say it.
const RESET_SECONDS_MIN: u64 = 1;

impl Twin for Zendesk {
    fn vendor(&self) -> &'static str {
        Zendesk::VENDOR
    }

    fn settings(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("subdomain".to_owned(), "twin".to_owned())])
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
        self.catch_up(now);
        if let Some(answer) = self.oauth.handle(now, request) {
            return answer;
        }
        let scopes = match self.scopes(now, request) {
            Ok(scopes) => scopes,
            Err(refusal) => return refusal.answer(),
        };
        let budget = self.budget(now);
        let reply = budget
            .check()
            .and_then(|()| self.admit(now, request, scopes.as_deref()));
        let answer = budget.head(reply.unwrap_or_else(Refusal::answer));
        self.head_of_endpoint(answer)
    }

    fn fail(&self, failure: Failure) -> Answer {
        match failure {
            Failure::RateLimited { reset } => {
                let seconds = u64::try_from(reset.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
                let seconds = seconds.max(RESET_SECONDS_MIN);
                let answer = Refusal::rate_limited(seconds).answer();
                head(answer, self.account.requests_per_minute, 0, seconds)
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

impl Zendesk {
    fn admit(&mut self, now: Timestamp, request: &Request, scopes: Option<&[String]>) -> Reply {
        let (_, handler, ids) = routes::find(request).ok_or_else(Refusal::no_endpoint)?;
        scopes.map_or(Ok(()), |scopes| check_scopes(scopes, request))?;
        handler(self, &Call { now, request, ids })
    }
}
