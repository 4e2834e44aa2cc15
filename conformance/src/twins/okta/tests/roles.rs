//! Administrator roles of users and groups.

use serde_json::{Value, json};

use super::desk::{Desk, missing, profile};

const ASSIGNED: &str = "409 E0000090 The role specified is already assigned to the user.";

fn role(kind: &str) -> Value {
    json!({ "type": kind })
}

#[test]
fn a_role_is_assigned_once_and_taken_back_by_the_assignments_id() {
    for (kind, label) in [
        ("API_ACCESS_MANAGEMENT_ADMIN", "API Access Management Administrator"),
        ("APP_ADMIN", "Application Administrator"),
        ("GROUP_MEMBERSHIP_ADMIN", "Group Membership Administrator"),
        ("HELP_DESK_ADMIN", "Help Desk Administrator"),
        ("ORG_ADMIN", "Organization Administrator"),
        ("READ_ONLY_ADMIN", "Read Only Administrator"),
        ("REPORT_ADMIN", "Report Administrator"),
        ("SUPER_ADMIN", "Super Administrator"),
        ("USER_ADMIN", "Group Administrator"),
    ] {
        let shown = json!({ "type": kind, "label": label, "status": "ACTIVE", "assignmentType": "USER" });
        let mut desk = Desk::new();
        let answer = desk.call("POST /users/{ann}/roles", &role(kind));
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, said.get("role")), (201, None), "{kind}");
        desk.name("role", said["id"].as_str().unwrap());
        desk.check(&[
            ("GET /users/{ann}/roles", Value::Null, json!([shown])),
            ("GET /users/{ann}/roles/{role}", Value::Null, shown),
            ("POST /users/{ann}/roles", role(kind), json!(ASSIGNED)),
            // The role's type is no id.
            (
                &format!("DELETE /users/{{ann}}/roles/{kind}"),
                Value::Null,
                missing(kind, "RoleAssignment"),
            ),
            ("DELETE /users/{ann}/roles/{role}", Value::Null, json!(204)),
            (
                "DELETE /users/{ann}/roles/{role}",
                Value::Null,
                missing("{role}", "RoleAssignment"),
            ),
            (
                "GET /users/{ann}/roles/{role}",
                Value::Null,
                missing("{role}", "RoleAssignment"),
            ),
            ("GET /users/{ann}/roles", Value::Null, json!([])),
            ("POST /users/{ann}/roles", role(kind), json!(201)),
        ]);
    }
}

/// The newer predefined roles are asked for like the others, and answered like custom ones.
#[test]
fn some_predefined_roles_look_like_custom_ones() {
    for (kind, resource_set) in [
        ("WORKFLOWS_ADMIN", "WORKFLOWS_IAM_POLICY"),
        ("ACCESS_REQUESTS_ADMIN", "ACCESS_REQUESTS_IAM_POLICY"),
        ("ACCESS_CERTIFICATIONS_ADMIN", "ACCESS_CERTIFICATIONS_IAM_POLICY"),
    ] {
        Desk::new().check(&[(
            "POST /users/{ann}/roles",
            role(kind),
            json!({ "type": kind, "role": kind, "resource-set": resource_set }),
        )]);
    }
}

#[test]
fn roles_that_do_not_exist_are_refused() {
    let invalid =
        |name: &str, error: &str| json!(format!("400 E0000001 Api validation failed: {name}: {name}: {error}"));
    let no_type = invalid("type", "The value is not a role type");
    for (body, expected) in [
        (json!({}), no_type.clone()),
        (role("MOBILE_ADMIN"), no_type.clone()),
        (role("super_admin"), no_type),
        (role("CUSTOM"), invalid("role", "The field cannot be left blank")),
        (
            json!({ "type": "CUSTOM", "role": "cr0none" }),
            invalid("resource-set", "The field cannot be left blank"),
        ),
        (
            json!({ "type": "CUSTOM", "role": "cr0none", "resource-set": "iam1" }),
            missing("cr0none", "CustomRole"),
        ),
    ] {
        Desk::new().check(&[
            ("POST /users/{ann}/roles", body.clone(), expected.clone()),
            ("POST /groups/{ops}/roles", body, expected),
        ]);
    }
    Desk::new().check(&[
        (
            "POST /users/00unone/roles",
            role("APP_ADMIN"),
            missing("00unone", "User"),
        ),
        (
            "GET /users/ann@x.example/roles",
            Value::Null,
            missing("ann@x.example", "User"),
        ),
        (
            "POST /groups/00gnone/roles",
            role("APP_ADMIN"),
            missing("00gnone", "UserGroup"),
        ),
    ]);
}

