//! An org, calls to it, and what is expected of the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::Okta;
use crate::twins::{Answer, Request, Twin};

pub(crate) const TOKEN: &str = "key";

/// An org in which there are, beside its owner and `everyone`, the active users `ann` and `bob`, the staged one `sam`,
/// the group `ops`, and the group `ad` of an application. Names in braces stand for ids wherever they occur.
pub(crate) struct Desk {
    pub(crate) twin: Okta,
    pub(crate) now: Timestamp,
    ids: BTreeMap<String, String>,
}

/// The profile of somebody of this name.
pub(crate) fn profile(name: &str) -> Value {
    let address = format!("{}@x.example", name.to_lowercase());
    json!({ "login": address, "email": address, "firstName": name, "lastName": "Example" })
}

/// A profile with further attributes.
pub(crate) fn profile_with(name: &str, attributes: Value) -> Value {
    let mut profile = profile(name);
    for (name, value) in attributes.as_object().unwrap() {
        profile[name] = value.clone();
    }
    profile
}

pub(crate) fn wrapped(profile: Value) -> Value {
    json!({ "profile": profile })
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let mut twin = Okta::new(7);
        twin.set_token(TOKEN);
        let mut desk = Desk {
            twin,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            ids: BTreeMap::new(),
        };
        let owner = desk.twin.user(Okta::OWNER_LOGIN).unwrap().id.clone();
        let everyone = desk.twin.groups.rows().keys().next().unwrap().clone();
        let made = desk.seed(json!({
            "groups": [{ "name": "Ops", "description": "on call" }, { "name": "Directory", "type": "APP_GROUP" }],
            "users": [
                wrapped(profile("Ann")),
                wrapped(profile("Bob")),
                { "profile": profile("Sam"), "status": "STAGED" },
            ],
        }));
        desk.name("owner", &owner);
        desk.name("everyone", &everyone);
        for (list, names) in [("groups", vec!["ops", "ad"]), ("users", vec!["ann", "bob", "sam"])] {
            for (name, id) in names.into_iter().zip(made[list].as_array().unwrap()) {
                desk.name(name, id.as_str().unwrap());
            }
        }
        desk
    }

    /// An org in this state.
    pub(crate) fn given(state: Value) -> Desk {
        let mut desk = Desk::new();
        desk.seed(state);
        desk
    }

    pub(crate) fn name(&mut self, name: &str, id: &str) {
        self.ids.insert(name.into(), id.into());
    }

    pub(crate) fn seed(&mut self, state: Value) -> Value {
        let state = serde_json::from_str(&self.named(&state.to_string())).unwrap();
        self.twin.seed(self.now, &state).unwrap()
    }

    pub(crate) fn pass(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
    }

    /// A request as a good client writes it. The path may have a query.
    pub(crate) fn request(&self, line: &str, body: &Value) -> Request {
        let line = self.named(line);
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let body = match body.is_null() {
            true => Vec::new(),
            false => self.named(&body.to_string()).into_bytes(),
        };
        let headers = [
            ("accept", "application/json".to_owned()),
            ("authorization", format!("SSWS {TOKEN}")),
            ("content-type", "application/json".to_owned()),
            ("content-length", body.len().to_string()),
            ("host", "okta.test".to_owned()),
        ];
        Request {
            method: method.into(),
            path: format!("/api/v1{path}"),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
            body,
        }
    }

    pub(crate) fn send(&mut self, request: &Request) -> Answer {
        self.twin.handle(self.now, request)
    }

    pub(crate) fn call(&mut self, line: &str, body: &Value) -> Answer {
        let request = self.request(line, body);
        self.send(&request)
    }

    pub(crate) fn get(&mut self, line: &str) -> Value {
        serde_json::from_slice(&self.call(line, &Value::Null).body).unwrap()
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
            if let Some((name, id)) = name.zip(said["id"].as_str()) {
                self.name(name, id);
            }
        }
    }

    pub(crate) fn named(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(&format!("{{{name}}}"), id)
        })
    }
}

/// A refusal as `400 E0000001 Api validation failed: login: one cause; another`.
pub(crate) fn refusal(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().unwrap_or("-").to_owned();
    assert_eq!(body["errorLink"], body["errorCode"]);
    let causes: Vec<_> = body["errorCauses"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|cause| cause["errorSummary"].as_str())
        .collect();
    let causes = if causes.is_empty() {
        String::new()
    } else {
        format!(": {}", causes.join("; "))
    };
    format!(
        "{} {} {}{causes}",
        answer.status,
        text("errorCode"),
        text("errorSummary")
    )
}

/// The refusal of what is not there.
pub(crate) fn missing(id: &str, kind: &str) -> Value {
    json!(format!("404 E0000007 Not found: Resource not found: {id} ({kind})"))
}

pub(crate) fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let found = answer.headers.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
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
