use serde_json::json;

use super::*;
use crate::path::AttributePath;
use crate::schema::{Mutability, Returned, Uniqueness};
use crate::urn;

fn thing() -> Value {
    json!({ "name": "Thing", "endpoint": "/Things", "schema": "urn:example:2.0:Thing" })
}

fn schema(attributes: Value) -> Value {
    json!({ "id": "urn:example:2.0:Thing", "name": "Thing", "attributes": attributes })
}

#[test]
fn builtin_serves_users_and_groups() {
    let catalogue = Catalogue::builtin();
    let user = catalogue.by_endpoint("users").expect("Users is served");
    assert_eq!(user.name, "User");
    assert_eq!(user.extensions.len(), 1);
    assert_eq!(user.rows(), None);
    let group = catalogue.by_name("group").expect("Group is served");
    assert_eq!(group.rows().map(|attribute| attribute.name.as_str()), Some("members"));
    let ids: Vec<_> = catalogue.schemas().iter().map(|schema| schema.id.as_str()).collect();
    let expected = [
        urn::USER,
        urn::GROUP,
        urn::ENTERPRISE_USER,
        urn::SERVICE_PROVIDER_CONFIG,
        urn::RESOURCE_TYPE,
        urn::SCHEMA,
    ];
    assert_eq!(ids, expected);
}

/// The characteristics that later code leans on (RFC 7643 sections 3.1 and 8.7.1, with errata).
#[test]
fn builtin_characteristics() {
    let catalogue = Catalogue::builtin();
    let check = |name: &str, path: &str, expected: &str| {
        let kind = catalogue.by_name(name).expect("it is built in");
        let path = AttributePath::parse(path).expect("a path");
        let found = kind.resolve(&path).expect("it is in the schema");
        let leaf = found.leaf();
        let flag = |set: bool, word: &'static str| if set { word } else { "" };
        let words = [
            leaf.kind.as_str(),
            flag(leaf.multi_valued, "many"),
            flag(leaf.required, "required"),
            flag(leaf.case_exact, "exact"),
            flag(leaf.mutability == Mutability::ReadOnly, "readOnly"),
            flag(leaf.mutability == Mutability::Immutable, "immutable"),
            flag(leaf.mutability == Mutability::WriteOnly, "writeOnly"),
            flag(leaf.returned == Returned::Always, "always"),
            flag(leaf.returned == Returned::Never, "never"),
            flag(leaf.uniqueness == Uniqueness::Server, "unique"),
        ];
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        assert_eq!(words.join(" "), expected, "{path}");
    };
    check("User", "id", "string exact readOnly always unique");
    check("User", "externalId", "string exact");
    check("User", "schemas", "reference many required exact always");
    check("User", "meta", "complex readOnly");
    check("User", "meta.lastModified", "dateTime readOnly");
    check("User", "meta.version", "string exact readOnly");
    check("User", "userName", "string required unique");
    check("User", "password", "string writeOnly never");
    check("User", "active", "boolean");
    check("User", "emails", "complex many");
    check("User", "emails.type", "string");
    check("User", "emails.primary", "boolean");
    check("User", "photos.value", "reference");
    check("User", "x509Certificates.value", "binary exact");
    check("User", "groups", "complex many readOnly");
    check("User", "groups.value", "string readOnly");
    check(
        "User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
        "string readOnly",
    );
    check("Group", "displayName", "string required");
    check("Group", "members", "complex many");
    check("Group", "members.value", "string immutable");
    check("Group", "members.$ref", "reference immutable");
    check("Group", "members.type", "string immutable");
    check("Group", "members.display", "string immutable");
}

