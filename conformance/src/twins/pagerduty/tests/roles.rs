//! Roles, the abilities they need, and the licenses they fit.

use serde_json::{Value, json};

use super::desk::Desk;

fn with_role(role: &str) -> Value {
    json!({ "user": { "type": "user", "name": "New", "email": "new@x.example", "role": role } })
}

fn set_role(role: &str) -> Value {
    json!({ "user": { "role": role } })
}

#[test]
fn roles_need_abilities() {
    let role = |ability: &str| {
        json!(format!(
            "402 2014 Required abilities are unavailable: The {ability} account ability is required to give this role."
        ))
    };
    let nobody_owns = json!("403 2010 Access Denied: The role owner cannot be given");
    for (name, without) in [
        ("admin", None),
        ("user", None),
        ("limited_user", None),
        ("observer", Some(role("advanced_permissions"))),
        ("restricted_access", Some(role("advanced_permissions"))),
        ("read_only_user", Some(role("read_only_users"))),
        ("read_only_limited_user", Some(role("read_only_users"))),
    ] {
        let mut desk = Desk::new();
        desk.check(&[
            ("POST /users", with_role(name), with_role(name)),
            ("PUT /users/{ann}", set_role(name), set_role(name)),
        ]);
        let mut desk = Desk::given(json!({ "abilities": ["teams"] }));
        desk.check(&[
            ("POST /users", with_role(name), without.clone().unwrap_or(json!(201))),
            ("PUT /users/{ann}", set_role(name), without.unwrap_or(json!(200))),
        ]);
    }
    let mut desk = Desk::new();
    desk.check(&[
        ("POST /users", with_role("owner"), nobody_owns.clone()),
        ("PUT /users/{ann}", set_role("owner"), nobody_owns),
    ]);
}

#[test]
fn the_owner_keeps_the_role() {
    let refused = json!("403 2010 Access Denied: The role of the account owner cannot be changed");
    let mut desk = Desk::new();
    desk.check(&[
        ("PUT /users/{owner}", set_role("admin"), refused.clone()),
        ("PUT /users/{owner}", set_role("owner"), refused),
        (
            "PUT /users/{owner}",
            json!({ "user": { "name": "Olga" } }),
            json!({ "user": { "role": "owner", "name": "Olga" } }),
        ),
    ]);
}

#[test]
fn abilities_can_be_listed_and_tested() {
    let mut desk = Desk::given(json!({ "abilities": ["teams", "sso"] }));
    desk.check(&[
        ("GET /abilities", Value::Null, json!({ "abilities": ["sso", "teams"] })),
        ("GET /abilities/teams", Value::Null, json!(204)),
        (
            "GET /abilities/read_only_users",
            Value::Null,
            json!("402 2014 Required abilities are unavailable: The read_only_users account ability is required to do this."),
        ),
        ("GET /abilities/flying", Value::Null, json!("404 2100 Not Found")),
    ]);
}

/// Two seats for full users, of which the owner has none and Ann and Bob none either: they have another license.
fn licenses() -> Value {
    json!({ "licenses": [
        { "id": "PSTAKE", "name": "Stake", "valid_roles": ["read_only_user"], "role_group": "Stakeholder" },
        { "id": "PSMALL", "name": "Small", "valid_roles": ["user", "admin"], "role_group": "FullUser", "seats": 1 },
        { "id": "PLARGE", "name": "Large", "valid_roles": ["user", "observer"], "role_group": "FullUser", "seats": 1 },
    ]})
}

fn licensed(email: &str, role: &str, license: Option<&str>) -> Value {
    let mut user = json!({ "type": "user", "name": "New", "email": email, "role": role });
    if let Some(id) = license {
        user["license"] = json!({ "type": "license_reference", "id": id });
    }
    json!({ "user": user })
}

#[test]
fn a_license_must_exist_fit_and_be_free() {
    let refused = |error: &str| json!(format!("400 2001 Invalid Input Provided: License error: {error}"));
    let mut desk = Desk::given(licenses());
    // Who has a license that is no longer sold is left in peace, until the role changes.
    desk.check(&[
        (
            "PUT /users/{bob}",
            json!({ "user": { "job_title": "SRE" } }),
            json!(200),
        ),
        (
            "PUT /users/{bob}",
            json!({ "user": { "role": "limited_user" } }),
            refused("License is not available"),
        ),
    ]);
    desk.check(&[
        (
            "POST /users",
            licensed("a@x.example", "user", Some("PNONE")),
            refused("License not found"),
        ),
        (
            "POST /users",
            licensed("a@x.example", "user", Some("PSTAKE")),
            refused("Role is not valid for the license"),
        ),
        (
            "POST /users",
            licensed("a@x.example", "limited_user", None),
            refused("License is not available"),
        ),
        (
            "a = POST /users",
            licensed("a@x.example", "user", Some("PSMALL")),
            json!(201),
        ),
        (
            "POST /users",
            licensed("b@x.example", "admin", None),
            refused("License is not available"),
        ),
        // Left out, it is the first that fits and is free.
        ("b = POST /users", licensed("b@x.example", "user", None), json!(201)),
        (
            "GET /users/{b}/license",
            Value::Null,
            json!({ "license": { "id": "PLARGE", "name": "Large" } }),
        ),
        (
            "POST /users",
            licensed("c@x.example", "user", None),
            refused("License is not available"),
        ),
        // Whoever has a license keeps it while it fits.
        ("PUT /users/{a}", json!({ "user": { "role": "admin" } }), json!(200)),
        (
            "PUT /users/{a}",
            json!({ "user": { "role": "observer" } }),
            refused("License is not available"),
        ),
        ("DELETE /users/{b}", Value::Null, json!(204)),
        ("PUT /users/{a}", json!({ "user": { "role": "observer" } }), json!(200)),
        (
            "GET /licenses",
            Value::Null,
            json!({ "licenses": [
                { "id": "PSTAKE", "current_value": 0, "allocations_available": null, "role_group": "Stakeholder" },
                { "id": "PSMALL", "current_value": 0, "allocations_available": 1, "valid_roles": ["user", "admin"] },
                { "id": "PLARGE", "current_value": 1, "allocations_available": 0, "type": "license" },
            ]}),
        ),
    ]);
}

#[test]
fn allocations_say_who_has_which_license() {
    let mut desk = Desk::new();
    desk.check(&[(
        "GET /license_allocations?limit=2&offset=2",
        Value::Null,
        json!({
            "license_allocations": [
                { "user": { "id": "{bob}" }, "license": { "role_group": "FullUser" }, "allocated_at": "2027-01-15T08:00:00Z" },
                { "user": { "id": "{stan}" }, "license": { "role_group": "Stakeholder" } },
            ],
            "more": false,
        }),
    )]);
}
