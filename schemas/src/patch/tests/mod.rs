//! Tables of operations and their outcomes.
mod errors;
mod laws;
mod memberships;
mod multi_valued;
mod parsing;
mod single_valued;

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Patch, Patched};
use crate::dialect::Rules;
use crate::resource_type::ResourceType;
use crate::{Catalogue, Error, Object, urn};

/// A resource type that has what User and Group have not.
const DEVICE: &str = "urn:example:schemas:Device";
/// Its extension, which is required.
const WARRANTY: &str = "urn:example:schemas:Warranty";

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let device = json!({ "id": DEVICE, "name": "Device", "attributes": [
        { "name": "serial", "required": true, "mutability": "immutable", "caseExact": true },
        { "name": "size", "type": "decimal" },
        { "name": "ports", "type": "integer" },
        { "name": "bought", "type": "dateTime" },
        { "name": "tags", "multiValued": true },
        { "name": "pin", "mutability": "writeOnly", "returned": "never", "type": "integer" },
        { "name": "site", "type": "complex", "subAttributes": [
            { "name": "name", "required": true },
            { "name": "code", "mutability": "immutable" },
            { "name": "rooms", "multiValued": true },
        ]},
        { "name": "keys", "type": "complex", "multiValued": true, "required": true, "subAttributes": [
            { "name": "value", "required": true, "caseExact": true },
            { "name": "made", "mutability": "immutable" },
            { "name": "state", "mutability": "readOnly" },
            { "name": "primary", "type": "boolean" },
        ]},
        { "name": "owners", "type": "complex", "multiValued": true, "subAttributes": [{ "name": "value" }] },
    ]});
    let warranty = json!({ "id": WARRANTY, "name": "Warranty", "attributes": [
        { "name": "until", "required": true },
        { "name": "number", "mutability": "immutable" },
    ]});
    let kind = json!({ "name": "Device", "endpoint": "/Devices", "schema": DEVICE, "rows": "owners",
        "schemaExtensions": [{ "schema": WARRANTY, "required": true }] });
    Catalogue::builtin()
        .with(&[device, warranty], &[kind])
        .expect("the definitions have no fault")
});

fn kind(name: &str) -> &'static ResourceType {
    CATALOGUE.by_name(name).expect("it is served")
}

/// A document as the store has it: the given attributes and `schemas`.
fn document(kind: &ResourceType, attributes: &Value) -> Object {
    let members = attributes.as_object().expect("an object").clone();
    crate::validate::arrange(kind, members)
}

fn apply(kind: &ResourceType, current: &Value, operations: &Value) -> Result<Patched, Error> {
    let body = json!({ "schemas": [urn::PATCH_OP], "Operations": operations });
    let current = document(kind, current);
    let patched = Patch::parse(&body)?.apply(kind, &current, &Rules::default())?;
    assert_eq!(patched.changed, patched.resource != current, "{operations}");
    Ok(patched)
}

/// Applies the operations, and looks at the bytes of the result, so that order counts.
fn check(kind: &ResourceType, current: &Value, operations: &Value, expected: &Value) {
    let patched = apply(kind, current, operations).unwrap_or_else(|error| panic!("{operations}: {error}"));
    let expected = document(kind, expected);
    assert_eq!(
        Value::Object(patched.resource).to_string(),
        Value::Object(expected).to_string(),
        "{operations}"
    );
}

fn check_user(current: Value, operations: Value, expected: Value) {
    let with_name = |mut attributes: Value| {
        attributes["userName"] = "ann".into();
        attributes
    };
    check(kind("User"), &with_name(current), &operations, &with_name(expected));
}
