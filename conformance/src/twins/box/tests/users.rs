//! People: what they have, who they can be, and how they go.

use serde_json::{Value, json};

use super::desk::Desk;

fn new(login: &str) -> Value {
    json!({ "name": "New", "login": login })
}

#[test]
fn what_is_not_asked_for_is_not_shown() {
    let mut desk = Desk::new();
    let usual = desk.body("GET /users/{ann}");
    let some = desk.body("GET /users/{ann}?fields=role,enterprise,nothing");
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let of_mini = ["id", "type", "name", "login"];
    let mut expected: Vec<_> = of_mini.into_iter().chain(["role", "enterprise"]).collect();
    let mut shown = names(&some);
    expected.sort_unstable();
    shown.sort_unstable();
    assert_eq!(shown, expected);
    assert!(of_mini.iter().all(|name| usual.get(name).is_some()), "{usual}");
    assert!(usual.get("status").is_some() && usual.get("role").is_none(), "{usual}");
    desk.check(&[(
        "GET /users/me?fields=enterprise,role",
        Value::Null,
        json!({ "role": "admin", "enterprise": { "id": "{enterprise}", "type": "enterprise" } }),
    )]);
}

#[test]
fn bodies_are_held_to_the_contract() {
    let long = "x".repeat(51);
    let with = |name: &str, value: Value| {
        let mut body = new("new@x.example");
        body[name] = value;
        body
    };
    for (body, expected) in [
        (json!([]), "400 bad_request"),
        (json!({ "login": "a@x.example" }), "400 bad_request name"),
        (json!({ "name": "A" }), "400 bad_request login"),
        (new("nobody"), "400 bad_request login"),
        (with("name", long.into()), "400 bad_request name"),
        (with("role", "admin".into()), "400 bad_request role"),
        (with("status", "gone".into()), "400 bad_request status"),
        (with("space_amount", "1".into()), "400 bad_request space_amount"),
        (
            with("is_sync_enabled", "true".into()),
            "400 bad_request is_sync_enabled",
        ),
        (with("phone", Value::Null), "400 bad_request phone"),
        (
            with("tracking_codes", json!([{ "name": "a" }])),
            "400 bad_request tracking_codes",
        ),
        (
            with("notification_email", Value::Null),
            "400 bad_request notification_email",
        ),
        (with("tracking_codes.a", "b".into()), "400 bad_request tracking_codes.a"),
    ] {
        Desk::new().check(&[("POST /users", body, json!(expected))]);
    }
    for (body, expected) in [
        (json!({ "name": "" }), "400 bad_request name"),
        (
            json!({ "is_platform_access_only": true }),
            "400 bad_request is_platform_access_only",
        ),
        (json!({ "enterprise": null }), "400 bad_request enterprise"),
        (
            json!({ "notification_email": { "email": "x" } }),
            "400 bad_request notification_email",
        ),
    ] {
        Desk::new().check(&[("PUT /users/{ann}", body, json!(expected))]);
    }
}

#[test]
fn what_is_written_is_kept() {
    let code = json!({ "type": "tracking_code", "name": "Cost", "value": "1" });
    Desk::new().check(&[
        (
            "new = POST /users?fields=role,phone,tracking_codes,status,space_amount",
            json!({ "name": "New", "login": "new@x.example", "role": "coadmin", "phone": "1", "tracking_codes": [code] }),
            json!({ "role": "coadmin", "phone": "1", "tracking_codes": [code], "status": "active" }),
        ),
        (
            "PUT /users/{new}?fields=phone,tracking_codes,role,status",
            json!({ "phone": "", "tracking_codes": [], "status": "inactive", "notify": false }),
            json!({ "phone": "", "tracking_codes": [], "role": "coadmin", "status": "inactive" }),
        ),
        (
            "PUT /users/{new}?fields=notification_email",
            json!({ "notification_email": { "email": "n@x.example" } }),
            json!({ "notification_email": { "email": "n@x.example", "is_confirmed": false } }),
        ),
        (
            "PUT /users/{new}?fields=notification_email",
            json!({ "notification_email": null }),
            json!({ "notification_email": null }),
        ),
        ("PUT /users/{new}?fields=language", json!({ "language": "de" }), json!({ "language": "de" })),
        ("PUT /users/{new}?fields=language", json!({ "language": "" }), json!({ "language": "en" })),
    ]);
}

