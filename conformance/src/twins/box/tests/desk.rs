//! An enterprise, calls to it, and what is expected of the answers.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::BoxEnterprise;
use crate::twins::asking::{self, Names};
use crate::twins::{Answer, Request, Twin};

pub(crate) const TOKEN: &str = "key";

/// An enterprise in which there are, beside its administrator, the users `ann` and `bob`. Names in braces stand for ids
/// wherever they occur.
pub(crate) struct Desk {
    pub(crate) twin: BoxEnterprise,
    pub(crate) now: Timestamp,
    pub(crate) token: String,
    ids: Names,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let mut twin = BoxEnterprise::new(7);
        twin.set_token(TOKEN);
        let mut desk = Desk {
            twin,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            token: TOKEN.into(),
            ids: Names::default(),
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
        self.ids.insert(name, id.as_str().unwrap());
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

    /// Makes calls one after the other. A line `name = POST /…` names the id of what it makes. Expected is a status; or
    /// a refusal, as [`refusal`] writes it; or what the body must have, among other things.
    pub(crate) fn check(&mut self, steps: &[(&str, Value, Value)]) {
        for (line, body, expected) in steps {
            let (name, call) = asking::named_call(line);
            let answer = self.call(call, body);
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if let Some(name) = name {
                self.name(name, &said["id"]);
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
