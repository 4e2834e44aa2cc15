//! An account, calls to it, and what is expected of the answers.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::PagerDuty;
use crate::twins::asking::{self, Names};
use crate::twins::{Answer, Request, Twin};

pub(crate) const TOKEN: &str = "key";

/// An account in which there are, beside its owner, the users `ann`, `bob` and the stakeholder `stan`. Names in braces
/// stand for ids wherever they occur.
pub(crate) struct Desk {
    pub(crate) twin: PagerDuty,
    pub(crate) now: Timestamp,
    ids: Names,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let mut twin = PagerDuty::new(7);
        twin.set_token(TOKEN);
        let mut desk = Desk {
            twin,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            ids: Names::default(),
        };
        let owner = desk.twin.owner().unwrap().id.clone();
        desk.ids.insert("owner", &owner);
        let made = desk.seed(json!({ "users": [
            { "name": "Ann", "email": "ann@x.example" },
            { "name": "Bob", "email": "bob@x.example" },
            { "name": "Stan", "email": "stan@x.example", "role": "read_only_user" },
        ]}));
        for (name, id) in ["ann", "bob", "stan"]
            .into_iter()
            .zip(made["users"].as_array().unwrap())
        {
            desk.ids.insert(name, id.as_str().unwrap());
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
        let state = self.ids.filled_value(&state);
        self.twin.seed(self.now, &state).unwrap()
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    /// A request as a good client writes it. The path may have a query.
    pub(crate) fn request(&self, line: &str, body: &Value) -> Request {
        let mut headers = vec![
            ("accept", "application/vnd.pagerduty+json;version=2".to_owned()),
            ("authorization", format!("Token token={TOKEN}")),
            ("from", PagerDuty::OWNER_EMAIL.to_owned()),
        ];
        if !line.starts_with("GET ") {
            headers.push(("content-type", "application/json".to_owned()));
        }
        asking::request(&self.named(line), headers, self.ids.body(body))
    }

    pub(crate) fn call(&mut self, line: &str, body: &Value) -> Answer {
        let request = self.request(line, body);
        self.twin.handle(self.now, &request)
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
            let made = said
                .as_object()
                .and_then(|said| said.values().next())
                .map(|made| &made["id"]);
            if let Some((name, id)) = name.zip(made) {
                self.ids.insert(name, id.as_str().unwrap());
            }
        }
    }

    fn named(&self, text: &str) -> String {
        self.ids.filled(text)
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
