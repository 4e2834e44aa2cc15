//! An account, calls to it, and what is expected of the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::Zendesk;
use super::shapes;
use crate::twins::{Answer, Request, Twin, asking};

pub(crate) const TOKEN: &str = "key";

/// An account in which there are, beside its owner, the agents `ann` and `bob`, the end user `eve` and the group `ops`.
/// Names in braces stand for ids wherever they occur; so do `staff`, `light`, `contributor`, `admin` and `billing` for
/// custom roles, and `support` for the default group.
pub(crate) struct Desk {
    pub(crate) twin: Zendesk,
    pub(crate) now: Timestamp,
    ids: BTreeMap<String, String>,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let mut twin = Zendesk::new(7);
        twin.set_token(TOKEN);
        let mut desk = Desk {
            twin,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            ids: BTreeMap::new(),
        };
        let made = desk.seed(json!({
            "users": [
                { "name": "Ann", "email": "ann@x.example", "role": "agent", "verified": true },
                { "name": "Bob", "email": "bob@x.example", "role": "agent", "verified": true },
                { "name": "Eve", "email": "eve@x.example" },
            ],
            "groups": ["Ops"],
        }));
        for (name, place) in [
            ("ann", "/users/0"),
            ("bob", "/users/1"),
            ("eve", "/users/2"),
            ("ops", "/groups/0"),
        ] {
            desk.ids.insert(name.into(), made.pointer(place).unwrap().to_string());
        }
        desk.learn("me", "GET /api/v2/users/me", "/user/id");
        desk.learn("support", "GET /api/v2/groups", "/groups/0/id");
        let roles = ["staff", "lead", "light", "contributor", "admin", "billing"];
        for (index, name) in roles.into_iter().enumerate() {
            desk.learn(name, "GET /api/v2/custom_roles", &format!("/custom_roles/{index}/id"));
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
        let state = self.named_value(&state);
        self.twin.seed(self.now, &state).unwrap()
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    /// Gives a name to what an answer has at this place.
    pub(crate) fn learn(&mut self, name: &str, line: &str, place: &str) {
        let said = body(&self.call(line, &Value::Null));
        let found = said
            .pointer(place)
            .unwrap_or_else(|| panic!("{line}: {said} has no {place}"));
        let id = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        self.ids.insert(name.into(), id);
    }

    /// A request as a good client writes it. The path may have a query; `/api/v2` may be left out.
    pub(crate) fn request(&self, line: &str, body: &Value) -> Request {
        let line = self.named(line);
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = match path.starts_with("/api/") || path.starts_with("/oauth/") {
            true => path.to_owned(),
            false => format!("/api/v2{path}"),
        };
        let mut headers = Vec::new();
        if path.starts_with("/api/") {
            headers.push(("authorization".to_owned(), format!("Bearer {TOKEN}")));
        }
        if !body.is_null() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Request {
            method: method.into(),
            path,
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            body: match body {
                Value::Null => Vec::new(),
                body => self.named_value(body).to_string().into_bytes(),
            },
        }
    }

    /// Every answer has the shape that the document wants.
    pub(crate) fn call(&mut self, line: &str, body: &Value) -> Answer {
        let request = self.request(line, body);
        let answer = self.twin.handle(self.now, &request);
        let route = self.twin.route(&request);
        shapes::check(route, &answer);
        answer
    }

    /// Makes calls one after the other. A line `name = POST /users` names the id of what it makes. Expected is a
    /// status; or a refusal, as [`refusal`] writes it; or what the body must have, among other things.
    pub(crate) fn check(&mut self, steps: &[(&str, Value, Value)]) {
        for (line, body, expected) in steps {
            let (name, call) = asking::named_call(line);
            let answer = self.call(call, body);
            let said = self::body(&answer);
            let refused = refusal(&answer);
            asking::judge(
                &format!("{line} {body}"),
                &answer,
                &refused,
                &self.named_value(expected),
            );
            let made = said.as_object().and_then(|said| said.values().next());
            if let Some((name, made)) = name.zip(made) {
                let id = &made["id"];
                let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
                self.ids.insert(name.into(), id);
            }
        }
    }

    /// Looks at a job until it is done, and tells what became of its items.
    pub(crate) fn results(&mut self, job: &str) -> Value {
        for status in ["working", "completed"] {
            let line = format!("GET /job_statuses/{job}");
            self.check(&[(&line, Value::Null, json!({ "job_status": { "status": status } }))]);
        }
        body(&self.call(&format!("GET /job_statuses/{job}"), &Value::Null))["job_status"]["results"].take()
    }

    pub(crate) fn named_value(&self, value: &Value) -> Value {
        let text = self
            .ids
            .iter()
            .fold(value.to_string(), |text, (name, id)| match id.parse::<u64>() {
                Ok(_) => text.replace(&format!("\"{{{name}}}\""), id),
                Err(_) => text,
            });
        serde_json::from_str(&self.named(&text)).unwrap()
    }

    fn named(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(&format!("{{{name}}}"), id)
        })
    }
}

pub(crate) fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// A refusal as `422 RecordInvalid: email DuplicateValue Email: … is taken; …`, or `404 RecordNotFound: Not found`.
pub(crate) fn refusal(answer: &Answer) -> String {
    let body = body(answer);
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let details = body["details"].as_object().into_iter().flatten();
    let faults = details.flat_map(|(field, faults)| {
        let faults = faults.as_array().unwrap().iter();
        faults.map(move |fault| format!("{field} {} {}", text(&fault["error"]), text(&fault["description"])))
    });
    let faults: Vec<_> = faults.collect();
    let told = if faults.is_empty() {
        text(&body["description"])
    } else {
        faults.join("; ")
    };
    format!("{} {}: {told}", answer.status, text(&body["error"]))
}

/// The refusal of one value.
pub(crate) fn invalid(fault: &str) -> Value {
    json!(format!("422 RecordInvalid: {fault}"))
}

pub(crate) const NOT_FOUND: &str = "404 RecordNotFound: Not found";
