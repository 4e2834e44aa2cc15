//! Roles, custom roles, seats.

use serde_json::{Value, json};

use super::desk::{Desk, NOT_FOUND, invalid};

fn put(fields: Value) -> Value {
    json!({ "user": fields })
}

#[test]
fn custom_roles_are_listed_with_their_kind() {
    let mut desk = Desk::given(json!({ "custom_roles": [{ "name": "Night shift", "role_type": "custom_agent" }] }));
    desk.check(&[
        (
            "PUT /users/{ann}",
            put(json!({ "custom_role_id": "{light}" })),
            json!(200),
        ),
        (
            "GET /custom_roles",
            Value::Null,
            json!({ "custom_roles": [
                { "id": "{staff}", "role_type": 0 }, { "role_type": 0 },
                { "id": "{light}", "role_type": 1, "team_member_count": 1, "configuration": { "light_agent": true } },
                { "id": "{contributor}", "role_type": 3, "team_member_count": 0 },
                { "id": "{admin}", "name": "Administrator", "role_type": 4 },
                { "id": "{billing}", "name": "Billing admin", "role_type": 5 },
                { "name": "Night shift", "role_type": 0 },
            ] }),
        ),
        (
            "GET /custom_roles/{billing}",
            Value::Null,
            json!({ "custom_role": { "id": "{billing}" } }),
        ),
        ("GET /custom_roles/1", Value::Null, json!(NOT_FOUND)),
        // The document lets nobody change them.
        (
            "DELETE /custom_roles/{billing}",
            Value::Null,
            json!("404 InvalidEndpoint: Not found"),
        ),
    ]);
}

#[test]
fn a_custom_role_needs_its_role() {
    let wrong = || invalid("custom_role_id InvalidValue Custom role id: is invalid");
    let shown = |role: &str, custom: Value, kind: Value| json!({ "user": { "role": role, "custom_role_id": custom, "role_type": kind } });
    for (fields, expected) in [
        (json!({ "role": "agent" }), shown("agent", Value::Null, Value::Null)),
        (json!({ "role": "admin" }), shown("admin", Value::Null, json!(4))),
        (
            json!({ "role": "agent", "custom_role_id": "{staff}" }),
            shown("agent", json!("{staff}"), json!(0)),
        ),
        (
            json!({ "role": "agent", "custom_role_id": "{light}" }),
            shown("agent", json!("{light}"), json!(1)),
        ),
        (
            json!({ "role": "agent", "custom_role_id": "{contributor}" }),
            shown("agent", json!("{contributor}"), json!(3)),
        ),
        (
            json!({ "role": "admin", "custom_role_id": "{billing}" }),
            shown("admin", json!("{billing}"), json!(5)),
        ),
        (
            json!({ "role": "admin", "custom_role_id": "{admin}" }),
            shown("admin", json!("{admin}"), json!(4)),
        ),
        (json!({ "role": "agent", "custom_role_id": "{billing}" }), wrong()),
        (json!({ "role": "agent", "custom_role_id": "{admin}" }), wrong()),
        (json!({ "role": "admin", "custom_role_id": "{light}" }), wrong()),
        (json!({ "role": "end-user", "custom_role_id": "{light}" }), wrong()),
        (json!({ "custom_role_id": "{staff}" }), wrong()),
        (json!({ "role": "agent", "custom_role_id": 1 }), wrong()),
        (
            json!({ "role": "agent", "custom_role_id": null }),
            shown("agent", Value::Null, Value::Null),
        ),
    ] {
        let mut desk = Desk::new();
        desk.check(&[("PUT /users/{eve}", put(fields.clone()), expected.clone())]);
        let mut new = json!({ "name": "New", "email": "new@x.example" });
        new.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        desk.check(&[("POST /users", json!({ "user": new }), expected)]);
    }
}

