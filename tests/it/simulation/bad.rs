//! Requests that no server may carry out: each is answered with a precise error and changes nothing.
use schemas::urn;
use serde_json::{Value, json};

use super::gateway::{Gateway, Request};
use super::idp::Idp;

/// What is wrong with a request, and what it is answered.
struct Row {
    what: &'static str,
    /// None if there is no occasion for it.
    request: fn(&Subject) -> Option<Request>,
    answer: (u16, Option<&'static str>),
}

/// Whom the request is about.
struct Subject {
    id: String,
    user_name: String,
    /// The name of somebody else, if there is anybody.
    other_name: Option<String>,
    /// A vendor of the directory bounds names.
    bounds_names: bool,
}

/// An id that nobody has.
const NOBODY: &str = "01900000-0000-7000-8000-000000000000";

/// Longer than PagerDuty and Zendesk take.
const LONG: usize = 300;

/// A good operation, which must not be carried out either, comes before the bad one.
fn patch(subject: &Subject, operation: Value) -> Option<Request> {
    let good = json!({ "op": "replace", "path": "displayName", "value": "canary bad" });
    Some(Request::patch("User", &subject.id, &json!([good, operation])))
}

fn post(body: Value) -> Option<Request> {
    Some(Request::post("User", body))
}

fn put(id: &str, body: Value) -> Option<Request> {
    Some(Request::put("User", id, body))
}

fn named(user_name: &str) -> Value {
    json!({ "schemas": [urn::USER], "userName": user_name, "displayName": "canary bad" })
}

const ROWS: &[Row] = &[
    Row {
        what: "POST without a userName",
        request: |_| post(json!({ "schemas": [urn::USER], "displayName": "canary bad" })),
        answer: (400, Some("invalidValue")),
    },
    Row {
        what: "POST with a number for a userName",
        request: |_| post(json!({ "schemas": [urn::USER], "userName": 7 })),
        answer: (400, Some("invalidValue")),
    },
    Row {
        what: "POST of no object",
        request: |_| post(json!(["canary bad"])),
        answer: (400, Some("invalidSyntax")),
    },
    Row {
        what: "POST of a userName that is taken",
        request: |subject| post(named(&subject.user_name)),
        answer: (409, Some("uniqueness")),
    },
    Row {
        what: "POST of a name that a vendor does not take",
        request: |subject| {
            let mut body = named("canary-bad@sim.example");
            body["displayName"] = "canary ".repeat(LONG).into();
            subject.bounds_names.then(|| Request::post("User", body))
        },
        answer: (400, Some("invalidValue")),
    },
    Row {
        what: "PUT of somebody else's userName",
        request: |subject| put(&subject.id, named(subject.other_name.as_ref()?)),
        answer: (409, Some("uniqueness")),
    },
    Row {
        what: "PUT without a userName",
        request: |subject| put(&subject.id, json!({ "schemas": [urn::USER], "active": false })),
        answer: (400, Some("invalidValue")),
    },
    Row {
        what: "PUT of nobody",
        request: |_| put(NOBODY, named("canary-bad@sim.example")),
        answer: (404, None),
    },
    Row {
        what: "PUT of another version",
        request: |subject| Some(put(&subject.id, named(&subject.user_name))?.if_match("W/\"canary\"")),
        answer: (412, None),
    },
    Row {
        what: "PATCH of what does not exist",
        request: |subject| patch(subject, json!({ "op": "replace", "path": "bogus", "value": 1 })),
        answer: (400, Some("invalidPath")),
    },
    Row {
        what: "PATCH of the id",
        request: |subject| patch(subject, json!({ "op": "replace", "path": "id", "value": "2" })),
        answer: (400, Some("mutability")),
    },
    Row {
        what: "PATCH that removes the userName",
        request: |subject| patch(subject, json!({ "op": "remove", "path": "userName" })),
        answer: (400, Some("mutability")),
    },
    Row {
        what: "PATCH of a value that is not there",
        request: |subject| {
            patch(
                subject,
                json!({ "op": "replace", "path": "photos[type eq \"x\"].value", "value": "y" }),
            )
        },
        answer: (400, Some("noTarget")),
    },
    Row {
        what: "PATCH with a wrong filter",
        request: |subject| patch(subject, json!({ "op": "remove", "path": "emails[bogus eq \"x\"]" })),
        answer: (400, Some("invalidFilter")),
    },
    Row {
        what: "PATCH of an unknown operation",
        request: |subject| patch(subject, json!({ "op": "explode", "path": "title", "value": "y" })),
        answer: (400, Some("invalidSyntax")),
    },
    Row {
        what: "PATCH of active to a word",
        request: |subject| {
            patch(
                subject,
                json!({ "op": "replace", "path": "active", "value": "perhaps" }),
            )
        },
        answer: (400, Some("invalidValue")),
    },
    Row {
        what: "PATCH of somebody else's userName",
        request: |subject| {
            let value = subject.other_name.as_ref()?;
            patch(subject, json!({ "op": "replace", "path": "userName", "value": value }))
        },
        answer: (409, Some("uniqueness")),
    },
    Row {
        what: "PATCH of nobody",
        request: |_| {
            let operations = json!([{ "op": "replace", "path": "active", "value": false }]);
            Some(Request::patch("User", NOBODY, &operations))
        },
        answer: (404, None),
    },
    Row {
        what: "DELETE of nobody",
        request: |_| Some(Request::delete("User", NOBODY)),
        answer: (404, None),
    },
];

/// How many kinds of bad requests there are.
pub(super) const KINDS: usize = ROWS.len();

/// What a document says of the person alone: another client may change their groups meanwhile, with which the second
/// part of the version changes.
fn own(mut document: Value) -> Value {
    if let Some(said) = document.as_object_mut() {
        said.remove("groups");
    }
    if let Some(version) = document.pointer_mut("/meta/version") {
        let own = version.as_str().and_then(|version| version.split('-').next());
        *version = own.map(|version| version.trim_end_matches('"')).into();
    }
    document
}

impl Idp {
    /// Sends a bad request about this person, and looks that nothing of the person has changed, nor anything is to be
    /// delivered.
    pub(super) async fn blunder(&self, gateway: &Gateway, (person, kind): (usize, usize)) -> bool {
        let row = ROWS.get(kind).expect("a kind below their number");
        let Some((id, request)) = self.occasion(person, row) else {
            return true;
        };
        let before = (gateway.read("User", &id).await.map(own), gateway.marks(&id).await);
        let refusal = gateway.ask(request).await.expect_err(row.what);
        if refusal.status == 503 {
            return false;
        }
        let keyword = refusal.scim_type.map(|keyword| keyword.as_str());
        assert_eq!(
            (refusal.status, keyword),
            row.answer,
            "{}: {}",
            row.what,
            refusal.detail
        );
        assert!(!refusal.detail.is_empty(), "{}: says nothing", row.what);
        let after = (gateway.read("User", &id).await.map(own), gateway.marks(&id).await);
        assert_eq!(before.0, after.0, "{} changed the person", row.what);
        assert!(
            self.is_resettled() || self.reads_groups() || before.1 == after.1,
            "{} is to be delivered: {:?}, and then {:?}",
            row.what,
            before.1,
            after.1
        );
        let found = gateway.find("User", ("userName", "canary-bad@sim.example")).await;
        assert_eq!(found, None, "{} made somebody", row.what);
        true
    }

    fn occasion(&self, person: usize, row: &Row) -> Option<(String, Request)> {
        let known = self.person(person);
        let (id, profile) = (known.id?, known.profile?);
        let subject = Subject {
            id: id.clone(),
            other_name: self.name_beside(person),
            user_name: profile.user_name,
            // Of somebody whom no group lets in no vendor is asked.
            bounds_names: (self.has_vendor("pagerduty") || self.has_vendor("zendesk")) && !self.reads_groups(),
        };
        Some((id, (row.request)(&subject)?))
    }
}
