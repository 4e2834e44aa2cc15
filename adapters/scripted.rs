//! A vendor that answers from a script, for tests.
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;

use crate::client::{Answer, Connection, Credential, Gate, InProcess, Limits, Lost, Request};
use crate::{Adapter, Error, Settings, Spoken, Vendor};

/// An adapter and what it sent.
pub(crate) struct Scripted {
    pub(crate) adapter: Box<dyn Adapter>,
    script: Script,
    seen: Arc<Mutex<Vec<String>>>,
}

type Script = Arc<Mutex<VecDeque<Result<Answer, Lost>>>>;

/// How a vendor's adapter is made, and how what it sends is told.
pub(crate) struct Stage {
    pub(crate) vendor: &'static Vendor,
    pub(crate) base_url: &'static str,
    /// What stands before the secret, which is `key`.
    pub(crate) prefix: &'static str,
    pub(crate) settings: &'static [(&'static str, &'static str)],
    /// The parts of a request that differ, after checking those that do not.
    pub(crate) line: fn(&Request) -> String,
}

struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}
    fn observe(&self, _status: u16, _limits: Limits) {}
}

impl Scripted {
    /// Answers calls in this order; a call more fails, and so does one less in [`Scripted::seen`].
    pub(crate) fn new(vendor: &'static Vendor, script: &[(u16, &str)]) -> Self {
        Self::with(vendor, &[], script)
    }

    /// The same with settings.
    pub(crate) fn with(vendor: &'static Vendor, settings: &[(&str, &str)], script: &[(u16, &str)]) -> Self {
        usual(vendor).play(settings, script)
    }

    /// The same in a target's own dialect.
    pub(crate) fn spoken(spoken: &Spoken, script: &[(u16, &str)]) -> Self {
        let stage = usual(crate::vendor(&spoken.descriptor.name).unwrap());
        let answers = script.iter().map(|(status, body)| Ok(answer(*status, body, &[])));
        stage.play_connected(answers, |connection| spoken.connect(Settings::new(), connection))
    }

    /// The same where reads lag for as long as a test may take.
    pub(crate) fn lagging(spoken: &Spoken, script: &[(u16, &str)]) -> Self {
        let stage = usual(crate::vendor(&spoken.descriptor.name).unwrap());
        let answers = script.iter().map(|(status, body)| Ok(answer(*status, body, &[])));
        stage.play_connected(answers, |connection| {
            let read_lag = Duration::from_secs(3_600);
            spoken.connect(Settings::new(), Connection { read_lag, ..connection })
        })
    }

    /// What was sent, a line a call.
    pub(crate) fn seen(&self) -> Vec<String> {
        assert!(self.script.lock().unwrap().is_empty(), "fewer calls than expected");
        self.seen.lock().unwrap().clone()
    }
}

impl Stage {
    /// With further settings, and answers of status and body; one of status 0 is lost after sending.
    pub(crate) fn play(&self, settings: &[(&str, &str)], script: &[(u16, &str)]) -> Scripted {
        let answers = script.iter().map(|(status, body)| match status {
            0 => Err(Lost::AfterSending),
            status => Ok(answer(*status, body, &[])),
        });
        self.play_whole(settings, answers)
    }

    /// The same with whole answers.
    pub(crate) fn play_whole(
        &self,
        settings: &[(&str, &str)],
        script: impl IntoIterator<Item = Result<Answer, Lost>>,
    ) -> Scripted {
        let settings = self.settings.iter().chain(settings);
        let settings = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.play_connected(script, |connection| {
            (self.vendor.connect)(settings.collect(), connection)
        })
    }

    fn play_connected(
        &self,
        script: impl IntoIterator<Item = Result<Answer, Lost>>,
        connect: impl FnOnce(Connection) -> Result<Box<dyn Adapter>, Error>,
    ) -> Scripted {
        let script: Script = Arc::new(Mutex::new(script.into_iter().collect()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (rest, log, line, expected) = (script.clone(), seen.clone(), self.line, self.base_url);
        let transport = InProcess::new(move |request, base_url| {
            assert_eq!(base_url, expected);
            log.lock().unwrap().push(line(&request));
            let answer = rest.lock().unwrap().pop_front();
            Box::pin(async move { answer.unwrap_or(Err(Lost::BeforeSending)) })
        });
        let adapter = connect(self.connection(transport)).unwrap();
        Scripted { adapter, script, seen }
    }

    fn connection(&self, transport: InProcess) -> Connection {
        Connection {
            base_url: self.base_url.into(),
            credential: Credential::new(SecretString::from("key")).with_prefix(self.prefix),
            transport: Arc::new(transport),
            gate: Arc::new(Open),
            deadline: Duration::from_secs(1),
            read_lag: Duration::ZERO,
        }
    }
}

fn usual(vendor: &'static Vendor) -> Stage {
    Stage {
        vendor,
        base_url: "https://vendor.example/base",
        prefix: "Bearer ",
        settings: &[],
        line,
    }
}

/// An adapter without settings of its own.
pub(crate) fn connect(
    vendor: &'static Vendor,
    base_url: &'static str,
    transport: InProcess,
) -> Result<Box<dyn Adapter>, Error> {
    let stage = Stage {
        base_url,
        ..usual(vendor)
    };
    (vendor.connect)(Settings::new(), stage.connection(transport))
}

/// An answer with headers.
pub(crate) fn answer(status: u16, body: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    Answer {
        status,
        headers: headers.collect(),
        body: body.as_bytes().to_vec(),
    }
}

/// The value of a request's header.
pub(crate) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| value.as_str())
}

/// A request's body.
pub(crate) fn body(request: &Request) -> Option<Value> {
    let body = request.body.as_deref();
    body.map(|body| serde_json::from_slice(body).unwrap())
}

fn line(request: &Request) -> String {
    assert_eq!(header(request, "authorization"), Some("Bearer key"));
    let call = format!("{} {}", request.method, request.path);
    match body(request) {
        Some(body) => written(&call, &body),
        None => call,
    }
}

/// A call with a body as it is seen, whatever the order of what is in it.
pub(crate) fn written(call: &str, body: &Value) -> String {
    format!("{call} {}", sorted(body))
}

/// The value with the names of every object in order.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(parts) => {
            let parts: BTreeMap<_, _> = parts.iter().map(|(name, part)| (name.clone(), sorted(part))).collect();
            Value::Object(parts.into_iter().collect())
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        value => value.clone(),
    }
}