#[test]
fn discovery_forms() {
    let catalogue = Catalogue::builtin();
    let user = catalogue.by_name("User").expect("it is built in");
    let expected = json!({
        "schemas": [urn::RESOURCE_TYPE],
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "description": "User account",
        "schema": urn::USER,
        "schemaExtensions": [{ "schema": urn::ENTERPRISE_USER, "required": false }],
    });
    assert_eq!(user.to_json(), expected);
    let group = catalogue.schema(urn::GROUP).expect("it is built in").to_json();
    assert_eq!(
        (&group["schemas"], &group["id"], &group["name"]),
        (&json!([urn::SCHEMA]), &json!(urn::GROUP), &json!("Group"))
    );
    let display_name = json!({
        "name": "displayName", "type": "string", "multiValued": false, "description": "Name of the group", "required": true,
        "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none",
    });
    assert_eq!(group["attributes"][0], display_name);
    let reference = json!({
        "name": "$ref", "type": "reference", "multiValued": false, "description": "The member's URI", "required": false,
        "caseExact": false, "mutability": "immutable", "returned": "default", "uniqueness": "none",
        "referenceTypes": ["User", "Group"],
    });
    assert_eq!(group["attributes"][1]["subAttributes"][1], reference);
}

/// What discovery shows can be read again, and means the same.
#[test]
fn discovery_forms_can_be_read() {
    let mut catalogue = Catalogue::builtin();
    let (schemas, types) = (
        std::mem::take(&mut catalogue.schemas),
        std::mem::take(&mut catalogue.types),
    );
    let definitions: Vec<_> = schemas.iter().map(|schema| schema.to_json()).collect();
    let mut kinds: Vec<_> = types.iter().map(|kind| kind.to_json()).collect();
    kinds[1]["rows"] = json!("members");
    let again = catalogue.with(&definitions, &kinds).expect("they have no fault");
    assert_eq!(again.schemas, schemas);
    assert_eq!(again.types, types);
}

#[test]
fn any_shape_loads() {
    let schema = schema(json!([
        { "name": "id", "caseExact": false },
        { "name": "a-b_c$1" },
        { "name": "number", "type": "decimal" },
        { "name": "count", "type": "integer", "required": true },
        { "name": "when", "type": "dateTime" },
        { "name": "blob", "type": "binary" },
        { "name": "link", "type": "reference", "referenceTypes": ["User", "external", "uri"] },
        { "name": "flag", "type": "boolean" },
        { "name": "tags", "multiValued": true, "canonicalValues": ["x"] },
        { "name": "parts", "type": "complex", "multiValued": true, "subAttributes": [
            { "name": "value", "returned": "request", "uniqueness": "global" }, { "name": "$ref", "type": "reference" },
        ] },
    ]));
    let extension = json!({ "id": "urn:example:ext:Extra", "name": "Extra", "attributes": [{ "name": "first", "required": true }] });
    let mut kind = thing();
    kind["schemaExtensions"] = json!([{ "schema": "urn:example:ext:Extra", "required": true }]);
    kind["rows"] = json!("parts");
    let catalogue = Catalogue::builtin()
        .with(&[schema, extension], &[kind])
        .expect("it has no fault");
    let thing = catalogue.by_endpoint("things").expect("it was added");
    assert_eq!((thing.id.as_str(), thing.endpoint.as_str()), ("Thing", "Things"));
    assert_eq!(thing.rows().map(|attribute| attribute.name.as_str()), Some("parts"));
    assert!(thing.extensions[0].required);
    let check = |path: &str, expected: Option<(&str, bool)>| {
        let path = AttributePath::parse(path).expect("a path");
        let found = thing.resolve(&path);
        let found = found.map(|found| (found.leaf().name.as_str(), found.extension.is_some()));
        assert_eq!(found, expected, "{path}");
    };
    check("A-B_C$1", Some(("a-b_c$1", false)));
    check("urn:example:2.0:thing:PARTS.value", Some(("value", false)));
    check("urn:example:ext:Extra:first", Some(("first", true)));
    check("first", None);
    check("urn:example:ext:Extra", None);
    check("urn:example:ext:Extra:id", None);
    check("urn:example:2.0:Thing:id", Some(("id", false)));
    check("urn:other:x:first", None);
    let id = thing.attribute("id").expect("it is common");
    assert!(
        id.case_exact,
        "a schema does not change what RFC 7643 section 3.1 says of id"
    );
    let whole = AttributePath::parse("URN:example:ext:Extra").expect("a path");
    assert_eq!(thing.extension(&whole), thing.extensions.first());
}

