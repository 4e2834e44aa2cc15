//! Identity, ids, what is kept, and what can be seeded.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::PagerDuty;
use super::desk::Desk;
use crate::twins::Twin;

fn new_user(n: u32) -> Value {
    json!({ "user": { "type": "user", "name": "New", "email": format!("n{n}@x.example") } })
}

#[test]
fn ids_are_of_the_vendors_form_and_never_come_again() {
    let mut desk = Desk::new();
    let mut seen = BTreeSet::new();
    for n in 0..100 {
        desk.check(&[
            ("new = POST /users", new_user(n), json!(201)),
            ("DELETE /users/{new}", Value::Null, json!(204)),
        ]);
        let id = desk.request("GET {new}", &Value::Null).path;
        let formed =
            id.len() == 7 && id.starts_with('P') && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        assert!(formed && seen.insert(id.clone()), "{id}");
    }
}

#[test]
fn another_number_is_another_account() {
    let identity = |number| {
        let twin = PagerDuty::new(number);
        let owner = twin.owner().unwrap();
        (twin.account.subdomain.clone(), owner.id.clone(), owner.email.clone())
    };
    assert_eq!(identity(1), identity(1));
    let ((one, owner, email), (other, other_owner, other_email)) = (identity(1), identity(u64::MAX));
    assert!(one != other && owner != other_owner, "{one} {other}");
    assert_eq!([email.as_str(), other_email.as_str()], [PagerDuty::OWNER_EMAIL; 2]);
}

/// Everything that changes the state is told, and what was told brings the state back.
#[test]
fn told_changes_bring_the_state_back() {
    let mut desk = Desk::new();
    let first = desk.twin.snapshot();
    desk.twin.changes();
    let mut told = Vec::new();
    desk.seed(json!({ "incidents": [{ "assigned": "{bob}" }], "schedules": [{ "name": "S", "users": ["{ann}"] }] }));
    told.extend(desk.twin.changes());
    desk.seed(json!({ "locked_creates": 3, "per_minute": 500, "tokens": { "t": "full" } }));
    told.extend(desk.twin.changes());
    let contact = json!({ "type": "email_contact_method", "label": "Home", "address": "a@home.example" });
    for step in [
        // Refused, but one lock fewer.
        ("POST /users", new_user(1), json!(400)),
        (
            "POST /users/{ann}/contact_methods",
            json!({ "contact_method": contact }),
            json!(201),
        ),
        (
            "ops = POST /teams",
            json!({ "team": { "type": "team", "name": "Ops" } }),
            json!(201),
        ),
        ("PUT /teams/{ops}/users/{ann}", Value::Null, json!(204)),
        ("PUT /teams/{ops}/users/{bob}", Value::Null, json!(204)),
        ("DELETE /teams/{ops}/users/{bob}", Value::Null, json!(204)),
        (
            "PUT /users/{ann}",
            json!({ "user": { "email": "anna@x.example" } }),
            json!(200),
        ),
        ("DELETE /users/{stan}", Value::Null, json!(204)),
    ] {
        desk.check(&[step]);
        let change = desk.twin.changes();
        assert!(change.is_some());
        told.extend(change);
    }
    desk.check(&[("GET /users", Value::Null, json!(200))]);
    assert_eq!(desk.twin.changes(), None);

    let mut copy = PagerDuty::new(8);
    copy.restore(first, told).unwrap();
    assert_eq!(copy.snapshot(), desk.twin.snapshot());
    copy.set_token(super::desk::TOKEN);
    desk.twin = copy;
    desk.check(&[
        (
            "GET /users?query=anna",
            Value::Null,
            json!({ "users": [{ "teams": [{ "id": "{ops}" }] }] }),
        ),
        (
            "PUT /users/{bob}",
            json!({ "user": { "email": "anna@x.example" } }),
            json!(400),
        ),
        (
            "PUT /users/{bob}",
            json!({ "user": { "email": "ann@x.example" } }),
            json!(200),
        ),
        (
            "GET /licenses",
            Value::Null,
            json!({ "licenses": [{ "current_value": 3 }, { "current_value": 0 }] }),
        ),
    ]);
}

#[test]
fn foreign_state_is_refused() {
    for state in [
        json!([]),
        json!({}),
        json!({ "last_id": 1, "users": [{ "id": 5 }] }),
        json!({ "last_id": 1, "account": {} }),
    ] {
        assert!(PagerDuty::new(1).restore(state.clone(), Vec::new()).is_err(), "{state}");
    }
}

#[test]
fn a_seed_that_cannot_be_changes_nothing() {
    let user = |email: &str| json!({ "name": "X", "email": email });
    let free = user("free@x.example");
    for (given, expected) in [
        (json!({ "user": [] }), "unknown field `user`"),
        (json!({ "abilities": ["flying"] }), "there is no ability `flying`"),
        (
            json!({ "users": [free, user("ANN@x.example")] }),
            "`ANN@x.example` is taken",
        ),
        (json!({ "users": [free, free] }), "`free@x.example` is taken"),
        (
            json!({ "users": [{ "name": "X", "email": "free@x.example", "role": "owner" }] }),
            "the account has its owner",
        ),
        (
            json!({ "users": [free], "licenses": [] }),
            "no license is for the role User",
        ),
        (
            json!({ "users": [free], "incidents": [{ "assigned": "PX" }] }),
            "there is no user `PX`",
        ),
        (
            json!({ "users": [free], "incidents": [{ "assigned": "{ann}", "team": "PX" }] }),
            "there is no team `PX`",
        ),
        (
            json!({ "users": [free], "schedules": [{ "name": "S", "users": ["PX"] }] }),
            "there is no user `PX`",
        ),
        (
            json!({ "teams": [{ "name": "T", "parent": "PX" }] }),
            "there is no team `PX`",
        ),
    ] {
        let mut desk = Desk::new();
        let before = desk.twin.snapshot();
        let request = desk.request("POST /", &given);
        let given: Value = serde_json::from_slice(&request.body).unwrap();
        let error = desk.twin.seed(desk.now, &given).unwrap_err().to_string();
        assert!(error.contains(expected), "{given}: {error}");
        assert_eq!(desk.twin.snapshot(), before, "{given}");
    }
}
