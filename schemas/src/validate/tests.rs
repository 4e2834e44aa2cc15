//! Tables of bodies and what becomes of them.
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Row, Valid, create, replace};
use crate::ScimType::{self, InvalidSyntax, InvalidValue, Mutability};
use crate::dialect::{Dialect, Hints, Rules};
use crate::resource_type::ResourceType;
use crate::urn::{ENTERPRISE_USER, GROUP, USER};
use crate::{Catalogue, Error};

const DEVICE: &str = "urn:example:schemas:Device";
const WARRANTY: &str = "urn:example:schemas:Warranty";

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let device = json!({ "id": DEVICE, "name": "Device", "attributes": [
        { "name": "serial", "required": true, "mutability": "immutable" },
        { "name": "secret", "required": true, "mutability": "writeOnly", "returned": "never" },
        { "name": "site", "type": "complex", "subAttributes": [
            { "name": "name", "required": true },
            { "name": "code", "mutability": "immutable" },
        ]},
        { "name": "keys", "type": "complex", "multiValued": true, "subAttributes": [
            { "name": "value", "required": true, "caseExact": true }, { "name": "state", "mutability": "readOnly" },
        ]},
        { "name": "ports", "type": "integer", "multiValued": true },
        { "name": "owners", "type": "complex", "multiValued": true, "required": true,
            "subAttributes": [{ "name": "value" }] },
    ]});
    let warranty = json!({ "id": WARRANTY, "name": "Warranty", "attributes": [
        { "name": "until", "required": true }, { "name": "number", "mutability": "immutable" },
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

fn strict() -> Rules {
    Dialect::Strict.recognise(&Hints::default())
}

/// Compares bytes, so that order counts.
fn check(valid: Result<Valid, Error>, expected: &Value) {
    let valid = valid.unwrap_or_else(|error| panic!("{error} instead of {expected}"));
    assert_eq!(Value::Object(valid.resource).to_string(), expected.to_string());
}

fn check_error(valid: Result<Valid, Error>, scim_type: ScimType, detail: &str) {
    let error = valid.expect_err(detail);
    assert_eq!(
        (error.status, error.scim_type, error.detail.as_str()),
        (400, Some(scim_type), detail)
    );
}

fn user(mut attributes: Value) -> Value {
    attributes["schemas"] = json!([USER]);
    if attributes.get("userName").is_none() {
        attributes["userName"] = "ann".into();
    }
    attributes
}

fn created(attributes: Value) -> Result<Valid, Error> {
    create(kind("User"), &user(attributes), &Rules::default())
}

#[test]
fn documents_are_canonical() {
    let body = json!({
        "DISPLAYNAME": "Ann", "active": true, "title": null, "roles": [], "photos": [{}, null], "bogus": { "x": [1] },
        (ENTERPRISE_USER.to_uppercase()): { "Department": "D", "employeenumber": "7", "costCenter": null, "bogus": 1 },
        "Emails": [{ "TYPE": "work", "value": "a", "bogus": 1, "primary": true }, { "value": "b", "display": null }],
        "name": { "givenName": "A", "formatted": "F", "middleName": null }, "addresses": [{ "locality": null }],
        "id": 5, "meta": "mine", "groups": [{ "value": "g" }], "password": "secret", "externalId": "X",
        "schemas": ["urn:unknown", USER.to_lowercase(), ENTERPRISE_USER], "userName": "ann",
    });
    let expected = json!({
        "schemas": [USER, ENTERPRISE_USER], "externalId": "X", "userName": "ann",
        "name": { "formatted": "F", "givenName": "A" }, "displayName": "Ann", "active": true,
        "emails": [{ "value": "a", "type": "work", "primary": true }, { "value": "b" }],
        ENTERPRISE_USER: { "employeeNumber": "7", "department": "D" },
    });
    check(create(kind("User"), &body, &Rules::default()), &expected);
    check(create(kind("User"), &expected, &strict()), &expected);
}

#[test]
fn containers() {
    let expected = json!({ "schemas": [USER], "userName": "ann", "title": "T" });
    check(created(json!({ "title": "T", ENTERPRISE_USER: {} })), &expected);
    check(created(json!({ "title": "T", ENTERPRISE_USER: null })), &expected);
    check(created(json!({ USER: { "Title": "T" } })), &expected);
    check(created(json!({ USER: { "userName": null, "title": "T" } })), &expected);
    // The extension need not be listed, and what is listed need not be there.
    let body = json!({ "schemas": [USER, ENTERPRISE_USER], "userName": "ann", "title": "T" });
    check(create(kind("User"), &body, &Rules::default()), &expected);
    check(created(json!({ "title": "T", "employeeNumber": "7" })), &expected);
}

#[test]
fn values_are_there_once() {
    let emails = |emails: Value, expected: Value| {
        let valid = created(json!({ "emails": emails })).expect("valid");
        assert_eq!(valid.resource.get("emails"), Some(&expected));
    };
    let a = json!({ "value": "a", "type": "work" });
    emails(json!([a, a]), json!([a]));
    emails(
        json!([a, { "value": "A", "type": "WORK", "primary": true }]),
        json!([{ "value": "A", "type": "WORK", "primary": true }]),
    );
    emails(
        json!([{ "value": "a", "primary": true }, { "value": "a", "primary": true }]),
        json!([{ "value": "a", "primary": true }]),
    );
    let different = json!([a, { "value": "a", "type": "home" }, { "value": "a" }]);
    emails(different.clone(), different);
    let body = json!({ "addresses": [{ "locality": "X" }, { "locality": "X" }, { "locality": "x" }] });
    let valid = created(body).expect("valid");
    assert_eq!(
        valid.resource.get("addresses"),
        Some(&json!([{ "locality": "X" }, { "locality": "x" }]))
    );
}

#[test]
fn faults_in_attributes_are_named() {
    let case = |attributes: Value, detail: &str| check_error(created(attributes), InvalidValue, detail);
    case(json!({ "active": "true" }), "active: must be true or false");
    case(json!({ "title": ["x"] }), "title: must be a string");
    case(json!({ "title": "a\0" }), "title: must not hold the character NUL");
    case(json!({ "title": "x".repeat(65_537) }), "title: is longer than 64 KiB");
    case(json!({ "profileUrl": "a b" }), "profileUrl: must be a URI");
    case(json!({ "name": "x" }), "name: must be an object");
    case(
        json!({ "name": { "givenName": 1 } }),
        "name.givenName: must be a string",
    );
    case(json!({ "emails": { "value": "a" } }), "emails: must be an array");
    case(json!({ "emails": ["a"] }), "emails: must be an object");
    case(
        json!({ "emails": [{ "primary": "True" }] }),
        "emails.primary: must be true or false",
    );
    case(
        json!({ "x509Certificates": [{ "value": "?" }] }),
        "x509Certificates.value: must be base64",
    );
    case(json!({ "password": 1 }), "password: must be a string");
    case(json!({ "userName": null }), "userName: is required");
    let two = json!([{ "value": "a", "primary": true }, { "value": "b", "primary": true }]);
    case(json!({ "emails": two }), "emails: only one value can be primary");
    let many: Vec<_> = (0..1_001)
        .map(|number| json!({ "value": number.to_string() }))
        .collect();
    case(json!({ "emails": many }), "emails: has more than 1000 values");
    let urn = ENTERPRISE_USER;
    case(json!({ urn: 1 }), &format!("{urn}: must be an object"));
    case(
        json!({ urn: { "department": 1 } }),
        &format!("{urn}:department: must be a string"),
    );
    case(
        json!({ urn: { "manager": { "value": 1 } } }),
        &format!("{urn}:manager.value: must be a string"),
    );
}

#[test]
fn faults_in_the_form_are_named() {
    let case = |body: Value, detail: &str| {
        check_error(create(kind("User"), &body, &Rules::default()), InvalidSyntax, detail);
    };
    let schemas = "schemas: must be an array that holds urn:ietf:params:scim:schemas:core:2.0:User";
    case(json!("x"), "the body must be a JSON object");
    case(json!({ "userName": "ann" }), schemas);
    for listed in [
        json!(null),
        json!([]),
        json!(USER),
        json!([ENTERPRISE_USER]),
        json!([USER, 1]),
    ] {
        case(json!({ "schemas": listed, "userName": "ann" }), schemas);
    }
    case(user(json!({ "USERNAME": "bob" })), "userName: is given twice");
    case(user(json!({ "Schemas": [USER] })), "schemas: is given twice");
    case(user(json!({ USER: { "userName": "bob" } })), "userName: is given twice");
    case(
        user(json!({ "name": { "givenName": "a", "GIVENNAME": "b" } })),
        "name.givenName: is given twice",
    );
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    case(
        user(json!({ "bogus": deep })),
        "the body is nested deeper than 32 levels",
    );
}

#[test]
fn unknown_attributes_are_refused_where_the_rules_say_so() {
    for (attributes, name) in [
        (json!({ "bogus": 1 }), "bogus".to_owned()),
        (json!({ "name": { "bogus": 1 } }), "name.bogus".to_owned()),
        (json!({ "emails": [{ "bogus": 1 }] }), "emails.bogus".to_owned()),
        (
            json!({ ENTERPRISE_USER: { "bogus": 1 } }),
            format!("{ENTERPRISE_USER}:bogus"),
        ),
        (json!({ "urn:bogus": {} }), "urn:bogus".to_owned()),
    ] {
        let body = user(attributes);
        let detail = format!("{name}: there is no such attribute");
        check_error(create(kind("User"), &body, &strict()), InvalidSyntax, &detail);
        check(
            create(kind("User"), &body, &Rules::default()),
            &json!({ "schemas": [USER], "userName": "ann" }),
        );
    }
}

#[test]
fn memberships_leave_the_document() {
    let group = |members: Value| {
        let body = json!({ "schemas": [GROUP], "displayName": "G", "members": members });
        create(kind("Group"), &body, &Rules::default())
    };
    let members = json!([
        { "value": "1", "display": "One", "$ref": "../Users/1", "bogus": 1 },
        { "Value": "2", "type": "Group", "display": null },
        { "value": "1", "type": "Group" },
    ]);
    let valid = group(members).expect("valid");
    let row = |value: &str, display: Option<&str>, kind: Option<&str>| Row {
        value: value.to_owned(),
        display: display.map(str::to_owned),
        kind: kind.map(str::to_owned),
    };
    assert_eq!(valid.rows, [row("1", Some("One"), None), row("2", None, Some("Group"))]);
    check(Ok(valid), &json!({ "schemas": [GROUP], "displayName": "G" }));
    for members in [json!(null), json!([])] {
        assert_eq!(group(members).map(|valid| valid.rows), Ok(Vec::new()));
    }
    check_error(
        group(json!({ "value": "1" })),
        InvalidValue,
        "members: must be an array",
    );
    check_error(group(json!(["1"])), InvalidValue, "members: must be an object");
    check_error(
        group(json!([{ "display": "x" }])),
        InvalidValue,
        "members.value: is required",
    );
    check_error(
        group(json!([{ "value": "" }])),
        InvalidValue,
        "members.value: is required",
    );
    check_error(
        group(json!([{ "value": "1", "type": 1 }])),
        InvalidValue,
        "members.type: must be a string",
    );
}

fn device(changes: &[(&str, Value)]) -> Value {
    let mut device = json!({
        "schemas": [DEVICE], "serial": "s", "secret": "x", "owners": [{ "value": "1" }],
        WARRANTY: { "until": "u" },
    });
    for (name, value) in changes {
        device[*name] = value.clone();
    }
    device
}

#[test]
fn what_is_required_must_be_there() {
    let case = |changes: &[(&str, Value)], detail: &str| {
        let body = device(changes);
        check_error(create(kind("Device"), &body, &Rules::default()), InvalidValue, detail);
    };
    let whole = json!({ "schemas": [DEVICE, WARRANTY], "serial": "s", WARRANTY: { "until": "u" } });
    check(create(kind("Device"), &device(&[]), &Rules::default()), &whole);
    case(&[("serial", json!(null))], "serial: is required");
    case(&[("serial", json!(""))], "serial: is required");
    case(&[("secret", json!(null))], "secret: is required");
    case(&[("owners", json!([]))], "owners: is required");
    case(&[("site", json!({ "code": "c" }))], "site.name: is required");
    case(
        &[("keys", json!([{ "value": "k" }, { "value": "" }]))],
        "keys.value: is required",
    );
    case(&[(WARRANTY, json!(null))], "urn:example:schemas:Warranty: is required");
    case(
        &[(WARRANTY, json!({ "number": "n" }))],
        "urn:example:schemas:Warranty:until: is required",
    );
}

#[test]
fn put_clears_what_it_leaves_out() {
    let current = created(json!({ "title": "T", ENTERPRISE_USER: { "department": "D" } })).expect("valid");
    let put = |attributes: Value| replace(kind("User"), &current.resource, &user(attributes), &Rules::default());
    check(put(json!({})), &json!({ "schemas": [USER], "userName": "ann" }));
    check(
        put(json!({ "title": "U", "id": "other" })),
        &json!({ "schemas": [USER], "userName": "ann", "title": "U" }),
    );
    check_error(put(json!({ "userName": null })), InvalidValue, "userName: is required");
}

#[test]
fn put_keeps_what_is_immutable() {
    let site = |site: Value| ("site", site);
    let warranty = |warranty: Value| (WARRANTY, warranty);
    let first = device(&[
        site(json!({ "name": "N", "code": "c" })),
        warranty(json!({ "until": "u", "number": "n" })),
    ]);
    let current = create(kind("Device"), &first, &Rules::default())
        .expect("valid")
        .resource;
    let put = |changes: &[(&str, Value)]| replace(kind("Device"), &current, &device(changes), &Rules::default());
    let whole = |site: Value| {
        let mut whole = json!({ "schemas": [DEVICE, WARRANTY], "serial": "s" });
        if !site.is_null() {
            whole["site"] = site;
        }
        whole[WARRANTY] = json!({ "until": "u", "number": "n" });
        whole
    };
    check(put(&[]), &whole(json!(null)));
    check(put(&[("serial", json!(null))]), &whole(json!(null)));
    check(
        put(&[site(json!({ "name": "M" }))]),
        &whole(json!({ "name": "M", "code": "c" })),
    );
    check(
        put(&[site(json!({ "name": "M", "code": "c" }))]),
        &whole(json!({ "name": "M", "code": "c" })),
    );
    let set = |path: &str| format!("{path}: cannot be changed once it is set");
    check_error(put(&[("serial", json!("t"))]), Mutability, &set("serial"));
    check_error(
        put(&[site(json!({ "name": "M", "code": "d" }))]),
        Mutability,
        &set("site.code"),
    );
    let number = set("urn:example:schemas:Warranty:number");
    check_error(
        put(&[warranty(json!({ "until": "u", "number": "m" }))]),
        Mutability,
        &number,
    );
}

/// What is taken and forgotten is asked for wherever it stands, once its container is there.
#[test]
fn required_secrets_are_asked_for_everywhere() {
    let secret = json!({ "name": "secret", "required": true, "mutability": "writeOnly", "returned": "never" });
    let lock = json!({ "id": "urn:example:Lock", "name": "Lock", "attributes": [
        { "name": "code", "type": "complex", "subAttributes": [{ "name": "label" }, secret] },
        { "name": "keys", "type": "complex", "multiValued": true, "subAttributes": [{ "name": "value" }, secret] },
    ]});
    let alarm = json!({ "id": "urn:example:Alarm", "name": "Alarm", "attributes": [{ "name": "zone" }, secret] });
    let kind = json!({ "name": "Lock", "endpoint": "/Locks", "schema": "urn:example:Lock",
        "schemaExtensions": [{ "schema": "urn:example:Alarm", "required": false }] });
    let catalogue = Catalogue::builtin()
        .with(&[lock, alarm], &[kind])
        .expect("the definitions have no fault");
    let kind = catalogue.by_name("Lock").expect("it is served");
    let check = |more: Value, missing: Option<&str>| {
        let mut body = json!({ "schemas": ["urn:example:Lock"] });
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            body[name] = value;
        }
        let read = create(kind, &body, &strict()).map(drop).map_err(|error| error.detail);
        let expected = missing.map_or(Ok(()), |path| Err(format!("{path}: is required")));
        assert_eq!(read, expected, "{body}");
    };
    check(json!({}), None);
    check(json!({ "code": {}, "keys": [{}], "urn:example:Alarm": {} }), None);
    check(json!({ "code": { "label": "l", "SECRET": "s" } }), None);
    check(json!({ "code": { "label": "l" } }), Some("code.secret"));
    check(json!({ "code": { "label": "l", "secret": null } }), Some("code.secret"));
    check(json!({ "keys": [{ "value": "v" }] }), Some("keys.secret"));
    check(json!({ "urn:example:Alarm": { "zone": "z", "secret": "s" } }), None);
    check(
        json!({ "urn:example:Alarm": { "zone": "z" } }),
        Some("urn:example:Alarm:secret"),
    );
}
