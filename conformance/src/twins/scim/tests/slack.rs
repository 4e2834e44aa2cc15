//! Slack, after the reference of its SCIM API 2.0.

use serde_json::{Value, json};

use super::super::desk::{Desk, group, patch, user};

fn desk() -> Desk {
    let person =
        |name: &str| json!({ "userName": name, "emails": [{ "value": format!("{name}@x.example"), "primary": true }] });
    Desk::new("scim-slack", json!([person("ann"), person("bob")]))
}

fn new(user_name: &str) -> Value {
    user(json!({ "userName": user_name, "emails": [{ "value": "new@x.example" }] }))
}

#[test]
fn user_names_are_converted() {
    for (sent, expected) in [
        ("guestUser", json!({ "userName": "guestuser" })),
        ("new.comer_1-2", json!({ "userName": "new.comer_1-2" })),
        ("New@x.example", json!({ "userName": "new_x.example" })),
        (
            "a.very.long.name@a.long.domain.example",
            json!({ "userName": "a.very.long.name_a.lo" }),
        ),
        ("a.name.of.more.than.21", json!("400? - username_too_long")),
        ("ANN", json!("409? - username_taken")),
        ("", json!("400? - username_empty")),
    ] {
        desk().check(&[("POST /Users", new(sent), expected)]);
    }
}

#[test]
fn refusals_are_codes() {
    let mut desk = desk();
    for (line, body, expected) in [
        (
            "POST /Users",
            json!({ "userName": "n" }),
            "400? - missing_schema_element",
        ),
        ("POST /Users", user(json!({ "userName": "n" })), "400? - email_empty"),
        (
            "POST /Users",
            user(json!({ "userName": "n", "emails": [{ "value": "ANN@x.example" }] })),
            "409? - email_taken",
        ),
        (
            "POST /Users",
            user(json!({ "userName": "n", "emails": [{ "value": "n" }], "ims": [{ "value": "x" }] })),
            "400? - invalid_request_payload",
        ),
        ("GET /Users/none", Value::Null, "404? - no_such_user"),
        ("GET /Groups/none", Value::Null, "404? - no_such_group"),
        ("GET /Users?filter=title+pr", Value::Null, "400? - invalid_query"),
        (
            "POST /Groups",
            group(json!({ "displayName": "G", "members": [{ "value": "none" }] })),
            "400? - no_such_group_members",
        ),
    ] {
        desk.check(&[(line, body, json!(expected))]);
    }
    let answer = desk.call("GET /Users/none", &Value::Null);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "no_such_user", "status": 404,
    });
    assert_eq!(body, expected);
}

#[test]
fn a_deletion_deactivates() {
    let active = |value: bool| patch(json!([{ "op": "replace", "path": "active", "value": value }]));
    let ann = json!([{ "op": "add", "path": "members", "value": [{ "value": "{ann}" }] }]);
    desk().check(&[
        ("ops = POST /Groups", group(json!({ "displayName": "Ops" })), json!(201)),
        ("DELETE /Users/{ann}", Value::Null, json!(204)),
        (
            "GET /Users/{ann}",
            Value::Null,
            json!({ "active": false, "userName": "ann" }),
        ),
        ("DELETE /Users/{ann}", Value::Null, json!(204)),
        (
            "PATCH /Groups/{ops}",
            patch(ann.clone()),
            json!("400? - unable_to_add_deleted_or_guest_to_group"),
        ),
        ("PATCH /Users/{ann}", active(true), json!({ "active": true })),
        (
            "PATCH /Groups/{ops}",
            patch(ann),
            json!({ "members": [{ "value": "{ann}" }] }),
        ),
    ]);
}

#[test]
fn an_external_id_stays_as_it_was() {
    let mut named = new("new");
    named["externalId"] = json!("N1");
    let change = patch(json!([{ "op": "replace", "path": "externalId", "value": "N2" }]));
    desk().check(&[
        ("new = POST /Users", named, json!({ "externalId": "N1" })),
        ("PATCH /Users/{new}", change, json!({ "externalId": "N1" })),
        ("PUT /Users/{new}", new("new"), json!({ "externalId": "N1" })),
    ]);
}

#[test]
fn lists_have_ten_a_page_and_two_filters() {
    let person = |n: usize| json!({ "userName": format!("n{n}"), "emails": [{ "value": format!("n{n}@x.example") }] });
    let mut desk = Desk::new("scim-slack", (0..12).map(person).collect());
    for (query, size) in [
        ("", 10),
        ("?count=1000", 12),
        ("?startIndex=11", 2),
        ("?filter=userName+Eq+%22N3%22", 1),
        ("?filter=email+eq+%22n3@x.example%22", 1),
    ] {
        assert_eq!(desk.listed(&format!("GET /Users{query}"), "id").len(), size, "{query}");
    }
}

#[test]
fn a_request_names_at_most_fifteen_thousand_members() {
    let members = |size: usize| vec![json!({ "value": "{ann}" }); size];
    for (size, expected) in [(15_000, json!(201)), (15_001, json!("400? - too_many_users"))] {
        desk().check(&[(
            "POST /Groups",
            group(json!({ "displayName": "G", "members": members(size) })),
            expected,
        )]);
    }
}
