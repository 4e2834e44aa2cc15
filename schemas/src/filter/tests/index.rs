use serde_json::Value;

use super::user;
use crate::filter::Filter;

#[test]
fn equalities() {
    let user = user();
    let check = |text: &str, expected: &[(&str, &str)]| {
        let filter = Filter::parse(text).expect("it parses");
        let found = filter.equalities(&user);
        let found: Vec<_> = found
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().expect("a text")))
            .collect();
        assert_eq!(found, expected, "{text}");
    };
    check("USERNAME eq \"x\"", &[("userName", "x")]);
    check(
        "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"x\"",
        &[("userName", "x")],
    );
    check(
        "id eq \"1\" and active eq true and (title pr and externalId eq \"2\")",
        &[("id", "1"), ("externalId", "2")],
    );
    check("emails eq \"x\"", &[("emails.value", "x")]);
    check("emails.Value eq \"x\"", &[("emails.value", "x")]);
    check(
        "emails[type eq \"work\" and value eq \"x\"]",
        &[("emails.type", "work"), ("emails.value", "x")],
    );
    check(
        "emails[type eq \"work\"].value eq \"x\"",
        &[("emails.type", "work"), ("emails.value", "x")],
    );
    check("emails[value eq \"x\"].type pr", &[("emails.value", "x")]);
    check("emails[value eq \"x\"].type ne \"work\"", &[("emails.value", "x")]);
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
    check(
        &format!("{manager}.value eq \"x\""),
        &[(&format!("{manager}.value"), "x")],
    );
    check(
        &format!("{manager}[value eq \"x\"]"),
        &[(&format!("{manager}.value"), "x")],
    );
    check("schemas[value eq \"urn:x:y\"]", &[("schemas", "urn:x:y")]);
    for none in [
        "userName eq \"x\" or id eq \"1\"",
        "not (userName eq \"x\")",
        "emails[type eq \"work\" or value eq \"x\"]",
        "emails[not (value eq \"x\")]",
        "userName sw \"x\" and userName ne \"y\" and title eq null and active eq true",
        "meta.created eq \"2011-05-13T04:42:34Z\"",
        "bogus eq \"x\"",
    ] {
        check(none, &[]);
    }
}

#[test]
fn equalities_hold_for_every_match() {
    let user = user();
    let resource = serde_json::json!({ "userName": "A", "emails": [{ "value": "X", "type": "work" }] });
    let resource = resource.as_object().expect("an object");
    for text in [
        "userName eq \"a\"",
        "emails[type eq \"WORK\"].value eq \"x\"",
        "emails eq \"x\" and title eq null",
    ] {
        let filter = Filter::parse(text).expect("it parses");
        assert!(filter.matches(&user, resource), "{text}");
        for (name, value) in filter.equalities(&user) {
            let value = value.as_str().expect("a text").to_uppercase();
            let exists = match name.as_str() {
                "userName" => value == "A",
                "emails.value" => value == "X",
                "emails.type" => value == "WORK",
                other => panic!("{text}: {other}"),
            };
            assert!(exists, "{text}: {name}");
        }
    }
}

#[test]
fn mentions() {
    let check = |text: &str, expected: bool| {
        let mentions = Filter::parse(text).expect("it parses").mentions("members");
        assert_eq!(mentions, expected, "{text}");
    };
    check("MEMBERS eq \"x\"", true);
    check("members[value eq \"x\"]", true);
    check("members[value eq \"x\"].type eq \"User\"", true);
    check("a pr and not (b pr or members.value pr)", true);
    check("urn:ietf:params:scim:schemas:core:2.0:Group:members pr", true);
    check("urn:example:2.0:members.value pr", true);
    check("displayName eq \"members\" or member pr", false);
    check("emails[members pr]", false);
    assert!(
        Filter::Compare {
            path: crate::path::AttributePath::of("members"),
            op: crate::filter::Operator::Eq,
            value: Value::Null,
        }
        .mentions("Members")
    );
}
