use serde_json::{Value, json};

use super::{check, check_user, kind};
use crate::dialect::{Dialect, Hints};

fn check_emails(before: Value, operation: Value, after: Value) {
    let wrap = |emails: Value| {
        if emails == json!([]) {
            json!({})
        } else {
            json!({ "emails": emails })
        }
    };
    check_user(wrap(before), json!([operation]), wrap(after));
}

#[test]
fn add_keeps_what_is_there() {
    let a = json!({ "value": "a", "type": "work" });
    let b = json!({ "value": "b", "type": "home" });
    check_emails(
        json!([a]),
        json!({ "op": "add", "path": "emails", "value": [b] }),
        json!([a, b]),
    );
    check_emails(
        json!([a]),
        json!({ "op": "add", "path": "emails", "value": b }),
        json!([a, b]),
    );
    check_emails(
        json!([]),
        json!({ "op": "add", "value": { "emails": [a, b] } }),
        json!([a, b]),
    );
    check_emails(
        json!([a, b]),
        json!({ "op": "add", "path": "emails", "value": [b, a] }),
        json!([a, b]),
    );
    check_emails(
        json!([a]),
        json!({ "op": "add", "path": "emails", "value": [] }),
        json!([a]),
    );
    check_emails(
        json!([a]),
        json!({ "op": "add", "path": "emails", "value": null }),
        json!([a]),
    );
    check_emails(
        json!([a]),
        json!({ "op": "add", "path": "emails", "value": [{ "value": "a", "type": "home" }, { "value": "a" }] }),
        json!([a, { "value": "a", "type": "home" }, { "value": "a" }]),
    );
    // The same value and type are the same value, in any case where case does not count.
    check_emails(
        json!([a]),
        json!({ "op": "add", "path": "emails", "value": [{ "value": "A", "type": "Work", "display": "d" }] }),
        json!([{ "value": "A", "type": "Work", "display": "d" }]),
    );
}

#[test]
fn replace_puts_others_in_their_place() {
    let old = json!([{ "value": "a", "type": "work" }, { "value": "b", "type": "home" }]);
    let new = json!([{ "value": "c" }]);
    check_emails(
        old.clone(),
        json!({ "op": "replace", "path": "emails", "value": new }),
        new.clone(),
    );
    check_emails(
        old.clone(),
        json!({ "op": "replace", "path": "emails", "value": { "value": "c" } }),
        new.clone(),
    );
    check_emails(
        old.clone(),
        json!({ "op": "replace", "value": { "emails": new } }),
        new.clone(),
    );
    check_emails(
        json!([]),
        json!({ "op": "replace", "path": "emails", "value": new }),
        new,
    );
    check_emails(
        old.clone(),
        json!({ "op": "replace", "path": "emails", "value": [] }),
        json!([]),
    );
    check_emails(
        old.clone(),
        json!({ "op": "replace", "path": "emails", "value": null }),
        json!([]),
    );
    check_emails(
        old,
        json!({ "op": "replace", "path": "emails", "value": [{ "value": "a" }, {}, null, { "value": "A" }] }),
        json!([{ "value": "A" }]),
    );
}

#[test]
fn remove_takes_all_or_some() {
    let a = json!({ "value": "a@x", "type": "work", "primary": true });
    let b = json!({ "value": "b@y", "type": "home", "display": "B" });
    let old = json!([a, b]);
    check_emails(old.clone(), json!({ "op": "remove", "path": "emails" }), json!([]));
    check_emails(json!([]), json!({ "op": "remove", "path": "emails" }), json!([]));
    for nothing in [json!(null), json!([])] {
        let operation = json!({ "op": "remove", "path": "emails", "value": nothing });
        check_emails(old.clone(), operation, old.clone());
    }
    for path in [
        "emails[type eq \"home\"]",
        "emails[not (type eq \"work\")]",
        "emails[type eq \"home\" and value ew \"y\"]",
        "emails[primary ne true]",
        "urn:ietf:params:scim:schemas:core:2.0:User:EMAILS[TYPE eq \"HOME\"]",
    ] {
        check_emails(old.clone(), json!({ "op": "remove", "path": path }), json!([a]));
        check_emails(
            old.clone(),
            json!({ "op": "remove", "path": path, "value": null }),
            json!([a]),
        );
    }
    check_emails(
        old.clone(),
        json!({ "op": "remove", "path": "emails[value pr]" }),
        json!([]),
    );
    check_emails(
        old.clone(),
        json!({ "op": "remove", "path": "emails[type eq \"other\"]" }),
        old.clone(),
    );
    let without = |b: Value| json!([a, b]);
    check_emails(
        old.clone(),
        json!({ "op": "remove", "path": "emails[type eq \"home\"].display" }),
        without(json!({ "value": "b@y", "type": "home" })),
    );
    check_emails(
        old.clone(),
        json!({ "op": "remove", "path": "emails.display" }),
        without(json!({ "value": "b@y", "type": "home" })),
    );
    check_emails(
        old.clone(),
        json!({ "op": "remove", "path": "emails[type eq \"x\"].display" }),
        old,
    );
    check_emails(
        json!([{ "value": "a" }]),
        json!({ "op": "remove", "path": "emails[value eq \"a\"].value" }),
        json!([]),
    );
}

