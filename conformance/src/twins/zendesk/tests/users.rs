//! What users may be given.

use serde_json::{Value, json};

use super::desk::{Desk, NOT_FOUND, invalid};

fn user(fields: Value) -> Value {
    let mut user = json!({ "name": "New", "email": "new@x.example" });
    for (name, value) in fields.as_object().unwrap() {
        user[name] = value.clone();
    }
    json!({ "user": user })
}

#[test]
fn a_new_user_has_what_the_request_names() {
    let mut desk = Desk::given(json!({ "organizations": [{ "name": "Acme" }] }));
    desk.learn("acme", "GET /organizations", "/organizations/0/id");
    let full = json!({
        "role": "agent", "external_id": "E1", "alias": "N", "details": "d", "notes": "n", "signature": "s",
        "phone": "+15551234567", "locale": "de", "time_zone": "Berlin", "tags": ["vip"],
        "organization_id": "{acme}", "default_group_id": "{ops}", "ticket_restriction": "groups",
        "only_private_comments": true, "moderator": true, "suspended": true, "verified": true,
        "shared_phone_number": false, "remote_photo_url": "https://x.example/a.png",
    });
    let mut shown = full.clone();
    shown.as_object_mut().unwrap().remove("remote_photo_url");
    desk.check(&[
        ("new = POST /users", user(full), json!({ "user": shown })),
        ("GET /users/{new}", Value::Null, json!({ "user": shown })),
        (
            "GET /users/{new}",
            Value::Null,
            json!({ "user": {
                "url": "https://twin-7.zendesk.com/api/v2/users/{new}.json",
                "active": true, "locale_id": 8, "iana_time_zone": "Europe/Berlin", "role_type": null,
                "restricted_agent": true, "photo": { "content_url": "https://x.example/a.png" },
            } }),
        ),
        (
            "GET /users/{new}/group_memberships",
            Value::Null,
            json!({ "group_memberships": [{ "group_id": "{ops}", "default": true }] }),
        ),
        (
            "plain = POST /users",
            json!({ "user": { "name": "Plain" } }),
            json!({ "user": {
                "role": "end-user", "suspended": false, "verified": false, "organization_id": null, "external_id": null,
                "locale": "en-US", "time_zone": "UTC", "iana_time_zone": "Etc/UTC", "alias": "", "custom_role_id": null,
            } }),
        ),
        (
            "GET /users/{plain}/identities",
            Value::Null,
            json!({ "identities": [] }),
        ),
        (
            "POST /users",
            json!({ "user": { "name": "In", "organization": { "name": "ACME" } } }),
            json!({ "user": { "organization_id": "{acme}" } }),
        ),
    ]);
}

#[test]
fn values_that_a_user_cannot_have_are_refused() {
    let wrong = |field: &str, title: &str| invalid(&format!("{field} InvalidValue {title}: is invalid"));
    let short = |field: &str, title: &str| {
        invalid(&format!(
            "{field} ValueTooShort {title}: is too short (minimum is 1 characters)"
        ))
    };
    for (fields, expected) in [
        (json!({ "name": "" }), short("name", "Name")),
        (json!({ "name": null }), short("name", "Name")),
        (json!({ "name": 5 }), wrong("name", "Name")),
        (json!({ "email": "no-at" }), wrong("email", "Email")),
        (json!({ "email": "a b@x.example" }), wrong("email", "Email")),
        (json!({ "email": "a@x" }), wrong("email", "Email")),
        (json!({ "role": "owner" }), wrong("role", "Role")),
        (json!({ "time_zone": "Europe/Berlin" }), wrong("time_zone", "Time zone")),
        (json!({ "locale": "tlh" }), wrong("locale", "Locale")),
        (json!({ "locale_id": 999 }), wrong("locale_id", "Locale id")),
        (json!({ "tags": "vip" }), wrong("tags", "Tags")),
        (json!({ "suspended": "yes" }), wrong("suspended", "Suspended")),
        (
            json!({ "organization_id": 1 }),
            wrong("organization_id", "Organization id"),
        ),
        (
            json!({ "organization": { "name": "Nowhere" } }),
            wrong("organization", "Organization"),
        ),
        (
            json!({ "default_group_id": "{ops}" }),
            wrong("default_group_id", "Default group id"),
        ),
        (
            json!({ "ticket_restriction": "none" }),
            wrong("ticket_restriction", "Ticket restriction"),
        ),
        (
            json!({ "identities": [{ "type": "email" }] }),
            wrong("identities", "Identities"),
        ),
        (json!({ "user_fields": [] }), wrong("user_fields", "User fields")),
    ] {
        let mut desk = Desk::new();
        desk.check(&[("POST /users", user(fields.clone()), expected.clone())]);
        desk.check(&[("PUT /users/{eve}", json!({ "user": fields }), expected)]);
    }
    let mut desk = Desk::new();
    desk.check(&[
        (
            "POST /users",
            json!({ "user": { "email": "x@x.example", "role": "owner" } }),
            invalid(
                "role InvalidValue Role: is invalid; name ValueTooShort Name: is too short (minimum is 1 characters)",
            ),
        ),
        (
            "POST /users",
            json!({ "users": [] }),
            json!("422 InvalidBody: user is missing"),
        ),
        (
            "POST /users",
            json!({ "user": [] }),
            json!("422 InvalidBody: user must be an object"),
        ),
        ("POST /users", user(json!({ "nonsense": 1 })), json!(201)),
    ]);
}

