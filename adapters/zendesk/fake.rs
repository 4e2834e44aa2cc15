//! A vendor that answers from a script, for tests.
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;

use super::VENDOR;
use crate::client::{Answer, Connection, Credential, Gate, InProcess, Limits, Lost, Request};
use crate::{Adapter, Settings};

/// An adapter and what it sent.
pub(super) struct Fake {
    pub(super) adapter: Box<dyn Adapter>,
    script: Arc<Mutex<VecDeque<(u16, String)>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}
    fn observe(&self, _status: u16, _limits: Limits) {}
}

impl Fake {
    /// Answers calls in this order; a call more fails, and so does one less in [`Fake::seen`].
    pub(super) fn new(script: &[(u16, &str)]) -> Self {
        Self::with(&[], script)
    }

    /// The same with further settings. An answer of status 0 is lost after sending.
    pub(super) fn with(settings: &[(&str, &str)], script: &[(u16, &str)]) -> Self {
        let settings = [("subdomain", "engine")].iter().chain(settings);
        let settings: Settings = settings
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let script = script.iter().map(|(status, body)| (*status, (*body).to_owned()));
        let script = Arc::new(Mutex::new(script.collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (rest, log) = (script.clone(), seen.clone());
        let vendor = InProcess::new(move |request, _base_url| {
            log.lock().unwrap().push(line(&request));
            let answer = rest.lock().unwrap().pop_front();
            Box::pin(async move {
                match answer {
                    None => Err(Lost::BeforeSending),
                    Some((0, _)) => Err(Lost::AfterSending),
                    Some(answer) => Ok(self::answer(answer)),
                }
            })
        });
        let connection = Connection {
            base_url: "https://engine.zendesk.com".into(),
            credential: Credential::new(SecretString::from("token")),
            transport: Arc::new(vendor),
            gate: Arc::new(Open),
            deadline: Duration::from_secs(1),
        };
        let adapter = (VENDOR.connect)(settings, connection).unwrap();
        Self { adapter, script, seen }
    }

    /// What was sent, a line a call, without the part that all paths begin with.
    pub(super) fn seen(&self) -> Vec<String> {
        assert!(self.script.lock().unwrap().is_empty(), "fewer calls than expected");
        self.seen.lock().unwrap().clone()
    }
}

fn answer((status, body): (u16, String)) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.into_bytes(),
    }
}

/// The parts of a request that differ, after checking those that do not.
fn line(request: &Request) -> String {
    let header = |name: &str| {
        let mut found = request.headers.iter().filter(|(key, _)| *key == name);
        found.next().map(|(_, value)| value.as_str())
    };
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("authorization"), Some("Bearer token"));
    let body = request.body.as_deref();
    assert_eq!(header("content-type"), body.map(|_| "application/json"));
    let body = body.map(|body| serde_json::from_slice::<Value>(body).unwrap());
    let body = body.map(|body| format!(" {}", sorted(body))).unwrap_or_default();
    let path = request.path.strip_prefix("/api/v2").unwrap();
    format!("{} {path}{body}", request.method)
}

/// The value with the names of every object in order, whichever way maps keep them.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.into_iter().collect();
            fields.into_iter().map(|(name, value)| (name, sorted(value))).collect()
        }
        value => value,
    }
}
