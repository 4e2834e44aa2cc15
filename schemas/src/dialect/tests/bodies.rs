use serde_json::{Value, json};

use super::{
    Catalogue, Core, Dialect, ENTERPRISE_USER, GROUP, Object, Other, PATCH_OP, Same, USER, body, patch, rules,
};

fn check(kind: &str, who: (Dialect, &str), sent: Value, expected: (Core, Value, &[&str])) {
    let catalogue = Catalogue::builtin();
    let kind = catalogue.by_name(kind).expect("it is served");
    let (dialect, who) = who;
    let (core, expected, rows) = expected;
    let (resource, members) =
        body(kind, &rules(dialect), sent.clone()).unwrap_or_else(|error| panic!("{who}: {error}"));
    let Value::Object(expected) = expected else {
        panic!("{who}: expects an object");
    };
    assert_eq!(resource, expected, "{who}");
    assert_eq!(members, rows, "{who}");
    let strict = body(kind, &rules(Dialect::Strict), sent);
    let same = strict.as_ref() == Ok(&(resource, members));
    assert_eq!(same, core == Same, "{who}: the strict core makes {strict:?} of it");
}

/// A body that needs its habit; unset attributes of the expected document are `schemas` and `userName`.
fn user(who: (Dialect, &str), sent: Value, core: Core, expected: Value) {
    let mut sent = sent;
    if sent.get("schemas").is_none() {
        sent["schemas"] = json!([USER]);
    }
    if sent.get("userName").is_none() {
        sent["userName"] = "ann".into();
    }
    let mut whole = json!({ "schemas": [USER], "userName": "ann" });
    if expected.get(ENTERPRISE_USER).is_some() {
        whole["schemas"] = json!([USER, ENTERPRISE_USER]);
    }
    for (name, value) in expected.as_object().into_iter().flatten() {
        whole[name] = value.clone();
    }
    check("User", who, sent, (core, whole, &[]));
}

