//! What users may be given.

use serde_json::{Value, json};

use super::desk::Desk;

fn user(fields: Value) -> Value {
    let mut user = json!({ "type": "user", "name": "New", "email": "new@x.example" });
    for (name, value) in fields.as_object().unwrap() {
        user[name] = value.clone();
    }
    json!({ "user": user })
}

#[test]
fn a_new_user_has_what_the_request_names() {
    let mut desk = Desk::new();
    let full = user(json!({
        "role": "admin", "time_zone": "Europe/Berlin", "color": "green", "job_title": "SRE", "description": "hello",
    }));
    desk.check(&[
        ("new = POST /users", full.clone(), full.clone()),
        ("GET /users/{new}", Value::Null, full),
        (
            "GET /users/{new}",
            Value::Null,
            json!({ "user": {
                "id": "{new}",
                "summary": "New",
                "self": "https://api.pagerduty.com/users/{new}",
                "invitation_sent": true,
                "created_via_sso": false,
                "teams": [],
                "contact_methods": [{ "type": "email_contact_method_reference" }],
                "notification_rules": [{ "type": "assignment_notification_rule_reference" }],
            }}),
        ),
        (
            "GET /users/{new}/contact_methods",
            Value::Null,
            json!({ "contact_methods": [{
                "type": "email_contact_method", "label": "Default", "address": "new@x.example", "enabled": true,
            }]}),
        ),
        (
            "plain = POST /users",
            user(json!({ "email": "plain@x.example", "time_zone": null, "description": null })),
            json!({ "user": { "role": "user", "time_zone": "Etc/UTC", "description": null } }),
        ),
    ]);
}

#[test]
fn values_that_a_user_cannot_have_are_refused() {
    let long = "x".repeat(101);
    let invalid = |error: &str| json!(format!("400 2001 Invalid Input Provided: {error}"));
    let mut rows = vec![
        (
            json!({ "user": {} }),
            invalid("Type can't be blank; Name can't be blank; Email can't be blank"),
        ),
        (json!({ "user": [] }), invalid("User must be an object")),
        (json!({ "name": "New" }), invalid("User must be an object")),
        (Value::Null, invalid("The body is not valid JSON")),
    ];
    let fields = [
        (json!({ "type": "user_reference" }), "Type must be user"),
        (json!({ "name": "" }), "Name can't be blank"),
        (json!({ "name": null }), "Name must be a string"),
        (json!({ "name": long }), "Name is too long (maximum is 100 characters)"),
        (json!({ "email": "a@b.c" }), "Email is invalid"),
        (
            json!({ "email": format!("{}@x.example", "y".repeat(91)) }),
            "Email is too long (maximum is 100 characters)",
        ),
        (json!({ "email": "nobody" }), "Email is invalid"),
        (json!({ "email": "no body@x.example" }), "Email is invalid"),
        (json!({ "email": "a@b@x.example" }), "Email is invalid"),
        (json!({ "email": "nobody@example" }), "Email is invalid"),
        (json!({ "email": 1 }), "Email must be a string"),
        (json!({ "email": "ann@x.example" }), "Email has already been taken"),
        (json!({ "email": "ANN@X.example" }), "Email has already been taken"),
        (json!({ "role": "boss" }), "Role is not included in the list"),
        (json!({ "role": null }), "Role is not included in the list"),
        (
            json!({ "time_zone": "Middle/Earth" }),
            "Time zone is not included in the list",
        ),
        (
            json!({ "time_zone": "Berlin" }),
            "Time zone is not included in the list",
        ),
        (
            json!({ "job_title": long }),
            "Job title is too long (maximum is 100 characters)",
        ),
        (json!({ "job_title": null }), "Job title must be a string"),
        (json!({ "color": true }), "Color must be a string"),
        (json!({ "description": 5 }), "Description must be a string"),
        (json!({ "license": "PL" }), "License must be a reference"),
        (
            json!({ "name": "", "role": "boss" }),
            "Name can't be blank; Role is not included in the list",
        ),
    ];
    rows.extend(fields.into_iter().map(|(fields, error)| (user(fields), invalid(error))));
    for (body, expected) in rows {
        let mut desk = Desk::new();
        desk.check(&[
            ("POST /users", body, expected),
            ("GET /users?query=new@x.example", Value::Null, json!({ "users": [] })),
        ]);
    }
}

