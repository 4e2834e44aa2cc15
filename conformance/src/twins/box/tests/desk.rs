//! An enterprise, calls to it, and what is expected of the answers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::BoxEnterprise;
use crate::twins::{Answer, Request, Twin};

pub(crate) const TOKEN: &str = "key";

/// An enterprise in which there are, beside its administrator, the users `ann` and `bob`. Names in braces stand for ids
/// wherever they occur.
pub(crate) struct Desk {
    pub(crate) twin: BoxEnterprise,
    pub(crate) now: Timestamp,
    pub(crate) token: String,
    ids: BTreeMap<String, String>,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let mut twin = BoxEnterprise::new(7);
        twin.set_token(TOKEN);
        let mut desk = Desk {
            twin,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            token: TOKEN.into(),
            ids: BTreeMap::new(),
        };
        let made = desk.seed(json!({ "users": [
            { "name": "Ann", "login": "ann@x.example" },
            { "name": "Bob", "login": "bob@x.example" },
        ] }));
        desk.name("enterprise", &made["enterprise"]);
        desk.name("ann", &made["users"][0]);
        desk.name("bob", &made["users"][1]);
        desk
    }

    /// An enterprise in this state.
    pub(crate) fn given(state: Value) -> Desk {
        let mut desk = Desk::new();
        desk.seed(state);
        desk
    }

    pub(crate) fn seed(&mut self, state: Value) -> Value {
        self.twin.seed(self.now, &state).unwrap()
    }

    pub(crate) fn name(&mut self, name: &str, id: &Value) {
        self.ids.insert(name.into(), id.as_str().unwrap().into());
    }

    /// A request as a good client writes it. The path may have a query.
    pub(crate) fn request(&self, line: &str, body: &Value) -> Request {
        let line = self.named(line);
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = [
            ("authorization", format!("Bearer {}", self.token)),
            ("content-type", "application/json".to_owned()),
        ];
        Request {
            method: method.into(),
            path: path.into(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
            body: match body {
                Value::Null => Vec::new(),
                body => self.named(&body.to_string()).into_bytes(),
            },
        }
    }

    pub(crate) fn call(&mut self, line: &str, body: &Value) -> Answer {
        let request = self.request(line, body);
        self.twin.handle(self.now, &request)
    }

    /// The body of an answer that must be a good one.
    pub(crate) fn body(&mut self, line: &str) -> Value {
        let answer = self.call(line, &Value::Null);
        assert_eq!(answer.status, 200, "{line} {}", refusal(&answer));
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Makes calls one after the other. A line `name = POST /…` names the id of what it makes. Expected is a status; or a
    /// refusal, as [`refusal`] writes it; or what the body must have, among other things.
    pub(crate) fn check(&mut self, steps: &[(&str, Value, Value)]) {
        for (line, body, expected) in steps {
            let (name, call) = line
                .split_once(" = ")
                .map_or((None, *line), |(name, call)| (Some(name), call));
            let answer = self.call(call, body);
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if let Some(name) = name {
                self.name(name, &said["id"]);
            }
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
        }
    }

    pub(crate) fn named(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(&format!("{{{name}}}"), id)
        })
    }
}

/// A refusal as `400 bad_request login`: status, code, and the parameter if one is named.
pub(crate) fn refusal(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let said = format!("{} {}", answer.status, text(&body["code"]));
    match body.pointer("/context_info/errors/0/name") {
        Some(name) => format!("{said} {}", text(name)),
        None => said,
    }
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
