use serde_json::{Value, json};

use super::{WARRANTY, apply, kind};
use crate::ScimType::{self, InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};
use crate::dialect::{Dialect, Hints};
use crate::resource_type::ResourceType;
use crate::urn::{ENTERPRISE_USER, USER};

/// Two operations, of which the first would succeed: the error is about the second.
fn check(kind: &ResourceType, current: &Value, operation: Value, expected: (ScimType, &str)) {
    let good = json!({ "op": "add", "path": "externalId", "value": "good" });
    let error = apply(kind, current, &json!([good, operation])).expect_err(&operation.to_string());
    let (scim_type, detail) = expected;
    assert_eq!(
        (error.status, error.scim_type, error.detail.as_str()),
        (400, Some(scim_type), format!("Operations[1]: {detail}").as_str()),
        "{operation}"
    );
}

fn user(operation: Value, scim_type: ScimType, detail: &str) {
    let user = json!({
        "userName": "ann", "title": "T",
        "emails": [{ "value": "a", "type": "work" }, { "value": "b", "type": "work" }],
    });
    check(kind("User"), &user, operation, (scim_type, detail));
}

fn group(operation: Value, scim_type: ScimType, detail: &str) {
    check(
        kind("Group"),
        &json!({ "displayName": "G" }),
        operation,
        (scim_type, detail),
    );
}

fn device(operation: Value, scim_type: ScimType, detail: &str) {
    let device = json!({
        "serial": "s", "site": { "name": "N", "code": "c" }, "keys": [{ "value": "k", "made": "m" }],
        WARRANTY: { "until": "u", "number": "n" },
    });
    check(kind("Device"), &device, operation, (scim_type, detail));
}

fn replace(path: &str, value: Value) -> Value {
    json!({ "op": "replace", "path": path, "value": value })
}

fn add(path: &str, value: Value) -> Value {
    json!({ "op": "add", "path": path, "value": value })
}

fn remove(path: &str) -> Value {
    json!({ "op": "remove", "path": path })
}

#[test]
fn paths() {
    for path in [
        "bogus",
        "name.bogus",
        "urn:bogus:x",
        "employeeNumber",
        "userName.value",
        "members",
    ] {
        let detail = format!("{path}: there is no such attribute of User");
        user(replace(path, json!(1)), InvalidPath, &detail);
        user(remove(path), InvalidPath, &detail);
    }
    let detail = "userName: has no values to choose from";
    user(replace("userName[value eq \"x\"]", json!("x")), InvalidPath, detail);
    let detail = "photos: there is no value that could be changed";
    user(add("photos.value", json!("z")), NoTarget, detail);
    let detail = "`bogus` is not a sub-attribute of `emails`";
    user(remove("emails[bogus eq \"x\"]"), InvalidFilter, detail);
    user(add("emails[bogus eq \"x\"].value", json!("z")), InvalidFilter, detail);
    let detail = "`bogus` is not a sub-attribute of `members`";
    group(remove("members[bogus eq \"1\"]"), InvalidFilter, detail);
}

#[test]
fn what_is_read_only_or_required() {
    user(replace("id", json!("2")), Mutability, "id: is read-only");
    user(remove("meta"), Mutability, "meta: is read-only");
    user(
        add("meta.created", json!("x")),
        Mutability,
        "meta.created: is read-only",
    );
    user(add("groups", json!([])), Mutability, "groups: is read-only");
    user(
        json!({ "op": "add", "value": { "id": "2" } }),
        Mutability,
        "id: is read-only",
    );
    let path = format!("{ENTERPRISE_USER}:manager.displayName");
    user(add(&path, json!("M")), Mutability, &format!("{path}: is read-only"));
    user(remove("userName"), Mutability, "userName: is required");
    user(replace("userName", json!(null)), Mutability, "userName: is required");
    user(remove("schemas"), Mutability, "schemas: is required");
    let detail = format!("{USER}: a resource cannot be without its core attributes");
    user(remove(USER), Mutability, &detail);
    let detail = "displayName: is required";
    group(
        json!({ "op": "replace", "value": { "displayName": null } }),
        Mutability,
        detail,
    );
    device(remove("site.name"), Mutability, "site.name: is required");
    device(remove("keys.value"), Mutability, "keys.value: is required");
    for operation in [
        remove("keys"),
        remove("keys[value eq \"k\"]"),
        replace("keys", json!([])),
    ] {
        device(operation, Mutability, "keys: is required");
    }
    device(remove(WARRANTY), Mutability, &format!("{WARRANTY}: is required"));
    let until = format!("{WARRANTY}:until");
    device(remove(&until), Mutability, &format!("{until}: is required"));
}

