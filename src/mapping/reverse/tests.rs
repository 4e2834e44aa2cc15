//! Accounts back to people, for vendors that there are.
use schemas::Catalogue;
use serde_json::{Value, json};

use super::*;
use crate::config::Target;

fn mapping(vendor: &str, keys: &str) -> Mapping {
    let text = format!("name = \"t\"\ndirectory = \"d\"\nvendor = \"{vendor}\"\ncredential = \"env:X\"\n{keys}");
    let target: Target = toml::from_str(&text).unwrap();
    let descriptor = (adapters::vendor(vendor).unwrap().descriptor)();
    Mapping::new(&Catalogue::builtin(), descriptor, &target).unwrap()
}

fn fields(value: &Value) -> Fields {
    serde_json::from_value(value.clone()).unwrap()
}

/// The person, without `schemas`, or what is wrong with the account.
fn person(mapping: &Mapping, account: &Value) -> Result<Value, String> {
    let catalogue = Catalogue::builtin();
    let user = catalogue.by_name("User").unwrap();
    let person = mapping.person(user, &fields(account), true);
    let mut person = person.map_err(|fault| format!("{} {} {}", fault.attribute, fault.field, fault.rule))?;
    person.shift_remove("schemas");
    Ok(Value::Object(person))
}

#[test]
fn fields_go_back_to_where_they_come_from() {
    let check = |vendor: &str, keys: &str, account: Value, expected: Value| {
        let found = person(&mapping(vendor, keys), &account);
        assert_eq!(found, Ok(expected), "{vendor} {keys} {account}");
    };
    let ada = "ada@example.com";
    let email = json!([{ "value": ada, "primary": true }]);
    check(
        "pagerduty",
        "",
        json!({ "email": ada, "name": "Ada", "role": "user", "job_title": null, "phone": "+1 2125550100", "sms": "+1 2125550199",
            "contact_email": "other@example.com", "description": "Countess" }),
        json!({ "userName": ada, "displayName": "Ada", "active": true, "emails": email,
            "phoneNumbers": [{ "value": "+1 2125550100", "type": "mobile" }] }),
    );
    // Nobody can be given the role of the owner.
    check(
        "pagerduty",
        "",
        json!({ "email": ada, "role": "owner" }),
        json!({ "userName": ada, "active": true, "emails": email }),
    );
    let ruled = "default_role = \"observer\"\n[mapping.user]\nname = { value = \"x\" }\njob_title = \"nickName\"\n";
    let ruled = format!("{ruled}description = {{ expression = \"user.title\" }}");
    check(
        "pagerduty",
        &ruled,
        json!({ "email": ada, "role": "user", "name": "Ada", "job_title": "Countess", "description": "first" }),
        json!({ "userName": ada, "nickName": "Countess", "active": true, "emails": email }),
    );
    check(
        "okta",
        "",
        json!({ "login": "ada@engine.example", "email": ada, "firstName": "Ada", "lastName": "Lovelace", "department": "Engines",
            "streetAddress": "1 Square", "city": "London", "timezone": "Europe/London" }),
        json!({ "userName": "ada@engine.example", "name": { "familyName": "Lovelace", "givenName": "Ada" },
            "timezone": "Europe/London", "active": true, "emails": email,
            "addresses": [{ "streetAddress": "1 Square", "locality": "London", "type": "work" }],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Engines" } }),
    );
    check(
        "zendesk",
        "",
        json!({ "email": ada, "name": "Ada", "role": "agent", "external_id": "7", "phone": "+12125550100", "tags": ["vip"] }),
        json!({ "externalId": "7", "userName": ada, "displayName": "Ada", "active": true, "emails": email,
            "phoneNumbers": [{ "value": "+12125550100", "type": "work" }] }),
    );
    check(
        "calendly",
        "",
        json!({ "email": ada }),
        json!({ "userName": ada, "active": true, "emails": email }),
    );
    check(
        "scim",
        "",
        json!({ "user_name": "ada", "display_name": "Ada" }),
        json!({ "userName": "ada", "displayName": "Ada", "active": true }),
    );
}

#[test]
fn an_account_that_makes_no_person_is_told_by_its_field() {
    for (vendor, account, expected) in [
        (
            "pagerduty",
            json!({}),
            "emails[primary eq true].value email is not told by the vendor",
        ),
        (
            "pagerduty",
            json!({ "email": "ada" }),
            "emails[primary eq true].value email must be an e-mail address",
        ),
        (
            "okta",
            json!({ "login": "a@b.example", "profileUrl": "no url" }),
            "profileUrl profileUrl cannot be taken over: profileUrl: must be a URI",
        ),
    ] {
        let found = person(&mapping(vendor, ""), &account).err().unwrap_or_default();
        assert_eq!(found, expected, "{vendor} {account}");
    }
}

#[test]
fn only_what_is_given_is_overwritten() {
    let catalogue = Catalogue::builtin();
    let user = catalogue.by_name("User").unwrap();
    let before = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "displayName": "Ada", "title": "Countess",
        "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }, { "value": "home@example.com", "type": "home" }],
    });
    let before: Object = serde_json::from_value(before).unwrap();
    let account = json!({ "email": "byron@example.com", "job_title": null });
    let after = mapping("pagerduty", "").overwritten(user, before.clone(), &fields(&account));
    let mut expected = before;
    expected.shift_remove("title");
    expected["emails"][0]["value"] = json!("byron@example.com");
    assert_eq!(after, Ok(expected));
}
