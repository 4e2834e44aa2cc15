use serde_json::json;

use super::{DEVICE, check, check_user, kind};
use crate::urn::{ENTERPRISE_USER, USER};

#[test]
fn simple_attributes() {
    let (old, new) = (json!({ "title": "x" }), json!({ "title": "y" }));
    for op in ["add", "replace", "Add", "REPLACE"] {
        for path in [
            "title",
            "TITLE",
            &format!("{USER}:title"),
            &format!("{}:Title", USER.to_uppercase()),
        ] {
            check_user(
                json!({}),
                json!([{ "op": op, "path": path, "value": "y" }]),
                new.clone(),
            );
            check_user(
                old.clone(),
                json!([{ "op": op, "path": path, "value": "y" }]),
                new.clone(),
            );
            check_user(
                old.clone(),
                json!([{ "op": op, "path": path, "value": "x" }]),
                old.clone(),
            );
            check_user(
                old.clone(),
                json!([{ "op": op, "path": path, "value": null }]),
                json!({}),
            );
        }
        check_user(
            old.clone(),
            json!([{ "op": op, "value": { "TITLE": "y", "bogus": 1 } }]),
            new.clone(),
        );
        check_user(
            old.clone(),
            json!([{ "op": op, "value": { USER: { "title": "y" } } }]),
            new.clone(),
        );
        check_user(
            old.clone(),
            json!([{ "op": op, "path": USER, "value": { "title": "y" } }]),
            new.clone(),
        );
        check_user(old.clone(), json!([{ "op": op, "value": {} }]), old.clone());
    }
    check_user(old.clone(), json!([{ "op": "remove", "path": "title" }]), json!({}));
    check_user(json!({}), json!([{ "op": "remove", "path": "title" }]), json!({}));
    check_user(
        json!({}),
        json!([{ "op": "remove", "path": "title", "value": null }]),
        json!({}),
    );
    check_user(
        json!({}),
        json!([{ "op": "add", "path": "externalId", "value": "7" }]),
        json!({ "externalId": "7" }),
    );
}

#[test]
fn complex_attributes_are_merged() {
    let old = json!({ "name": { "familyName": "F", "givenName": "G" } });
    let new = json!({ "name": { "familyName": "F", "givenName": "H" } });
    for op in ["add", "replace"] {
        let cases = [
            json!([{ "op": op, "path": "name", "value": { "GIVENNAME": "H" } }]),
            json!([{ "op": op, "path": "name.givenName", "value": "H" }]),
            json!([{ "op": op, "value": { "name": { "givenName": "H", "bogus": 1 } } }]),
            json!([{ "op": op, "value": { "name.givenName": "H" } }]),
            json!([{ "op": op, "value": { (format!("{USER}:name.givenName")): "H" } }]),
        ];
        for operations in cases {
            check_user(old.clone(), operations, new.clone());
        }
        check_user(
            old.clone(),
            json!([{ "op": op, "path": "name", "value": {} }]),
            old.clone(),
        );
        check_user(
            old.clone(),
            json!([{ "op": op, "path": "name", "value": { "givenName": null } }]),
            json!({ "name": { "familyName": "F" } }),
        );
        check_user(
            json!({}),
            json!([{ "op": op, "path": "name.givenName", "value": "H" }]),
            json!({ "name": { "givenName": "H" } }),
        );
    }
    check_user(old.clone(), json!([{ "op": "remove", "path": "name" }]), json!({}));
    check_user(
        old.clone(),
        json!([{ "op": "remove", "path": "name.givenName" }]),
        json!({ "name": { "familyName": "F" } }),
    );
    check_user(
        old,
        json!([{ "op": "remove", "path": "name.givenName" }, { "op": "remove", "path": "name.familyName" }]),
        json!({}),
    );
}

#[test]
fn order_is_the_schemas() {
    check_user(
        json!({ "active": true, ENTERPRISE_USER: { "department": "D" } }),
        json!([
            { "op": "add", "path": (format!("{ENTERPRISE_USER}:employeeNumber")), "value": "7" },
            { "op": "add", "path": "nickName", "value": "N" },
            { "op": "add", "path": "name.givenName", "value": "G" },
            { "op": "add", "path": "name.formatted", "value": "F" },
            { "op": "add", "path": "externalId", "value": "x" },
        ]),
        json!({
            "externalId": "x", "name": { "formatted": "F", "givenName": "G" }, "nickName": "N", "active": true,
            ENTERPRISE_USER: { "employeeNumber": "7", "department": "D" },
        }),
    );
}

