//! PATCH of RFC 7644 section 3.5.2.

use serde_json::{Value, json};

use super::super::desk::{Desk, patch, strict, user};
use super::super::schema::ENTERPRISE;

/// Somebody with these attributes is patched, and then has those; null is what is not there.
fn check(before: Value, operations: Value, after: Value) {
    let mut person = before;
    person["userName"] = json!("pat@x.example");
    let mut desk = Desk::new("scim", json!([]));
    desk.check(&[
        ("pat = POST /Users", user(person), json!(201)),
        ("PATCH /Users/{pat}", patch(operations), after.clone()),
    ]);
    if !matches!(after, Value::String(_)) {
        desk.check(&[("GET /Users/{pat}", Value::Null, after)]);
    }
}

fn work() -> Value {
    json!({ "value": "w@x.example", "type": "work", "primary": true })
}

fn home() -> Value {
    json!({ "value": "h@x.example", "type": "home" })
}

#[test]
fn single_values() {
    let guide = json!({ "title": "Guide", "name": { "givenName": "Pat", "familyName": "Pope" } });
    for (operations, after) in [
        (
            json!([{ "op": "add", "path": "title", "value": "Usher" }]),
            json!({ "title": "Usher" }),
        ),
        (
            json!([{ "op": "replace", "path": "TITLE", "value": "Usher" }]),
            json!({ "title": "Usher" }),
        ),
        (
            json!([{ "op": "replace", "path": "title", "value": null }]),
            json!({ "title": null }),
        ),
        (json!([{ "op": "remove", "path": "title" }]), json!({ "title": null })),
        (
            json!([{ "op": "remove", "path": "nickName" }]),
            json!({ "title": "Guide" }),
        ),
        (
            json!([{ "op": "replace", "path": "name.givenName", "value": "Pia" }]),
            json!({ "name": { "givenName": "Pia", "familyName": "Pope" } }),
        ),
        (
            json!([{ "op": "replace", "path": "name", "value": { "givenName": "Pia" } }]),
            json!({ "name": { "givenName": "Pia", "familyName": "Pope" } }),
        ),
        (
            json!([{ "op": "remove", "path": "name.givenName" }]),
            json!({ "name": { "givenName": null } }),
        ),
        (json!([{ "op": "remove", "path": "name" }]), json!({ "name": null })),
        (
            json!([{ "op": "replace", "value": { "title": "Usher", "active": false, "name.familyName": "Pole" } }]),
            json!({ "title": "Usher", "active": false, "name": { "givenName": "Pat", "familyName": "Pole" } }),
        ),
        (
            json!([
                { "op": "replace", "path": "title", "value": "Usher" },
                { "op": "add", "path": "nickName", "value": "P" },
                { "op": "remove", "path": "title" },
            ]),
            json!({ "title": null, "nickName": "P" }),
        ),
        (
            json!([{ "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": "Usher" }]),
            json!({ "title": "Usher" }),
        ),
    ] {
        check(guide.clone(), operations, after);
    }
}

