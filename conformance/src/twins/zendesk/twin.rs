//! The account as a [`Twin`].

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Zendesk;
use super::admission::{check_scopes, head};
use super::refusal::{Refusal, Reply};
use super::routes::{self, Call};
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
        let mut state = Map::new();
        state.insert("account".to_owned(), json!(self.account));
        state.insert("last_id".to_owned(), json!(self.last_id));
        for table in self.tables() {
            table.snapshot(&mut state);
        }
        state.into()
    }

    fn changes(&mut self) -> Option<Value> {
        let (mut changed, mut gone) = (Map::new(), Map::new());
        for table in self.tables_mut() {
            table.changes(&mut changed, &mut gone);
        }
        if std::mem::take(&mut self.account_unsaved) {
            changed.insert("account".to_owned(), json!(self.account));
        }
        if !gone.is_empty() {
            changed.insert("gone".to_owned(), gone.into());
        }
        if changed.is_empty() {
            return None;
        }
        changed.insert("last_id".to_owned(), json!(self.last_id));
        Some(changed.into())
    }

    fn restore(&mut self, state: Value, changes: Vec<Value>) -> anyhow::Result<()> {
        for table in self.tables_mut() {
            table.clear();
        }
        for change in std::iter::once(state).chain(changes) {
            self.apply(change)?;
        }
        self.derive();
        Ok(())
    }
}

impl Zendesk {
    fn admit(&mut self, now: Timestamp, request: &Request, scopes: Option<&[String]>) -> Reply {
        let (_, handler, ids) = routes::find(request).ok_or_else(Refusal::no_endpoint)?;
        scopes.map_or(Ok(()), |scopes| check_scopes(scopes, request))?;
        handler(self, &Call { now, request, ids })
    }

    fn apply(&mut self, change: Value) -> anyhow::Result<()> {
        let Value::Object(mut changed) = change else {
            anyhow::bail!("a saved change is not an object")
        };
        let mut gone = match changed.remove("gone") {
            Some(Value::Object(gone)) => gone,
            _ => Map::new(),
        };
        if let Some(account) = changed.remove("account") {
            self.account = serde_json::from_value(account).context("the saved account cannot be read")?;
        }
        self.last_id = changed
            .get("last_id")
            .and_then(Value::as_u64)
            .context("the last id is not saved")?;
        for table in self.tables_mut() {
            table.apply(&mut changed, &mut gone)?;
        }
        Ok(())
    }
}
