use serde_json::{Value, json};

use super::super::{Row, RowChange};
use super::{apply, kind};
use crate::filter::Filter;

fn row(value: &str) -> Row {
    Row {
        value: value.to_owned(),
        display: None,
        kind: None,
    }
}

fn check(operations: Value, expected: &[RowChange]) {
    let group = json!({ "displayName": "G" });
    let patched = apply(kind("Group"), &group, &operations).unwrap_or_else(|error| panic!("{operations}: {error}"));
    assert_eq!(patched.rows, expected, "{operations}");
    assert!(!patched.changed, "{operations}");
}

#[test]
fn operations_become_changes_of_rows() {
    let both = json!([{ "value": "1" }, { "value": "2" }]);
    let add = RowChange::Add(vec![row("1"), row("2")]);
    check(
        json!([{ "op": "add", "path": "members", "value": both }]),
        std::slice::from_ref(&add),
    );
    check(
        json!([{ "op": "add", "value": { "MEMBERS": both } }]),
        std::slice::from_ref(&add),
    );
    check(
        json!([{ "op": "add", "path": "members", "value": { "value": "1" } }]),
        &[RowChange::Add(vec![row("1")])],
    );
    check(
        json!([{ "op": "add", "path": "members", "value": [{ "value": "1" }, { "value": "1", "type": "Group" }] }]),
        &[RowChange::Add(vec![row("1")])],
    );
    let replace = RowChange::Replace(vec![row("1"), row("2")]);
    check(
        json!([{ "op": "replace", "path": "members", "value": both }]),
        std::slice::from_ref(&replace),
    );
    check(
        json!([{ "op": "replace", "value": { "members": both } }]),
        std::slice::from_ref(&replace),
    );
    check(
        json!([{ "op": "replace", "path": "members", "value": [] }]),
        &[RowChange::RemoveAll],
    );
    check(
        json!([{ "op": "replace", "path": "members", "value": null }]),
        &[RowChange::RemoveAll],
    );
    check(json!([{ "op": "remove", "path": "members" }]), &[RowChange::RemoveAll]);
    let remove = RowChange::Remove(vec!["1".to_owned(), "2".to_owned()]);
    check(json!([{ "op": "remove", "path": "members", "value": both }]), &[remove]);
    let remove = RowChange::Remove(vec!["1".to_owned()]);
    check(
        json!([{ "op": "remove", "path": "members[value eq \"1\"]" }]),
        std::slice::from_ref(&remove),
    );
    check(
        json!([{ "op": "remove", "path": "members[VALUE eq \"1\"]", "value": null }]),
        std::slice::from_ref(&remove),
    );
    check(
        json!([{ "op": "remove", "path": "members", "value": [{ "$ref": null, "value": "1" }] }]),
        &[remove],
    );
    let filter = Filter::parse("type eq \"User\" or value eq \"1\"").expect("a filter");
    check(
        json!([{ "op": "remove", "path": "members[type eq \"User\" or value eq \"1\"]" }]),
        &[RowChange::RemoveWhere(filter)],
    );
    for nothing in [
        json!({ "op": "add", "path": "members", "value": [] }),
        json!({ "op": "remove", "path": "members", "value": [] }),
        json!({ "op": "remove", "path": "members", "value": null }),
    ] {
        check(json!([nothing]), &[]);
    }
}

#[test]
fn changes_keep_their_order() {
    check(
        json!([
            { "op": "remove", "path": "members[value eq \"1\"]" },
            { "op": "add", "path": "members", "value": [{ "value": "2", "display": "Two", "type": "User", "$ref": "../Users/2" }] },
            { "op": "remove", "path": "members[value eq \"2\"]" },
        ]),
        &[
            RowChange::Remove(vec!["1".to_owned()]),
            RowChange::Add(vec![Row {
                value: "2".to_owned(),
                display: Some("Two".to_owned()),
                kind: Some("User".to_owned()),
            }]),
            RowChange::Remove(vec!["2".to_owned()]),
        ],
    );
}

#[test]
fn documents_and_rows_change_together() {
    let operations = json!([{ "op": "replace", "value": { "displayName": "H", "members": [{ "value": "1" }] } }]);
    let patched = apply(kind("Group"), &json!({ "displayName": "G" }), &operations).expect("valid");
    assert_eq!(patched.resource.get("displayName"), Some(&json!("H")));
    assert_eq!(patched.resource.get("members"), None);
    assert_eq!(patched.rows, [RowChange::Replace(vec![row("1")])]);
    assert!(patched.changed);
}

#[test]
fn any_type_may_have_rows() {
    let device = json!({ "serial": "s", "keys": [{ "value": "k" }] });
    let operations = json!([{ "op": "add", "path": "owners", "value": [{ "value": "1" }] }]);
    let patched = apply(kind("Device"), &device, &operations).expect("valid");
    assert_eq!(patched.rows, [RowChange::Add(vec![row("1")])]);
}
