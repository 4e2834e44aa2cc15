//! Identity, what is kept, and what can be seeded.

use serde_json::{Value, json};

use super::super::Scim;
use super::super::desk::{Desk, TOKEN, group, patch, strict, user};
use crate::twins::Twin;

#[test]
fn another_number_is_another_account() {
    let first_id = |number| {
        let mut desk = Desk::new("scim", json!([]));
        desk.twin = Scim::new("scim", number).unwrap();
        desk.twin.set_token(TOKEN);
        desk.check(&[("it = POST /Users", user(json!({ "userName": "it" })), json!(201))]);
        desk.named("{it}")
    };
    assert_eq!(first_id(1), first_id(1));
    assert_ne!(first_id(1), first_id(2));
}

/// Everything that changes the state is told, and what was told brings the state back.
#[test]
fn told_changes_bring_the_state_back() {
    let mut desk = strict();
    let first = desk.twin.snapshot();
    desk.twin.changes();
    let mut told = Vec::new();
    desk.seed(json!({ "per_minute": 600, "groups": [{ "displayName": "Seeded", "members": ["bob@x.example"] }] }));
    told.extend(desk.twin.changes());
    for step in [
        (
            "new = POST /Users",
            user(json!({ "userName": "new@x.example" })),
            json!(201),
        ),
        (
            "ops = POST /Groups",
            group(json!({ "displayName": "Ops", "members": [{ "value": "{ann}" }, { "value": "{new}" }] })),
            json!(201),
        ),
        (
            "PATCH /Groups/{ops}",
            patch(json!([{ "op": "remove", "path": "members[value eq \"{ann}\"]" }])),
            json!(200),
        ),
        (
            "PUT /Users/{ann}",
            user(json!({ "userName": "anna@x.example" })),
            json!(200),
        ),
        ("DELETE /Users/{bob}", Value::Null, json!(204)),
    ] {
        desk.check(&[step]);
        let change = desk.twin.changes();
        assert!(change.is_some());
        told.extend(change);
    }
    desk.check(&[("GET /Users", Value::Null, json!(200))]);
    assert_eq!(desk.twin.changes(), None);

    let mut copy = Scim::new("scim", 8).unwrap();
    copy.restore(first, told).unwrap();
    assert_eq!(copy.snapshot(), desk.twin.snapshot());
    copy.set_token(TOKEN);
    desk.twin = copy;
    desk.check(&[
        (
            "GET /Groups/{ops}",
            Value::Null,
            json!({ "members": [{ "value": "{new}" }] }),
        ),
        (
            "GET /Users/{new}",
            Value::Null,
            json!({ "groups": [{ "display": "Ops" }] }),
        ),
        ("POST /Users", user(json!({ "userName": "anna@x.example" })), json!(409)),
        (
            "bob = POST /Users",
            user(json!({ "userName": "bob@x.example" })),
            json!(201),
        ),
        (
            "GET /Users?filter=userName+eq+%22anna@x.example%22",
            Value::Null,
            json!({ "totalResults": 1 }),
        ),
    ]);
}

#[test]
fn foreign_state_is_refused() {
    for state in [json!([]), json!({}), json!({ "last_id": 1, "users": [{ "id": 1 }] })] {
        let mut twin = Scim::new("scim", 1).unwrap();
        assert!(twin.restore(state.clone(), Vec::new()).is_err(), "{state}");
    }
}

#[test]
fn a_seed_that_cannot_be_changes_nothing() {
    let new = json!({ "userName": "new@x.example" });
    for (state, error) in [
        (json!({ "people": [] }), "unknown field `people`"),
        (json!({ "users": [{ "displayName": "N" }] }), "userName is required"),
        (
            json!({ "users": [{ "userName": "n", "shoe": 9 }] }),
            "shoe is not an attribute",
        ),
        (
            json!({ "users": [{ "userName": "ANN@x.example" }] }),
            "`ANN@x.example` is taken",
        ),
        (json!({ "users": [new, new] }), "`new@x.example` is taken"),
        (
            json!({ "users": [new], "groups": [{ "displayName": "G", "members": ["no"] }] }),
            "there is no user `no`",
        ),
        (
            json!({ "accept": { "email": "ann@x.example" } }),
            "`ann@x.example` is not invited",
        ),
        (
            json!({ "confirm": { "email": "ann@x.example" } }),
            "nobody is to be called `ann@x.example`",
        ),
    ] {
        let mut desk = strict();
        let before = desk.twin.snapshot();
        let refused = desk.twin.seed(desk.now, &state).unwrap_err().to_string();
        assert!(refused.contains(error), "{state}: {refused}");
        assert_eq!(desk.twin.snapshot(), before, "{state}");
    }
}
