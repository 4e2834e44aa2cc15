//! A vendor that answers from a script, for tests.
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;

use crate::client::{Answer, Connection, Credential, Gate, InProcess, Limits, Lost, Request};
use crate::{Adapter, Error, Settings, Vendor};

/// An adapter and what it sent.
pub(crate) struct Scripted {
    pub(crate) adapter: Box<dyn Adapter>,
    script: Arc<Mutex<VecDeque<(u16, String)>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}
    fn observe(&self, _status: u16, _limits: Limits) {}
}

impl Scripted {
    /// Answers calls in this order; a call more fails, and so does one less in [`Scripted::seen`].
    pub(crate) fn new(vendor: &Vendor, script: &[(u16, &str)]) -> Self {
        let script = script.iter().map(|(status, body)| (*status, (*body).to_owned()));
        let script = Arc::new(Mutex::new(script.collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (rest, log) = (script.clone(), seen.clone());
        let transport = InProcess::new(move |request, _base_url| {
            log.lock().unwrap().push(line(&request));
            let answer = rest.lock().unwrap().pop_front().map(answer);
            Box::pin(async move { answer.ok_or(Lost::BeforeSending) })
        });
        let adapter = connect(vendor, "https://vendor.example/base", transport).unwrap();
        Self { adapter, script, seen }
    }

    /// What was sent, a line a call.
    pub(crate) fn seen(&self) -> Vec<String> {
        assert!(self.script.lock().unwrap().is_empty(), "fewer calls than expected");
        self.seen.lock().unwrap().clone()
    }
}

/// An adapter without settings of its own.
pub(crate) fn connect(vendor: &Vendor, base_url: &str, transport: InProcess) -> Result<Box<dyn Adapter>, Error> {
    let connection = Connection {
        base_url: base_url.into(),
        credential: Credential::new(SecretString::from("key")),
        transport: Arc::new(transport),
        gate: Arc::new(Open),
        deadline: Duration::from_secs(1),
    };
    (vendor.connect)(Settings::new(), connection)
}

fn answer((status, body): (u16, String)) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.into_bytes(),
    }
}

fn line(request: &Request) -> String {
    let authorization = request.headers.iter().find(|(name, _)| *name == "authorization");
    assert_eq!(authorization.map(|(_, value)| value.as_str()), Some("Bearer key"));
    let call = format!("{} {}", request.method, request.path);
    match request.body.as_deref() {
        Some(body) => written(&call, &serde_json::from_slice(body).unwrap()),
        None => call,
    }
}

/// A call with a body as it is seen, whatever the order of what is in it.
pub(crate) fn written(call: &str, body: &Value) -> String {
    format!("{call} {}", sorted(body))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(parts) => {
            let parts: BTreeMap<_, _> = parts.iter().map(|(name, part)| (name.clone(), sorted(part))).collect();
            Value::Object(parts.into_iter().collect())
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        value => value.clone(),
    }
}