/// URNs come with and without a version, at the end or before the name.
#[test]
fn urns_of_any_shape() {
    for urn in [
        "urn:example:2.0",
        "urn:example:Thing",
        "urn:example:2.0:Thing",
        "urn:example:a.b",
    ] {
        let schema = json!({ "id": urn, "name": "T", "attributes": [
            { "name": "name", "type": "complex", "multiValued": true, "subAttributes": [{ "name": "first" }] },
        ] });
        let kind = json!({
            "name": "Thing", "endpoint": "/Things", "schema": urn::GROUP,
            "schemaExtensions": [{ "schema": urn }],
        });
        let catalogue = Catalogue::builtin().with(&[schema], &[kind]).expect("it has no fault");
        let thing = catalogue.by_name("Thing").expect("it was added");
        for rest in ["name", "name.first", "name[first pr]", "name[first pr].first"] {
            let path = AttributePath::parse(&format!("{urn}:{rest}")).expect("a path");
            let found = thing.resolve(&path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!(
                found.leaf().name,
                if rest.ends_with("first") { "first" } else { "name" }
            );
            assert_eq!(thing.extension(&path), None);
        }
        let whole = AttributePath::parse(urn).expect("a path");
        assert!(thing.extension(&whole).is_some(), "{urn}");
        assert_eq!(thing.resolve(&whole), None, "{urn}");
    }
}

#[test]
fn a_type_of_the_same_name_takes_the_place() {
    let extension = json!({ "id": "urn:example:ext:User", "name": "Extra", "attributes": [{ "name": "badge" }] });
    let user = json!({
        "name": "User", "endpoint": "/Users", "schema": urn::USER,
        "schemaExtensions": [{ "schema": urn::ENTERPRISE_USER }, { "schema": "urn:example:ext:User" }],
    });
    let catalogue = Catalogue::builtin()
        .with(&[extension], &[user])
        .expect("it has no fault");
    let names: Vec<_> = catalogue.types().iter().map(|kind| kind.name.as_str()).collect();
    assert_eq!(names, ["User", "Group"]);
    assert_eq!(catalogue.by_name("User").map(|user| user.extensions.len()), Some(2));
}

const WRONG_NAME: &str = "the name must begin with a letter and go on with letters, digits, `$`, `-` and `_`";

fn check_schema(schema: Value, expected: &[&str]) {
    let faults = Catalogue::builtin()
        .with(std::slice::from_ref(&schema), &[])
        .expect_err("it has a fault");
    assert_eq!(faults, expected, "{schema}");
}

#[test]
fn faults_of_attributes() {
    let check = |attribute: Value, expected: &str| {
        let name = attribute["name"].as_str().filter(|name| !name.is_empty());
        let name = name.map(|name| format!(" `{name}`")).unwrap_or_default();
        let place = format!("urn:example:2.0:Thing: attribute 0{name}: {expected}");
        check_schema(schema(json!([attribute])), &[&place]);
    };
    let rows = [
        (
            json!({ "name": "a", "type": "text" }),
            "`type` is `text`, not one of string, boolean, decimal, integer, dateTime, binary, reference, complex",
        ),
        (
            json!({ "name": "a", "mutability": "readonly" }),
            "`mutability` is `readonly`, not one of readOnly, readWrite, immutable, writeOnly",
        ),
        (
            json!({ "name": "a", "returned": "no" }),
            "`returned` is `no`, not one of always, never, default, request",
        ),
        (
            json!({ "name": "a", "uniqueness": "yes" }),
            "`uniqueness` is `yes`, not one of none, server, global",
        ),
        (
            json!({ "name": "a", "multivalued": true }),
            "unknown member `multivalued`",
        ),
        (
            json!({ "name": "a", "required": "true" }),
            "`required` must be true or false",
        ),
        (
            json!({ "name": "a", "canonicalValues": "x" }),
            "`canonicalValues` must be an array",
        ),
        (
            json!({ "name": "a", "canonicalValues": [1] }),
            "`canonicalValues` must hold strings only",
        ),
        (
            json!({ "name": "a", "description": 1 }),
            "`description` must be a string",
        ),
        (
            json!({ "name": "a", "type": "complex" }),
            "a complex attribute, and no other, has subAttributes",
        ),
        (
            json!({ "name": "a", "subAttributes": [{ "name": "b" }] }),
            "a complex attribute, and no other, has subAttributes",
        ),
    ];
    for (attribute, expected) in rows {
        check(attribute, expected);
    }
    for wrong in ["", "1a", "a b", "a.b", "a:b", "é", "$ref2", "-a"] {
        check(json!({ "name": wrong }), WRONG_NAME);
    }
}

#[test]
fn faults_of_schemas() {
    let check = check_schema;
    let nested = json!({ "name": "a", "type": "complex", "subAttributes": [
        { "name": "b", "type": "complex", "subAttributes": [{ "name": "c" }] },
    ] });
    check(
        schema(json!([nested])),
        &["urn:example:2.0:Thing: attribute 0 `a`: attribute 0 `b`: a sub-attribute cannot be complex"],
    );
    check(
        schema(json!([{ "name": "a" }, { "name": "A" }])),
        &["urn:example:2.0:Thing: attribute name `A` occurs twice"],
    );
    check(
        json!([]),
        &["schema 0: must be an object", "schema 0: id `` is not a URN"],
    );
    check(
        json!({ "id": urn::USER, "name": "User" }),
        &[&format!("{}: the schema is defined twice", urn::USER)],
    );
    for wrong in ["x", "urn:", "urn:a", "urn:a:", "urn:a b:c", "http://example.com/x"] {
        check(
            json!({ "id": wrong, "name": "T" }),
            &[&format!("schema 0: id `{wrong}` is not a URN")],
        );
    }
    // All at once.
    check(
        json!({ "id": 1, "attributes": [{ "type": "text" }, { "name": "a", "type": 1 }] }),
        &[
            "schema 0: `id` must be a string",
            "schema 0: `name` is missing",
            "schema 0: id `` is not a URN",
            "schema 0: attribute 0: `name` is missing",
            &format!("schema 0: attribute 0: {WRONG_NAME}"),
            "schema 0: attribute 0: `type` is `text`, not one of string, boolean, decimal, integer, dateTime, binary, reference, complex",
            "schema 0: attribute 1 `a`: `type` must be a string",
        ],
    );
}

#[test]
fn faults_of_types() {
    let schemas = [schema(
        json!([{ "name": "a" }, { "name": "list", "multiValued": true }, { "name": "roles", "type": "complex",
            "multiValued": true, "subAttributes": [{ "name": "value" }, { "name": "role" }] }]),
    )];
    let check = |types: &[Value], expected: &[&str]| {
        let faults = Catalogue::builtin().with(&schemas, types).expect_err("it has a fault");
        assert_eq!(faults, expected);
    };
    let with = |member: &str, value: Value| {
        let mut thing = thing();
        thing[member] = value;
        thing
    };
    check(
        &[with("schema", json!("urn:example:none"))],
        &["Thing: no schema has the URN `urn:example:none`"],
    );
    check(
        &[with("schemaExtensions", json!([{ "schema": "urn:example:none" }]))],
        &["Thing: no schema has the URN `urn:example:none`"],
    );
    check(
        &[with("schemaExtensions", json!([{ "schema": "URN:example:2.0:Thing" }]))],
        &["Thing: schema `URN:example:2.0:Thing` is named twice"],
    );
    check(
        &[with("endpoint", json!("/users"))],
        &["Thing: endpoint `users` is that of User"],
    );
    check(
        &[with("endpoint", json!("Bulk"))],
        &["Thing: endpoint `Bulk` belongs to the protocol"],
    );
    let endpoint = "is not one path segment of letters, digits, `-` and `_`";
    check(
        &[with("endpoint", json!("/a/b"))],
        &[&format!("resource type 0: endpoint `a/b` {endpoint}")],
    );
    check(
        &[with("name", json!("A Thing"))],
        &["resource type 0: name `A Thing` is not made of letters, digits, `-` and `_`"],
    );
    let rows = "is not a multi-valued complex attribute of the core schema with a `value` and nothing else but `$ref`, \
                `type` and `display`";
    for wrong in ["a", "list", "roles", "none"] {
        check(
            &[with("rows", json!(wrong))],
            &[&format!("Thing: rows `{wrong}` {rows}")],
        );
    }
    check(&[thing(), thing()], &["Thing: the resource type is defined twice"]);
    check(
        &[thing(), with("name", json!("Other"))],
        &["Other: endpoint `Things` is that of Thing"],
    );
    check(&[with("row", json!("a"))], &["resource type 0: unknown member `row`"]);
}
