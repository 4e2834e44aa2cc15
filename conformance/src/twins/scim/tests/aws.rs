//! AWS IAM Identity Center, page by page of its SCIM developer guide.

use serde_json::{Value, json};

use super::super::desk::{Desk, group, patch, people, user};
use super::super::schema::ENTERPRISE;
use super::filters::encoded;

const INVALID: &str = "400 - Request is unparsable, syntactically incorrect, or violates schema";

fn desk() -> Desk {
    Desk::new("scim-aws", people())
}

fn new() -> Value {
    user(json!({
        "userName": "new@x.example",
        "displayName": "New Comer",
        "name": { "givenName": "New", "familyName": "Comer" },
        "emails": [{ "value": "new@x.example", "type": "work", "primary": true }],
    }))
}

/// A new user with this attribute besides, or in place of what it has.
fn with(name: &str, value: Value) -> Value {
    let mut body = new();
    body[name] = value;
    user(body)
}

/// What becomes of a new user, and of one in whose place it is put. Pages CreateUser and PutUser.
fn check(body: &Value, expected: &Value) {
    let replaced = if *expected == json!(201) { &json!(200) } else { expected };
    desk().check(&[("POST /Users", body.clone(), expected.clone())]);
    desk().check(&[("PUT /Users/{bob}", body.clone(), replaced.clone())]);
}

#[test]
fn some_attributes_are_required_and_some_are_not_supported() {
    for (body, expected) in [
        (new(), json!(201)),
        (with("displayName", Value::Null), json!(INVALID)),
        (with("userName", Value::Null), json!(INVALID)),
        (with("name", json!({ "givenName": "New" })), json!(INVALID)),
        (with("name", json!({ "familyName": "Comer" })), json!(INVALID)),
        (with("title", json!("")), json!(INVALID)),
        (with("title", Value::Null), json!(201)),
        (with("displayName", json!("New <Comer>")), json!(INVALID)),
        (with("groups", json!([])), json!(INVALID)),
        (with("id", json!("x")), json!(INVALID)),
        (with("ims", json!([])), json!(INVALID)),
        (with("photos", json!([])), json!(INVALID)),
        (with("entitlements", json!([])), json!(INVALID)),
        (with("x509Certificates", json!([])), json!(INVALID)),
        (with("password", json!("x")), json!(INVALID)),
        (with("shoe", json!("x")), json!(INVALID)),
        (
            with(
                ENTERPRISE,
                json!({ "department": "D", "manager": { "value": "{ann}" } }),
            ),
            json!(201),
        ),
        (
            with(
                ENTERPRISE,
                json!({ "manager": { "value": "{ann}", "displayName": "A" } }),
            ),
            json!(INVALID),
        ),
        (
            with("userName", json!("ANN@x.example")),
            json!("409 - Duplicate resource"),
        ),
    ] {
        check(&body, &expected);
    }
}

#[test]
fn there_is_one_value_and_an_email_is_primary() {
    let two = json!([{ "value": "1", "primary": true }, { "value": "2" }]);
    for (name, values, expected) in [
        (
            "emails",
            json!([{ "value": "n@x.example", "primary": true }]),
            json!(201),
        ),
        ("emails", json!([{ "value": "n@x.example" }]), json!(INVALID)),
        (
            "emails",
            json!([{ "value": "n@x.example", "primary": false }]),
            json!(INVALID),
        ),
        (
            "emails",
            json!([{ "value": "n@x.example", "primary": true, "display": "N" }]),
            json!(INVALID),
        ),
        ("emails", two.clone(), json!(INVALID)),
        ("emails", json!([]), json!(201)),
        ("phoneNumbers", two.clone(), json!(INVALID)),
        ("phoneNumbers", json!([{ "value": "1" }]), json!(201)),
        (
            "phoneNumbers",
            json!([{ "value": "1", "display": "One" }]),
            json!(INVALID),
        ),
        ("addresses", json!([{ "locality": "Here" }]), json!(201)),
        (
            "addresses",
            json!([{ "locality": "Here" }, { "locality": "There" }]),
            json!(INVALID),
        ),
        (
            "roles",
            json!([{ "value": "1", "type": "T", "primary": true }]),
            json!(201),
        ),
        ("roles", json!([{ "value": "1", "display": "One" }]), json!(INVALID)),
    ] {
        check(&with(name, values), &expected);
    }
}

