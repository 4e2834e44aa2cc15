//! Searches.

use serde_json::{Value, json};

use super::desk::Desk;

#[test]
fn a_query_has_words_and_properties() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "PUT /users/{ann}",
            json!({ "user": { "external_id": "E1", "phone": "+15551234567", "notes": "on leave" } }),
            json!(200),
        ),
        (
            "POST /users/{ann}/identities",
            json!({ "identity": { "type": "email", "value": "a+b@x.example" } }),
            json!(201),
        ),
        (
            "PUT /users/{bob}",
            json!({ "user": { "name": "Bob Anders" } }),
            json!(200),
        ),
    ]);
    for (query, expected) in [
        ("query=email:ann@x.example", json!([{ "id": "{ann}" }])),
        ("query=email:ANN@x.example", json!([{ "id": "{ann}" }])),
        ("query=email:\"ann@x.example\"", json!([{ "id": "{ann}" }])),
        ("query=email:a%2Bb@x.example", json!([{ "id": "{ann}" }])),
        // A plus sign that is not escaped is a space.
        ("query=email:a+b@x.example", json!([])),
        ("query=email:nn@x.example", json!([])),
        ("query=nn@x.example", json!([{ "id": "{ann}" }])),
        ("query=external_id:e1", json!([{ "id": "{ann}" }])),
        ("external_id=e1", json!([{ "id": "{ann}" }])),
        ("external_id=e", json!([])),
        ("query=an", json!([{ "id": "{ann}" }, { "id": "{bob}" }])),
        ("query=type:user+an+role:agent+5551", json!([{ "id": "{ann}" }])),
        ("query=\"on+leave\"", json!([{ "id": "{ann}" }])),
        ("query=name:\"bob+a\"", json!([{ "id": "{bob}" }])),
        ("query=phone:555", json!([{ "id": "{ann}" }])),
        ("query=role:end-user", json!([{ "id": "{eve}" }])),
        ("query=nobody", json!([])),
    ] {
        let line = format!("GET /users/search?{query}");
        desk.check(&[(&line, Value::Null, json!({ "users": expected }))]);
    }
}

#[test]
fn searches_go_by_offset_and_end_at_ten_thousand() {
    let limit = "422 invalid: Invalid search: Requested response size was greater than Search Response Limits";
    let mut desk = Desk::new();
    for (query, expected) in [
        ("query=x&page=100&per_page=100", json!({ "users": [] })),
        ("query=x&page=101&per_page=100", json!(limit)),
        ("query=x&page=101", json!(limit)),
        (
            "query=x.example&page=2&per_page=2",
            json!({ "users": [{ "id": "{eve}" }], "count": 3, "next_page": null }),
        ),
        (
            "query=x&page[size]=10",
            json!("400 InvalidParameter: There is no cursor pagination here"),
        ),
        (
            "",
            json!("400 InvalidParameter: Either query or external_id must be there"),
        ),
    ] {
        let line = format!("GET /users/search?{query}");
        desk.check(&[(&line, Value::Null, expected)]);
    }
}

/// The index lags behind; the list of users and a read by id do not.
#[test]
fn the_index_can_lag() {
    let mut desk = Desk::given(json!({ "search_lag_seconds": 30 }));
    desk.pass(60);
    desk.check(&[
        (
            "new = POST /users",
            json!({ "user": { "name": "New", "email": "new@x.example", "external_id": "N" } }),
            json!(201),
        ),
        (
            "GET /users/search?query=email:new@x.example",
            Value::Null,
            json!({ "users": [] }),
        ),
        (
            "GET /users?external_id=n",
            Value::Null,
            json!({ "users": [{ "id": "{new}" }] }),
        ),
    ]);
    desk.pass(30);
    desk.check(&[(
        "GET /users/search?query=email:new@x.example",
        Value::Null,
        json!({ "users": [{ "id": "{new}" }] }),
    )]);
}
