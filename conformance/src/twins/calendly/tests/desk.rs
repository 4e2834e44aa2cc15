//! An organization, calls to it, and what is expected of the answers.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::Calendly;
use crate::twins::asking::{self, Names};
use crate::twins::{Answer, Request, Twin};

pub(crate) const TOKEN: &str = "key";

/// An organization in which there are, beside its owner, the member `ann` and the administrator `bob`, whose tokens are
/// their names. Names in braces stand for the ids of users wherever they occur, and with `-m` behind for those of
/// memberships; `{org}` is the organization.
pub(crate) struct Desk {
    pub(crate) twin: Calendly,
    pub(crate) now: Timestamp,
    pub(crate) token: String,
    ids: Names,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let mut twin = Calendly::new(7);
        twin.set_token(TOKEN);
        let mut desk = Desk {
            twin,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            token: TOKEN.into(),
            ids: Names::default(),
        };
        let made = desk.seed(json!({
            "users": [
                { "name": "Ann", "email": "ann@x.example" },
                { "name": "Bob", "email": "bob@x.example", "role": "admin" },
            ],
            "tokens": { "ann": { "email": "ann@x.example" }, "bob": { "email": "bob@x.example" } },
        }));
        desk.name("org", &made["organization"]);
        for (name, user) in ["ann", "bob"].into_iter().zip(made["users"].as_array().unwrap()) {
            desk.name(name, &user["user"]);
            desk.name(&format!("{name}-m"), &user["membership"]);
        }
        desk
    }

    /// An organization in this state.
    pub(crate) fn given(state: Value) -> Desk {
        let mut desk = Desk::new();
        desk.seed(state);
        desk
    }

    pub(crate) fn seed(&mut self, state: Value) -> Value {
        let state = self.ids.filled_value(&state);
        self.twin.seed(self.now, &state).unwrap()
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    /// Lets a name stand for the last segment of a URI.
    pub(crate) fn name(&mut self, name: &str, uri: &Value) {
        let id = uri.as_str().unwrap().rsplit('/').next().unwrap();
        self.ids.insert(name, id);
    }

    /// A request as a good client writes it. The path may have a query.
    pub(crate) fn request(&self, line: &str, body: &Value) -> Request {
        let headers = vec![
            ("authorization", format!("Bearer {}", self.token)),
            ("content-type", "application/json".to_owned()),
        ];
        asking::request(&self.named(line), headers, self.ids.body(body))
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

    /// Makes calls one after the other. A line `name = POST /…` names the id of what it makes. Expected is a status;
    /// or a refusal, as [`refusal`] writes it; or what the body must have, among other things.
    pub(crate) fn check(&mut self, steps: &[(&str, Value, Value)]) {
        for (line, body, expected) in steps {
            let (name, call) = asking::named_call(line);
            let answer = self.call(call, body);
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if let Some(name) = name {
                self.name(name, &said["resource"]["uri"]);
            }
            let refused = refusal(&answer);
            asking::judge(
                &format!("{line} {body}"),
                &answer,
                &refused,
                &self.ids.filled_value(expected),
            );
        }
    }

    pub(crate) fn named(&self, text: &str) -> String {
        self.ids.filled(text)
    }
}

/// A refusal as `400 Invalid Argument: The supplied parameters are invalid. (email is invalid)`.
pub(crate) fn refusal(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let said = format!("{} {}: {}", answer.status, text(&body["title"]), text(&body["message"]));
    match body.pointer("/details/0") {
        Some(detail) => format!("{said} ({} {})", text(&detail["parameter"]), text(&detail["message"])),
        None => said,
    }
}

/// Refusals as the twin words them.
pub(crate) fn invalid(detail: &str) -> Value {
    json!(format!(
        "400 Invalid Argument: The supplied parameters are invalid. ({detail})"
    ))
}

pub(crate) fn denied() -> Value {
    json!("403 Permission Denied: You do not have permission")
}

pub(crate) fn not_found() -> Value {
    json!("404 Resource Not Found: The server could not find the requested resource.")
}
