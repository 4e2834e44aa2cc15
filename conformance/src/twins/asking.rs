//! What the desks of the twins' tests share: calls written as lines, names that stand for ids, and what is expected of
//! answers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Answer, Request};

/// Ids by the names that stand for them, in braces, wherever they occur.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    pub(super) fn insert(&mut self, name: &str, id: &str) {
        self.0.insert(name.to_owned(), id.to_owned());
    }

    /// A text with ids in the places of their names.
    pub(super) fn filled(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(&format!("{{{name}}}"), id)
        })
    }

    /// A value with ids in the places of their names.
    pub(super) fn filled_value(&self, value: &Value) -> Value {
        serde_json::from_str(&self.filled(&value.to_string())).unwrap()
    }

    /// The body of a request; none for null.
    pub(super) fn body(&self, body: &Value) -> Vec<u8> {
        match body {
            Value::Null => Vec::new(),
            body => self.filled(&body.to_string()).into_bytes(),
        }
    }
}

/// The request of a line `GET /users?limit=1`.
pub(super) fn request(line: &str, headers: Vec<(&str, String)>, body: Vec<u8>) -> Request {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value));
    Request {
        method: method.into(),
        path: path.into(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: headers.collect(),
        body,
    }
}

/// The name that a line `name = POST /users` gives to what its call makes, and the call.
pub(super) fn named_call(line: &str) -> (Option<&str>, &str) {
    line.split_once(" = ")
        .map_or((None, line), |(name, call)| (Some(name), call))
}

/// Asserts that an answer is as expected: a status; or a refusal, which is given in the desk's words; or what the body
/// must have, among other things.
pub(super) fn judge(call: &str, answer: &Answer, refusal: &str, expected: &Value) {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match expected {
        Value::String(expected) => assert_eq!(refusal, expected, "{call}"),
        Value::Number(status) => assert_eq!(Some(answer.status.into()), status.as_u64(), "{call} {said}"),
        _ => assert!(
            answer.status < 300 && has(&said, expected),
            "{call}: {said} lacks {expected}"
        ),
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
