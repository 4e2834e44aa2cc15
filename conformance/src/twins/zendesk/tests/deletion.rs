//! Suspension, deletion, and the last trace.

use serde_json::{Value, json};

use super::desk::{Desk, NOT_FOUND};

#[test]
fn a_deleted_user_is_kept_as_inactive() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "POST /group_memberships",
            json!({ "group_membership": { "user_id": "{ann}", "group_id": "{ops}" } }),
            json!(201),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "external_id": "E1" } }),
            json!(200),
        ),
        (
            "DELETE /users/{ann}",
            Value::Null,
            json!({ "user": { "id": "{ann}", "active": false } }),
        ),
        (
            "GET /users/{ann}",
            Value::Null,
            json!({ "user": { "id": "{ann}", "active": false } }),
        ),
        ("DELETE /users/{ann}", Value::Null, json!(NOT_FOUND)),
        ("PUT /users/{ann}", json!({ "user": { "name": "X" } }), json!(NOT_FOUND)),
        ("GET /users/{ann}/identities", Value::Null, json!(NOT_FOUND)),
        (
            "GET /group_memberships",
            Value::Null,
            json!({ "group_memberships": [] }),
        ),
        (
            "GET /users?role=agent",
            Value::Null,
            json!({ "users": [{ "id": "{bob}" }] }),
        ),
        ("GET /users/search?query=ann", Value::Null, json!({ "users": [] })),
        (
            "GET /users/show_many?ids={ann},{bob}",
            Value::Null,
            json!({ "users": [{ "id": "{bob}" }] }),
        ),
        (
            "GET /deleted_users",
            Value::Null,
            json!({ "deleted_users": [{ "id": "{ann}", "active": false }] }),
        ),
        (
            "GET /deleted_users/{ann}",
            Value::Null,
            json!({ "deleted_user": { "email": "ann@x.example" } }),
        ),
        ("GET /deleted_users/{bob}", Value::Null, json!(NOT_FOUND)),
        // E-mail and external id are free again.
        (
            "POST /users",
            json!({ "user": { "name": "Ann", "email": "ann@x.example", "external_id": "e1" } }),
            json!(201),
        ),
    ]);
}

#[test]
fn the_last_trace_takes_a_second_call() {
    let mut desk = Desk::new();
    desk.check(&[
        ("DELETE /deleted_users/{ann}", Value::Null, json!(NOT_FOUND)),
        ("DELETE /users/{ann}", Value::Null, json!(200)),
        (
            "DELETE /deleted_users/{ann}",
            Value::Null,
            json!({ "deleted_user": { "id": "{ann}" } }),
        ),
        ("DELETE /deleted_users/{ann}", Value::Null, json!(NOT_FOUND)),
        ("GET /deleted_users/{ann}", Value::Null, json!(NOT_FOUND)),
        ("GET /users/{ann}", Value::Null, json!(NOT_FOUND)),
        ("GET /deleted_users", Value::Null, json!({ "deleted_users": [] })),
    ]);
}

#[test]
fn the_owner_stays() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "DELETE /users/{me}",
            Value::Null,
            json!("403 Forbidden: The account owner cannot be deleted"),
        ),
        (
            "PUT /users/{me}",
            json!({ "user": { "role": "agent" } }),
            json!("422 RecordInvalid: role InvalidValue Role: the account owner must be an administrator"),
        ),
        (
            "PUT /users/{me}",
            json!({ "user": { "suspended": true } }),
            json!("422 RecordInvalid: suspended InvalidValue Suspended: the account owner cannot be suspended"),
        ),
        (
            "PUT /users/{me}",
            json!({ "user": { "name": "Boss", "role": "admin" } }),
            json!(200),
        ),
    ]);
}

#[test]
fn suspension_can_be_taken_back() {
    let mut desk = Desk::new();
    let set = |suspended: bool| json!({ "user": { "suspended": suspended } });
    desk.check(&[
        (
            "PUT /users/{ann}",
            set(true),
            json!({ "user": { "suspended": true, "active": true, "role": "agent" } }),
        ),
        (
            "GET /users?role[]=agent",
            Value::Null,
            json!({ "users": [{ "suspended": true }, { "suspended": false }] }),
        ),
        (
            "PUT /users/{ann}",
            set(false),
            json!({ "user": { "suspended": false } }),
        ),
    ]);
}