#[test]
fn remove_with_a_list_takes_just_these() {
    let a = json!({ "value": "a", "type": "work", "display": "A" });
    let b = json!({ "value": "b", "type": "home" });
    let old = json!([a, b]);
    let remove = |value: Value| json!({ "op": "remove", "path": "emails", "value": value });
    check_emails(old.clone(), remove(json!([{ "value": "a" }])), json!([b]));
    check_emails(
        old.clone(),
        remove(json!({ "value": "A", "type": "work", "display": "other" })),
        json!([b]),
    );
    check_emails(old.clone(), remove(json!([{ "type": "home" }])), json!([a]));
    check_emails(
        old.clone(),
        remove(json!([{ "value": "a", "type": "home" }, { "value": "c" }])),
        old.clone(),
    );
    check_emails(old.clone(), remove(json!([])), old.clone());
    check_emails(
        old.clone(),
        remove(json!([{ "value": "a", "$ref": "x" }, { "value": "b" }])),
        json!([]),
    );
    check_emails(
        old.clone(),
        remove(json!([{ "display": "A", "primary": false }])),
        json!([b]),
    );
}

#[test]
fn filters_choose_what_changes() {
    let work = json!({ "value": "a", "type": "work", "display": "A" });
    let home = json!({ "value": "b", "type": "home" });
    let old = json!([work, home]);
    let changed = |work: Value| json!([work, home]);
    for op in ["add", "replace"] {
        check_emails(
            old.clone(),
            json!({ "op": op, "path": "emails[type eq \"work\"].value", "value": "z" }),
            changed(json!({ "value": "z", "type": "work", "display": "A" })),
        );
        check_emails(
            old.clone(),
            json!({ "op": op, "path": "emails[type eq \"work\"].display", "value": null }),
            changed(json!({ "value": "a", "type": "work" })),
        );
        check_emails(
            old.clone(),
            json!({ "op": op, "path": "emails.display", "value": "all" }),
            json!([{ "value": "a", "type": "work", "display": "all" }, { "value": "b", "type": "home", "display": "all" }]),
        );
        check_emails(
            old.clone(),
            json!({ "op": op, "value": { "emails[type eq \"work\"].value": "z" } }),
            changed(json!({ "value": "z", "type": "work", "display": "A" })),
        );
    }
    check_emails(
        old.clone(),
        json!({ "op": "add", "path": "emails[type eq \"work\"]", "value": { "value": "z", "display": null } }),
        changed(json!({ "value": "z", "type": "work" })),
    );
    check_emails(
        old.clone(),
        json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": { "value": "z" } }),
        changed(json!({ "value": "z" })),
    );
    check_emails(
        old.clone(),
        json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": null }),
        json!([home]),
    );
    check_emails(
        old,
        json!({ "op": "replace", "path": "emails[value pr]", "value": { "value": "z" } }),
        json!([{ "value": "z" }]),
    );
}

#[test]
fn add_creates_what_the_filter_describes() {
    let home = json!({ "value": "b", "type": "home" });
    let add = |path: &str, value: Value| json!({ "op": "add", "path": path, "value": value });
    check_emails(
        json!([home]),
        add("emails[type eq \"work\"].value", json!("a")),
        json!([home, { "value": "a", "type": "work" }]),
    );
    check_emails(
        json!([]),
        add("emails[TYPE eq \"work\" and primary eq true].value", json!("a")),
        json!([{ "value": "a", "type": "work", "primary": true }]),
    );
    check_emails(
        json!([home]),
        add("emails[type eq \"work\"]", json!({ "value": "a", "display": "A" })),
        json!([home, { "value": "a", "display": "A", "type": "work" }]),
    );
    check_emails(
        json!([home]),
        add("emails[type eq \"work\"].value", json!(null)),
        json!([home]),
    );
    check_emails(
        json!([home]),
        add("emails[type eq \"work\"]", json!(null)),
        json!([home]),
    );
}

