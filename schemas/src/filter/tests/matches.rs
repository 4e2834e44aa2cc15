use serde_json::{Value, json};

use super::{gadget, user};
use crate::Object;
use crate::filter::Filter;
use crate::resource_type::ResourceType;

fn check(kind: &ResourceType, resource: &Object, (text, expected): (&str, bool)) {
    let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(filter.matches(kind, resource), expected, "{text}");
    let negated = Filter::Not(Box::new(filter));
    assert_eq!(negated.matches(kind, resource), !expected, "not ({text})");
}

fn object(value: Value) -> Object {
    value.as_object().cloned().expect("an object")
}

/// A resource with something of everything.
fn bjensen() -> Object {
    object(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "id": "aB1",
        "externalId": "Ext-1",
        "userName": "BJensen",
        "name": { "familyName": "Jensen", "givenName": "Bärbel" },
        "title": "",
        "nickName": null,
        "active": true,
        "emails": [
            { "value": "b@Example.com", "type": "work", "primary": true },
            { "value": "b@home.org", "type": "home" },
            { "value": "b@other.org" },
        ],
        "phoneNumbers": [],
        "ims": [{}],
        "x509Certificates": [{ "value": "MIIa" }],
        "meta": { "resourceType": "User", "lastModified": "2011-05-13T04:42:34.5Z" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "701984",
            "manager": { "value": "26118915" },
        },
    }))
}

fn check_user(text: &str, expected: bool) {
    check(&user(), &bjensen(), (text, expected));
}

#[test]
fn case_follows_case_exact() {
    let check = check_user;
    check("userName eq \"bjensen\"", true);
    check("USERname EQ \"BJENSEN\"", true);
    check("userName eq \"bjense\"", false);
    check("name.givenName eq \"BÄRBEL\"", true);
    check("id eq \"aB1\"", true);
    check("id eq \"ab1\"", false);
    check("externalId eq \"Ext-1\"", true);
    check("externalId eq \"ext-1\"", false);
    check("externalId sw \"ext\"", false);
    check("meta.resourceType eq \"user\"", false);
    check("x509Certificates.value eq \"miia\"", false);
}

#[test]
fn texts() {
    let check = check_user;
    check("userName ne \"bjensen\"", false);
    check("userName ne \"other\"", true);
    check("userName co \"ENS\"", true);
    check("userName co \"\"", true);
    check("userName sw \"bj\"", true);
    check("userName sw \"jen\"", false);
    check("userName ew \"SEN\"", true);
    check("userName ew \"jense\"", false);
    check("userName gt \"a\"", true);
    check("userName gt \"bjensen\"", false);
    check("userName ge \"bjensen\"", true);
    check("userName lt \"C\"", true);
    check("userName le \"BJENSEN\"", true);
    check("userName lt \"bjensen\"", false);
}

#[test]
fn date_times_compare_as_instants() {
    let check = check_user;
    check("meta.lastModified eq \"2011-05-13T04:42:34.500Z\"", true);
    check("meta.lastModified eq \"2011-05-13T06:42:34.5+02:00\"", true);
    check("meta.lastModified gt \"2011-05-13T05:42:34+02:00\"", true);
    check("meta.lastModified lt \"2011-05-13T04:42:35Z\"", true);
    check("meta.lastModified ge \"2011-05-13T04:42:35Z\"", false);
}

#[test]
fn presence() {
    let check = check_user;
    // Presence: empty texts, arrays and objects are none; an attribute without value is null.
    check(
        "userName pr and name pr and name.familyName pr and emails pr and emails.type pr",
        true,
    );
    check("title pr", false);
    check("nickName pr", false);
    check("phoneNumbers pr", false);
    check("ims pr", false);
    check("locale pr", false);
    check("name.middleName pr", false);
    check(
        "title eq null and nickName eq null and locale eq null and phoneNumbers eq null",
        true,
    );
    check("userName eq null", false);
    check("userName ne null and emails ne null", true);
    check("locale ne null", false);
    check("locale ne \"en\"", true);
    check("nickName ne \"x\"", true);
    check("locale eq \"\"", false);
    check("title eq \"\"", true);
    check("locale lt \"x\"", false);
    check("active eq true", true);
    check("active ne true", false);
    check("active eq false", false);
}