#[test]
fn extensions() {
    let department = format!("{ENTERPRISE_USER}:department");
    let old = json!({ ENTERPRISE_USER: { "department": "D" } });
    let new = json!({ ENTERPRISE_USER: { "department": "E" } });
    for op in ["add", "replace"] {
        let cases = [
            json!([{ "op": op, "path": department, "value": "E" }]),
            json!([{ "op": op, "path": department.to_uppercase(), "value": "E" }]),
            json!([{ "op": op, "path": ENTERPRISE_USER, "value": { "department": "E", "bogus": 1 } }]),
            json!([{ "op": op, "value": { ENTERPRISE_USER: { "DEPARTMENT": "E" } } }]),
            json!([{ "op": op, "value": { (department.clone()): "E" } }]),
        ];
        for operations in cases {
            check_user(old.clone(), operations.clone(), new.clone());
            check_user(json!({}), operations, new.clone());
        }
    }
    check_user(
        old.clone(),
        json!([{ "op": "replace", "path": ENTERPRISE_USER, "value": { "division": "X" } }]),
        json!({ ENTERPRISE_USER: { "department": "D", "division": "X" } }),
    );
    let whole = json!({ ENTERPRISE_USER: { "department": "D", "manager": { "value": "1" } } });
    check_user(
        whole.clone(),
        json!([{ "op": "remove", "path": ENTERPRISE_USER }]),
        json!({}),
    );
    check_user(
        whole.clone(),
        json!([{ "op": "replace", "path": ENTERPRISE_USER, "value": null }]),
        json!({}),
    );
    check_user(
        json!({}),
        json!([{ "op": "remove", "path": ENTERPRISE_USER }]),
        json!({}),
    );
    check_user(old, json!([{ "op": "remove", "path": department }]), json!({}));
    check_user(
        whole,
        json!([{ "op": "remove", "path": (format!("{ENTERPRISE_USER}:manager.value")) }]),
        json!({ ENTERPRISE_USER: { "department": "D" } }),
    );
    check_user(
        json!({}),
        json!([{ "op": "add", "path": (format!("{ENTERPRISE_USER}:manager")), "value": { "value": "1", "displayName": "ignored" } }]),
        json!({ ENTERPRISE_USER: { "manager": { "value": "1" } } }),
    );
}

#[test]
fn schemas_follows_from_the_attributes() {
    for (op, value) in [
        ("add", json!([ENTERPRISE_USER])),
        ("add", json!(ENTERPRISE_USER)),
        ("replace", json!([USER, ENTERPRISE_USER, "urn:bogus"])),
    ] {
        check_user(
            json!({}),
            json!([{ "op": op, "path": "schemas", "value": value }]),
            json!({}),
        );
    }
    check_user(
        json!({}),
        json!([
            { "op": "add", "path": "schemas", "value": [ENTERPRISE_USER] },
            { "op": "add", "path": (format!("{ENTERPRISE_USER}:department")), "value": "D" },
        ]),
        json!({ ENTERPRISE_USER: { "department": "D" } }),
    );
}

#[test]
fn what_is_never_returned_is_forgotten() {
    let old = json!({ "title": "x" });
    for operation in [
        json!({ "op": "replace", "path": "password", "value": "secret" }),
        json!({ "op": "add", "value": { "password": "secret" } }),
        json!({ "op": "remove", "path": "password" }),
    ] {
        check_user(old.clone(), json!([operation]), old.clone());
    }
}

#[test]
fn immutable_attributes_take_a_first_value() {
    let kind = kind("Device");
    let base = json!({ "serial": "s", "keys": [{ "value": "k" }] });
    let with_site = |site| json!({ "serial": "s", "site": site, "keys": [{ "value": "k" }] });
    let with_code = with_site(json!({ "name": "N", "code": "c" }));
    check(
        kind,
        &with_site(json!({ "name": "N" })),
        &json!([{ "op": "add", "path": "site.code", "value": "c" }]),
        &with_code,
    );
    check(
        kind,
        &base,
        &json!([{ "op": "add", "path": "site", "value": { "name": "N", "code": "c" } }]),
        &with_code,
    );
    for operation in [
        json!({ "op": "replace", "path": "serial", "value": "s" }),
        json!({ "op": "replace", "path": "site", "value": { "code": "c" } }),
        json!({ "op": "add", "value": { DEVICE: { "site": { "name": "N", "code": "c" } } } }),
    ] {
        check(kind, &with_code, &json!([operation]), &with_code);
    }
    check(
        kind,
        &with_site(json!({ "name": "N", "rooms": ["1"] })),
        &json!([{ "op": "add", "path": "site.rooms", "value": ["2", "1"] }, { "op": "remove", "path": "site.rooms", "value": "1" }]),
        &with_site(json!({ "name": "N", "rooms": ["2"] })),
    );
}

/// A schema may gain a required attribute while resources without it are stored; these must stay
/// patchable, or nobody of them could be deactivated.
#[test]
fn what_was_missing_before_may_stay_missing() {
    let kind = kind("User");
    check(
        kind,
        &json!({ "active": true }),
        &json!([{ "op": "replace", "path": "active", "value": false }]),
        &json!({ "active": false }),
    );
}
