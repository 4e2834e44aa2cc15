//! Groups and who is in them.

use serde_json::{Value, json};

use super::desk::Desk;

fn member(user: &str, group: &str) -> Value {
    json!({ "user": { "id": user }, "group": { "id": group } })
}

#[test]
fn a_name_is_unique() {
    Desk::new().check(&[
        (
            "ops = POST /groups",
            json!({ "name": "Ops" }),
            json!({ "name": "Ops", "group_type": "managed_group" }),
        ),
        ("POST /groups", json!({ "name": "Ops" }), json!("409 conflict")),
        ("dev = POST /groups", json!({ "name": "Dev" }), json!(201)),
        ("PUT /groups/{dev}", json!({ "name": "Ops" }), json!("409 conflict")),
        ("PUT /groups/{dev}", json!({ "name": "Dev" }), json!(200)),
        (
            "PUT /groups/{dev}",
            json!({ "name": "" }),
            json!("400 bad_request name"),
        ),
        (
            "PUT /groups/{dev}",
            json!({ "description": null }),
            json!("400 bad_request description"),
        ),
        (
            "PUT /groups/{dev}?fields=description,invitability_level",
            json!({ "name": "Developers", "description": "d" }),
            json!({ "name": "Developers", "description": "d", "invitability_level": "admins_only" }),
        ),
        (
            "POST /groups",
            json!({ "name": "X", "invitability_level": "all" }),
            json!("400 bad_request invitability_level"),
        ),
        (
            "GET /groups?filter_term=dev",
            Value::Null,
            json!({ "entries": [{ "id": "{dev}" }] }),
        ),
        ("DELETE /groups/{dev}", Value::Null, json!(204)),
        ("DELETE /groups/{dev}", Value::Null, json!("404 not_found")),
        ("GET /groups/{dev}", Value::Null, json!("404 not_found")),
    ]);
}

#[test]
fn a_membership_has_an_id_of_its_own() {
    let of_ann = "GET /users/{ann}/memberships";
    Desk::new().check(&[
        ("ops = POST /groups", json!({ "name": "Ops" }), json!(201)),
        (
            "m = POST /group_memberships",
            member("{ann}", "{ops}"),
            json!({ "role": "member", "user": { "login": "ann@x.example" }, "group": { "name": "Ops" } }),
        ),
        (
            "POST /group_memberships",
            member("{ann}", "{ops}"),
            json!("409 conflict"),
        ),
        ("POST /group_memberships", member("{ann}", "1"), json!("404 not_found")),
        ("POST /group_memberships", member("1", "{ops}"), json!("404 not_found")),
        (
            "POST /group_memberships",
            json!({ "user": { "id": "{ann}" } }),
            json!("400 bad_request group"),
        ),
        (
            "PUT /group_memberships/{m}",
            json!({ "role": "admin" }),
            json!({ "role": "admin" }),
        ),
        (
            "PUT /group_memberships/{m}",
            json!({ "role": "boss" }),
            json!("400 bad_request role"),
        ),
        ("GET /group_memberships/{m}", Value::Null, json!({ "role": "admin" })),
        (
            of_ann,
            Value::Null,
            json!({ "total_count": 1, "entries": [{ "id": "{m}" }] }),
        ),
        (
            "GET /groups/{ops}/memberships",
            Value::Null,
            json!({ "entries": [{ "user": { "id": "{ann}" } }] }),
        ),
        ("DELETE /group_memberships/{m}", Value::Null, json!(204)),
        ("DELETE /group_memberships/{m}", Value::Null, json!("404 not_found")),
        (of_ann, Value::Null, json!({ "entries": [] })),
    ]);
}

#[test]
fn memberships_end_with_the_user_and_with_the_group() {
    let mut desk = Desk::new();
    desk.check(&[
        ("ops = POST /groups", json!({ "name": "Ops" }), json!(201)),
        ("POST /group_memberships", member("{ann}", "{ops}"), json!(201)),
        ("POST /group_memberships", member("{bob}", "{ops}"), json!(201)),
        ("DELETE /users/{ann}", Value::Null, json!(204)),
        (
            "GET /groups/{ops}/memberships",
            Value::Null,
            json!({ "entries": [{ "user": { "id": "{bob}" } }] }),
        ),
        ("GET /users/{ann}/memberships", Value::Null, json!("404 not_found")),
        ("DELETE /groups/{ops}", Value::Null, json!(204)),
        ("GET /users/{bob}/memberships", Value::Null, json!({ "total_count": 0 })),
        ("GET /groups/{ops}/memberships", Value::Null, json!("404 not_found")),
    ]);
}

#[test]
fn barriers_keep_people_out_and_the_group_of_everybody_is_boxs_own() {
    let mut desk = Desk::new();
    let made = desk.seed(json!({ "groups": [
        { "name": "Deals", "barred": ["ANN@x.example"] },
        { "name": "All Users", "everybody": true },
    ] }));
    desk.name("deals", &made["groups"][0]);
    desk.name("all", &made["groups"][1]);
    desk.check(&[
        (
            "POST /group_memberships",
            member("{ann}", "{deals}"),
            json!("403 forbidden"),
        ),
        ("POST /group_memberships", member("{bob}", "{deals}"), json!(201)),
        (
            "GET /groups/{all}",
            Value::Null,
            json!({ "group_type": "all_users_group" }),
        ),
        ("PUT /groups/{all}", json!({ "name": "X" }), json!("403 forbidden")),
        ("DELETE /groups/{all}", Value::Null, json!("403 forbidden")),
    ]);
}