#[test]
fn replace_creates_too_where_the_rules_say_so() {
    let kind = kind("User");
    let rules = Dialect::Entra.recognise(&Hints::default());
    let patch = super::Patch::parse(&json!({ "schemas": [crate::urn::PATCH_OP], "Operations": [
        { "op": "replace", "path": "addresses[type eq \"work\"].country", "value": "AT" },
        { "op": "replace", "path": "addresses[type eq \"work\"].locality", "value": "Graz" },
    ]}))
    .expect("the RFC's form");
    let current = super::document(kind, &json!({ "userName": "ann" }));
    let patched = patch.apply(kind, &current, &rules).expect("it is added");
    assert_eq!(
        patched.resource.get("addresses"),
        Some(&json!([{ "locality": "Graz", "country": "AT", "type": "work" }]))
    );
    assert!(patch.apply(kind, &current, &super::Rules::default()).is_err());
}

#[test]
fn the_newest_primary_wins() {
    let a = json!({ "value": "a", "primary": true });
    let b = json!({ "value": "b" });
    let after = json!([{ "value": "a", "primary": false }, { "value": "b", "primary": true }]);
    let add = |value: Value| json!({ "op": "add", "path": "emails", "value": value });
    check_emails(json!([a]), add(json!({ "value": "b", "primary": true })), after.clone());
    check_emails(
        json!([a, b]),
        add(json!([{ "value": "b", "primary": true }])),
        after.clone(),
    );
    for op in ["add", "replace"] {
        check_emails(
            json!([a, b]),
            json!({ "op": op, "path": "emails[value eq \"b\"].primary", "value": true }),
            after.clone(),
        );
        check_emails(
            json!([a, b]),
            json!({ "op": op, "path": "emails[value eq \"b\"]", "value": { "value": "b", "primary": true } }),
            after.clone(),
        );
    }
    check_emails(json!([a]), add(json!(a)), json!([a]));
    check_emails(json!([a]), add(json!(b)), json!([a, b]));
    check_emails(
        json!([a]),
        json!({ "op": "add", "path": "emails[type eq \"x\" and primary eq true].value", "value": "c" }),
        json!([{ "value": "a", "primary": false }, { "value": "c", "type": "x", "primary": true }]),
    );
    // Two values that become the same stay primary.
    check_emails(
        json!([{ "value": "a", "type": "home" }, { "value": "a", "type": "work" }]),
        json!({ "op": "replace", "path": "emails[type eq \"home\"]", "value": { "value": "a", "type": "work", "primary": true } }),
        json!([{ "value": "a", "type": "work", "primary": true }]),
    );
}

#[test]
fn simple_values() {
    let kind = kind("Device");
    let tagged = |tags: Value| {
        let mut device = json!({ "serial": "s", "keys": [{ "value": "k" }] });
        if tags != json!([]) {
            device["tags"] = tags;
        }
        device
    };
    let check = |before: Value, operation: Value, after: Value| {
        check(kind, &tagged(before), &json!([operation]), &tagged(after));
    };
    check(
        json!(["a"]),
        json!({ "op": "add", "path": "tags", "value": ["b", "A"] }),
        json!(["a", "b"]),
    );
    check(
        json!(["a"]),
        json!({ "op": "add", "path": "tags", "value": "b" }),
        json!(["a", "b"]),
    );
    check(
        json!(["a"]),
        json!({ "op": "replace", "path": "tags", "value": "b" }),
        json!(["b"]),
    );
    check(
        json!(["a", "b"]),
        json!({ "op": "remove", "path": "tags", "value": ["B"] }),
        json!(["a"]),
    );
    check(
        json!(["a", "b"]),
        json!({ "op": "remove", "path": "tags[value eq \"b\"]" }),
        json!(["a"]),
    );
    check(json!(["a"]), json!({ "op": "remove", "path": "tags" }), json!([]));
    check(
        json!(["a", "b"]),
        json!({ "op": "replace", "path": "tags[value eq \"b\"]", "value": "c" }),
        json!(["a", "c"]),
    );
}

#[test]
fn attributes_keep_their_case_rules() {
    let kind = kind("Device");
    let keys = |keys: Value| json!({ "serial": "s", "keys": keys });
    check(
        kind,
        &keys(json!([{ "value": "k" }])),
        &json!([{ "op": "add", "path": "keys", "value": { "value": "K", "state": "ignored" } }]),
        &keys(json!([{ "value": "k" }, { "value": "K" }])),
    );
}
