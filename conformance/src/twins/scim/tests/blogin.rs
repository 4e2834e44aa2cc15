//! BlogIn, as far as it is known, and the guesses beyond.

use serde_json::{Value, json};

use super::super::desk::{Desk, group, patch, people, user};

#[test]
fn what_is_not_known_is_passed_over() {
    let new = user(json!({
        "userName": "new@x.example",
        "externalId": "N1",
        "displayName": "New",
        "title": "Guide",
        "shoe": 9,
        "emails": [{ "value": "new@x.example", "type": "work" }],
    }));
    let taken = json!({ "title": "Guide", "externalId": null, "displayName": null, "shoe": null, "active": true });
    Desk::new("scim-blogin", people()).check(&[
        ("new = POST /Users", new, taken.clone()),
        ("GET /Users/{new}", Value::Null, taken),
        (
            "PATCH /Users/{new}",
            patch(json!([{ "op": "replace", "path": "active", "value": false }])),
            json!({ "active": false }),
        ),
        (
            "PATCH /Users/{new}",
            patch(json!([{ "op": "replace", "path": "externalId", "value": "N2" }])),
            json!("400 invalidPath externalId is not an attribute"),
        ),
        (
            "POST /Users",
            user(json!({ "userName": "other@x.example" })),
            json!("400 invalidValue emails.value is required"),
        ),
        (
            "GET /Users?filter=userName+eq+%22new@x.example%22",
            Value::Null,
            json!({ "totalResults": 1 }),
        ),
        (
            "GET /Users?filter=externalId+eq+%22N1%22",
            Value::Null,
            json!("400 invalidFilter The filter is not supported"),
        ),
    ]);
}

#[test]
fn a_group_takes_one_member_a_request() {
    let add = |names: &[&str]| {
        let members: Vec<_> = names.iter().map(|name| json!({ "value": name })).collect();
        patch(json!([{ "op": "add", "path": "members", "value": members }]))
    };
    Desk::new("scim-blogin", people()).check(&[
        ("ops = POST /Groups", group(json!({ "displayName": "Ops" })), json!(201)),
        (
            "PATCH /Groups/{ops}",
            add(&["{ann}", "{bob}"]),
            json!("400 tooMany Only 1 members can be changed at once"),
        ),
        ("PATCH /Groups/{ops}", add(&["{ann}"]), json!(204)),
        ("PATCH /Groups/{ops}", add(&["{bob}"]), json!(204)),
        (
            "GET /Groups/{ops}",
            Value::Null,
            json!({ "members": [{ "value": "{ann}" }, { "value": "{bob}" }] }),
        ),
        (
            "POST /Groups",
            group(json!({ "displayName": "ops" })),
            json!("409 uniqueness displayName ops is taken"),
        ),
    ]);
}