#[test]
fn what_cannot_be_written_is_ignored() {
    let fields = json!({
        "id": "PMINE", "invitation_sent": false, "created_via_sso": true, "teams": [{ "id": "PT" }], "password": "x",
        "contact_methods": [], "avatar_url": "https://x.example/a.png", "nonsense": { "a": 1 },
    });
    let untouched = json!({ "user": {
        "invitation_sent": true, "created_via_sso": false, "teams": [], "contact_methods": [{}],
    }});
    let mut desk = Desk::new();
    desk.check(&[
        ("new = POST /users", user(fields.clone()), untouched.clone()),
        ("PUT /users/{new}", json!({ "user": fields }), untouched),
        ("GET /users/PMINE", Value::Null, json!(404)),
    ]);
}

#[test]
fn an_update_changes_what_it_names() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "PUT /users/{ann}",
            json!({ "user": { "job_title": "SRE" } }),
            json!({ "user": { "job_title": "SRE" } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "description": "hi" } }),
            json!({ "user": { "name": "Ann" } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "description": null } }),
            json!({ "user": { "description": null } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "job_title": "" } }),
            json!({ "user": { "job_title": "" } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "time_zone": "UTC" } }),
            json!({ "user": { "time_zone": "UTC" } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "time_zone": null } }),
            json!({ "user": { "time_zone": "Etc/UTC" } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": {} }),
            json!({ "user": { "email": "ann@x.example", "role": "user" } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "name": "Anna", "email": "bob@x.example" } }),
            json!("400 2001 Invalid Input Provided: Email has already been taken"),
        ),
        ("GET /users/{ann}", Value::Null, json!({ "user": { "name": "Ann" } })),
        ("PUT /users/PNOBODY", json!({ "user": {} }), json!("404 2100 Not Found")),
    ]);
}

/// A client that changes an e-mail and leaves it at that keeps alerting the old address.
#[test]
fn a_changed_email_leaves_the_contact_method() {
    let mut desk = Desk::new();
    let renamed = json!({ "user": { "type": "user", "email": "anna@x.example" } });
    desk.check(&[
        ("PUT /users/{ann}", renamed.clone(), renamed),
        (
            "GET /users/{ann}/contact_methods",
            Value::Null,
            json!({ "contact_methods": [{ "address": "ann@x.example" }] }),
        ),
        // The former e-mail is free at once, in whatever case; the new one is taken.
        ("POST /users", user(json!({ "email": "Ann@x.example" })), json!(201)),
        (
            "POST /users",
            user(json!({ "email": "anna@x.example" })),
            json!("400 2001 Invalid Input Provided: Email has already been taken"),
        ),
    ]);
}

#[test]
fn creations_at_the_same_time_lock_each_other_out() {
    let mut desk = Desk::given(json!({ "locked_creates": 1 }));
    let locked = "License error: Unable to perform request at this time. account could not be locked";
    desk.check(&[
        (
            "POST /users",
            user(json!({})),
            json!(format!("400 2001 Invalid Input Provided: {locked}")),
        ),
        ("POST /users", user(json!({})), json!(201)),
    ]);
}

#[test]
fn includes_show_objects_in_full() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "GET /users/{ann}?include[]=contact_methods&include[]=notification_rules",
            Value::Null,
            json!({ "user": {
                "contact_methods": [{ "type": "email_contact_method", "address": "ann@x.example" }],
                "notification_rules": [{ "type": "assignment_notification_rule", "urgency": "high" }],
            }}),
        ),
        (
            "GET /users?include[]=passwords",
            Value::Null,
            json!("400 2002 Arguments Caused Error: passwords cannot be included"),
        ),
    ]);
}

#[test]
fn sessions_and_delegations_can_be_ended() {
    let mut desk = Desk::new();
    let seeded = desk.seed(json!({ "users": [{ "name": "Sam", "email": "sam@x.example", "sessions": 2 }] }));
    let sam = seeded["users"][0].as_str().unwrap();
    desk.check(&[
        (
            &format!("GET /users/{sam}/sessions"),
            Value::Null,
            json!({ "user_sessions": [{ "user_id": sam, "type": "browser" }, { "user_id": sam }] }),
        ),
        (&format!("DELETE /users/{sam}/sessions"), Value::Null, json!(204)),
        (
            &format!("GET /users/{sam}/sessions"),
            Value::Null,
            json!({ "user_sessions": [] }),
        ),
        (
            &format!("DELETE /oauth_delegations?user_id={sam}&type=mobile"),
            Value::Null,
            json!({ "status": "ok" }),
        ),
        (
            &format!("DELETE /oauth_delegations?user_id={sam}&type=fax"),
            Value::Null,
            json!("400 2002 Arguments Caused Error: type must be mobile or web"),
        ),
    ]);
}