#[test]
fn values_that_somebody_has_are_refused() {
    let mut desk = Desk::new();
    let taken = |email: &str| {
        invalid(&format!(
            "email DuplicateValue Email: {email} is already being used by another user"
        ))
    };
    let external = |id: &str| {
        invalid(&format!(
            "external_id DuplicateValue External id: {id} is already being used by another user"
        ))
    };
    desk.check(&[
        (
            "POST /users",
            user(json!({ "email": "ann@x.example" })),
            taken("ann@x.example"),
        ),
        (
            "POST /users",
            user(json!({ "email": "ANN@x.example" })),
            taken("ANN@x.example"),
        ),
        (
            "POST /users",
            user(json!({ "identities": [{ "type": "email", "value": "ann@x.example" }] })),
            taken("ann@x.example"),
        ),
        (
            "PUT /users/{bob}",
            json!({ "user": { "email": "ann@x.example" } }),
            taken("ann@x.example"),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "email": "Ann@x.example" } }),
            json!(200),
        ),
        // A secondary e-mail is taken as well.
        (
            "POST /users/{ann}/identities",
            json!({ "identity": { "type": "email", "value": "anna@x.example" } }),
            json!(201),
        ),
        (
            "POST /users",
            user(json!({ "email": "anna@x.example" })),
            taken("anna@x.example"),
        ),
        // External ids are not told apart by case.
        (
            "PUT /users/{ann}",
            json!({ "user": { "external_id": "E-1" } }),
            json!(200),
        ),
        ("POST /users", user(json!({ "external_id": "e-1" })), external("e-1")),
        (
            "PUT /users/{bob}",
            json!({ "user": { "external_id": "E-1" } }),
            external("E-1"),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "external_id": "e-1" } }),
            json!({ "user": { "external_id": "e-1" } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "external_id": null } }),
            json!({ "user": { "external_id": null } }),
        ),
        ("POST /users", user(json!({ "external_id": "e-1" })), json!(201)),
    ]);
}

#[test]
fn an_update_changes_what_it_names() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "PUT /users/{ann}",
            json!({ "user": { "name": "Anna", "phone": "1", "notes": "n", "tags": ["a"] } }),
            json!({ "user": { "name": "Anna", "phone": "1", "notes": "n", "tags": ["a"], "role": "agent" } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "phone": null, "notes": null, "tags": null } }),
            json!({ "user": { "name": "Anna", "phone": null, "notes": "", "tags": [] } }),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": {} }),
            json!({ "user": { "name": "Anna" } }),
        ),
        ("PUT /users/1", json!({ "user": {} }), json!(NOT_FOUND)),
        ("PUT /users/none", json!({ "user": {} }), json!(NOT_FOUND)),
        ("GET /users/none", Value::Null, json!(NOT_FOUND)),
        (
            "GET /users/{ann}/related",
            Value::Null,
            json!({ "user_related": { "assigned_tickets": 0 } }),
        ),
        ("DELETE /users/{ann}/sessions", Value::Null, json!(204)),
        ("POST /users/logout_many?ids={ann},{bob}", Value::Null, json!(202)),
    ]);
}

/// The trap: the primary e-mail stays, and the new one is a second identity.
#[test]
fn an_email_in_an_update_becomes_a_second_identity() {
    let mut desk = Desk::new();
    let rename = |skip: bool| json!({ "user": { "email": "anna@x.example", "skip_verify_email": skip } });
    let two = json!({ "identities": [
        { "value": "ann@x.example", "primary": true, "verified": true },
        { "value": "anna@x.example", "primary": false, "verified": false },
    ] });
    desk.check(&[
        (
            "PUT /users/{ann}",
            rename(true),
            json!({ "user": { "email": "ann@x.example" } }),
        ),
        ("GET /users/{ann}/identities", Value::Null, two.clone()),
        ("PUT /users/{ann}", rename(true), json!(200)),
        ("GET /users/{ann}/identities", Value::Null, two),
    ]);
}

