//! A vendor that answers from a script, for tests.
use std::collections::VecDeque;
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

    /// The same with further settings.
    pub(super) fn with(settings: &[(&str, &str)], script: &[(u16, &str)]) -> Self {
        let settings = [("from", "boss@engine.example")].iter().chain(settings);
        let settings: Settings = settings
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let script = script.iter().map(|(status, body)| (*status, (*body).to_owned()));
        let script = Arc::new(Mutex::new(script.collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (rest, log) = (script.clone(), seen.clone());
        let vendor = InProcess::new(move |request, _base_url| {
            log.lock().unwrap().push(line(&request));
            let answer = rest.lock().unwrap().pop_front().map(answer);
            Box::pin(async move { answer.ok_or(Lost::BeforeSending) })
        });
        let connection = Connection {
            base_url: "https://api.pagerduty.com".into(),
            credential: Credential::new(SecretString::from("key")),
            transport: Arc::new(vendor),
            gate: Arc::new(Open),
            deadline: Duration::from_secs(1),
        };
        let adapter = (VENDOR.connect)(settings, connection).unwrap();
        Self { adapter, script, seen }
    }

    /// What was sent, a line a call.
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
        request
            .headers
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(header("accept"), Some("application/vnd.pagerduty+json;version=2"));
    assert_eq!(header("content-type"), Some("application/json"));
    let authorization = header("authorization").unwrap();
    assert!(
        ["Token token=key", "Bearer key"].contains(&authorization),
        "{authorization}"
    );
    let from = header("from").map(|from| format!(" From: {from}")).unwrap_or_default();
    let body = request
        .body
        .as_deref()
        .map(|body| serde_json::from_slice::<Value>(body).unwrap());
    let body = body.map(|body| format!(" {body}")).unwrap_or_default();
    format!("{} {}{from}{body}", request.method, request.path)
}
