//! Groups and their members.

use serde_json::{Value, json};

use super::super::desk::{group, patch, strict};

fn ann() -> Value {
    json!({ "value": "{ann}", "$ref": "http://scim.example/Users/{ann}", "display": "Ann Example", "type": "User" })
}

fn bob() -> Value {
    json!({ "value": "{bob}", "type": "User" })
}

#[test]
fn a_group_is_made_read_replaced_and_deleted() {
    let both = json!([{ "value": "{ann}" }, { "value": "{bob}" }]);
    let mut desk = strict();
    desk.check(&[
        (
            "ops = POST /Groups",
            group(json!({ "displayName": "Ops", "externalId": "O1", "members": both })),
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                "displayName": "Ops",
                "externalId": "O1",
                "members": [ann(), bob()],
                "meta": { "resourceType": "Group", "location": "http://scim.example/Groups/{ops}" },
            }),
        ),
        ("GET /Groups/{ops}", Value::Null, json!({ "members": [ann(), bob()] })),
        (
            "GET /Groups/{ops}?excludedAttributes=members",
            Value::Null,
            json!({ "displayName": "Ops", "members": null }),
        ),
        (
            "GET /Users/{ann}",
            Value::Null,
            json!({ "groups": [{ "value": "{ops}", "display": "Ops" }] }),
        ),
        (
            "PUT /Groups/{ops}",
            group(json!({ "displayName": "Operations", "members": [{ "value": "{bob}" }] })),
            json!({ "displayName": "Operations", "externalId": null, "members": [bob()] }),
        ),
        (
            "PUT /Groups/{ops}",
            group(json!({ "displayName": "Ops" })),
            json!({ "members": [] }),
        ),
        ("DELETE /Groups/{ops}", Value::Null, json!(204)),
        ("DELETE /Groups/{ops}", Value::Null, json!(404)),
        ("GET /Users/{ann}", Value::Null, json!({ "groups": null })),
    ]);
}

#[test]
fn members_come_and_go_by_patch() {
    let value = |name: &str| json!([{ "value": name }]);
    for (operations, after) in [
        (
            json!([{ "op": "add", "path": "members", "value": value("{bob}") }]),
            json!([ann(), bob()]),
        ),
        (
            json!([{ "op": "add", "path": "members", "value": { "value": "{bob}" } }]),
            json!([ann(), bob()]),
        ),
        (
            json!([{ "op": "add", "value": { "members": value("{bob}") } }]),
            json!([ann(), bob()]),
        ),
        (
            json!([{ "op": "add", "path": "members", "value": value("{ann}") }]),
            json!([ann()]),
        ),
        (
            json!([{ "op": "replace", "path": "members", "value": value("{bob}") }]),
            json!([bob()]),
        ),
        (json!([{ "op": "replace", "path": "members", "value": [] }]), json!([])),
        (json!([{ "op": "remove", "path": "members" }]), json!([])),
        (
            json!([{ "op": "remove", "path": "members[value eq \"{ann}\"]" }]),
            json!([]),
        ),
        (
            json!([{ "op": "remove", "path": "members[display sw \"Ann\"]" }]),
            json!([]),
        ),
        (
            json!([
                { "op": "remove", "path": "members" },
                { "op": "add", "path": "members", "value": value("{bob}") },
                { "op": "replace", "path": "displayName", "value": "New" },
            ]),
            json!([bob()]),
        ),
    ] {
        let mut desk = strict();
        desk.check(&[
            (
                "ops = POST /Groups",
                group(json!({ "displayName": "Ops", "members": value("{ann}") })),
                json!(201),
            ),
            ("PATCH /Groups/{ops}", patch(operations), json!({ "members": after })),
            ("GET /Groups/{ops}", Value::Null, json!({ "members": after })),
        ]);
    }
}

/// RFC 7644 sections 3.5.2 and 3.12: a filter without a match is refused, and nothing is done of the request.
#[test]
fn who_is_not_in_cannot_be_removed() {
    for stranger in ["members[value eq \"{bob}\"]", "members[display sw \"Bob\"]"] {
        let mut desk = strict();
        let ops = group(json!({ "displayName": "Ops", "members": [{ "value": "{ann}" }] }));
        let operations = json!([
            { "op": "remove", "path": "members[value eq \"{ann}\"]" },
            { "op": "remove", "path": stranger },
        ]);
        let refused = json!("400 noTarget members: the filter meets no member");
        desk.check(&[
            ("ops = POST /Groups", ops, json!(201)),
            ("PATCH /Groups/{ops}", patch(operations), refused),
            ("GET /Groups/{ops}", Value::Null, json!({ "members": [ann()] })),
        ]);
    }
}

