//! Who has an account, switched on or not, and what of it has changed.
use adapters::descriptor::Kind;
use schemas::Object;
use serde_json::{Value, json};

use super::paging::{account, mapped, mapping};
use crate::mapping::{ACTIVE, Subject, Wanted};

#[test]
fn only_users_and_groups_are_at_vendors() {
    let resource = Object::new();
    let kind = |resource_type| {
        let subject = Subject {
            resource_type,
            resource: &resource,
            groups: &[],
        };
        mapping().wanted(&subject).map(|account| account.kind)
    };
    assert_eq!(kind("User"), Some(Kind::User));
    assert_eq!(kind("Group"), None, "this vendor has no groups");
    assert_eq!(kind("Thing"), None);
    assert!(!account(json!({ "active": false })).active);
    assert!(account(json!({})).active);
}

#[test]
fn who_does_not_match_the_assignment_has_no_place() {
    let check = |assignment: &str, resource: Value, groups: &[&str], assigned: bool| {
        let account = mapped(&format!("assignment = '{assignment}'"), resource, groups);
        assert_eq!((account.assigned, account.active), (assigned, assigned), "{assignment}");
    };
    let kim = json!({ "userName": "kim@example", "userType": "Employee" });
    check("userType eq \"Employee\"", kim.clone(), &[], true);
    check("userType eq \"Intern\"", kim.clone(), &[], false);
    check("groups.display eq \"Crew\"", kim.clone(), &["Crew"], true);
    check("groups.display eq \"Crew\"", kim.clone(), &["Staff"], false);
    check("groups[value eq \"id-of-Crew\"]", kim, &["Staff", "Crew"], true);
    let off = mapped("assignment = 'active pr'", json!({ "active": false }), &[]);
    assert!(off.assigned && off.switched_off && !off.active);
}

#[test]
fn changes_are_seen_as_the_vendor_sees_them() {
    let person = |email: &str, role: &str, active: bool| {
        account(json!({ "userName": email, "roles": [{ "value": role }], "active": active }))
    };
    let mapping = mapping();
    let old = person("kim@example", "x", true);
    let check = |new: &Wanted, fields: &[&str], takes: bool| {
        let found: Vec<_> = mapping.changed(Some(&old), new).into_iter().collect();
        assert_eq!(
            (found, mapping.takes_away(&old, new)),
            (fields.iter().map(ToString::to_string).collect(), takes)
        );
    };
    check(&old, &[], false);
    check(&person("KIM@example", "x", true), &[], false);
    check(&person("ann@example", "x", true), &["email"], false);
    check(&person("kim@example", "y", true), &["role"], true);
    check(&person("kim@example", "x", false), &[ACTIVE], true);
    let inactive = person("kim@example", "x", false);
    assert!(!mapping.takes_away(&inactive, &old));
    assert!(!mapping.takes_away(&inactive, &person("kim@example", "y", false)));
    let new: Vec<_> = mapping.changed(None, &old).into_iter().collect();
    assert_eq!(new, ["email", "role"]);
}