/// Page PatchUser.
#[test]
fn users_are_patched_as_the_guide_says() {
    let replace = |path: &str, value: Value| json!({ "op": "replace", "path": path, "value": value });
    let remove = |path: &str| json!({ "op": "remove", "path": path });
    for (operations, expected) in [
        (json!([replace("active", json!(false))]), json!({ "active": false })),
        (
            json!([{ "op": "replace", "value": { "active": false } }]),
            json!({ "active": false }),
        ),
        (
            json!([replace("userName", json!("a@x.example"))]),
            json!({ "userName": "a@x.example" }),
        ),
        (
            json!([
                replace("active", json!(false)),
                replace("userName", json!("a@x.example"))
            ]),
            json!({ "active": false, "userName": "a@x.example" }),
        ),
        (
            json!([replace("active", json!(false)), replace("active", json!(true))]),
            json!(INVALID),
        ),
        (
            json!([replace("userName", json!("a")), replace("userName", json!("b"))]),
            json!(INVALID),
        ),
        (json!([remove("active")]), json!(INVALID)),
        (json!([remove("userName")]), json!(INVALID)),
        (json!([remove("displayName")]), json!(INVALID)),
        (json!([{ "op": "remove" }]), json!(INVALID)),
        (json!([{ "op": "add", "path": "title" }]), json!(INVALID)),
        (json!([{ "path": "title", "value": "x" }]), json!(INVALID)),
        (
            json!([replace("title", json!("Guide")), remove("title")]),
            json!({ "title": null }),
        ),
        (json!([replace("photos", json!([]))]), json!(INVALID)),
        (
            json!([replace("emails[type eq \"work\"].value", json!("n@x.example"))]),
            json!({ "emails": [{ "value": "n@x.example" }] }),
        ),
        (
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "2", "primary": true }] }]),
            json!(INVALID),
        ),
        (
            json!([replace("emails", json!([{ "value": "2", "primary": true }]))]),
            json!({ "emails": [{ "value": "2" }] }),
        ),
    ] {
        desk().check(&[("PATCH /Users/{ann}", patch(operations), expected)]);
    }
}