#[test]
fn multi_valued() {
    let check = check_user;
    // One value of several is enough; brackets speak of one and the same value.
    check("emails.value eq \"b@home.org\"", true);
    check("emails eq \"b@home.org\"", true);
    check("emails co \"example.com\"", true);
    check("emails eq \"work\"", false);
    check("emails.type ne \"work\"", true);
    check("emails.type eq \"work\" and emails.value ew \"home.org\"", true);
    check("emails[type eq \"work\" and value ew \"home.org\"]", false);
    check("emails[type eq \"home\" and value ew \"home.org\"]", true);
    check("emails[type eq \"work\"].value ew \"home.org\"", false);
    check("emails[type eq \"home\"].value ew \"home.org\"", true);
    check("emails[type eq \"work\"].value ne \"b@example.com\"", false);
    check("emails[type eq \"fax\"].value ne \"x\"", false);
    check("emails[type eq \"work\"].primary pr", true);
    check("emails[type eq \"home\"].primary pr", false);
    check("emails[not (type pr)]", true);
    check("emails[type ne \"work\" and type ne \"home\"]", true);
    check("emails[type eq null and value ew \"other.org\"]", true);
    check("emails[type eq \"work\" or primary eq true]", true);
    check("emails[primary eq false]", true);
    check("phoneNumbers[type ne \"work\"]", false);
    check("phoneNumbers.type ne \"work\"", true);
    check("x509Certificates.value ne \"MIIa\"", false);
    check("name[familyName eq \"jensen\"]", true);
    check("name[familyName eq \"x\"]", false);
}

#[test]
fn schemas_and_extensions() {
    let check = check_user;
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    check(&format!("schemas eq \"{enterprise}\""), true);
    check("schemas eq \"urn:example:none\"", false);
    check("schemas[value ew \"core:2.0:User\"]", true);
    check(&format!("{enterprise} pr"), true);
    check(&format!("{enterprise}:employeeNumber eq \"701984\""), true);
    check(
        &format!("{}:MANAGER.value eq \"26118915\"", enterprise.to_uppercase()),
        true,
    );
    check(&format!("{enterprise}:manager eq \"26118915\""), true);
    check(&format!("{enterprise}:division pr"), false);
    check(
        "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"bjensen\"",
        true,
    );
}

#[test]
fn unknown_attributes_have_no_value() {
    let check = check_user;
    check("members pr", false);
    check("employeeNumber eq \"701984\"", false);
    check("bogus ne \"x\" and bogus eq null", true);
    check("bogus[value pr]", false);
    check("emails[bogus pr]", false);
}

#[test]
fn precedence() {
    let check = check_user;
    check("userName eq \"x\" or userName eq \"bjensen\" and active eq true", true);
    check("(userName eq \"bjensen\" or active eq true) and active eq false", false);
}

#[test]
fn a_gadget() {
    let gadget = gadget();
    let resource = object(json!({
        "size": 9,
        "weight": 1.5,
        "sold": "2024-02-29T12:00:00Z",
        "home": "https://Example.com/A",
        "tags": ["Red", "Small"],
        "parts": [{ "code": "A1", "count": 2 }, { "code": "b2", "count": 10 }],
    }));
    let check = |text: &str, expected| check(&gadget, &resource, (text, expected));
    check("size lt 10", true);
    check("size eq 9.0", true);
    check("size ge 9.5", false);
    check("weight gt 1", true);
    check("weight le 1.4", false);
    check("sold lt \"2024-02-29T13:00:00+02:00\"", false);
    check("home co \"Example\"", true);
    check("home co \"example\"", false);
    check("tags eq \"red\"", true);
    check("tags ne \"red\"", true);
    check("tags[value sw \"sm\"]", true);
    check("tags[value eq \"red\" and value eq \"small\"]", false);
    check("parts[code eq \"A1\" and count gt 5]", false);
    check("parts[code eq \"b2\" and count gt 5]", true);
    check("parts.code eq \"a1\"", false);
    check("parts.count gt 9", true);
    check("size eq \"9\"", false);
    check("on ne true", true);
}

#[test]
fn single_values() {
    let user = user();
    let emails = user.attribute("emails").expect("it is in the schema");
    let check = |text: &str, value: Value, expected: bool| {
        let filter = Filter::parse(text).expect("it parses");
        assert_eq!(filter.matches_value(emails, &value), expected, "{text}");
    };
    check("type eq \"WORK\"", json!({ "type": "work" }), true);
    check("type eq \"work\"", json!({ "type": "home" }), false);
    check("type ne \"work\" and not (primary eq true)", json!({}), true);
    check("type eq \"work\"", json!("work"), false);
}