#[test]
fn custom_roles_come_with_a_resource_set() {
    let mut desk = Desk::new();
    let made = desk.seed(json!({ "custom_roles": [{ "label": "Helper", "description": "helps" }] }));
    desk.name("helper", made["custom_roles"][0].as_str().unwrap());
    let custom = |set: &str| json!({ "type": "CUSTOM", "role": "{helper}", "resource-set": set });
    desk.check(&[
        (
            "GET /iam/roles",
            Value::Null,
            json!({ "roles": [{ "id": "{helper}", "label": "Helper" }] }),
        ),
        (
            "POST /users/{ann}/roles",
            custom("iam1"),
            json!({ "type": "CUSTOM", "label": "Helper", "role": "{helper}", "resource-set": "iam1" }),
        ),
        ("POST /users/{ann}/roles", custom("iam1"), json!(ASSIGNED)),
        ("POST /users/{ann}/roles", custom("iam2"), json!(201)),
    ]);
}

/// They are listed with the user's own, but cannot be taken from the user.
#[test]
fn roles_of_groups_are_those_of_their_members() {
    let mut desk = Desk::new();
    let of_group = json!({ "type": "HELP_DESK_ADMIN", "assignmentType": "GROUP", "id": "{role}" });
    desk.check(&[
        (
            "role = POST /groups/{ops}/roles",
            role("HELP_DESK_ADMIN"),
            json!({ "assignmentType": "GROUP" }),
        ),
        ("POST /groups/{ops}/roles", role("HELP_DESK_ADMIN"), json!(ASSIGNED)),
        ("GET /groups/{ops}/roles", Value::Null, json!([of_group])),
        ("GET /users/{ann}/roles", Value::Null, json!([])),
        ("PUT /groups/{ops}/users/{ann}", Value::Null, json!(204)),
        ("own = POST /users/{ann}/roles", role("HELP_DESK_ADMIN"), json!(201)),
        (
            "GET /users/{ann}/roles",
            Value::Null,
            json!([{ "id": "{own}", "assignmentType": "USER" }, of_group]),
        ),
        ("GET /users/{ann}/roles/{role}", Value::Null, of_group),
        (
            "DELETE /users/{ann}/roles/{role}",
            Value::Null,
            missing("{role}", "RoleAssignment"),
        ),
        ("DELETE /groups/{ops}/roles/{role}", Value::Null, json!(204)),
        ("GET /users/{ann}/roles", Value::Null, json!([{ "id": "{own}" }])),
    ]);
}

#[test]
fn some_groups_hold_no_role() {
    let rule = json!({
        "name": "All",
        "conditions": { "expression": { "value": "true", "type": "urn:okta:expression:1.0" } },
        "actions": { "assignUserToGroups": { "groupIds": ["{ops}"] } },
    });
    Desk::new().check(&[
        (
            "POST /groups/{everyone}/roles",
            role("APP_ADMIN"),
            json!("400 E0000211 Roles cannot be granted to built-in groups: Everyone"),
        ),
        ("POST /groups/rules", rule, json!(200)),
        (
            "POST /groups/{ops}/roles",
            role("APP_ADMIN"),
            json!("400 E0000192 Roles cannot be granted to groups with group membership rules."),
        ),
    ]);
}

#[test]
fn whoever_has_a_role_is_listed() {
    let crowd: Vec<_> = (0..120)
        .map(|n| json!({ "profile": profile(&format!("P{n}")), "roles": ["REPORT_ADMIN"] }))
        .collect();
    let mut desk = Desk::given(json!({ "users": crowd }));
    desk.check(&[
        ("POST /groups/{ops}/roles", role("APP_ADMIN"), json!(200)),
        ("PUT /groups/{ops}/users/{bob}", Value::Null, json!(204)),
        (
            "GET /iam/assignees/users?limit=2",
            Value::Null,
            json!({ "value": [{ "id": "{owner}" }, { "id": "{bob}" }] }),
        ),
    ]);
    let first = desk.get("GET /iam/assignees/users");
    let next = first["_links"]["next"]["href"].as_str().unwrap();
    let line = format!("GET {}", next.strip_prefix("http://okta.test/api/v1").unwrap());
    let second = desk.get(&line);
    let count = |page: &Value| page["value"].as_array().unwrap().len();
    assert_eq!(
        (count(&first), count(&second), second["_links"].get("next")),
        (100, 22, None)
    );
}

#[test]
fn roles_go_with_their_holder() {
    let mut desk = Desk::new();
    desk.check(&[
        ("POST /users/{ann}/roles", role("APP_ADMIN"), json!(201)),
        ("POST /groups/{ops}/roles", role("APP_ADMIN"), json!(200)),
        ("PUT /groups/{ops}/users/{bob}", Value::Null, json!(204)),
        ("DELETE /users/{ann}", Value::Null, json!(204)),
        ("DELETE /users/{ann}", Value::Null, json!(204)),
        ("DELETE /groups/{ops}", Value::Null, json!(204)),
        (
            "GET /iam/assignees/users",
            Value::Null,
            json!({ "value": [{ "id": "{owner}" }] }),
        ),
    ]);
    assert_eq!(desk.twin.assignments.rows().len(), 1);
}
