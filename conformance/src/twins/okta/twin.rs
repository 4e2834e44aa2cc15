//! The org as a [`Twin`].

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::Value;

use super::account::Okta;
use super::admission::{check_headers, check_length};
use super::limits::{Bucket, Budget, Claim};
use super::links;
use super::refusal::{Refusal, Reply};
use super::routes::{self, Call, Found};
use crate::twins::state;
use crate::twins::{Answer, Failure, Request, Twin};

/// What a rate limit says of when to come back if a fault does not say it.
const RESET_SECONDS_MIN: i64 = 1;

impl Twin for Okta {
    fn vendor(&self) -> &'static str {
        Okta::VENDOR
    }

    fn settings(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("domain".to_owned(), "twin-1.okta.com".to_owned())])
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
        let own = routes::find(request).ok().map(|found| found.name);
        own.or_else(|| self.oauth.route(request))
    }

    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        self.limiter.latest = now;
        dated(self.serve(now, request), now)
    }

    /// Seen from the last request's time, which `Date` names.
    fn fail(&self, failure: Failure) -> Answer {
        let now = self.limiter.latest;
        let answer = match failure {
            Failure::RateLimited { reset } => {
                let seconds = i64::try_from(reset.as_millis().div_ceil(1000)).unwrap_or(i64::MAX);
                let reset = now.as_second().saturating_add(seconds.max(RESET_SECONDS_MIN));
                let limit = Bucket::Other.documented_limit();
                Budget::spent(limit, reset).head(Refusal::too_many_requests().answer(now))
            }
            Failure::RateLimitedBare => Answer::empty(429),
            Failure::Internal => Refusal::internal().answer(now),
            Failure::Unavailable => Refusal::unavailable().answer(now),
        };
        dated(answer, now)
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

impl Okta {
    fn serve(&mut self, now: Timestamp, request: &Request) -> Answer {
        if let Err(answer) = check_length(request) {
            return answer;
        }
        if let Some(answer) = self.authorize(now, request) {
            return answer;
        }
        let found = match routes::find(request) {
            Ok(found) => found,
            Err(refusal) => return refusal.answer(now),
        };
        self.admit(now, request, found)
            .unwrap_or_else(|refusal| refusal.answer(now))
    }

    /// Lets the request in if it has a credential, and answers with what its limit says.
    fn admit(&mut self, now: Timestamp, request: &Request, found: Found) -> Reply {
        let credential = self.credential(now, request)?;
        let claim = Claim {
            bucket: found.operation.bucket,
            credential: &credential.key,
        };
        let budget = self.budget(now, claim);
        if budget.is_exceeded() {
            return Ok(budget.head(Refusal::too_many_requests().answer(now)));
        }
        let call = Call {
            now,
            request,
            credential: &credential,
            base: links::base(&self.org, request),
            ids: found.ids,
        };
        let operation = found.operation;
        let reply = check_headers(request)
            .and_then(|()| credential.check(request, &operation))
            .and_then(|()| (operation.handler)(self, &call));
        Ok(budget.head(reply.unwrap_or_else(|refusal| refusal.answer(now))))
    }

    pub(super) fn budget(&mut self, now: Timestamp, claim: Claim) -> Budget {
        if self.org.concurrency_refusals > 0 {
            self.org_mut().concurrency_refusals -= 1;
            return Budget::concurrency(now);
        }
        self.limiter.count(now, &self.org, claim)
    }
}

/// The answer with its time, against which a client reads the time at which a limit ends.
fn dated(answer: Answer, now: Timestamp) -> Answer {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
    match date {
        Ok(date) => answer.with_header("date", date),
        Err(_) => answer,
    }
}
