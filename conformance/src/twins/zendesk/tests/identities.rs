//! Identities, and how a primary e-mail changes.

use serde_json::{Value, json};

use super::desk::{Desk, NOT_FOUND, invalid};

fn email(value: &str, fields: Value) -> Value {
    let mut identity = json!({ "type": "email", "value": value });
    identity
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    json!({ "identity": identity })
}

/// The way that leaves no second identity behind.
#[test]
fn a_primary_email_changes_in_three_steps() {
    let mut desk = Desk::new();
    desk.learn("old", "GET /users/{ann}/identities", "/identities/0/id");
    desk.check(&[
        (
            "new = POST /users/{ann}/identities",
            email("anna@x.example", json!({ "verified": true })),
            json!({ "identity": { "primary": false, "verified": true, "verification_method": "low", "user_id": "{ann}" } }),
        ),
        (
            "PUT /users/{ann}/identities/{new}/make_primary",
            Value::Null,
            json!({ "identities": [{ "id": "{old}", "primary": false }, { "id": "{new}", "primary": true }] }),
        ),
        ("GET /users/{ann}", Value::Null, json!({ "user": { "email": "anna@x.example" } })),
        ("DELETE /users/{ann}/identities/{old}", Value::Null, json!(204)),
        ("DELETE /users/{ann}/identities/{old}", Value::Null, json!(NOT_FOUND)),
        ("GET /users/{ann}/identities", Value::Null, json!({ "identities": [{ "value": "anna@x.example" }] })),
        // The old one is free.
        ("POST /users", json!({ "user": { "name": "A", "email": "ann@x.example" } }), json!(201)),
    ]);
}

#[test]
fn identities_are_checked() {
    let taken = |value: &str| {
        invalid(&format!(
            "value DuplicateValue Value: {value} is already being used by another user"
        ))
    };
    for (body, expected) in [
        (email("bob@x.example", json!({})), taken("bob@x.example")),
        (email("ANN@x.example", json!({})), taken("ANN@x.example")),
        (
            email("nonsense", json!({})),
            invalid("value InvalidValue Value: is invalid"),
        ),
        (
            json!({ "identity": { "type": "email" } }),
            invalid(
                "value ValueTooShort Value: is too short (minimum is 1 characters); value InvalidValue Value: is invalid",
            ),
        ),
        (
            json!({ "identity": { "type": "pigeon", "value": "x" } }),
            invalid("type InvalidValue Type: is invalid"),
        ),
        (
            email("a@x.example", json!({ "verification_method": "oath" })),
            invalid("verification_method InvalidValue Verification method: is invalid"),
        ),
        (
            json!({ "identity": { "type": "phone_number", "value": "+15551234567" } }),
            json!(201),
        ),
        (
            json!({ "identity": { "type": "google", "value": "ann@g.example" } }),
            json!(201),
        ),
        (
            email("a@x.example", json!({ "primary": true })),
            json!({ "identity": { "primary": true, "verified": false, "verified_at": null } }),
        ),
    ] {
        Desk::new().check(&[("POST /users/{ann}/identities", body, expected)]);
    }
    Desk::new().check(&[(
        "POST /users/1/identities",
        email("a@x.example", json!({})),
        json!(NOT_FOUND),
    )]);
}

#[test]
fn an_identity_can_be_changed() {
    let mut desk = Desk::new();
    desk.learn("own", "GET /users/{ann}/identities", "/identities/0/id");
    desk.learn("eves", "GET /users/{eve}/identities", "/identities/0/id");
    let put = |fields: Value| json!({ "identity": fields });
    let path = "PUT /users/{ann}/identities/{own}";
    desk.check(&[
        (
            path,
            put(json!({ "verified": false })),
            json!({ "identity": { "verified": false, "verified_at": null } }),
        ),
        (
            path,
            put(json!({ "verification_method": "full" })),
            json!({ "identity": { "verified": true } }),
        ),
        // It is the e-mail of the user.
        (
            path,
            put(json!({ "value": "anna@x.example" })),
            json!({ "identity": { "primary": true } }),
        ),
        (
            "GET /users/{ann}",
            Value::Null,
            json!({ "user": { "email": "anna@x.example" } }),
        ),
        (path, put(json!({ "value": "Anna@x.example" })), json!(200)),
        (
            path,
            put(json!({ "value": "bob@x.example" })),
            invalid("value DuplicateValue Value: bob@x.example is already being used by another user"),
        ),
        (
            path,
            put(json!({ "value": "nonsense" })),
            invalid("value InvalidValue Value: is invalid"),
        ),
        // What is primary is changed elsewhere.
        (
            path,
            put(json!({ "primary": false })),
            json!({ "identity": { "primary": true } }),
        ),
        ("PUT /users/{ann}/identities/{eves}", put(json!({})), json!(NOT_FOUND)),
        (
            "GET /users/{ann}/identities/{own}",
            Value::Null,
            json!({ "identity": { "id": "{own}" } }),
        ),
        ("GET /users/{ann}/identities/{eves}", Value::Null, json!(NOT_FOUND)),
        (
            "DELETE /users/{ann}/identities/{own}",
            Value::Null,
            invalid("base InvalidValue Base: the primary e-mail cannot be deleted"),
        ),
    ]);
}

#[test]
fn identities_are_verified() {
    let mut desk = Desk::new();
    desk.learn("own", "GET /users/{eve}/identities", "/identities/0/id");
    desk.learn("owners", "GET /users/{me}/identities", "/identities/0/id");
    desk.check(&[
        (
            "GET /users/{eve}",
            Value::Null,
            json!({ "user": { "verified": false } }),
        ),
        (
            "PUT /users/{eve}/identities/{own}/request_verification",
            Value::Null,
            json!(200),
        ),
        (
            "PUT /users/{eve}/identities/{own}/verify",
            Value::Null,
            json!({ "identity": { "verified": true } }),
        ),
        ("GET /users/{eve}", Value::Null, json!({ "user": { "verified": true } })),
        (
            "PUT /users/{eve}",
            json!({ "user": { "verified": false } }),
            json!({ "user": { "verified": false } }),
        ),
        (
            "PUT /users/{me}/identities/{owners}/verify",
            Value::Null,
            json!("403 Forbidden: The account owner's e-mail can only be verified by mail"),
        ),
        (
            "phone = POST /users/{eve}/identities",
            json!({ "identity": { "type": "phone_number", "value": "1" } }),
            json!(201),
        ),
        (
            "PUT /users/{eve}/identities/{phone}/make_primary",
            Value::Null,
            invalid("base InvalidValue Base: only an e-mail can be primary"),
        ),
        (
            "GET /users/{eve}/identities?type[]=email",
            Value::Null,
            json!({ "identities": [{ "type": "email" }] }),
        ),
        (
            "GET /users/{eve}/identities?type[]=twitter",
            Value::Null,
            json!({ "identities": [] }),
        ),
    ]);
}

/// Who has no e-mail yet gets a primary one.
#[test]
fn the_first_email_is_primary() {
    let mut desk = Desk::new();
    desk.check(&[
        ("new = POST /users", json!({ "user": { "name": "New" } }), json!(201)),
        (
            "PUT /users/{new}",
            json!({ "user": { "email": "new@x.example" } }),
            json!({ "user": { "email": "new@x.example" } }),
        ),
    ]);
}
