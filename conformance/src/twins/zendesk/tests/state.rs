//! Identity, what is kept, and what can be seeded.

use serde_json::{Value, json};

use super::super::Zendesk;
use super::desk::{Desk, TOKEN};
use crate::twins::Twin;

#[test]
fn another_number_is_another_account() {
    let identity = |number| {
        let twin = Zendesk::new(number);
        let owner = twin.users.rows().values().next().unwrap();
        (
            twin.account.subdomain.clone(),
            owner.id,
            owner.email().unwrap().to_owned(),
        )
    };
    assert_eq!(identity(1), identity(1));
    let ((one, owner, email), (other, other_owner, other_email)) = (identity(1), identity(u64::MAX));
    assert!(one != other && owner != other_owner, "{one} {other}");
    assert_eq!([email.as_str(), other_email.as_str()], [Zendesk::OWNER_EMAIL; 2]);
    // Whoever reads JSON numbers as doubles must not mistake one user for another.
    assert!(other_owner < 1 << 53);
}

/// One of each kind of change.
fn steps() -> Vec<(&'static str, Value, Value)> {
    vec![
        (
            "new = POST /users",
            json!({ "user": { "name": "New", "email": "new@x.example" } }),
            json!(201),
        ),
        (
            "PUT /users/{ann}",
            json!({ "user": { "external_id": "E", "organization_id": "{acme}" } }),
            json!(200),
        ),
        (
            "member = POST /group_memberships",
            json!({ "group_membership": { "user_id": "{ann}", "group_id": "{ops}" } }),
            json!(201),
        ),
        (
            "POST /group_memberships",
            json!({ "group_membership": { "user_id": "{ann}", "group_id": "{support}" } }),
            json!(201),
        ),
        ("DELETE /group_memberships/{member}", Value::Null, json!(204)),
        ("DELETE /users/{bob}", Value::Null, json!(200)),
        ("DELETE /deleted_users/{bob}", Value::Null, json!(200)),
        (
            "job = POST /users/create_many",
            json!({ "users": [{ "name": "M" }] }),
            json!(200),
        ),
        ("GET /job_statuses/{job}", Value::Null, json!(200)),
        ("DELETE /users/destroy_many?ids={eve}", Value::Null, json!(200)),
        (
            "PUT /users/update_many?ids={eve}",
            json!({ "user": { "name": "E" } }),
            json!(200),
        ),
        (
            "POST /oauth/tokens",
            json!({ "grant_type": "client_credentials", "client_id": "usherd", "client_secret": "usherd-secret" }),
            json!(201),
        ),
    ]
}

/// Everything that changes the state is told, and what was told brings the state back.
#[test]
fn told_changes_bring_the_state_back() {
    let mut desk = Desk::new();
    let first = desk.twin.snapshot();
    desk.twin.changes();
    let mut told = Vec::new();
    desk.seed(json!({
        "bulk_import": true, "per_minute": 5000, "tokens": { "t": ["read"] }, "organizations": [{ "name": "Acme" }],
        "custom_roles": [{ "name": "R", "role_type": "custom_agent" }], "user_fields": [{ "key": "k", "type": "text" }],
    }));
    told.extend(desk.twin.changes());
    desk.learn("acme", "GET /organizations", "/organizations/0/id");
    for step in steps() {
        desk.check(&[step]);
        let change = desk.twin.changes();
        assert!(change.is_some());
        told.extend(change);
    }
    desk.check(&[("GET /users", Value::Null, json!(200))]);
    assert_eq!(desk.twin.changes(), None);

    let mut copy = Zendesk::new(8);
    copy.restore(first, told).unwrap();
    assert_eq!(copy.snapshot(), desk.twin.snapshot());
    copy.set_token(TOKEN);
    desk.twin = copy;
    desk.check(&[
        (
            "GET /job_statuses/{job}",
            Value::Null,
            json!({ "job_status": { "status": "completed" } }),
        ),
        (
            "GET /users/{ann}",
            Value::Null,
            json!({ "user": { "default_group_id": "{support}", "organization_id": "{acme}" } }),
        ),
        (
            "POST /users",
            json!({ "user": { "name": "X", "email": "NEW@x.example" } }),
            json!(422),
        ),
        (
            "POST /users",
            json!({ "user": { "name": "X", "external_id": "e" } }),
            json!(422),
        ),
        (
            "GET /groups/{support}/users",
            Value::Null,
            json!({ "users": [{ "id": "{ann}" }] }),
        ),
    ]);
}

#[test]
fn foreign_state_is_refused() {
    for state in [
        json!([]),
        json!({}),
        json!({ "last_id": 1, "users": [{ "id": "P1" }] }),
        json!({ "last_id": 1, "account": {} }),
    ] {
        assert!(Zendesk::new(1).restore(state.clone(), Vec::new()).is_err(), "{state}");
    }
}

#[test]
fn a_seed_that_cannot_be_changes_nothing() {
    let free = json!({ "name": "X", "email": "free@x.example" });
    for (given, expected) in [
        (json!({ "user": [] }), "unknown field `user`"),
        (json!({ "tokens": { "t": ["fly"] } }), "there is no scope `fly`"),
        (
            json!({ "oauth": { "revoked": ["stranger"] } }),
            "there is no client `stranger`",
        ),
        (
            json!({ "agent_seats": 1, "users": [free, free] }),
            "free@x.example is already being used by another user",
        ),
        (
            json!({ "users": [free, { "email": "m@x.example" }] }),
            "Name: is too short",
        ),
        (
            json!({ "groups": ["G"], "organizations": [{ "name": "A" }, { "name": "a" }] }),
            "has already been taken",
        ),
        (
            json!({ "custom_roles": [{ "name": "R", "role_type": "king" }] }),
            "unknown variant `king`",
        ),
    ] {
        let mut desk = Desk::new();
        let before = desk.twin.snapshot();
        let error = desk.twin.seed(desk.now, &given).unwrap_err().to_string();
        assert!(error.contains(expected), "{given}: {error}");
        assert_eq!(desk.twin.snapshot(), before, "{given}");
    }
}

/// Whoever is seeded has a seat, be there any left or not.
#[test]
fn seeds_need_no_seats() {
    let mut desk = Desk::given(json!({ "agent_seats": 1 }));
    let made = desk.seed(json!({ "users": [{ "name": "A", "role": "agent", "email": "a@x.example" }] }));
    assert_eq!(made["users"].as_array().unwrap().len(), 1);
    desk.check(&[("PUT /users/{eve}", json!({ "user": { "role": "agent" } }), json!(422))]);
}
