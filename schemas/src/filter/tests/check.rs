use super::{gadget, user};
use crate::error::ScimType;
use crate::filter::Filter;
use crate::resource_type::ResourceType;

fn check(kind: &ResourceType, text: &str, expected: &str) {
    let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let detail = filter.check(kind).map_err(|error| {
        assert_eq!(error.scim_type, Some(ScimType::InvalidFilter));
        error.detail
    });
    assert_eq!(detail.err().unwrap_or_default(), expected, "{text}");
}

#[test]
fn names() {
    let user = user();
    let check = |text: &str, expected: &str| check(&user, text, expected);
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    check(
        "USERNAME eq \"x\" and id pr and externalID eq \"x\" and schemas eq \"urn:a:b\"",
        "",
    );
    check("META.lastModified gt \"2011-05-13T04:42:34Z\"", "");
    check("urn:ietf:params:scim:schemas:CORE:2.0:User:name.GIVENname eq \"x\"", "");
    check("urn:ietf:params:scim:schemas:core:2.0:User:meta.version eq \"x\"", "");
    check(&format!("{enterprise}:manager.value eq \"x\" and {enterprise} pr"), "");
    check(
        "emails co \"x\" and emails[type eq \"work\"] and emails[type eq \"work\"].value eq \"x\"",
        "",
    );
    check("groups[value eq \"x\"]", "");
    check("bogus eq \"x\"", "`bogus` is not an attribute of User");
    check("department eq \"x\"", "`department` is not an attribute of User");
    check("name.bogus pr", "`name.bogus` is not an attribute of User");
    check("userName.bogus pr", "`userName.bogus` is not an attribute of User");
    check("emails[bogus pr]", "`bogus` is not a sub-attribute of `emails`");
    check(
        "emails[bogus pr].value eq \"x\"",
        "`bogus` is not a sub-attribute of `emails`",
    );
    check(
        "emails[type pr].bogus eq \"x\"",
        "`emails.bogus` is not an attribute of User",
    );
    check(
        &format!("{enterprise} eq \"x\""),
        &format!("`{}…` is not an attribute of User", &enterprise[..40]),
    );
    check(
        "not (a pr or b pr)",
        "`a` is not an attribute of User; `b` is not an attribute of User",
    );
    check(
        "userName[value eq \"x\"]",
        "`userName` is neither complex nor multi-valued, so it takes no brackets",
    );
    check(
        "password eq \"x\"",
        "`password` is never returned, so it cannot be searched",
    );
    check("password pr", "`password` is never returned, so it cannot be searched");
    check(
        "title pr or not (password eq null)",
        "`password` is never returned, so it cannot be searched",
    );
}

#[test]
fn operators_and_values() {
    let gadget = gadget();
    let check = |text: &str, expected: &str| check(&gadget, text, expected);
    for op in ["eq", "ne", "gt", "ge", "lt", "le"] {
        check(
            &format!("size {op} 1 and weight {op} 1.5 and sold {op} \"2011-05-13T04:42:34Z\" and home {op} \"x\""),
            "",
        );
    }
    for op in ["co", "sw", "ew"] {
        check(&format!("home {op} \"x\" and tags {op} \"x\" and key {op} \"x\""), "");
        check(
            &format!("size {op} 1"),
            &format!("`size`: {op} cannot be used with the type integer"),
        );
        check(
            &format!("on {op} true"),
            &format!("`on`: {op} cannot be used with the type boolean"),
        );
        check(
            &format!("sold {op} \"2011\""),
            &format!("`sold`: {op} cannot be used with the type dateTime"),
        );
        check(
            &format!("tags {op} null"),
            &format!("`tags`: null can be compared with eq and ne only, not with {op}"),
        );
    }
    for op in ["gt", "ge", "lt", "le"] {
        check(
            &format!("on {op} true"),
            &format!("`on`: {op} cannot be used with the type boolean"),
        );
        check(
            &format!("key {op} \"x\""),
            &format!("`key`: {op} cannot be used with the type binary"),
        );
    }
    check("on eq true and key eq \"eA==\" and size eq null and parts eq null", "");
    check("on eq \"true\"", "`on`: `\"true\"` is not of the type boolean");
    check("size eq \"1\"", "`size`: `\"1\"` is not of the type integer");
    check("tags eq 1", "`tags`: `1` is not of the type string");
    check(
        "sold gt \"2011-05-13\"",
        "`sold`: \"2011-05-13\" is not a dateTime with time and zone",
    );
    check(
        "parts eq \"x\"",
        "`parts`: it is complex, so one of its sub-attributes must be named",
    );
    check(
        "parts[code eq \"x\" and count gt \"1\"]",
        "`count`: `\"1\"` is not of the type integer",
    );
    check("parts[pin pr]", "`pin` is never returned, so it cannot be searched");
    check(
        "parts.pin pr",
        "`parts.pin` is never returned, so it cannot be searched",
    );
    check("tags[value eq \"x\"]", "");
    check("tags[other eq \"x\"]", "`other` is not a sub-attribute of `tags`");
}

#[test]
fn value_filters() {
    let user = user();
    let emails = user.attribute("emails").expect("it is in the schema");
    let check = |text: &str, expected: bool| {
        let filter = Filter::parse(text).expect("it parses");
        assert_eq!(filter.check_value(emails).is_ok(), expected, "{text}");
    };
    check("type eq \"work\" and primary eq true", true);
    check("userName pr", false);
    check("primary eq \"x\"", false);
}

#[test]
fn many_faults_make_a_short_answer() {
    let filter = Filter::parse(&vec!["a pr"; 25].join(" or ")).expect("it parses");
    let detail = filter.check(&user()).expect_err("no such attribute").detail;
    assert_eq!(detail.matches("is not an attribute").count(), 10);
    assert!(detail.ends_with("; and 15 more faults"), "{detail}");
}
