//! The call that takes over whoever has the e-mail or the external id.

use serde_json::{Value, json};

use super::desk::{Desk, invalid};

const CALL: &str = "POST /users/create_or_update";

#[test]
fn whoever_is_there_is_taken_over_without_a_word() {
    let mut desk = Desk::new();
    let take = |fields: Value| json!({ "user": fields });
    desk.check(&[
        // Eve wrote to the help desk once; now she is an agent.
        (
            CALL,
            take(json!({ "name": "Evelyn", "email": "EVE@x.example", "role": "agent", "external_id": "X" })),
            json!({ "user": { "id": "{eve}", "name": "Evelyn", "role": "agent", "email": "eve@x.example" } }),
        ),
        // By external id in any case, which takes the case of the request; another e-mail becomes a second identity.
        (
            CALL,
            take(json!({ "name": "Evelyn", "email": "e2@x.example", "external_id": "x" })),
            json!({ "user": { "id": "{eve}", "external_id": "x", "email": "eve@x.example" } }),
        ),
        (
            "GET /users/{eve}/identities",
            Value::Null,
            json!({ "identities": [{ "value": "eve@x.example" }, { "value": "e2@x.example" }] }),
        ),
        // By a secondary e-mail.
        (
            CALL,
            take(json!({ "email": "e2@x.example" })),
            json!({ "user": { "id": "{eve}" } }),
        ),
        // The external id goes before the e-mail, which is another's.
        (
            CALL,
            take(json!({ "external_id": "x", "email": "ann@x.example" })),
            invalid("email DuplicateValue Email: ann@x.example is already being used by another user"),
        ),
        (
            "new = POST /users/create_or_update",
            take(json!({ "name": "New", "email": "n@x.example" })),
            json!(201),
        ),
        (
            "GET /users/{new}",
            Value::Null,
            json!({ "user": { "role": "end-user" } }),
        ),
        (CALL, take(json!({ "name": "New", "email": "n@x.example" })), json!(200)),
        (
            CALL,
            take(json!({ "email": "m@x.example" })),
            invalid("name ValueTooShort Name: is too short (minimum is 1 characters)"),
        ),
    ]);
}
