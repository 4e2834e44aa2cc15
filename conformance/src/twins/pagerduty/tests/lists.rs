//! Pages, searches, and lists that lag.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::Desk;
use crate::twins::Twin;

#[test]
fn lists_come_in_pages() {
    let people: Vec<_> = (0..150)
        .map(|n| json!({ "name": format!("P{n}"), "email": format!("p{n}@y.example") }))
        .collect();
    let mut desk = Desk::given(json!({ "users": people }));
    for (query, count, expected) in [
        ("", 25, json!({ "limit": 25, "offset": 0, "more": true, "total": null })),
        ("?limit=100", 100, json!({ "limit": 100, "more": true })),
        ("?limit=500", 100, json!({ "limit": 100, "more": true })),
        ("?limit=100&offset=100", 54, json!({ "offset": 100, "more": false })),
        (
            "?limit=54&offset=100&total=true",
            54,
            json!({ "more": false, "total": 154 }),
        ),
        (
            "?limit=53&offset=100&total=true",
            53,
            json!({ "more": true, "total": 154 }),
        ),
        ("?offset=9975", 0, json!({ "more": false, "total": null })),
        (
            "?offset=500&total=true&query=@y.example",
            0,
            json!({ "more": false, "total": 150 }),
        ),
    ] {
        let line = format!("GET /users{query}");
        desk.check(&[(&line, Value::Null, expected)]);
        let said: Value = serde_json::from_slice(&desk.call(&line, &Value::Null).body).unwrap();
        assert_eq!(said["users"].as_array().unwrap().len(), count, "{query}");
    }
}

#[test]
fn pages_have_bounds() {
    let far = "The sum of offset and limit must not exceed 10000";
    for (query, error) in [
        ("?offset=9976", far),
        ("?offset=9901&limit=100", far),
        ("?offset=18446744073709551615", far),
        ("?limit=0", "limit must be greater than 0"),
        ("?limit=-1", "limit must be a whole number"),
        ("?offset=ten", "offset must be a whole number"),
    ] {
        for list in [
            "users",
            "teams",
            "incidents",
            "escalation_policies",
            "schedules",
            "oncalls",
            "license_allocations",
        ] {
            let expected = json!(format!("400 2002 Arguments Caused Error: {error}"));
            Desk::new().check(&[(&format!("GET /{list}{query}"), Value::Null, expected)]);
        }
    }
}

/// A client that takes the first match for the user with that e-mail takes the wrong one.
#[test]
fn a_query_is_a_filter_and_no_look_up() {
    let people = json!({ "users": [
        { "name": "Joann", "email": "joann@x.example" },
        { "name": "See ann@x.example", "email": "other@x.example" },
    ]});
    for (query, expected) in [
        (
            "ann@x.example",
            vec!["ann@x.example", "joann@x.example", "other@x.example"],
        ),
        (
            "ANN@x.EXAMPLE",
            vec!["ann@x.example", "joann@x.example", "other@x.example"],
        ),
        ("joann@x.example", vec!["joann@x.example"]),
        ("%20stan%20", vec!["stan@x.example"]),
        ("nobody@x.example", vec![]),
    ] {
        let users: Vec<_> = expected.iter().map(|email| json!({ "email": email })).collect();
        Desk::given(people.clone()).check(&[(
            &format!("GET /users?query={query}"),
            Value::Null,
            json!({ "users": users }),
        )]);
    }
}

#[test]
fn lagging_lists_miss_recent_changes() {
    let mut desk = Desk::new();
    desk.check(&[(
        "ops = POST /teams",
        json!({ "team": { "type": "team", "name": "Ops" } }),
        json!(201),
    )]);
    desk.pass(10);
    desk.check(&[
        (
            "POST /users",
            json!({ "user": { "type": "user", "name": "Abe", "email": "abe@x.example" } }),
            json!(201),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "name": "Anna" } }),
            json!({ "user": { "name": "Anna" } }),
        ),
        ("DELETE /users/{bob}", Value::Null, json!(204)),
        ("PUT /teams/{ops}/users/{ann}", Value::Null, json!(204)),
    ]);
    desk.pass(2);
    desk.twin.set_lag(Duration::from_secs(3));
    check_lists(&mut desk, ["Ann", "Bob", "Stan"], json!([]));
    // What lags is the list; the e-mail is taken all the same.
    desk.check(&[(
        "POST /users",
        json!({ "user": { "type": "user", "name": "Abe", "email": "abe@x.example" } }),
        json!("400 2001 Invalid Input Provided: Email has already been taken"),
    )]);
    desk.twin.set_lag(Duration::from_secs(2));
    check_lists(&mut desk, ["Anna", "Stan", "Abe"], json!([{ "role": "manager" }]));
    desk.twin.set_lag(Duration::from_secs(3));
    desk.pass(1);
    check_lists(&mut desk, ["Anna", "Stan", "Abe"], json!([{ "role": "manager" }]));
}

/// Whoever is found by the domain that all but the owner have, and the members of the team.
fn check_lists(desk: &mut Desk, names: [&str; 3], members: Value) {
    let users = names.map(|name| json!({ "name": name }));
    desk.check(&[
        ("GET /users?query=@x.example", Value::Null, json!({ "users": users })),
        ("GET /teams/{ops}/members", Value::Null, json!({ "members": members })),
        // One user by id is always as it is.
        ("GET /users/{ann}", Value::Null, json!({ "user": { "name": "Anna" } })),
    ]);
}

#[test]
fn duties_are_listed_by_what_is_asked() {
    let mut desk = Desk::given(json!({
        "escalation_policies": [{ "name": "Day", "users": ["{ann}"] }],
        "schedules": [{ "name": "Night", "users": ["{bob}"] }],
    }));
    desk.check(&[
        (
            "GET /escalation_policies?query=da",
            Value::Null,
            json!({ "escalation_policies": [{ "name": "Day" }] }),
        ),
        (
            "GET /escalation_policies?query=night",
            Value::Null,
            json!({ "escalation_policies": [] }),
        ),
        (
            "GET /schedules?query=night",
            Value::Null,
            json!({ "schedules": [{ "users": [{ "id": "{bob}" }] }] }),
        ),
        ("GET /schedules?team_ids[]=PT", Value::Null, json!({ "schedules": [] })),
        (
            "GET /oncalls",
            Value::Null,
            json!({ "oncalls": [
                { "user": { "id": "{ann}" }, "escalation_policy": { "summary": "Day" }, "escalation_level": 1 },
                { "user": { "id": "{bob}" }, "schedule": { "summary": "Night" } },
            ]}),
        ),
        (
            "GET /oncalls?schedule_ids[]=PS",
            Value::Null,
            json!({ "oncalls": [{ "user": { "id": "{ann}" } }] }),
        ),
    ]);
}