#[test]
fn many_values() {
    let both = json!({ "emails": [work(), home()] });
    let new = json!({ "value": "n@x.example", "type": "other" });
    let new_primary = json!({ "value": "n@x.example", "primary": true });
    for (operations, after) in [
        (
            json!([{ "op": "add", "path": "emails", "value": [new] }]),
            json!([work(), home(), new]),
        ),
        (
            json!([{ "op": "add", "path": "emails", "value": new }]),
            json!([work(), home(), new]),
        ),
        (
            json!([{ "op": "add", "path": "emails", "value": [home()] }]),
            json!([work(), home()]),
        ),
        (
            json!([{ "op": "add", "path": "emails", "value": [new_primary] }]),
            json!([{ "value": "w@x.example", "primary": false }, home(), new_primary]),
        ),
        (
            json!([{ "op": "replace", "path": "emails", "value": [new] }]),
            json!([new]),
        ),
        (json!([{ "op": "replace", "path": "emails", "value": [] }]), Value::Null),
        (json!([{ "op": "remove", "path": "emails" }]), Value::Null),
        (
            json!([{ "op": "remove", "path": "emails[type eq \"home\"]" }]),
            json!([work()]),
        ),
        (
            json!([{ "op": "remove", "path": "emails[type eq \"other\"]" }]),
            json!([work(), home()]),
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@x.example" }]),
            json!([{ "value": "new@x.example", "type": "work", "primary": true }, home()]),
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"work\"]", "value": new }]),
            json!([{ "value": "n@x.example", "type": "other", "primary": null }, home()]),
        ),
        (
            json!([{ "op": "add", "path": "emails[type eq \"work\"]", "value": { "display": "W" } }]),
            json!([{ "value": "w@x.example", "type": "work", "display": "W" }, home()]),
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }]),
            json!([{ "type": "home", "primary": true }, { "type": "work", "primary": false }]),
        ),
        (
            json!([{ "op": "remove", "path": "emails[type eq \"work\"].primary" }]),
            json!([{ "type": "work", "primary": null }, home()]),
        ),
        (
            json!([{ "op": "replace", "path": "emails.type", "value": "other" }]),
            json!([{ "value": "w@x.example", "type": "other" }, { "value": "h@x.example", "type": "other" }]),
        ),
    ] {
        check(both.clone(), operations, json!({ "emails": after }));
    }
}

#[test]
fn extensions() {
    let tours = json!({ ENTERPRISE: { "department": "Tours", "manager": { "value": "M1" } } });
    let path = |rest: &str| format!("{ENTERPRISE}{rest}");
    for (operations, after) in [
        (
            json!([{ "op": "replace", "path": path(":department"), "value": "Sales" }]),
            json!({ "department": "Sales", "manager": { "value": "M1" } }),
        ),
        (
            json!([{ "op": "add", "path": path(":costCenter"), "value": "7" }]),
            json!({ "department": "Tours", "costCenter": "7" }),
        ),
        (
            json!([{ "op": "replace", "path": path(":manager"), "value": { "value": "M2" } }]),
            json!({ "manager": { "value": "M2" } }),
        ),
        (
            json!([{ "op": "remove", "path": path(":manager") }]),
            json!({ "department": "Tours", "manager": null }),
        ),
        (json!([{ "op": "remove", "path": path("") }]), Value::Null),
        (
            json!([{ "op": "remove", "path": path(":manager") }, { "op": "remove", "path": path(":department") }]),
            Value::Null,
        ),
        (
            json!([{ "op": "add", "path": path(""), "value": { "division": "D" } }]),
            json!({ "department": "Tours", "division": "D" }),
        ),
        (
            json!([{ "op": "replace", "value": { path(""): { "department": "Sales" } } }]),
            json!({ "department": "Sales", "manager": { "value": "M1" } }),
        ),
    ] {
        check(tours.clone(), operations, json!({ ENTERPRISE: after }));
    }
    // `schemas` says whether the extension is there.
    let core = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"] });
    check(tours, json!([{ "op": "remove", "path": path("") }]), core);
}

#[test]
fn what_is_no_operation_is_refused() {
    for (operations, expected) in [
        (
            json!([]),
            "400 invalidSyntax Operations must be a list that is neither empty nor too long",
        ),
        (
            json!({}),
            "400 invalidSyntax Operations must be a list that is neither empty nor too long",
        ),
        (
            json!([{ "op": "Add", "path": "title", "value": "x" }]),
            "400 invalidSyntax op must be add, replace or remove",
        ),
        (
            json!([{ "op": "move", "path": "title" }]),
            "400 invalidSyntax op must be add, replace or remove",
        ),
        (
            json!([{ "op": "add", "path": 7, "value": "x" }]),
            "400 invalidSyntax path must be a string",
        ),
        (
            json!([{ "op": "add", "path": "title" }]),
            "400 invalidValue The value is missing",
        ),
        (json!([{ "op": "remove" }]), "400 noTarget A removal needs a path"),
        (
            json!([{ "op": "remove", "path": "emails", "value": [] }]),
            "400 invalidSyntax A removal has no value",
        ),
        (
            json!([{ "op": "add", "value": "x" }]),
            "400 invalidValue Without a path the value must be an object",
        ),
    ] {
        check(json!({ "title": "Guide" }), operations, json!(expected));
    }
}