#[test]
fn a_request_may_name_further_identities() {
    let mut desk = Desk::new();
    let more = json!([
        { "type": "email", "value": "NEW@x.example" },
        { "type": "email", "value": "second@x.example", "verified": true },
        { "type": "twitter", "value": "new" },
    ]);
    let all = json!({ "identities": [
        { "value": "new@x.example", "primary": true, "verified": false },
        { "value": "second@x.example", "primary": false, "verified": true },
        { "type": "twitter" },
    ] });
    desk.check(&[
        ("new = POST /users", user(json!({ "identities": more })), json!(201)),
        ("GET /users/{new}/identities", Value::Null, all.clone()),
        (
            "PUT /users/{new}",
            json!({ "user": { "identities": more } }),
            json!(200),
        ),
        ("GET /users/{new}/identities", Value::Null, all),
    ]);
}

#[test]
fn users_are_asked_to_verify_unless_the_request_says_not_to() {
    for (fields, mails) in [
        (json!({}), 1),
        (json!({ "skip_verify_email": true }), 0),
        (json!({ "verified": true }), 0),
    ] {
        let mut desk = Desk::new();
        desk.check(&[("new = POST /users", user(fields.clone()), json!(201))]);
        let id = desk.named_value(&json!("{new}")).as_u64().unwrap();
        assert_eq!(desk.twin.users.rows()[&id].verification_mails, mails, "{fields}");
    }
}

#[test]
fn custom_fields_have_types() {
    let fields = json!([
        { "key": "team", "type": "text" },
        { "key": "on_site", "type": "checkbox" },
        { "key": "floor", "type": "integer" },
        { "key": "since", "type": "date" },
        { "key": "rate", "type": "decimal" },
        { "key": "kind", "type": "dropdown", "options": ["a", "b"] },
    ]);
    let mut desk = Desk::given(json!({ "user_fields": fields }));
    let given = |fields: Value| json!({ "user": { "user_fields": fields } });
    let wrong = |key: &str, title: &str| invalid(&format!("{key} InvalidValue {title}: is invalid"));
    let good = json!({ "team": "x", "on_site": true, "floor": 3, "since": "2026-01-31", "rate": 1.5, "kind": "a" });
    desk.check(&[
        (
            "GET /user_fields",
            Value::Null,
            json!({ "user_fields": [{ "key": "team", "type": "text" }, {}, {}, {}, {}, {
            "custom_field_options": [{ "value": "a" }, { "value": "b" }],
        }] }),
        ),
        (
            "PUT /users/{ann}",
            given(good.clone()),
            json!({ "user": { "user_fields": good } }),
        ),
        (
            "PUT /users/{ann}",
            given(json!({ "team": null, "unknown": 1 })),
            json!({ "user": { "user_fields": { "team": null, "kind": "a" } } }),
        ),
        ("PUT /users/{ann}", given(json!({ "team": 5 })), wrong("team", "Team")),
        (
            "PUT /users/{ann}",
            given(json!({ "on_site": "yes" })),
            wrong("on_site", "On site"),
        ),
        (
            "PUT /users/{ann}",
            given(json!({ "floor": "third" })),
            wrong("floor", "Floor"),
        ),
        (
            "PUT /users/{ann}",
            given(json!({ "since": "31.1.2026" })),
            wrong("since", "Since"),
        ),
        (
            "PUT /users/{ann}",
            given(json!({ "rate": "much" })),
            wrong("rate", "Rate"),
        ),
        ("PUT /users/{ann}", given(json!({ "kind": "c" })), wrong("kind", "Kind")),
    ]);
    let said = super::desk::body(&desk.call("GET /users/{ann}", &Value::Null));
    assert_eq!(said["user"]["user_fields"].get("unknown"), None);
}

#[test]
fn the_account_says_whose_it_is() {
    let mut desk = Desk::new();
    desk.check(&[(
        "GET /users/me",
        Value::Null,
        json!({ "user": {
            "id": "{me}", "email": "owner@zendesk.example", "role": "admin",
            "url": "https://twin-7.zendesk.com/api/v2/users/{me}.json",
        } }),
    )]);
}