/// Pages ListUsers and ListGroups: `eq` and `and`, in these combinations alone.
#[test]
fn only_some_filters_are_understood() {
    let refused = json!(INVALID);
    for (path, filter, expected) in [
        ("Users", r#"userName eq "ann@x.example""#, json!(1)),
        ("Users", r#"externalId eq "A1""#, json!(0)),
        ("Users", r#"id eq "{ann}""#, json!(1)),
        ("Users", r#"groups.value eq "{ops}""#, json!(1)),
        ("Users", r#"id eq "{bob}" and manager eq "{ann}""#, json!(1)),
        ("Users", r#"manager eq "{ann}" and id eq "{ann}""#, json!(0)),
        ("Users", r#"userName eq "a" and externalId eq "b""#, refused.clone()),
        ("Users", r#"manager eq "{ann}""#, refused.clone()),
        ("Users", r#"emails.value eq "ann@x.example""#, refused.clone()),
        ("Users", r#"displayName eq "Ann""#, refused.clone()),
        ("Users", r#"userName sw "ann""#, refused.clone()),
        ("Users", r#"userName eq "a" or userName eq "b""#, refused.clone()),
        ("Users", "userName pr", refused.clone()),
        (
            "Users",
            r#"id eq "{bob}" and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "{ann}""#,
            refused.clone(),
        ),
        ("Groups", r#"displayName eq "Ops""#, json!(1)),
        ("Groups", r#"externalId eq "O1""#, json!(0)),
        ("Groups", r#"id eq "{ops}""#, json!(1)),
        ("Groups", r#"id eq "{ops}" and member eq "{ann}""#, json!(1)),
        ("Groups", r#"member eq "{bob}" and id eq "{ops}""#, json!(0)),
        ("Groups", r#"member eq "{ann}""#, refused.clone()),
        (
            "Groups",
            r#"id eq "{ops}" and members.value eq "{ann}""#,
            refused.clone(),
        ),
        ("Groups", r#"displayName co "O""#, refused.clone()),
    ] {
        let mut desk = desk();
        let manager = json!([{ "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": { "value": "{ann}" } }]);
        desk.check(&[
            (
                "ops = POST /Groups",
                group(json!({ "displayName": "Ops", "members": [{ "value": "{ann}" }] })),
                json!(201),
            ),
            ("PATCH /Users/{bob}", patch(manager), json!(200)),
        ]);
        let line = format!("GET /{path}?filter={}", encoded(filter));
        let expected = match expected {
            Value::Number(total) => json!({ "totalResults": total }),
            expected => expected,
        };
        desk.check(&[(&line, Value::Null, expected)]);
    }
}

/// Somebody many times.
fn many(size: usize) -> Value {
    json!(vec![json!({ "value": "{ann}" }); size])
}

/// Pages GetGroup, ListGroups, CreateGroup.
#[test]
fn members_are_never_shown() {
    let ops = group(json!({ "displayName": "Ops", "members": many(1) }));
    let too_many = group(json!({ "displayName": "Many", "members": many(101) }));
    desk().check(&[
        (
            "ops = POST /Groups",
            ops,
            json!({ "displayName": "Ops", "members": [] }),
        ),
        ("GET /Groups/{ops}", Value::Null, json!({ "members": [] })),
        ("GET /Groups", Value::Null, json!({ "Resources": [{ "members": [] }] })),
        ("GET /Users/{ann}", Value::Null, json!({ "groups": null })),
        (
            "POST /Groups",
            group(json!({ "displayName": "OPS" })),
            json!("409 - Duplicate resource"),
        ),
        ("POST /Groups", too_many, json!(INVALID)),
        (
            "POST /Groups",
            group(json!({ "displayName": "Many", "members": many(100) })),
            json!(201),
        ),
        ("DELETE /Groups/{ops}", Value::Null, json!(204)),
        ("GET /Groups/{ops}", Value::Null, json!("404 - Resource not found")),
        ("GET /Users/none", Value::Null, json!("404 - Resource not found")),
    ]);
}

/// Page PatchGroup.
#[test]
fn members_change_in_small_numbers_and_never_all_at_once() {
    let is_member = r#"id eq "{ops}" and member eq "{ann}""#;
    let is_member = format!("GET /Groups?filter={}", encoded(is_member));
    for (operations, expected, members) in [
        (
            json!([{ "op": "add", "path": "members", "value": many(101) }]),
            json!(INVALID),
            1,
        ),
        (
            json!([
                { "op": "add", "path": "members", "value": many(60) },
                { "op": "remove", "path": "members", "value": many(41) },
            ]),
            json!(INVALID),
            1,
        ),
        (
            json!([{ "op": "replace", "path": "members", "value": many(1) }]),
            json!(INVALID),
            1,
        ),
        (
            json!([{ "op": "replace", "value": { "members": many(1) } }]),
            json!(INVALID),
            1,
        ),
        (json!([{ "op": "remove", "path": "members" }]), json!(INVALID), 1),
        (
            json!([{ "op": "replace", "path": "active", "value": true }]),
            json!(INVALID),
            1,
        ),
        (
            json!([{ "op": "add", "path": "members", "value": many(100) }]),
            json!(204),
            1,
        ),
        (
            json!([{ "op": "replace", "path": "displayName", "value": "New" }]),
            json!(204),
            1,
        ),
        (
            json!([{ "op": "remove", "path": "members[value eq \"{ann}\"]" }]),
            json!(204),
            0,
        ),
        (
            json!([{ "op": "remove", "path": "members", "value": many(1) }]),
            json!(204),
            0,
        ),
    ] {
        let ops = group(json!({ "displayName": "Ops", "members": many(1) }));
        desk().check(&[
            ("ops = POST /Groups", ops, json!(201)),
            ("PATCH /Groups/{ops}", patch(operations), expected),
            (&is_member, Value::Null, json!({ "totalResults": members })),
        ]);
    }
}