/// RFC 7644 section 3.5.2.1: what changes nothing does not change when the group was modified.
#[test]
fn only_changes_make_a_group_younger() {
    for (operations, modified) in [
        (
            json!([{ "op": "add", "path": "members", "value": [{ "value": "{ann}" }] }]),
            "2027-01-15T08:00:00Z",
        ),
        (
            json!([{ "op": "add", "path": "members", "value": [{ "value": "{bob}" }] }]),
            "2027-01-15T08:00:09Z",
        ),
        (
            json!([{ "op": "replace", "path": "displayName", "value": "New" }]),
            "2027-01-15T08:00:09Z",
        ),
    ] {
        let mut desk = strict();
        let ops = group(json!({ "displayName": "Ops", "members": [{ "value": "{ann}" }] }));
        desk.check(&[("ops = POST /Groups", ops, json!(201))]);
        desk.pass(9);
        desk.check(&[(
            "PATCH /Groups/{ops}",
            patch(operations),
            json!({ "meta": { "lastModified": modified } }),
        )]);
    }
}

#[test]
fn what_a_group_cannot_be_is_refused() {
    let add = |value: Value| patch(json!([{ "op": "add", "path": "members", "value": value }]));
    let one = |operation: Value| patch(json!([operation]));
    for (line, body, expected) in [
        (
            "POST /Groups",
            group(json!({})),
            "400 invalidValue displayName is required",
        ),
        (
            "POST /Groups",
            group(json!({ "displayName": "G", "members": [{ "value": "none" }] })),
            "400 invalidValue There is no user none",
        ),
        (
            "POST /Groups",
            group(json!({ "displayName": "G", "members": [{ "display": "Ann" }] })),
            "400 invalidValue members.value is required",
        ),
        (
            "PUT /Groups/{ops}",
            group(json!({ "members": [] })),
            "400 invalidValue displayName is required",
        ),
        (
            "PATCH /Groups/{ops}",
            add(json!([{ "value": "none" }])),
            "400 invalidValue There is no user none",
        ),
        (
            "PATCH /Groups/{ops}",
            add(json!("{bob}")),
            "400 invalidValue members must be a list",
        ),
        (
            "PATCH /Groups/{ops}",
            one(json!({ "op": "remove", "path": "members", "value": [{ "value": "{ann}" }] })),
            "400 invalidSyntax A removal has no value",
        ),
        (
            "PATCH /Groups/{ops}",
            one(json!({ "op": "replace", "path": "members[value eq \"{ann}\"].display", "value": "A" })),
            "400 mutability A member cannot be changed",
        ),
        (
            "PATCH /Groups/{ops}",
            one(json!({ "op": "replace", "path": "members[value eq \"{ann}\"]", "value": { "value": "{bob}" } })),
            "400 mutability A member cannot be changed",
        ),
        (
            "PATCH /Groups/{ops}",
            one(json!({ "op": "remove", "path": "displayName" })),
            "400 mutability displayName cannot be removed",
        ),
    ] {
        strict().check(&[
            (
                "ops = POST /Groups",
                group(json!({ "displayName": "Ops", "members": [{ "value": "{ann}" }] })),
                json!(201),
            ),
            (line, body, json!(expected)),
            (
                "GET /Groups/{ops}",
                Value::Null,
                json!({ "displayName": "Ops", "members": [ann()] }),
            ),
            ("GET /Groups", Value::Null, json!({ "totalResults": 1 })),
        ]);
    }
}

#[test]
fn whoever_is_deleted_is_no_member_any_more() {
    let both = json!([{ "value": "{ann}" }, { "value": "{bob}" }]);
    strict().check(&[
        (
            "ops = POST /Groups",
            group(json!({ "displayName": "Ops", "members": both })),
            json!(201),
        ),
        ("DELETE /Users/{ann}", Value::Null, json!(204)),
        ("GET /Groups/{ops}", Value::Null, json!({ "members": [bob()] })),
    ]);
}

#[test]
fn groups_are_found_by_name_and_member() {
    let mut desk = strict();
    desk.seed(json!({ "groups": [
        { "displayName": "Ops", "members": ["ann@x.example"] },
        { "displayName": "Sales", "members": ["ann@x.example", "bob@x.example"] },
        { "displayName": "ops" },
    ]}));
    for (filter, found) in [
        ("displayName+eq+%22OPS%22", vec!["Ops", "ops"]),
        ("members.value+eq+%22{bob}%22", vec!["Sales"]),
        ("members[value+eq+%22{ann}%22]", vec!["Ops", "Sales"]),
        ("not+(members+pr)", vec!["ops"]),
    ] {
        assert_eq!(
            desk.listed(&format!("GET /Groups?filter={filter}"), "displayName"),
            found,
            "{filter}"
        );
    }
    let people = desk.listed("GET /Users?filter=groups.display+eq+%22sales%22", "userName");
    assert_eq!(people, ["ann@x.example", "bob@x.example"]);
}