#[test]
fn schemas() {
    let alias = |listed: Value, core: Core, who: &str| {
        user((Dialect::Okta, who), json!({ "schemas": listed }), core, json!({}));
    };
    alias(
        json!(["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]),
        Other,
        "OneLogin",
    );
    alias(json!(["urn:scim:schemas:core:1.0"]), Other, "SCIM 1.1 templates");
    alias(
        json!([USER, ENTERPRISE_USER]),
        Same,
        "JumpCloud: the extension listed without its key",
    );
    alias(json!([ENTERPRISE_USER, USER]), Same, "JumpCloud: in either order");
    alias(json!([USER, "urn:example:custom"]), Same, "Entra: URNs nobody knows");
    alias(json!([]), Other, "an empty list");
    alias(json!(null), Other, "no list");
    alias(json!(USER), Other, "one URN without brackets");
    user(
        (Dialect::Auto, "Entra: the misspelt URN of its old samples"),
        json!({ "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": { "department": "D" } }),
        Other,
        json!({ ENTERPRISE_USER: { "department": "D" } }),
    );
    user(
        (
            Dialect::OneLogin,
            "OneLogin: the enterprise block under its draft URN, first in the body",
        ),
        json!({
            "urn:scim:schemas:extension:enterprise:2.0": { "department": "D", "manager": { "managerId": "7", "displayName": "M" } },
            "id": null,
        }),
        Other,
        json!({ ENTERPRISE_USER: { "department": "D", "manager": { "value": "7" } } }),
    );
    user(
        (Dialect::Entra, "Entra: custom extensions as keys, not listed"),
        json!({ "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User": { "tag": "x" } }),
        Same,
        json!({}),
    );
}

#[test]
fn missing_schemas_are_added_but_wrong_ones_are_not() {
    let catalogue = Catalogue::builtin();
    let kind = catalogue.by_name("User").expect("it is served");
    let send = |sent: Value| body(kind, &rules(Dialect::Okta), sent);
    assert!(send(json!({ "userName": "ann" })).is_ok());
    assert!(body(kind, &rules(Dialect::Auto), json!({ "userName": "ann" })).is_err());
    assert!(send(json!({ "schemas": [ENTERPRISE_USER], "userName": "ann" })).is_err());
    assert!(send(json!({ "schemas": ["urn:bogus"], "userName": "ann" })).is_err());
}

#[test]
fn simple_values() {
    let case = |who: &str, sent: Value, core: Core, expected: Value| user((Dialect::Auto, who), sent, core, expected);
    case(
        "Entra's default",
        json!({ "active": "False" }),
        Other,
        json!({ "active": false }),
    );
    case(
        "Keycloak's plug-in",
        json!({ "active": "true" }),
        Other,
        json!({ "active": true }),
    );
    case(
        "Okta: middleName echoed empty",
        json!({ "name": { "givenName": "A", "middleName": "" } }),
        Other,
        json!({ "name": { "givenName": "A" } }),
    );
    case(
        "authentik: an empty familyName",
        json!({ "name": { "familyName": "" } }),
        Other,
        json!({}),
    );
    case("Okta: an empty title", json!({ "title": "" }), Other, json!({}));
    case(
        "Entra: whole attributes of null",
        json!({ "title": null, "name": null }),
        Same,
        json!({}),
    );
    case(
        "Entra: a job of 2017",
        json!({ "active": [{ "$ref": null, "value": "False" }] }),
        Other,
        json!({ "active": false }),
    );
    case(
        "authentik: a locale that is no language tag",
        json!({ "locale": "en_US" }),
        Same,
        json!({ "locale": "en_US" }),
    );
    case(
        "Microsoft's validator",
        json!({ "profileUrl": "HJTHELDAKRHY" }),
        Same,
        json!({ "profileUrl": "HJTHELDAKRHY" }),
    );
    case("Okta: a password", json!({ "password": "secret" }), Same, json!({}));
    case(
        "Okta: id, meta and groups echoed",
        json!({ "id": "1", "meta": { "version": "x" }, "groups": [{ "value": "g" }] }),
        Same,
        json!({}),
    );
    case(
        "rauthy: custom attributes",
        json!({ "custom": { "x": 1 } }),
        Same,
        json!({}),
    );
    case(
        "Microsoft's Postman: a misspelt attribute",
        json!({ "dispalyName": "x" }),
        Same,
        json!({}),
    );
}

#[test]
fn multi_valued_attributes() {
    let case = |who: &str, sent: Value, core: Core, expected: Value| user((Dialect::Auto, who), sent, core, expected);
    let one = json!({ "emails": [{ "value": "a" }] });
    case(
        "OneLogin: emails as one object",
        json!({ "emails": { "value": "a" } }),
        Other,
        one.clone(),
    );
    case("a plain address", json!({ "emails": "a" }), Other, one.clone());
    case("plain addresses", json!({ "emails": ["a"] }), Other, one);
    case("JumpCloud: emails null", json!({ "emails": null }), Same, json!({}));
    case("JumpCloud: emails empty", json!({ "emails": [] }), Same, json!({}));
    case("an empty text", json!({ "emails": "" }), Other, json!({}));
    case(
        "rauthy: a role without value",
        json!({ "roles": [{ "value": "" }] }),
        Other,
        json!({}),
    );
    case(
        "Microsoft's validator: primary as text",
        json!({ "roles": [{ "value": "r", "primary": "True" }] }),
        Other,
        json!({ "roles": [{ "value": "r", "primary": true }] }),
    );
    case(
        "Entra: an address of nulls",
        json!({ "addresses": [{ "type": "work", "primary": null, "locality": null }, { "type": "home", "locality": "X", "region": null }] }),
        Other,
        json!({ "addresses": [{ "type": "home", "locality": "X" }] }),
    );
    case(
        "ssosync: an address of a type alone",
        json!({ "addresses": [{ "type": "work" }] }),
        Same,
        json!({ "addresses": [{ "type": "work" }] }),
    );
    case(
        "Entra: an app role as JSON text",
        json!({ "roles": [{ "value": "{\"id\":\"9\",\"value\":\"25\",\"displayName\":\"Admin\"}" }] }),
        Other,
        json!({ "roles": [{ "value": "25", "display": "Admin" }] }),
    );
    case(
        "Entra: an app role with displayName",
        json!({ "roles": [{ "primary": false, "type": "WindowsAzureActiveDirectoryRole", "value": "25", "displayName": "Admin" }] }),
        Other,
        json!({ "roles": [{ "primary": false, "type": "WindowsAzureActiveDirectoryRole", "value": "25", "display": "Admin" }] }),
    );
    case(
        "PingOne: one address in both fields",
        json!({ "emails": [{ "value": "a", "type": "work", "primary": true }, { "value": "a", "type": "home", "primary": true }] }),
        Other,
        json!({ "emails": [{ "value": "a", "type": "work", "primary": true }, { "value": "a", "type": "home", "primary": false }] }),
    );
    case(
        "Microsoft's Postman: Primary",
        json!({ "emails": [{ "value": "a", "Primary": true }] }),
        Same,
        json!({ "emails": [{ "value": "a", "primary": true }] }),
    );
}

#[test]
fn managers() {
    let with = |manager: Value| json!({ ENTERPRISE_USER: { "manager": manager } });
    let seven = with(json!({ "value": "7" }));
    let case = |who: &str, manager: Value, core: Core, expected: Value| {
        user((Dialect::Auto, who), with(manager), core, expected);
    };
    case("the RFC", json!({ "value": "7" }), Same, seven.clone());
    case("Entra: a bare id", json!("7"), Other, seven.clone());
    case(
        "Entra: a list",
        json!([{ "$ref": "http://x/Users/7", "value": "7" }]),
        Other,
        with(json!({ "value": "7", "$ref": "http://x/Users/7" })),
    );
    case(
        "OneLogin: managerId",
        json!({ "managerId": "7", "displayName": "M" }),
        Other,
        seven,
    );
    let echo = json!({ "value": "", "$ref": "http://x/Users/7", "displayName": "M" });
    for blank in [json!(""), json!({ "value": "" }), json!([]), echo] {
        case("Microsoft's validator: cleared", blank, Other, json!({}));
    }
}

#[test]
fn groups() {
    let group = json!({ "schemas": [GROUP], "displayName": "G" });
    let entra = json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "displayName": "G", "meta": { "resourceType": "Group" },
    });
    check(
        "Group",
        (Dialect::Entra, "Entra: its own URN"),
        entra,
        (Same, group.clone(), &[]),
    );
    let members = |members: Value| json!({ "schemas": [GROUP], "displayName": "G", "members": members });
    let case = |who: &str, sent: Value, core: Core, rows: &[&str]| {
        check(
            "Group",
            (Dialect::Auto, who),
            members(sent),
            (core, group.clone(), rows),
        );
    };
    case(
        "Microsoft's Postman: members as strings",
        json!(["1", "2"]),
        Other,
        &["1", "2"],
    );
    case(
        "Keycloak: relative references",
        json!([{ "value": "1", "$ref": "Users/1" }]),
        Same,
        &["1"],
    );
    case(
        "Microsoft's Postman: displayName",
        json!([{ "value": "1", "displayName": "x" }]),
        Same,
        &["1"],
    );
    case("one member without brackets", json!({ "value": "1" }), Other, &["1"]);
    case(
        "a member without value",
        json!([{ "value": "" }, { "value": "1" }]),
        Other,
        &["1"],
    );
    case("authentik, Okta", json!([]), Same, &[]);
}

