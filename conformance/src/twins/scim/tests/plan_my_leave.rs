//! PlanMyLeave, as far as it is known, and the guesses beyond.

use serde_json::{Value, json};

use super::super::desk::{Desk, people, user};

#[test]
fn users_are_changed_by_put_alone() {
    let ann = |active: bool| {
        user(json!({
            "userName": "ann@x.example",
            "name": { "givenName": "Ann", "familyName": "Example" },
            "emails": [{ "value": "ann@x.example" }],
            "active": active,
        }))
    };
    let mut titled = ann(true);
    titled["title"] = json!("Guide");
    Desk::new("scim-planmyleave", people()).check(&[
        (
            "PUT /Users/{ann}",
            ann(false),
            json!({ "active": false, "displayName": null }),
        ),
        ("PUT /Users/{ann}", ann(true), json!({ "active": true })),
        (
            "PUT /Users/{ann}",
            titled,
            json!("400 invalidSyntax title is not an attribute"),
        ),
        (
            "PATCH /Users/{ann}",
            json!({}),
            json!("405 - The endpoint has no such method"),
        ),
        (
            "GET /Users?filter=externalId+eq+%22A%22",
            Value::Null,
            json!("400 invalidFilter The filter is not supported"),
        ),
        (
            "GET /Users?count=100",
            Value::Null,
            json!({ "totalResults": 2, "itemsPerPage": 2 }),
        ),
        ("DELETE /Users/{ann}", Value::Null, json!(204)),
        ("GET /Users/{ann}", Value::Null, json!(404)),
    ]);
}

#[test]
fn pages_are_small() {
    let person = |n: usize| {
        json!({
            "userName": format!("n{n}@x.example"),
            "name": { "givenName": "N", "familyName": "N" },
            "emails": [{ "value": format!("n{n}@x.example") }],
        })
    };
    let mut desk = Desk::new("scim-planmyleave", (0..60).map(person).collect());
    for (query, size) in [("", 20), ("?count=60", 50), ("?startIndex=51", 10)] {
        assert_eq!(desk.listed(&format!("GET /Users{query}"), "id").len(), size, "{query}");
    }
}
