//! A vendor's twin that tells what it is called for, and can kill the caller at one of its calls.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use conformance::twins::{Answer, Failure, Request, Twin};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;

use super::trace::Trace;
use crate::harness::Killer;

/// Kills at one call.
#[derive(Default)]
pub(super) struct Trap {
    armed: Mutex<Option<Armed>>,
    sprung: Notify,
}

/// When a trap kills whom.
pub(super) struct Armed {
    pub(super) killer: Killer,
    /// Writing calls that pass before.
    pub(super) passing: usize,
    /// How long after the call; none: before the answer is on its way.
    pub(super) delay: Option<Duration>,
    /// How the paths end of those calls that count; all if that is nothing.
    pub(super) of: &'static str,
}

impl Trap {
    pub(super) fn arm(&self, armed: Armed) {
        *self.lock() = Some(armed);
    }

    pub(super) fn disarm(&self) {
        *self.lock() = None;
    }

    /// Until it has killed, or is about to.
    pub(super) async fn sprung(&self) {
        self.sprung.notified().await;
    }

    fn step(&self, path: &str) {
        let mut guard = self.lock();
        let Some(armed) = guard.as_mut().filter(|armed| path.ends_with(armed.of)) else {
            return;
        };
        if armed.passing > 0 {
            armed.passing -= 1;
            return;
        }
        let Some(Armed { killer, delay, .. }) = guard.take() else {
            return;
        };
        match delay {
            None => killer.kill(),
            Some(delay) => {
                thread::spawn(move || {
                    thread::sleep(delay);
                    killer.kill();
                });
            }
        }
        self.sprung.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Option<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A twin with a trap.
pub(super) struct Watched {
    pub(super) twin: Box<dyn Twin>,
    pub(super) trap: Arc<Trap>,
    pub(super) trace: Trace,
}

impl Twin for Watched {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let answer = self.twin.handle(now, request);
        let Request { method, path, body, .. } = request;
        let proves = path.contains("/oauth/");
        let query = request.query.iter().map(|(key, value)| format!(" {key}={value}"));
        let query: String = query.collect();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.trace.tell(format!(
            "{} {method} {path}{query} {} -> {} {}",
            self.twin.vendor(),
            text(body),
            answer.status,
            text(&answer.body)
        ));
        if method != "GET" && !proves {
            self.trap.step(path);
        }
        answer
    }

    fn vendor(&self) -> &'static str {
        self.twin.vendor()
    }

    fn settings(&self) -> BTreeMap<String, String> {
        self.twin.settings()
    }

    fn set_token(&mut self, token: &str) {
        self.twin.set_token(token);
    }

    fn set_lag(&mut self, lag: Duration) {
        self.twin.set_lag(lag);
    }

    fn routes(&self) -> Vec<&'static str> {
        self.twin.routes()
    }

    fn route(&self, request: &Request) -> Option<&'static str> {
        self.twin.route(request)
    }

    fn fail(&self, failure: Failure) -> Answer {
        self.twin.fail(failure)
    }

    fn seed(&mut self, now: Timestamp, state: &Value) -> anyhow::Result<Value> {
        self.twin.seed(now, state)
    }

    fn snapshot(&self) -> Value {
        self.twin.snapshot()
    }

    fn changes(&mut self) -> Option<Value> {
        self.twin.changes()
    }

    fn restore(&mut self, state: Value, changes: Vec<Value>) -> anyhow::Result<()> {
        self.twin.restore(state, changes)
    }
}
