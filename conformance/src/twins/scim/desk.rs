//! An account at a service provider, calls to it, and what is expected of the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Scim;
use super::schema::{ENTERPRISE, GROUP, PATCH_OP, USER};
use crate::twins::{Answer, Request, Twin};

pub(in crate::twins) const TOKEN: &str = "key";

/// An account in which there are the users of a seed. Names in braces stand for ids wherever they occur; those of
/// seeded users are their user names without their domain.
pub(in crate::twins) struct Desk {
    pub(in crate::twins) twin: Scim,
    pub(in crate::twins) now: Timestamp,
    ids: BTreeMap<String, String>,
}

impl Desk {
    pub(in crate::twins) fn new(vendor: &str, users: Value) -> Desk {
        let mut twin = Scim::new(vendor, 7).unwrap();
        twin.set_token(TOKEN);
        let mut desk = Desk {
            twin,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            ids: BTreeMap::new(),
        };
        let made = desk.seed(json!({ "users": users }));
        for (user, id) in users.as_array().unwrap().iter().zip(made["users"].as_array().unwrap()) {
            let name = user["userName"].as_str().unwrap().split('@').next().unwrap();
            desk.ids.insert(name.into(), id.as_str().unwrap().into());
        }
        desk
    }

    pub(in crate::twins) fn seed(&mut self, state: Value) -> Value {
        let state = serde_json::from_str(&self.named(&state.to_string())).unwrap();
        self.twin.seed(self.now, &state).unwrap()
    }

    pub(in crate::twins) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    /// A request as a good client writes it. The path may have a query.
    pub(in crate::twins) fn request(&self, line: &str, body: &Value) -> Request {
        let line = self.named(line);
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = [
            ("host", "scim.example".to_owned()),
            ("authorization", format!("Bearer {TOKEN}")),
            ("content-type", "application/scim+json".to_owned()),
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

    pub(in crate::twins) fn call(&mut self, line: &str, body: &Value) -> Answer {
        let request = self.request(line, body);
        self.twin.handle(self.now, &request)
    }

    /// The body of an answer that must be a good one.
    pub(in crate::twins) fn body(&mut self, line: &str) -> Value {
        let answer = self.call(line, &Value::Null);
        assert_eq!(answer.status, 200, "{line} {}", refusal(&answer));
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Makes calls one after the other. A line `name = POST /Users` names the id of what it makes. Expected is a
    /// status; or a refusal, as [`refusal`] writes it; or what the body must have, among other things.
    pub(in crate::twins) fn check(&mut self, steps: &[(&str, Value, Value)]) {
        for (line, body, expected) in steps {
            let (name, call) = line
                .split_once(" = ")
                .map_or((None, *line), |(name, call)| (Some(name), call));
            let answer = self.call(call, body);
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if let Some(name) = name {
                let id = said["id"].as_str().unwrap_or_else(|| panic!("{line} {body}: {said}"));
                self.ids.insert(name.into(), id.into());
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

    pub(in crate::twins) fn named(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(&format!("{{{name}}}"), id)
        })
    }

    /// What a list names, by this attribute.
    pub(in crate::twins) fn listed(&mut self, line: &str, name: &str) -> Vec<String> {
        let body = self.body(line);
        let resources = body["Resources"].as_array().unwrap().iter();
        resources
            .map(|resource| resource[name].as_str().unwrap().to_owned())
            .collect()
    }
}

/// An account at the strict service provider, with the users `ann` and `bob`.
pub(super) fn strict() -> Desk {
    Desk::new("scim", people())
}

/// Two people of whom every service provider takes all this.
pub(super) fn people() -> Value {
    let person = |name: &str, given: &str| {
        json!({
            "userName": format!("{name}@x.example"),
            "displayName": format!("{given} Example"),
            "name": { "givenName": given, "familyName": "Example" },
            "emails": [{ "value": format!("{name}@x.example"), "type": "work", "primary": true }],
        })
    };
    json!([person("ann", "Ann"), person("bob", "Bob")])
}

/// A user with these attributes.
pub(in crate::twins) fn user(mut attributes: Value) -> Value {
    attributes["schemas"] = match attributes.get(ENTERPRISE) {
        Some(_) => json!([USER, ENTERPRISE]),
        None => json!([USER]),
    };
    attributes
}

/// A group with these attributes.
pub(in crate::twins) fn group(mut attributes: Value) -> Value {
    attributes["schemas"] = json!([GROUP]);
    attributes
}

pub(in crate::twins) fn patch(operations: Value) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

/// A refusal as `400 invalidValue userName is required`, with `-` where there is no `scimType`. A status that is not
/// what the body says, or no text, is marked.
pub(in crate::twins) fn refusal(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = body["status"].as_str() == Some(&answer.status.to_string());
    let mark = if said { "" } else { "?" };
    let scim_type = body["scimType"].as_str().unwrap_or("-");
    let detail = body["detail"].as_str().unwrap_or("-");
    format!("{}{mark} {scim_type} {detail}", answer.status)
}

/// Whether a value has all that another has; lists must be of the same length.
fn has(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::Object(value), Value::Object(part)) => part.iter().all(|(name, part)| match part {
            // Null is for what is not there.
            Value::Null => !value.contains_key(name),
            part => value.get(name).is_some_and(|value| has(value, part)),
        }),
        (Value::Array(value), Value::Array(part)) => {
            value.len() == part.len() && value.iter().zip(part).all(|(value, part)| has(value, part))
        }
        _ => value == part,
    }
}
