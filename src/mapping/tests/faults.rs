//! Values that the vendor would not take.
use serde_json::{Value, json};

use super::paging::{account, mapped};

#[test]
fn faults_name_attribute_field_and_rule() {
    let check = |resource: Value, expected: &[(&str, &str, &str)]| {
        let account = account(resource.clone());
        let faults = account.faults.iter();
        let faults: Vec<_> = faults
            .map(|fault| (fault.attribute.as_str(), fault.field.as_str(), fault.rule.as_str()))
            .collect();
        assert_eq!(faults, expected, "{resource}");
    };
    let email = "emails[primary eq true].value";
    let user = |email: &str| json!({ "userName": email });
    check(user("kim@example"), &[]);
    check(json!({}), &[(email, "email", "is required")]);
    for wrong in [
        "kimberly",
        "@example",
        "kim-do@",
        "k@im@example",
        "kim do@example",
        "kim@exa mple",
    ] {
        check(user(wrong), &[(email, "email", "must be an e-mail address")]);
    }
    check(user("a@b.d"), &[(email, "email", "must have at least 6 characters")]);
    check(user("äää@bé"), &[]);
    check(
        user("kim@0123456789abcdefg"),
        &[(email, "email", "must have at most 20 characters")],
    );
    let zone = |zone: &str| json!({ "userName": "kim@example", "timezone": zone });
    for good in [
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
        "Etc/GMT+5",
        "UTC",
        "America/Port-au-Prince",
    ] {
        check(zone(good), &[]);
    }
    for wrong in ["Pacific Standard Time", "Europe/", "+02:00", "(UTC) Berlin"] {
        check(
            zone(wrong),
            &[("timezone", "zone", "must be an IANA time zone such as `Europe/Berlin`")],
        );
    }
    check(
        json!({ "userName": "kim@example", "displayName": "123456789" }),
        &[(
            "name.givenName name.familyName",
            "name",
            "must have at most 8 characters",
        )],
    );
}

#[test]
fn an_expression_that_fails_is_a_fault_of_its_field() {
    let account = mapped(
        "[mapping.user]\nnote = { expression = 'user.userName.split(\"@\")[5]' }",
        json!({ "userName": "kim@example" }),
        &[],
    );
    let fault = account
        .faults
        .iter()
        .find(|fault| fault.field == "note")
        .expect("a fault");
    assert!(
        fault.rule.starts_with("has an expression that fails: "),
        "{}",
        fault.rule
    );
    assert_eq!(account.fields["note"], Value::Null);
}

#[test]
fn several_values_are_no_text() {
    let account = mapped("[mapping.user]\nnote = { expression = '[1, 2]' }", json!({}), &[]);
    let rules: Vec<_> = account
        .faults
        .iter()
        .map(|fault| (fault.field.as_str(), fault.rule.as_str()))
        .collect();
    assert!(rules.contains(&("note", "must be one value, not several")), "{rules:?}");
}
