//! Where the values of fields come from.
use adapters::descriptor::Kind;
use schemas::Object;
use serde_json::{Value, json};

use super::paging::{account, compiled, mapped, mapping};
use crate::mapping::Subject;

#[test]
fn fields_come_from_the_first_source_with_a_value() {
    let check = |resource: Value, field: &str, expected: Value| {
        assert_eq!(
            account(resource.clone()).fields.get(field),
            Some(&expected),
            "{resource} {field}"
        );
    };
    let email = |emails: Value| json!({ "userName": "kim", "emails": emails });
    check(
        email(json!([{ "value": "a@x" }, { "value": "b@x", "primary": true }])),
        "email",
        json!("b@x"),
    );
    check(
        email(json!([{ "value": "a@x" }, { "value": "b@x", "type": "work" }])),
        "email",
        json!("b@x"),
    );
    check(
        email(json!([{ "value": "a@x" }, { "value": "b@x", "type": "home" }])),
        "email",
        json!("a@x"),
    );
    check(email(json!([{ "type": "home" }])), "email", json!("kim"));
    check(email(json!([{ "value": " " }])), "email", json!("kim"));
    check(
        json!({ "name": { "givenName": "Kim", "familyName": "Do" } }),
        "name",
        json!("Kim Do"),
    );
    check(
        json!({ "name": { "familyName": "Do" }, "displayName": "x" }),
        "name",
        json!("Do"),
    );
    check(
        json!({ "name": { "formatted": "Do" }, "displayName": "x" }),
        "name",
        json!("x"),
    );
    check(json!({}), "name", Value::Null);
    check(json!({}), "note", Value::Null);
    check(json!({}), "role", json!("limited_user"));
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    check(
        json!({ enterprise: { "manager": { "value": "17" } } }),
        "boss",
        json!("17"),
    );
    check(
        json!({ "roles": [{ "value": "x", "primary": true }] }),
        "vip",
        json!(true),
    );
    check(
        json!({ "phoneNumbers": [{ "value": "1", "type": "work" }] }),
        "phone",
        Value::Null,
    );
}

#[test]
fn a_target_has_its_own_sources() {
    let check = |source: &str, resource: Value, expected: Value| {
        let declaration = format!("[mapping.user]\nnote = {source}");
        let account = mapped(&declaration, resource, &["Staff", "Crew"]);
        assert_eq!(account.fields["note"], expected, "{source}");
        assert!(
            !account.faults.iter().any(|fault| fault.field == "note"),
            "{:?}",
            account.faults
        );
    };
    let kim =
        json!({ "userName": "kim@example", "title": "Pilot", "name": { "givenName": "Kim", "familyName": "Do" } });
    for (source, expected) in [
        ("'title'", json!("Pilot")),
        ("'name.familyName name.givenName'", json!("Do Kim")),
        ("{ path = 'nickName' }", json!(null)),
        ("{ value = 'from the gateway' }", json!("from the gateway")),
        ("{ expression = 'user.title' }", json!("Pilot")),
        ("{ expression = 'user.nickName' }", json!(null)),
        (
            "{ expression = \"user.name.familyName + ', ' + user.name.givenName\" }",
            json!("Do, Kim"),
        ),
        (
            "{ expression = 'user.userName.split(\"@\")[0].upperAscii()' }",
            json!("KIM"),
        ),
        (
            "{ expression = '\"Crew\" in groups ? \"crew\" : \"ground\"' }",
            json!("crew"),
        ),
        (
            "{ expression = 'groups.filter(group, group != \"Crew\").join(\",\")' }",
            json!("Staff"),
        ),
        (
            "{ expression = 'has(user.nickName) ? user.nickName : user.title' }",
            json!("Pilot"),
        ),
    ] {
        check(source, kim.clone(), expected);
    }
}

#[test]
fn a_field_can_be_left_out_or_be_for_new_accounts_only() {
    let mapping =
        compiled("[mapping.user]\nphone = { omit = true }\nzone = { path = 'timezone', on = 'create' }").unwrap();
    let kind = mapping.kind(Kind::User).unwrap();
    assert!(kind.field("phone").is_none());
    assert!(kind.field("zone").unwrap().create_only && !kind.field("name").unwrap().create_only);
}

#[test]
fn fields_are_traced_to_attributes() {
    let check = |field: &str, expected: &str| assert_eq!(mapping().origin(Kind::User, field), expected);
    check("zone", "timezone");
    check("note", "note");
    check("nonsense", "nonsense");
}

#[test]
fn a_field_tells_all_its_sources_and_the_one_that_has_a_value() {
    let kim: Object = serde_json::from_value(json!({
        "userName": "kim@example", "name": { "givenName": "Kim" }, "emails": [{ "value": "k@home" }],
    }))
    .expect("an object");
    let subject = Subject {
        resource_type: "User",
        resource: &kim,
        groups: &[],
    };
    let mapping = compiled("[mapping.user]\nboss = { value = 'x' }").expect("it fits");
    let check = |field: &str, all: &str, used: &str| {
        let described = mapping.kind(Kind::User).and_then(|kind| kind.field(field));
        let described = described.expect("the vendor has it");
        assert_eq!(mapping.sources(Kind::User, field), all);
        assert_eq!(mapping.used(Kind::User, described, &subject), used, "{field}");
    };
    let addresses = "emails[primary eq true].value, then emails[type eq \"work\"].value, then emails.value";
    check("email", &format!("{addresses}, then userName"), "emails.value");
    let names = "name.givenName name.familyName";
    check("name", &format!("{names}, then displayName"), names);
    let role = "roles.value, then \"limited_user\"";
    check("role", role, role);
    check("zone", "timezone", "timezone");
    check("boss", "a constant", "a constant");
    check("note", "nothing", "nothing");
}