#[test]
fn a_login_is_unique_at_box_and_changes_once_it_is_confirmed() {
    let mut desk = Desk::given(json!({
        "outside": ["Free@x.example"],
        "changed": { "bob@x.example": { "confirmed": false } },
    }));
    desk.check(&[
        ("POST /users", new("ANN@x.example"), json!("409 conflict")),
        ("POST /users", new("free@x.example"), json!("409 conflict")),
        (
            "PUT /users/{ann}",
            json!({ "login": "bob@x.example" }),
            json!("409 conflict"),
        ),
        (
            "PUT /users/{ann}",
            json!({ "login": "Ann@x.example" }),
            json!({ "login": "Ann@x.example" }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "login": "ann2@x.example" }),
            json!({ "login": "ann2@x.example" }),
        ),
        ("POST /users", new("ann@x.example"), json!(201)),
        (
            "PUT /users/{bob}",
            json!({ "login": "b@x.example" }),
            json!("403 forbidden"),
        ),
        (
            "PUT /users/{bob}",
            json!({ "login": "BOB@x.example", "phone": "1" }),
            json!(200),
        ),
    ]);
    desk.seed(json!({ "changed": { "bob@x.example": { "confirmed": true } } }));
    desk.check(&[("PUT /users/{bob}", json!({ "login": "b@x.example" }), json!(200))]);
}

#[test]
fn who_owns_content_goes_by_force_alone_and_who_is_held_not_even_so() {
    let mut desk = Desk::given(json!({ "changed": {
        "ann@x.example": { "owns": true },
        "bob@x.example": { "held": true },
    } }));
    desk.check(&[
        (
            "DELETE /users/{ann}?notify=false&force=false",
            Value::Null,
            json!("409 conflict"),
        ),
        (
            "DELETE /users/{ann}?force=perhaps",
            Value::Null,
            json!("400 bad_request force"),
        ),
        ("DELETE /users/{ann}?force=true", Value::Null, json!(204)),
        ("DELETE /users/{ann}?force=true", Value::Null, json!("404 not_found")),
        ("GET /users/{ann}", Value::Null, json!("404 not_found")),
        ("DELETE /users/{bob}?force=true", Value::Null, json!("403 forbidden")),
    ]);
    desk.seed(json!({ "changed": { "bob@x.example": { "held": false } } }));
    desk.check(&[
        ("DELETE /users/{bob}", Value::Null, json!(204)),
        ("POST /users", new("bob@x.example"), json!(201)),
    ]);
}

#[test]
fn the_administrator_stays_as_it_is() {
    let mut desk = Desk::new();
    let admin = desk.body("GET /users/me")["id"].clone();
    desk.name("admin", &admin);
    desk.check(&[
        ("PUT /users/{admin}", json!({ "phone": "1" }), json!("403 forbidden")),
        ("DELETE /users/{admin}?force=true", Value::Null, json!("403 forbidden")),
    ]);
}

#[test]
fn the_filter_finds_beginnings() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "POST /users",
            json!({ "name": "App", "is_platform_access_only": true, "external_app_user_id": "x1" }),
            json!(201),
        ),
        ("POST /users", new("annabel@x.example"), json!(201)),
    ]);
    for (query, expected) in [
        ("filter_term=ANN", vec!["ann@x.example", "annabel@x.example"]),
        ("filter_term=ann@x.example", vec!["ann@x.example"]),
        ("filter_term=bo&user_type=managed", vec!["bob@x.example"]),
        ("filter_term=x.example", vec![]),
        ("filter_term=ann&user_type=external", vec![]),
    ] {
        let body = desk.body(&format!("GET /users?{query}"));
        let found = body["entries"].as_array().unwrap().iter();
        let found: Vec<_> = found.map(|entry| entry["login"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{query}");
    }
    let app = desk.body("GET /users?external_app_user_id=x1");
    assert_eq!(app["entries"][0]["name"], "App");
    desk.check(&[(
        "GET /users?user_type=some",
        Value::Null,
        json!("400 bad_request user_type"),
    )]);
}
