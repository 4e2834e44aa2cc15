//! Groups and who belongs to them.

use serde_json::{Value, json};

use super::desk::{Desk, NOT_FOUND, invalid};

fn member(user: &str, group: &str) -> Value {
    json!({ "group_membership": { "user_id": user, "group_id": group } })
}

#[test]
fn groups_are_made_changed_and_deleted() {
    let group = |fields: Value| json!({ "group": fields });
    let mut desk = Desk::new();
    desk.check(&[
        (
            "night = POST /groups",
            group(json!({ "name": "Night", "description": "d", "is_public": false })),
            json!({ "group": { "name": "Night", "is_public": false, "default": false, "deleted": false } }),
        ),
        (
            "POST /groups",
            group(json!({ "name": "night" })),
            invalid("name DuplicateValue Name: has already been taken"),
        ),
        (
            "POST /groups",
            group(json!({})),
            invalid("name ValueTooShort Name: is too short (minimum is 1 characters)"),
        ),
        (
            "PUT /groups/{night}",
            group(json!({ "name": "Nights" })),
            json!({ "group": { "name": "Nights", "description": "d" } }),
        ),
        (
            "PUT /groups/{night}",
            group(json!({ "is_public": true })),
            invalid("is_public InvalidValue Is public: a private group cannot be made public"),
        ),
        (
            "GET /groups/{night}",
            Value::Null,
            json!({ "group": { "id": "{night}" } }),
        ),
        ("DELETE /groups/{night}", Value::Null, json!(204)),
        ("DELETE /groups/{night}", Value::Null, json!(NOT_FOUND)),
        ("PUT /groups/{night}", group(json!({})), json!(NOT_FOUND)),
        (
            "GET /groups/{night}",
            Value::Null,
            json!({ "group": { "deleted": true } }),
        ),
        // Deleted groups are listed, unless they are asked away.
        (
            "GET /groups",
            Value::Null,
            json!({ "groups": [{ "id": "{support}", "default": true }, {}, { "deleted": true }] }),
        ),
        (
            "GET /groups?exclude_deleted=true",
            Value::Null,
            json!({ "groups": [{}, { "id": "{ops}" }] }),
        ),
        ("GET /groups/assignable", Value::Null, json!({ "groups": [{}, {}] })),
        (
            "DELETE /groups/{support}",
            Value::Null,
            invalid("base InvalidValue Base: the default group cannot be deleted"),
        ),
        ("POST /groups", group(json!({ "name": "Nights" })), json!(201)),
    ]);
}

#[test]
fn a_membership_goes_by_its_own_id() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "first = POST /group_memberships",
            member("{ann}", "{ops}"),
            json!({ "group_membership": { "user_id": "{ann}", "group_id": "{ops}", "default": true } }),
        ),
        (
            "POST /group_memberships",
            member("{ann}", "{ops}"),
            invalid("user_id DuplicateValue User id: has already been taken"),
        ),
        ("POST /group_memberships", member("{eve}", "{ops}"), invalid("user_id InvalidValue User id: is invalid")),
        ("POST /group_memberships", member("{ann}", "{ann}"), invalid("group_id InvalidValue Group id: is invalid")),
        (
            "second = POST /users/{ann}/group_memberships",
            json!({ "group_membership": { "group_id": "{support}" } }),
            json!({ "group_membership": { "user_id": "{ann}", "default": false } }),
        ),
        ("POST /group_memberships", member("{bob}", "{ops}"), json!(201)),
        ("GET /group_memberships/{first}", Value::Null, json!({ "group_membership": { "id": "{first}" } })),
        ("GET /users/{ann}/group_memberships/{second}", Value::Null, json!({ "group_membership": { "id": "{second}" } })),
        ("GET /users/{bob}/group_memberships/{second}", Value::Null, json!(NOT_FOUND)),
        ("GET /users/{ann}/group_memberships", Value::Null, json!({ "group_memberships": [{}, {}] })),
        ("GET /groups/{ops}/memberships", Value::Null, json!({ "group_memberships": [{}, {}] })),
        ("GET /groups/{ops}/users", Value::Null, json!({ "users": [{ "id": "{ann}" }, { "id": "{bob}" }] })),
        ("GET /users/{ann}/groups", Value::Null, json!({ "groups": [{ "id": "{support}" }, { "id": "{ops}" }] })),
        ("GET /users/{ann}", Value::Null, json!({ "user": { "default_group_id": "{ops}" } })),
        (
            "PUT /users/{ann}/group_memberships/{second}/make_default",
            Value::Null,
            json!({ "group_memberships": [{ "id": "{first}", "default": false }, { "id": "{second}", "default": true }] }),
        ),
        ("GET /users/{ann}", Value::Null, json!({ "user": { "default_group_id": "{support}" } })),
        ("DELETE /users/{bob}/group_memberships/{second}", Value::Null, json!(NOT_FOUND)),
        ("DELETE /users/{ann}/group_memberships/{second}", Value::Null, json!(204)),
        // Another one is the default then.
        ("GET /users/{ann}", Value::Null, json!({ "user": { "default_group_id": "{ops}" } })),
        ("DELETE /group_memberships/{first}", Value::Null, json!(204)),
        ("DELETE /group_memberships/{first}", Value::Null, json!(NOT_FOUND)),
        ("DELETE /groups/{ops}", Value::Null, json!(204)),
        ("GET /group_memberships", Value::Null, json!({ "group_memberships": [] })),
        ("POST /group_memberships", member("{ann}", "{ops}"), invalid("group_id InvalidValue Group id: is invalid")),
    ]);
}

#[test]
fn memberships_are_made_and_ended_in_bulk() {
    let mut desk = Desk::new();
    let all = json!({ "group_memberships": [
        { "user_id": "{ann}", "group_id": "{ops}" }, { "user_id": "{eve}", "group_id": "{ops}" },
        { "user_id": "{bob}", "group_id": "{ops}", "default": true },
    ] });
    desk.check(&[(
        "job = POST /group_memberships/create_many",
        all,
        json!({ "job_status": { "status": "queued", "total": 3 } }),
    )]);
    let results = desk.results("{job}");
    assert_eq!((&results[0]["index"], &results[2]["index"]), (&json!(0), &json!(2)));
    assert_eq!(results[1]["details"], "User id: is invalid");
    desk.learn("one", "GET /group_memberships", "/group_memberships/0/id");
    desk.learn("two", "GET /group_memberships", "/group_memberships/1/id");
    desk.check(&[(
        "job = DELETE /group_memberships/destroy_many?ids={one},{two},1",
        Value::Null,
        json!({ "job_status": { "status": "queued" } }),
    )]);
    let results = desk.results("{job}");
    let done: Vec<_> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["success"].clone())
        .collect();
    assert_eq!(done, [true, true, false]);
}
