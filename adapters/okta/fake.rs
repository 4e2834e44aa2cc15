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
    script: Arc<Mutex<VecDeque<Answer>>>,
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
        Self::answering(settings, script.iter().map(|(status, body)| answer(*status, body, &[])))
    }

    /// The same with whole answers.
    pub(super) fn answering(settings: &[(&str, &str)], script: impl IntoIterator<Item = Answer>) -> Self {
        let settings = [("domain", "acme.okta.com")].iter().chain(settings);
        let settings: Settings = settings
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (rest, log) = (script.clone(), seen.clone());
        let vendor = InProcess::new(move |request, base_url| {
            assert_eq!(base_url, "https://acme.okta.com");
            log.lock().unwrap().push(line(&request));
            let answer = rest.lock().unwrap().pop_front();
            Box::pin(async move { answer.ok_or(Lost::BeforeSending) })
        });
        let connection = Connection {
            base_url: "https://acme.okta.com".into(),
            credential: Credential::new(SecretString::from("key")).with_prefix("SSWS "),
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

/// An answer with headers.
pub(super) fn answer(status: u16, body: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    Answer {
        status,
        headers: headers.collect(),
        body: body.as_bytes().to_vec(),
    }
}

/// The parts of a request that differ, after checking those that do not.
fn line(request: &Request) -> String {
    let header = |name: &str| {
        let found = request.headers.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("authorization"), Some("SSWS key"));
    let media_type = request.body.as_ref().map(|_| "application/json");
    assert_eq!(header("content-type"), media_type);
    let is_bare_write = request.body.is_none() && ["POST", "PUT"].contains(&request.method);
    assert_eq!(header("content-length"), is_bare_write.then_some("0"));
    let body = request.body.as_deref();
    let body = body.map(|body| serde_json::from_slice::<Value>(body).unwrap());
    let body = body.map(|body| format!(" {body}")).unwrap_or_default();
    format!("{} {}{body}", request.method, request.path)
}