#[test]
fn what_is_immutable() {
    let set = |path: &str| format!("{path}: cannot be changed once it is set");
    device(replace("serial", json!("S")), Mutability, &set("serial"));
    device(remove("serial"), Mutability, &set("serial"));
    device(replace("site.code", json!("d")), Mutability, &set("site.code"));
    device(replace("site", json!({ "code": "d" })), Mutability, &set("site.code"));
    device(remove("site"), Mutability, &set("site"));
    let made = set("keys.made");
    device(replace("keys[value eq \"k\"].made", json!("n")), Mutability, &made);
    device(remove("keys.made"), Mutability, &made);
    let key = json!({ "value": "k", "made": "n" });
    device(replace("keys[value eq \"k\"]", key.clone()), Mutability, &made);
    device(add("keys[value eq \"k\"]", key.clone()), Mutability, &made);
    device(add("keys", key), Mutability, &made);
    for path in [
        "members[value eq \"1\"]",
        "members[value eq \"1\"].type",
        "members.type",
    ] {
        let place = if path.ends_with("type") {
            "members.type"
        } else {
            "members"
        };
        let detail = format!("{place}: values can be added and removed, not changed");
        group(replace(path, json!({ "value": "2" })), Mutability, &detail);
    }
}

#[test]
fn values_of_the_wrong_type() {
    let core = format!("schemas: must be an array that holds {USER}");
    user(replace("schemas", json!([ENTERPRISE_USER])), InvalidSyntax, &core);
    user(
        replace("active", json!("true")),
        InvalidValue,
        "active: must be true or false",
    );
    user(replace("title", json!(["x"])), InvalidValue, "title: must be a string");
    user(replace("name", json!("x")), InvalidValue, "name: must be an object");
    user(
        replace("password", json!(1)),
        InvalidValue,
        "password: must be a string",
    );
    user(
        replace("emails", json!(["x"])),
        InvalidValue,
        "emails: must be an object",
    );
    user(
        add("emails.value", json!(1)),
        InvalidValue,
        "emails.value: must be a string",
    );
    let detail = "value: must be an object of attributes";
    user(json!({ "op": "add", "value": "x" }), InvalidValue, detail);
    user(json!({ "op": "add", "value": null }), InvalidValue, detail);
    let detail = format!("{ENTERPRISE_USER}: must be an object of attributes");
    user(replace(ENTERPRISE_USER, json!("x")), InvalidValue, &detail);
    let value = json!({ (ENTERPRISE_USER): { "department": 1 } });
    let detail = format!("{ENTERPRISE_USER}:department: must be a string");
    user(json!({ "op": "add", "value": value }), InvalidValue, &detail);
    let value = json!({ "title": "x", "TITLE": "y" });
    user(
        json!({ "op": "add", "value": value }),
        InvalidSyntax,
        "TITLE: is given twice",
    );
    let value = json!({ "givenName": "x", "givenname": "y" });
    user(add("name", value), InvalidSyntax, "name.givenName: is given twice");
    device(replace("ports", json!(1.5)), InvalidValue, "ports: must be an integer");
    let key = json!({ "value": "l", "state": 1, "made": 1 });
    device(add("keys", key), InvalidValue, "keys.made: must be a string");
}

#[test]
fn two_primary_values() {
    let two = json!([{ "value": "x", "primary": true }, { "value": "y", "primary": true }]);
    for operation in [
        add("emails", two.clone()),
        replace("emails", two),
        replace("emails[type eq \"work\"].primary", json!(true)),
        add("emails[type eq \"work\"]", json!({ "primary": true })),
    ] {
        user(operation, InvalidValue, "emails: only one value can be primary");
    }
    // One of them was primary before, so that the other could pass for the newest.
    let current = json!({ "userName": "ann", "emails": [{ "value": "a", "primary": true }, { "value": "b" }] });
    let expected = (InvalidValue, "emails: only one value can be primary");
    check(
        kind("User"),
        &current,
        add("emails[value pr].primary", json!(true)),
        expected,
    );
}

#[test]
fn filters_that_select_nothing() {
    let detail = "emails: no value satisfies the filter";
    for path in ["emails[type eq \"x\"].value", "emails[type eq \"x\"]"] {
        user(replace(path, json!("z")), NoTarget, detail);
        user(replace(path, json!(null)), NoTarget, detail);
    }
    for filter in [
        "type eq \"x\" or type eq \"y\"",
        "type ne \"work\"",
        "not (type eq \"work\")",
        "type eq \"x\" and type eq \"y\"",
        "display sw \"x\"",
        "display eq null and type eq \"x\"",
    ] {
        user(add(&format!("emails[{filter}].value"), json!("z")), NoTarget, detail);
    }
    user(
        add("emails[type eq \"x\"]", json!({ "type": "y", "value": "z" })),
        NoTarget,
        detail,
    );
}

