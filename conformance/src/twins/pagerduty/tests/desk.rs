//! An account, calls to it, and what is expected of the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::PagerDuty;
use crate::twins::{Answer, Request, Twin};

pub(crate) const TOKEN: &str = "key";

/// An account in which there are, beside its owner, the users `ann`, `bob` and the stakeholder `stan`. Names in braces
/// stand for ids wherever they occur.
pub(crate) struct Desk {
    pub(crate) twin: PagerDuty,
    pub(crate) now: Timestamp,
    ids: BTreeMap<String, String>,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let mut twin = PagerDuty::new(7);
        twin.set_token(TOKEN);
        let mut desk = Desk {
            twin,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            ids: BTreeMap::new(),
        };
        let owner = desk.twin.owner().unwrap().id.clone();
        desk.ids.insert("owner".into(), owner);
        let made = desk.seed(json!({ "users": [
            { "name": "Ann", "email": "ann@x.example" },
            { "name": "Bob", "email": "bob@x.example" },
            { "name": "Stan", "email": "stan@x.example", "role": "read_only_user" },
        ]}));
        for (name, id) in ["ann", "bob", "stan"]
            .into_iter()
            .zip(made["users"].as_array().unwrap())
        {
            desk.ids.insert(name.into(), id.as_str().unwrap().into());
        }
        desk
    }

    /// An account in this state.
    pub(crate) fn given(state: Value) -> Desk {
        let mut desk = Desk::new();
        desk.seed(state);
        desk
    }

    pub(crate) fn seed(&mut self, state: Value) -> Value {
        let state = serde_json::from_str(&self.named(&state.to_string())).unwrap();
        self.twin.seed(self.now, &state).unwrap()
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    /// A request as a good client writes it. The path may have a query.
    pub(crate) fn request(&self, line: &str, body: &Value) -> Request {
        let line = self.named(line);
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = vec![
            ("accept", "application/vnd.pagerduty+json;version=2".to_owned()),
            ("authorization", format!("Token token={TOKEN}")),
            ("from", PagerDuty::OWNER_EMAIL.to_owned()),
        ];
        if method != "GET" {
            headers.push(("content-type", "application/json".to_owned()));
        }
        Request {
            method: method.into(),
            path: path.into(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            body: if body.is_null() {
                Vec::new()
            } else {
                self.named(&body.to_string()).into_bytes()
            },
        }
    }

    pub(crate) fn call(&mut self, line: &str, body: &Value) -> Answer {
        let request = self.request(line, body);
        self.twin.handle(self.now, &request)
    }

    /// Makes calls one after the other. A line `name = POST /users` names the id of what it makes. Expected is a
    /// status; or a refusal, as [`refusal`] writes it; or what the body must have, among other things.
    pub(crate) fn check(&mut self, steps: &[(&str, Value, Value)]) {
        for (line, body, expected) in steps {
            let (name, call) = line
                .split_once(" = ")
                .map_or((None, *line), |(name, call)| (Some(name), call));
            let answer = self.call(call, body);
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let expected: Value = serde_json::from_str(&self.named(&expected.to_string())).unwrap();
            match &expected {
                Value::String(expected) => assert_eq!(&refusal(&answer), expected, "{line} {body}"),
                Value::Number(status) => {
                    assert_eq!(Some(answer.status.into()), status.as_u64(), "{line} {body} {said}")
                }
                _ => assert!(
                    answer.status < 300 && has(&said, &expected),
                    "{line} {body}: {said} lacks {expected}"
                ),
            }
            let made = said
                .as_object()
                .and_then(|said| said.values().next())
                .map(|made| &made["id"]);
            if let Some((name, id)) = name.zip(made) {
                self.ids.insert(name.into(), id.as_str().unwrap().into());
            }
        }
    }

    fn named(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(&format!("{{{name}}}"), id)
        })
    }
}

/// A refusal as `400 2001 Invalid Input Provided: one error; another`.
pub(crate) fn refusal(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let error = &body["error"];
    let message = error["message"].as_str().unwrap_or("-");
    let details: Vec<_> = error["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let details = if details.is_empty() {
        String::new()
    } else {
        format!(": {}", details.join("; "))
    };
    format!("{} {} {message}{details}", answer.status, error["code"])
}

/// Whether a value has all that another has; lists must be of the same length.
fn has(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::Object(value), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| value.get(name).is_some_and(|value| has(value, part))),
        (Value::Array(value), Value::Array(part)) => {
            value.len() == part.len() && value.iter().zip(part).all(|(value, part)| has(value, part))
        }
        _ => value == part,
    }
}
