//! An org, calls to it, and what is expected of the answers.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::Okta;
use crate::twins::asking::{self, Names};
use crate::twins::{Answer, Request, Twin};

pub(crate) const TOKEN: &str = "key";

/// An org in which there are, beside its owner and `everyone`, the active users `ann` and `bob`, the staged one `sam`,
/// the group `ops`, and the group `ad` of an application. Names in braces stand for ids wherever they occur.
pub(crate) struct Desk {
    pub(crate) twin: Okta,
    pub(crate) now: Timestamp,
    ids: Names,
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
            ids: Names::default(),
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
        self.ids.insert(name, id);
    }

    pub(crate) fn seed(&mut self, state: Value) -> Value {
        let state = self.ids.filled_value(&state);
        self.twin.seed(self.now, &state).unwrap()
    }

    pub(crate) fn pass(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
    }

    /// A request as a good client writes it. The path may have a query.
    pub(crate) fn request(&self, line: &str, body: &Value) -> Request {
        let body = self.ids.body(body);
        let headers = vec![
            ("accept", "application/json".to_owned()),
            ("authorization", format!("SSWS {TOKEN}")),
            ("content-type", "application/json".to_owned()),
            ("content-length", body.len().to_string()),
            ("host", "okta.test".to_owned()),
        ];
        let request = asking::request(&self.named(line), headers, body);
        Request {
            path: format!("/api/v1{}", request.path),
            ..request
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
            let (name, call) = asking::named_call(line);
            let answer = self.call(call, body);
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let refused = refusal(&answer);
            asking::judge(
                &format!("{line} {body}"),
                &answer,
                &refused,
                &self.ids.filled_value(expected),
            );
            if let Some((name, id)) = name.zip(said["id"].as_str()) {
                self.name(name, id);
            }
        }
    }

    pub(crate) fn named(&self, text: &str) -> String {
        self.ids.filled(text)
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
