//! The account as a [`Twin`].

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::account::Scim;
use super::page::check_parameters;
use super::refusal::{Reason, Refusal, Reply};
use super::routes::{Call, Handler, ROUTES};
use crate::twins::routes::{self, Found};
use crate::twins::state;
use crate::twins::{Answer, Failure, Request, Twin};

/// What a rate limit says of when to come back if a fault does not say it.
const RESET_SECONDS_MIN: u64 = 1;

impl Twin for Scim {
    fn vendor(&self) -> &'static str {
        self.profile.vendor
    }

    fn set_token(&mut self, token: &str) {
        self.token = token.to_owned();
    }

    fn set_lag(&mut self, lag: Duration) {
        self.lag = lag;
    }

    fn routes(&self) -> Vec<&'static str> {
        let names = routes::names(ROUTES).into_iter();
        names.filter(|name| self.profile.has(name)).collect()
    }

    fn route(&self, request: &Request) -> Option<&'static str> {
        self.find(request).map(|(name, ..)| name)
    }

    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        self.confirm_due(now);
        if let Err(refusal) = self.authenticate(now, request) {
            return refusal
                .answer(self.profile.errors)
                .with_header("www-authenticate", "Bearer");
        }
        if let Err(seconds) = self.count(now) {
            return self.limited(seconds);
        }
        let reply = self.admit(now, request);
        reply.unwrap_or_else(|refusal| refusal.answer(self.profile.errors))
    }

    fn fail(&self, failure: Failure) -> Answer {
        let refuse = |reason| Refusal::new(reason, "The service is unwell").answer(self.profile.errors);
        match failure {
            Failure::RateLimited { reset } => {
                let seconds = u64::try_from(reset.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
                self.limited(seconds.max(RESET_SECONDS_MIN))
            }
            Failure::RateLimitedBare => Answer::empty(429),
            Failure::Internal => refuse(Reason::Internal),
            Failure::Unavailable => refuse(Reason::Unavailable),
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

impl Scim {
    fn find<'r>(&self, request: &'r Request) -> Option<Found<'r, Handler>> {
        routes::find(ROUTES, request).filter(|(name, ..)| self.profile.has(name))
    }

    fn admit(&mut self, now: Timestamp, request: &Request) -> Reply {
        let found = self.find(request);
        let (_, handler, ids) = found.ok_or_else(|| self.no_route(request))?;
        check_parameters(&self.profile.paging, request)?;
        let call = Call {
            now,
            request,
            id: ids.first().copied().unwrap_or_default(),
        };
        handler(self, &call)
    }

    /// Why a request belongs to no route.
    fn no_route(&self, request: &Request) -> Refusal {
        let is_known = ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().any(|method| {
            let other = Request {
                method: method.to_owned(),
                path: request.path.clone(),
                ..Request::default()
            };
            self.find(&other).is_some()
        });
        match is_known {
            true => Refusal::new(Reason::NoSuchMethod, "The endpoint has no such method"),
            false => Refusal::new(Reason::NoSuchRoute, "There is no such endpoint"),
        }
    }

    fn limited(&self, seconds: impl ToString) -> Answer {
        let answer = Refusal::new(Reason::RateLimited, "Too many requests").answer(self.profile.errors);
        match self.profile.retry_after {
            true => answer.with_header("retry-after", seconds),
            false => answer,
        }
    }
}