/// What a body gives twice is refused, however it is spelled: whoever reads it cannot know which is meant.
#[test]
fn nothing_given_twice_is_lost() {
    let catalogue = Catalogue::builtin();
    let kind = catalogue.by_name("User").expect("it is served");
    let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department";
    let drafts = "urn:scim:schemas:extension:enterprise:1.0";
    let check = |more: Value, refused: bool| {
        let mut sent = json!({ "schemas": [USER], "userName": "ann" });
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            sent[name] = value;
        }
        let read = body(kind, &rules(Dialect::Entra), sent.clone());
        let twice = read.as_ref().is_err_and(|detail| detail.ends_with("is given twice"));
        assert_eq!(twice, refused, "{sent}: {read:?}");
        let mut value = more;
        value["title"] = "x".into();
        let sent = json!({ "schemas": [PATCH_OP], "Operations": [{ "op": "replace", "value": value }] });
        let read = patch(kind, &rules(Dialect::Entra), &Object::new(), sent.clone());
        let twice = read.as_ref().is_err_and(|detail| detail.ends_with("is given twice"));
        assert_eq!(twice, refused, "{sent}: {read:?}");
    };
    check(json!({ "name": { "GIVENNAME": "a", "givenName": "b" } }), true);
    check(json!({ "name": { "givenName": "a", "GIVENNAME": "b" } }), true);
    check(
        json!({ "emails": [{ "Value": "a", "VALUE": "b", "value": "c" }] }),
        true,
    );
    check(
        json!({ drafts: { "department": "a" }, ENTERPRISE_USER: { "department": "b" } }),
        true,
    );
    check(
        json!({ ENTERPRISE_USER: { "department": "a" }, drafts: { "department": "b" } }),
        true,
    );
    check(
        json!({ ENTERPRISE_USER: { "manager": { "value": "1", "managerId": "2" } } }),
        false,
    );
    check(
        json!({ ENTERPRISE_USER: { "manager": { "managerId": "2", "value": "1" } } }),
        false,
    );
    let paths = json!({ department: "a", (department.replace("User.", "User:")): "b" });
    let sent = json!({ "schemas": [PATCH_OP], "Operations": [{ "op": "replace", "value": paths }] });
    assert!(patch(kind, &rules(Dialect::Entra), &Object::new(), sent).is_err());
}

/// An empty `value` clears a manager; beside what says something it is only an empty value.
#[test]
fn complex_values_are_not_cleared_by_a_part() {
    let schema = json!({ "id": "urn:example:Thing", "name": "Thing", "attributes": [
        { "name": "weight", "type": "complex", "subAttributes": [{ "name": "value" }, { "name": "unit" }] },
    ]});
    let kind = json!({ "name": "Thing", "endpoint": "/Things", "schema": "urn:example:Thing" });
    let catalogue = Catalogue::builtin()
        .with(&[schema], &[kind])
        .expect("the definitions have no fault");
    let kind = catalogue.by_name("Thing").expect("it is served");
    let check = |weight: Value, expected: Value| {
        let sent = json!({ "schemas": ["urn:example:Thing"], "weight": weight });
        let (read, _) = body(kind, &rules(Dialect::Auto), sent).expect("it is read");
        assert_eq!(read.get("weight").cloned().unwrap_or_default(), expected, "{weight}");
    };
    check(json!({ "value": null, "unit": "kg" }), json!({ "unit": "kg" }));
    check(json!({ "value": "", "unit": "kg" }), json!({ "unit": "kg" }));
    check(json!({ "value": "", "unit": "" }), json!(null));
}
