//! A twin with its faults and its counts of calls: all of it but the sockets.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::faults::{Fault, FaultKind, Faults};
use super::{Answer, Failure, Request, Twin};

/// Where the requests to the rig itself begin; the vendor's API never does.
pub(super) const CONTROL: &str = "/__twin/";

/// Where faults are added and cleared.
pub(super) const FAULTS: &str = "/__twin/faults";

/// The name under which calls to routes that the vendor does not have are counted.
const NO_ROUTE: &str = "none";

/// A twin with scripted faults and counts of calls.
pub struct Rig {
    twin: Box<dyn Twin>,
    faults: Faults,
    calls: BTreeMap<&'static str, u64>,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is answered.
    Answer(Answer),
    /// It is answered, but so much later.
    Late(Duration, Answer),
    /// It is answered, but once the faults are cleared.
    Held(Answer),
    /// No answer ever comes.
    Silence,
    /// The connection drops without an answer.
    Close,
}

impl Rig {
    /// A twin without faults that was never called.
    pub fn new(twin: Box<dyn Twin>) -> Rig {
        Rig {
            twin,
            faults: Faults::default(),
            calls: BTreeMap::new(),
        }
    }

    /// The twin itself, past faults and counts.
    pub fn twin(&mut self) -> &mut dyn Twin {
        self.twin.as_mut()
    }

    /// Takes a request to the vendor's API: counts it, and lets it meet a fault or the twin.
    pub fn serve(&mut self, now: Timestamp, request: &Request) -> Outcome {
        let route = self.twin.route(request).unwrap_or(NO_ROUTE);
        *self.calls.entry(route).or_default() += 1;
        let (fault, delay) = match self.faults.decide(route) {
            Some((fault, delay)) => (Some(fault), delay),
            None => (None, Duration::ZERO),
        };
        let twin = &mut self.twin;
        twin.set_lag(if fault == Some(FaultKind::Lag) {
            delay
        } else {
            Duration::ZERO
        });
        let failure = match fault {
            None | Some(FaultKind::Lag) => return Outcome::Answer(twin.handle(now, request)),
            Some(FaultKind::Slow) => return Outcome::Late(delay, twin.handle(now, request)),
            Some(FaultKind::Hold) => return Outcome::Held(twin.handle(now, request)),
            Some(FaultKind::TimeoutBefore) => return Outcome::Silence,
            Some(FaultKind::TimeoutAfter) => {
                twin.handle(now, request);
                return Outcome::Silence;
            }
            Some(FaultKind::CloseAfter) => {
                twin.handle(now, request);
                return Outcome::Close;
            }
            Some(FaultKind::RateLimited) => Failure::RateLimited { reset: delay },
            Some(FaultKind::RateLimitedBare) => Failure::RateLimitedBare,
            Some(FaultKind::Internal) => Failure::Internal,
            Some(FaultKind::Unavailable) => Failure::Unavailable,
        };
        Outcome::Answer(twin.fail(failure))
    }

    /// Takes a request to the rig itself, whose path begins with `/__twin/`:
    ///
    /// - `GET calls`, `DELETE calls`: how often each route of the vendor was called, and start counting anew
    /// - `GET faults`: how many [`Fault`]s are in force
    /// - `POST faults`, `DELETE faults`: add a [`Fault`], end all of them and let go of the answers held
    /// - `GET state`: the twin's whole state
    /// - `POST seed`, `POST rate`: see [`Twin::seed`]
    pub fn control(&mut self, now: Timestamp, request: &Request) -> Answer {
        let name = request.path.strip_prefix(CONTROL).unwrap_or_default();
        let result = match (request.method.as_str(), name) {
            ("GET", "calls") => Ok(self.counts()),
            ("DELETE", "calls") => {
                self.calls.clear();
                Ok(Value::Null)
            }
            ("GET", "state") => Ok(self.twin.snapshot()),
            ("GET", "faults") => Ok(self.faults.count().into()),
            ("POST", "faults") => self.add_fault(request),
            ("DELETE", "faults") => {
                self.faults.clear();
                Ok(Value::Null)
            }
            ("POST", "seed" | "rate") => body(request).and_then(|state| self.twin.seed(now, &state)),
            _ => return Answer::json(404, &json!({ "error": "the twin has no such control" })),
        };
        match result {
            Ok(Value::Null) => Answer::empty(204),
            Ok(value) => Answer::json(200, &value),
            Err(error) => Answer::json(400, &json!({ "error": format!("{error:#}") })),
        }
    }

    fn counts(&self) -> Value {
        json!({ "total": self.calls.values().sum::<u64>(), "routes": self.calls })
    }

