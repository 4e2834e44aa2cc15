//! Members, and who may see and remove them.

use serde_json::{Value, json};

use super::desk::{Desk, denied, invalid, not_found};

const ORGANIZATION: &str = "organization=https://api.calendly.com/organizations/{org}";

#[test]
fn a_membership_says_who_is_what() {
    Desk::new().check(&[
        (
            "GET /organization_memberships/{bob-m}",
            Value::Null,
            json!({ "resource": {
                "uri": "https://api.calendly.com/organization_memberships/{bob-m}",
                "role": "admin",
                "organization": "https://api.calendly.com/organizations/{org}",
                "created_at": "2027-01-15T08:00:00.000000Z",
                "updated_at": "2027-01-15T08:00:00.000000Z",
                "user": {
                    "uri": "https://api.calendly.com/users/{bob}",
                    "name": "Bob",
                    "email": "bob@x.example",
                    "timezone": "America/New_York",
                    "avatar_url": null,
                    "created_at": "2027-01-15T08:00:00.000000Z",
                    "updated_at": "2027-01-15T08:00:00.000000Z",
                },
            }}),
        ),
        ("GET /organization_memberships/NONE", Value::Null, not_found()),
    ]);
}

#[test]
fn members_are_found_by_email_user_and_organization() {
    let ann = "user=https://api.calendly.com/users/{ann}";
    let owner = "owner@calendly.example";
    let mut desk = Desk::new();
    for (query, emails) in [
        (ORGANIZATION.to_owned(), vec![owner, "ann@x.example", "bob@x.example"]),
        (format!("{ORGANIZATION}&email=ANN@x.example"), vec!["ann@x.example"]),
        (format!("{ORGANIZATION}&email=no@x.example"), vec![]),
        (ann.to_owned(), vec!["ann@x.example"]),
        (format!("{ann}&email=bob@x.example"), vec![]),
        ("email=bob@x.example".to_owned(), vec!["bob@x.example"]),
    ] {
        let body = desk.body(&format!("GET /organization_memberships?{query}"));
        let found = body["collection"].as_array().unwrap().iter();
        let found: Vec<_> = found.map(|it| it["user"]["email"].as_str().unwrap()).collect();
        assert_eq!(found, emails, "{query}");
    }
    for (query, expected) in [
        ("", invalid("organization can't be blank")),
        ("?organization={org}", invalid("organization must be a valid URI")),
        ("?user=https://x.example/users/1", invalid("user must be a valid URI")),
        ("?email=ann", invalid("email is invalid")),
        ("?organization=https://api.calendly.com/organizations/NONE", denied()),
    ] {
        let line = format!("GET /organization_memberships{query}");
        desk.check(&[(&line, Value::Null, expected)]);
    }
}

#[test]
fn whoever_is_removed_is_gone_from_the_organization() {
    Desk::new().check(&[
        ("DELETE /organization_memberships/{ann-m}", Value::Null, json!(204)),
        ("GET /organization_memberships/{ann-m}", Value::Null, not_found()),
        ("DELETE /organization_memberships/{ann-m}", Value::Null, not_found()),
        ("GET /users/{ann}", Value::Null, not_found()),
        (
            "GET /organization_memberships?email=ann@x.example",
            Value::Null,
            json!({ "collection": [] }),
        ),
    ]);
}

#[test]
fn the_owner_stays() {
    let mut desk = Desk::new();
    let body = desk.body("GET /organization_memberships?email=owner@calendly.example");
    desk.name("owner-m", &body["collection"][0]["uri"]);
    let owner = json!({ "resource": { "role": "owner" } });
    desk.check(&[
        ("DELETE /organization_memberships/{owner-m}", Value::Null, denied()),
        ("GET /organization_memberships/{owner-m}", Value::Null, owner),
    ]);
}

/// Roles and names can be read, and nothing of a user can be written.
#[test]
fn nothing_of_a_user_can_be_changed() {
    let mut desk = Desk::new();
    for line in [
        "POST /users",
        "PUT /users/{ann}",
        "PATCH /users/{ann}",
        "DELETE /users/{ann}",
        "PATCH /organization_memberships/{ann-m}",
        "PUT /organization_memberships/{ann-m}",
        "POST /organization_memberships",
        "POST /groups",
    ] {
        desk.check(&[(line, json!({ "role": "admin" }), not_found())]);
    }
    desk.seed(json!({ "role": { "email": "ann@x.example", "role": "admin" } }));
    desk.check(&[(
        "GET /organization_memberships/{ann-m}",
        Value::Null,
        json!({ "resource": { "role": "admin" } }),
    )]);
}

#[test]
fn members_see_themselves_alone() {
    let mut desk = Desk::new();
    desk.token = "ann".into();
    let me = json!({ "resource": { "email": "ann@x.example" } });
    let alone = json!({ "collection": [{ "role": "user" }] });
    for (line, expected) in [
        ("GET /users/me", me),
        ("GET /users/{ann}", json!(200)),
        ("GET /users/{bob}", denied()),
        ("GET /organization_memberships/{ann-m}", json!(200)),
        ("GET /organization_memberships/{bob-m}", denied()),
        ("DELETE /organization_memberships/{ann-m}", denied()),
        (
            "GET /organization_memberships?user=https://api.calendly.com/users/{ann}",
            alone,
        ),
        (
            "GET /organization_memberships?user=https://api.calendly.com/users/{bob}",
            denied(),
        ),
        ("GET /organization_memberships?email=bob@x.example", denied()),
    ] {
        desk.check(&[(line, Value::Null, expected)]);
    }
}

#[test]
fn users_me_is_whose_token_it_is() {
    Desk::new().check(&[(
        "GET /users/me",
        Value::Null,
        json!({ "resource": {
            "name": "Organization Owner",
            "email": "owner@calendly.example",
            "current_organization": "https://api.calendly.com/organizations/{org}",
        }}),
    )]);
}