#[test]
fn lists_to_remove_that_are_malformed() {
    let emails = |value: Value| json!({ "op": "remove", "path": "emails", "value": value });
    user(emails(json!(["x"])), InvalidValue, "emails: must be an object");
    user(
        emails(json!([{}])),
        InvalidValue,
        "emails: each value must say what to remove",
    );
    user(
        emails(json!([null])),
        InvalidValue,
        "emails: each value must say what to remove",
    );
    for op in ["add", "remove", "replace"] {
        let members = |value: Value| json!({ "op": op, "path": "members", "value": value });
        group(members(json!(["1"])), InvalidValue, "members: must be an object");
        group(members(json!("1")), InvalidValue, "members: must be an object");
        group(members(json!([null])), InvalidValue, "members: must be an object");
        group(
            members(json!([{ "display": "x" }])),
            InvalidValue,
            "members.value: is required",
        );
        group(
            members(json!([{ "value": 1 }])),
            InvalidValue,
            "members.value: must be a string",
        );
    }
}

/// What an operation leaves out is seen at the end only, since a later one may bring it.
#[test]
fn results_are_complete() {
    let base = json!({ "serial": "s", "keys": [{ "value": "k" }], WARRANTY: { "until": "u" } });
    let check = |operations: Value, expected: Option<&str>| {
        let error = apply(kind("Device"), &base, &operations)
            .err()
            .map(|error| error.detail);
        assert_eq!(error.as_deref(), expected, "{operations}");
    };
    let code = add("site.code", json!("c"));
    check(json!([code]), Some("site.name: is required"));
    check(json!([code, add("site.name", json!("N"))]), None);
    check(
        json!([add("keys", json!([{ "made": "m" }]))]),
        Some("keys.value: is required"),
    );
    check(json!([replace("serial", json!("s"))]), None);
}

#[test]
fn unknown_attributes_are_refused_where_the_rules_say_so() {
    let rules = Dialect::Strict.recognise(&Hints::default());
    let current = super::document(kind("User"), &json!({ "userName": "ann" }));
    for (value, name) in [
        (json!({ "bogus": 1 }), "bogus"),
        (json!({ "name": { "bogus": 1 } }), "name.bogus"),
        (json!({ "emails": [{ "bogus": 1 }] }), "emails.bogus"),
    ] {
        let body = json!({ "schemas": [crate::urn::PATCH_OP], "Operations": [{ "op": "add", "value": value }] });
        let error = super::Patch::parse(&body).and_then(|patch| patch.apply(kind("User"), &current, &rules));
        let error = error.expect_err(name);
        let detail = format!("Operations[0]: {name}: there is no such attribute");
        assert_eq!((error.scim_type, error.detail), (Some(InvalidSyntax), detail));
    }
}

#[test]
fn work_has_a_limit() {
    let emails: Vec<_> = (0..1_000)
        .map(|number| json!({ "value": number.to_string(), "type": "work" }))
        .collect();
    let current = json!({ "userName": "ann", "emails": emails });
    let operation = json!({ "op": "replace", "path": "emails[value eq \"1\"].display", "value": "x" });
    let check = |operations: Vec<Value>, expected: Result<(), u16>| {
        let patched = apply(kind("User"), &current, &Value::Array(operations));
        assert_eq!(patched.map(drop).map_err(|error| error.status), expected);
    };
    check(vec![operation.clone(); 50], Ok(()));
    check(vec![operation; 200], Err(413));
    check(
        vec![json!({ "op": "remove", "path": "emails", "value": emails })],
        Err(413),
    );
    check(vec![json!({ "op": "add", "path": "emails", "value": emails })], Ok(()));
    let terms = |number| vec!["value co \"x\""; number].join(" or ");
    let filtered = |number| json!({ "op": "remove", "path": format!("emails[{}]", terms(number)) });
    check(vec![filtered(4); 50], Ok(()));
    check(vec![filtered(400); 50], Err(413));
    let long = "x".repeat(60_000);
    check(
        vec![json!({ "op": "add", "path": "emails.display", "value": "x" })],
        Ok(()),
    );
    check(
        vec![json!({ "op": "add", "path": "emails.display", "value": long })],
        Err(413),
    );
}

/// A long value is gone through as often as a short one, and takes longer.
#[test]
fn long_values_count_as_many() {
    let certificates = |bytes| {
        let value = |number: usize| json!({ "value": format!("{number}{}", "QUJD".repeat(bytes / 4)), "type": number.to_string() });
        (0..20).map(value).collect::<Vec<_>>()
    };
    let operation = json!({ "op": "add", "path": "photos[type eq \"1\"].display", "value": "x" });
    let check = |bytes: usize, operations: usize, expected: Result<(), u16>| {
        let current = json!({ "userName": "ann", "photos": certificates(bytes) });
        let patched = apply(
            kind("User"),
            &current,
            &Value::Array(vec![operation.clone(); operations]),
        );
        assert_eq!(
            patched.map(drop).map_err(|error| error.status),
            expected,
            "{bytes} {operations}"
        );
    };
    check(100, 2_000, Ok(()));
    check(60_000, 20, Ok(()));
    check(60_000, 2_000, Err(413));
}