#[test]
fn what_is_no_patch_is_refused() {
    let mut desk = strict();
    for (body, expected) in [
        (
            json!({ "Operations": [{ "op": "remove", "path": "title" }] }),
            "400 invalidSyntax schemas must be urn:ietf:params:scim:api:messages:2.0:PatchOp",
        ),
        (
            json!("x"),
            "400 invalidSyntax schemas must be urn:ietf:params:scim:api:messages:2.0:PatchOp",
        ),
    ] {
        desk.check(&[("PATCH /Users/{ann}", body, json!(expected))]);
    }
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    for (operations, expected) in [
        (
            json!([{ "op": "add", "path": "shoe", "value": "9" }]),
            "400 invalidPath `shoe` is not a path",
        ),
        (
            json!([{ "op": "add", "path": "title.x", "value": "9" }]),
            "400 invalidPath `title.x` is not a path",
        ),
        (
            json!([{ "op": "add", "path": "title[type eq \"x\"]", "value": "9" }]),
            "400 invalidPath `title[type eq \"x\"]` is not a path",
        ),
        (
            json!([{ "op": "remove", "path": "emails[kind eq \"x\"]" }]),
            "400 invalidPath `kind eq \"x\"` is not a filter",
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "x" }]),
            "400 noTarget emails.value meets no value",
        ),
        (
            json!([{ "op": "add", "path": "emails.type", "value": "x" }]),
            "400 noTarget emails.type meets no value",
        ),
    ] {
        check(json!({ "title": "Guide" }), operations, json!(expected));
    }
}

#[test]
fn values_that_cannot_be_are_refused() {
    for (operations, expected) in [
        (
            json!([{ "op": "replace", "path": "id", "value": "x" }]),
            "400 mutability id is read-only",
        ),
        (
            json!([{ "op": "replace", "value": { "meta": {} } }]),
            "400 mutability meta is read-only",
        ),
        (
            json!([{ "op": "add", "path": "groups", "value": [] }]),
            "400 mutability groups is read-only",
        ),
        (
            json!([{ "op": "remove", "path": "userName" }]),
            "400 mutability userName cannot be removed",
        ),
        (
            json!([{ "op": "replace", "path": "userName", "value": "" }]),
            "400 invalidValue userName is required",
        ),
        (
            json!([{ "op": "replace", "path": "active", "value": "False" }]),
            "400 invalidValue active must be true or false",
        ),
        (
            json!([{ "op": "replace", "path": "title", "value": ["x"] }]),
            "400 invalidValue title must be a string",
        ),
        (
            json!([{ "op": "add", "path": "emails", "value": "x" }]),
            "400 invalidValue emails must be a list",
        ),
        (
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "x", "shoe": 9 }] }]),
            "400 invalidSyntax emails.shoe is not an attribute",
        ),
        (
            json!([{ "op": "add", "path": "emails", "value": [{ "primary": true }, { "value": "x", "primary": true }] }]),
            "400 invalidValue emails has more than one primary value",
        ),
        (
            json!([{ "op": "add", "path": ENTERPRISE, "value": "x" }]),
            "400 invalidValue urn:ietf:params:scim:schemas:extension:enterprise:2.0:User must be an object",
        ),
    ] {
        check(json!({ "title": "Guide" }), operations, json!(expected));
    }
}

/// A request that cannot be done as a whole changes nothing.
#[test]
fn a_patch_is_atomic() {
    let operations = json!([
        { "op": "replace", "path": "title", "value": "Usher" },
        { "op": "replace", "path": "id", "value": "x" },
    ]);
    strict().check(&[
        ("PATCH /Users/{ann}", patch(operations), json!(400)),
        (
            "GET /Users/{ann}",
            Value::Null,
            json!({ "title": null, "displayName": "Ann Example" }),
        ),
    ]);
}