#[test]
fn a_custom_role_that_no_longer_fits_goes() {
    let mut desk = Desk::new();
    let shown = |role: &str, custom: Value| json!({ "user": { "role": role, "custom_role_id": custom } });
    desk.check(&[
        (
            "PUT /users/{ann}",
            put(json!({ "custom_role_id": "{light}" })),
            shown("agent", json!("{light}")),
        ),
        (
            "PUT /users/{ann}",
            put(json!({ "name": "Anna" })),
            shown("agent", json!("{light}")),
        ),
        (
            "PUT /users/{ann}",
            put(json!({ "role": "admin" })),
            shown("admin", Value::Null),
        ),
        (
            "PUT /users/{ann}",
            put(json!({ "custom_role_id": "{billing}" })),
            shown("admin", json!("{billing}")),
        ),
        (
            "PUT /users/{ann}",
            put(json!({ "role": "end-user" })),
            shown("end-user", Value::Null),
        ),
    ]);
}

#[test]
fn without_enterprise_there_are_no_custom_roles() {
    let mut desk = Desk::given(json!({ "enterprise": false }));
    desk.check(&[
        (
            "GET /custom_roles",
            Value::Null,
            json!("404 InvalidEndpoint: Not found"),
        ),
        (
            "GET /custom_roles/{light}",
            Value::Null,
            json!("404 InvalidEndpoint: Not found"),
        ),
        (
            "PUT /users/{ann}",
            put(json!({ "custom_role_id": "{light}" })),
            invalid("custom_role_id InvalidValue Custom role id: is invalid"),
        ),
    ]);
}

/// Who leaves the team leaves its groups.
#[test]
fn an_end_user_has_no_groups() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "PUT /users/{ann}",
            put(json!({ "default_group_id": "{ops}", "ticket_restriction": "groups" })),
            json!(200),
        ),
        (
            "PUT /users/{ann}",
            put(json!({ "role": "end-user" })),
            json!({ "user": { "ticket_restriction": null } }),
        ),
        (
            "GET /users/{ann}/group_memberships",
            Value::Null,
            json!({ "group_memberships": [] }),
        ),
    ]);
}

/// The owner, Ann and Bob have the seats of the account.
#[test]
fn a_seat_is_freed_by_downgrade_and_by_nothing_less() {
    let exceeded = || invalid("role MaxAgentExceeded Role: the maximum number of agents is exceeded");
    let new = |n: u32, role: &str| json!({ "user": { "name": "N", "email": format!("n{n}@x.example"), "role": role } });
    let mut desk = Desk::given(json!({ "agent_seats": 3 }));
    desk.check(&[
        ("POST /users", new(1, "agent"), exceeded()),
        ("POST /users", new(1, "admin"), exceeded()),
        ("POST /users", new(1, "end-user"), json!(201)),
        ("PUT /users/{eve}", put(json!({ "role": "agent" })), exceeded()),
        // Light agents and contributors need no seat.
        (
            "PUT /users/{eve}",
            put(json!({ "role": "agent", "custom_role_id": "{light}" })),
            json!(200),
        ),
        (
            "PUT /users/{eve}",
            put(json!({ "custom_role_id": "{contributor}" })),
            json!(200),
        ),
        (
            "PUT /users/{eve}",
            put(json!({ "custom_role_id": "{staff}" })),
            exceeded(),
        ),
        // Who has a seat may change as they like.
        ("PUT /users/{ann}", put(json!({ "role": "admin" })), json!(200)),
        // Suspended, the seat is kept.
        ("PUT /users/{ann}", put(json!({ "suspended": true })), json!(200)),
        ("POST /users", new(2, "agent"), exceeded()),
        ("PUT /users/{ann}", put(json!({ "role": "end-user" })), json!(200)),
        ("POST /users", new(2, "agent"), json!(201)),
        ("PUT /users/{ann}", put(json!({ "role": "agent" })), exceeded()),
        ("DELETE /users/{bob}", Value::Null, json!(200)),
        ("PUT /users/{ann}", put(json!({ "role": "agent" })), json!(200)),
    ]);
}
