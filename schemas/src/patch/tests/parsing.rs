use serde_json::{Value, json};

use super::super::{Op, Patch};
use crate::ScimType;
use crate::urn::PATCH_OP;

#[test]
fn names_and_operations_are_read_in_any_case() {
    let body = json!({ "SCHEMAS": [PATCH_OP.to_uppercase(), "urn:other"], "operations": [
        { "OP": "Add", "Path": "title", "VALUE": 1 },
        { "op": "REMOVE", "path": "title", "value": null },
        { "op": "replace", "path": null, "value": null },
    ]});
    let patch = Patch::parse(&body).expect("valid");
    let read: Vec<_> = patch
        .operations
        .iter()
        .map(|operation| {
            let path = operation.path.as_ref().map(ToString::to_string);
            (operation.op, path, operation.value.clone())
        })
        .collect();
    let title = Some("title".to_owned());
    assert_eq!(
        read,
        [
            (Op::Add, title.clone(), Some(json!(1))),
            (Op::Remove, title, Some(Value::Null)),
            (Op::Replace, None, Some(Value::Null)),
        ]
    );
}

#[test]
fn bodies_that_are_no_patch_are_refused() {
    let check = |body: Value, scim_type: Option<ScimType>, detail: &str| {
        let error = Patch::parse(&body).expect_err(&body.to_string());
        assert_eq!((error.scim_type, error.detail.as_str()), (scim_type, detail), "{body}");
    };
    let syntax = Some(ScimType::InvalidSyntax);
    check(json!([]), syntax, "the body must be a JSON object");
    let schemas = "schemas: must be an array that holds urn:ietf:params:scim:api:messages:2.0:PatchOp";
    let operation = json!({ "op": "add", "path": "title", "value": "x" });
    check(json!({ "Operations": [operation] }), syntax, schemas);
    check(
        json!({ "schemas": PATCH_OP, "Operations": [operation] }),
        syntax,
        schemas,
    );
    check(
        json!({ "schemas": ["urn:x"], "Operations": [operation] }),
        syntax,
        schemas,
    );
    check(
        json!({ "schemas": [PATCH_OP, 1], "Operations": [operation] }),
        syntax,
        schemas,
    );
    let list = "Operations: must be an array of one or more";
    check(json!({ "schemas": [PATCH_OP] }), syntax, list);
    check(json!({ "schemas": [PATCH_OP], "Operations": [] }), syntax, list);
    check(json!({ "schemas": [PATCH_OP], "Operations": operation }), syntax, list);
    check(
        json!({ "schemas": [PATCH_OP], "Operations": [operation], "operations": [operation] }),
        syntax,
        "Operations: is given twice",
    );
    check(
        json!({ "schemas": [PATCH_OP], "Operations": vec![operation.clone(); 10_001] }),
        None,
        "Operations: 10001 are more than the 10000 of one request",
    );
    let check = |second: Value, scim_type: ScimType, detail: &str| {
        let body = json!({ "schemas": [PATCH_OP], "Operations": [operation, second] });
        check(body, Some(scim_type), &format!("Operations[1]: {detail}"));
    };
    use ScimType::{InvalidPath, InvalidSyntax, InvalidValue, NoTarget};
    check(json!("x"), InvalidSyntax, "must be an object");
    for op in [
        json!({}),
        json!({ "op": "move" }),
        json!({ "op": 1 }),
        json!({ "op": "" }),
    ] {
        check(op, InvalidSyntax, "op: must be `add`, `remove` or `replace`");
    }
    check(json!({ "op": "add", "Op": "add" }), InvalidSyntax, "op: is given twice");
    check(json!({ "op": "remove" }), NoTarget, "remove: needs a path");
    check(
        json!({ "op": "remove", "path": null }),
        NoTarget,
        "remove: needs a path",
    );
    check(
        json!({ "op": "add", "path": "title" }),
        InvalidValue,
        "add: needs a value",
    );
    check(json!({ "op": "replace" }), InvalidValue, "replace: needs a value");
    check(
        json!({ "op": "add", "path": 1, "value": 1 }),
        InvalidPath,
        "path: must be a string",
    );
}

#[test]
fn malformed_paths_are_refused() {
    for path in [
        "",
        "emails[",
        "emails[0]",
        "emails[type eq]",
        ".title",
        "a b",
        "name.givenName.x",
    ] {
        let body = json!({ "schemas": [PATCH_OP], "Operations": [{ "op": "add", "path": path, "value": "x" }] });
        let error = Patch::parse(&body).expect_err(path);
        assert_eq!(
            (error.status, error.scim_type),
            (400, Some(ScimType::InvalidPath)),
            "{path}"
        );
    }
}