    /// A fault on a route that does not exist would never be met, and a test that relies on it could not fail.
    fn add_fault(&mut self, request: &Request) -> anyhow::Result<Value> {
        let fault: Fault = serde_json::from_value(body(request)?)?;
        let known = self.twin.routes();
        ensure!(
            fault.route == "*" || known.contains(&fault.route.as_str()),
            "`{}` is none of {known:?}",
            fault.route
        );
        if fault.kind == FaultKind::Lag && !(fault.route == "*" || fault.route.starts_with("GET ")) {
            bail!("only reads can lag");
        }
        self.faults.add(fault);
        Ok(Value::Null)
    }
}

fn body(request: &Request) -> anyhow::Result<Value> {
    serde_json::from_slice(&request.body).context("the body is not JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twins::pagerduty::PagerDuty;

    fn rig() -> Rig {
        let mut twin = PagerDuty::new(1);
        twin.set_token("key");
        Rig::new(Box::new(twin))
    }

    fn ask(rig: &mut Rig, line: &str, body: &Value) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let request = Request {
            method: method.into(),
            path: path.into(),
            body: body.to_string().into(),
            ..Request::default()
        };
        rig.control(Timestamp::UNIX_EPOCH, &request)
    }

    fn call(rig: &mut Rig, path: &str) -> Outcome {
        let headers = [("accept", "*/*"), ("authorization", "Token token=key")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let request = Request {
            method: "GET".into(),
            path: path.into(),
            headers,
            ..Request::default()
        };
        rig.serve(Timestamp::UNIX_EPOCH, &request)
    }

    #[test]
    fn faults_become_outcomes() {
        for (fault, expected) in [
            ("429", "429"),
            ("429-bare", "429"),
            ("500", "500"),
            ("503", "503"),
            ("slow", "200 after 7ms"),
            ("hold", "200 held"),
            ("lag", "200"),
            ("timeout-before", "silence"),
            ("timeout-after", "silence"),
            ("close-after", "close"),
        ] {
            let mut rig = rig();
            ask(
                &mut rig,
                "POST /__twin/faults",
                &json!({ "route": "GET /users", "fault": fault, "times": 1, "delay_ms": 7 }),
            );
            let in_force = |rig: &mut Rig| ask(rig, "GET /__twin/faults", &Value::Null);
            assert_eq!(in_force(&mut rig), Answer::json(200, &json!(1)));
            for (path, expected) in [("/teams", "200"), ("/users", expected), ("/users", "200")] {
                let outcome = match call(&mut rig, path) {
                    Outcome::Answer(answer) => answer.status.to_string(),
                    Outcome::Late(delay, answer) => format!("{} after {delay:?}", answer.status),
                    Outcome::Held(answer) => format!("{} held", answer.status),
                    Outcome::Silence => "silence".into(),
                    Outcome::Close => "close".into(),
                };
                assert_eq!(outcome, expected, "{fault} {path}");
            }
            assert_eq!(in_force(&mut rig), Answer::json(200, &json!(0)));
        }
    }

    #[test]
    fn calls_are_counted_by_route() {
        let mut rig = rig();
        for path in ["/users", "/users/PX", "/users/PY", "/nowhere"] {
            call(&mut rig, path);
        }
        let counts = ask(&mut rig, "GET /__twin/calls", &Value::Null);
        let expected = json!({ "total": 4, "routes": { "GET /users": 1, "GET /users/{id}": 2, "none": 1 } });
        assert_eq!(counts, Answer::json(200, &expected));
        assert_eq!(ask(&mut rig, "DELETE /__twin/calls", &Value::Null), Answer::empty(204));
        let counts = ask(&mut rig, "GET /__twin/calls", &Value::Null);
        assert_eq!(counts, Answer::json(200, &json!({ "total": 0, "routes": {} })));
    }

    #[test]
    fn controls_are_checked() {
        for (line, body, status) in [
            ("POST /__twin/faults", json!({ "route": "*", "fault": "500" }), 204),
            ("POST /__twin/faults", json!({ "route": "*", "fault": "lag" }), 204),
            (
                "POST /__twin/faults",
                json!({ "route": "GET /users/{id}", "fault": "slow" }),
                204,
            ),
            (
                "POST /__twin/faults",
                json!({ "route": "GET /users/PX", "fault": "slow" }),
                400,
            ),
            (
                "POST /__twin/faults",
                json!({ "route": "POST /users", "fault": "lag" }),
                400,
            ),
            ("POST /__twin/faults", json!({ "route": "*", "fault": "fire" }), 400),
            ("GET /__twin/faults", Value::Null, 200),
            ("DELETE /__twin/faults", Value::Null, 204),
            ("GET /__twin/state", Value::Null, 200),
            ("POST /__twin/seed", json!({ "per_minute": 5 }), 200),
            ("POST /__twin/rate", json!({ "per_minute": 5 }), 200),
            ("POST /__twin/rate", json!({ "per_minute": "5" }), 400),
            ("PUT /__twin/rate", json!({ "per_minute": 5 }), 404),
            ("GET /__twin/", Value::Null, 404),
        ] {
            assert_eq!(ask(&mut rig(), line, &body).status, status, "{line} {body}");
        }
    }
}
