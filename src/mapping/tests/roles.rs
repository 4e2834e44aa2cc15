//! Who has which role, and what gave it.
use serde_json::{Value, json};

use super::paging::{DESCRIPTOR, account, asked, mapped};

#[test]
fn roles_are_known_by_name_and_title() {
    let check = |role: &str, expected: &str, rule: Option<&str>| {
        let account = account(json!({ "userName": "kim@example", "roles": [{ "value": role }] }));
        let rules: Vec<_> = account.faults.iter().map(|fault| fault.rule.as_str()).collect();
        assert_eq!(
            (&account.fields["role"], rules),
            (&json!(expected), rule.into_iter().collect()),
            "{role}"
        );
    };
    check("limited_user", "limited_user", None);
    check("responder", "limited_user", None);
    check(" LIMITED user ", "limited_user", None);
    check("Owner", "owner", Some("cannot be `owner`: its API cannot set it"));
    check("boss", "boss", Some("must be one of limited_user, chief"));
}

#[test]
fn the_first_role_rule_that_holds_counts() {
    let rules = "default_role = 'limited_user'\n[[role]]\nrole = 'limited_user'\ngroup = 'crew'\n[[role]]\nrole = 'chief'\nscim_role = 'Boss'\n[[role]]\nrole = 'chief'\nentitlement = 'all'\n";
    let check = |resource: Value, groups: &[&str], expected: &str| {
        let account = mapped(rules, resource.clone(), groups);
        assert_eq!(account.fields["role"], expected, "{resource} {groups:?}");
    };
    check(json!({}), &[], "limited_user");
    check(json!({ "roles": [{ "value": "boss" }] }), &[], "chief");
    check(json!({ "roles": [{ "value": "x", "display": "Boss" }] }), &[], "chief");
    check(
        json!({ "roles": [{ "value": "boss" }] }),
        &["Staff", "Crew"],
        "limited_user",
    );
    check(json!({ "entitlements": [{ "value": "all" }] }), &[], "chief");
}

/// What a role comes from is named by the attribute that its rule looks at.
#[test]
fn a_role_is_blamed_on_what_gave_it() {
    let rules = "default_role = 'limited_user'\n[[role]]\nrole = 'chief'\ngroup = 'Crew'\n\
                 [[role]]\nrole = 'chief'\nentitlement = 'fly'\n";
    let fly = json!({ "entitlements": [{ "value": "fly" }] });
    for (declaration, resource, groups, expected) in [
        (
            rules,
            json!({}),
            &["Crew"][..],
            ("groups", Some((Some(0), Some("Crew")))),
        ),
        (
            rules,
            fly.clone(),
            &[][..],
            ("entitlements", Some((Some(1), Some("fly")))),
        ),
        (rules, json!({}), &[][..], ("default_role", Some((None, None)))),
        ("", fly, &[][..], ("roles.value", None)),
    ] {
        let field = DESCRIPTOR.user.field("role").expect("there is one");
        asked(declaration, resource, groups, |mapping, subject| {
            let ruled = mapping.ruled(field, subject).map(|ruled| (ruled.rule, ruled.value));
            assert_eq!((mapping.attribute(field, subject), ruled), expected);
        });
    }
}
