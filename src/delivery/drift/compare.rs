//! An account as it was read beside what is wanted. Pure.
use std::collections::BTreeSet;

use adapters::descriptor::Descriptor;
use adapters::{Account, Fields};
use serde_json::Value;

use crate::delivery::dropped::role_field;
use crate::delivery::forecast::forecast;
use crate::mapping::{ACTIVE, Mapping, Wanted};
use crate::service::drift::Kind;
use crate::service::{Target, Verb};
use crate::store::{Applied, Link};

/// One thing in which an account differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Deviation {
    pub(super) kind: Kind,
    /// `None` if the account is gone.
    pub(super) field: Option<String>,
    pub(super) wanted: Value,
    pub(super) found: Value,
}

impl Deviation {
    fn of_access(kind: Kind, wanted: bool) -> Self {
        Self {
            kind,
            field: Some(ACTIVE.to_owned()),
            wanted: wanted.into(),
            found: (!wanted).into(),
        }
    }
}

/// In what a settled link's account differs at the vendor from what is wanted: what would be sent if the link said what
/// the vendor has. `None`: the account is gone.
pub(super) fn compare(target: &Target, link: &Link, wanted: &Wanted, account: Option<&Account>) -> Vec<Deviation> {
    let Some(applied) = &link.account else {
        return Vec::new();
    };
    let seen = account.map(|account| seen(&target.mapping, (applied, wanted), account));
    let told: BTreeSet<&String> = account
        .map(|account| account.fields.keys().collect())
        .unwrap_or_default();
    let read = Link {
        account: seen.clone(),
        ..link.clone()
    };
    let seen = seen.map(|seen| seen.fields).unwrap_or_default();
    let mut deviations = Vec::new();
    for call in forecast(target, &read, Some(wanted.clone())) {
        match call.verb {
            Verb::Create if account.is_none() => {
                deviations.push(gone());
                break;
            }
            Verb::Activate => deviations.push(Deviation::of_access(Kind::Suspended, true)),
            Verb::Deactivate | Verb::Delete => deviations.push(Deviation::of_access(Kind::LeaverBack, false)),
            Verb::Update => {
                let is_for = |name: &String| is_for_role(target, wanted, (name, account));
                let fields = call
                    .fields
                    .iter()
                    .filter(|(name, _)| told.contains(name) && is_for(name));
                deviations.extend(fields.map(|field| of_field((target, wanted), &seen, field)));
            }
            Verb::LookUp | Verb::Create | Verb::ReadBack => {}
        }
    }
    deviations
}

/// Whether the account's role, as far as it is told, has the field. What it has not is found once the role is right.
fn is_for_role(target: &Target, wanted: &Wanted, (name, account): (&String, Option<&Account>)) -> bool {
    let Some(kind) = target.mapping.kind(wanted.kind) else {
        return true;
    };
    let role = role_field(kind).and_then(|role| account?.fields.get(role));
    let told = role.filter(|role| !role.is_null());
    told.zip(kind.field(name))
        .is_none_or(|(role, field)| target.descriptor.is_for(&field.roles, role))
}

fn gone() -> Deviation {
    Deviation {
        kind: Kind::Gone,
        field: None,
        wanted: true.into(),
        found: Value::Null,
    }
}

/// What would be known to be applied. A field that the directory has no say in is the vendor's own matter.
fn seen(mapping: &Mapping, (applied, wanted): (&Applied, &Wanted), account: &Account) -> Applied {
    let has_value = |fields: &Fields, name: &String| fields.get(name).is_some_and(|value| !value.is_null());
    let ruled = account
        .fields
        .iter()
        .filter(|(name, _)| has_value(&wanted.fields, name) || has_value(&applied.fields, name))
        .filter(|(name, _)| !mapping.is_unconfirmed(name, &applied.fields, wanted));
    let mut seen = applied.clone();
    seen.id.clone_from(&account.id);
    seen.active = account.active;
    seen.fields
        .extend(ruled.map(|(name, value)| (name.clone(), value.clone())));
    seen
}

fn of_field((target, wanted): (&Target, &Wanted), seen: &Fields, (name, value): (&String, &Value)) -> Deviation {
    let found = seen.get(name).cloned().unwrap_or_default();
    let kind = match target.mapping.is_role(wanted.kind, name) {
        true => of_role(target.descriptor, &found, value),
        false => Kind::Field,
    };
    Deviation {
        kind,
        field: Some(name.clone()),
        wanted: value.clone(),
        found,
    }
}

/// Only what is certainly more than is wanted may be taken away unasked.
fn of_role(descriptor: &Descriptor, found: &Value, wanted: &Value) -> Kind {
    match (found, wanted) {
        (_, Value::Null) => Kind::RoleHigher,
        (Value::Null, _) => Kind::RoleLower,
        (found, wanted) if descriptor.is_greater_role(found, wanted) => Kind::RoleHigher,
        (found, wanted) if descriptor.is_greater_role(wanted, found) => Kind::RoleLower,
        (_, _) => Kind::RoleOther,
    }
}

#[cfg(test)]
mod tests {

    use adapters::descriptor::Kind as Of;
    use serde_json::json;

    use super::*;
    use crate::delivery::tests::{DELETING, ROLED, SUSPENDING};
    use crate::mapping::Subject;

    fn fields(value: &Value) -> Fields {
        let fields = value.as_object().unwrap().iter();
        fields.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Ann as a settled link has her, then as the vendor has her.
    fn check(target: &Target, active: bool, found: Option<(bool, Value)>, expected: &[(Kind, Option<&str>)]) {
        let ann = json!({"userName": "ann@x.example", "displayName": "Ann", "active": active,
            "roles": [{"value": "user"}]});
        check_person(target, &ann, (active, found), expected);
    }

    fn check_person(
        target: &Target,
        ann: &Value,
        (active, found): (bool, Option<(bool, Value)>),
        expected: &[(Kind, Option<&str>)],
    ) {
        let wanted = target.mapping.wanted(&Subject {
            resource_type: "User",
            resource: ann.as_object().unwrap(),
            groups: &[],
        });
        let wanted = wanted.unwrap();
        let given = wanted.fields.clone().into_iter().filter(|(_, value)| !value.is_null());
        let link = Link {
            resource_type: "User".to_owned(),
            account: Some(Applied {
                id: "V1".to_owned(),
                fields: given.collect(),
                active,
                ..Applied::default()
            }),
            ..Link::default()
        };
        let account = found.as_ref().map(|(active, changed)| Account {
            id: "V1".to_owned(),
            active: *active,
            fields: fields(changed),
            ..Account::default()
        });
        let deviations = compare(target, &link, &wanted, account.as_ref());
        let found_ones: Vec<_> = deviations
            .iter()
            .map(|deviation| (deviation.kind, deviation.field.as_deref()))
            .collect();
        assert_eq!(found_ones, expected, "{found:?}");
        assert_eq!(wanted.kind, Of::User);
    }

    #[test]
    fn what_differs_is_what_would_be_sent() {
        let suspends = Target::example(&SUSPENDING, "");
        for (active, found, expected) in [
            (true, Some((true, json!({"name": "Ann", "role": "user"}))), vec![]),
            // What the vendor does not tell, and what the directory has no say in.
            (true, Some((true, json!({}))), vec![]),
            (true, Some((true, json!({"title": "Dr", "phone": "1"}))), vec![]),
            (true, Some((true, json!({"email": "ANN@x.example"}))), vec![]),
            (
                true,
                Some((true, json!({"name": "Anna"}))),
                vec![(Kind::Field, Some("name"))],
            ),
            (
                true,
                Some((true, json!({"name": null}))),
                vec![(Kind::Field, Some("name"))],
            ),
            (
                true,
                Some((true, json!({"role": "admin"}))),
                vec![(Kind::RoleHigher, Some("role"))],
            ),
            (
                true,
                Some((true, json!({"role": null}))),
                vec![(Kind::RoleLower, Some("role"))],
            ),
            (
                true,
                Some((true, json!({"role": "guest"}))),
                vec![(Kind::RoleOther, Some("role"))],
            ),
            (true, Some((false, json!({}))), vec![(Kind::Suspended, Some("active"))]),
            (
                true,
                Some((false, json!({"name": "Anna"}))),
                vec![(Kind::Suspended, Some("active")), (Kind::Field, Some("name"))],
            ),
            (true, None, vec![(Kind::Gone, None)]),
            (false, Some((false, json!({"name": "Anna"}))), vec![]),
            (
                false,
                Some((true, json!({"name": "Anna"}))),
                vec![(Kind::LeaverBack, Some("active"))],
            ),
            (false, None, vec![]),
        ] {
            check(&suspends, active, found, &expected);
        }
    }

    #[test]
    fn what_waits_to_be_confirmed_does_not_differ() {
        let calendly = adapters::vendor("calendly-scim").unwrap();
        let calendly = Target::example((calendly.descriptor)(), "");
        let former = json!({"user_name": "former@x.example", "display_name": "Anna"});
        let name = (Kind::Field, Some("display_name"));
        check(&calendly, true, Some((true, former)), &[name]);
    }

    #[test]
    fn what_is_not_sent_does_not_differ() {
        let anna = || Some((false, json!({"name": "Anna"})));
        let name = (Kind::Field, Some("name"));
        let off = (Kind::Suspended, Some("active"));
        for (settings, active, found, expected) in [
            ("switches = { update = false }", true, anna(), vec![off]),
            ("switches = { activate = false }", true, anna(), vec![name]),
            (
                "switches = { activate = false }",
                false,
                Some((true, json!({}))),
                vec![],
            ),
            ("switches = { create = false }", true, None, vec![]),
        ] {
            check(&Target::example(&SUSPENDING, settings), active, found, &expected);
        }
        check(&Target::example(&DELETING, ""), true, None, &[(Kind::Gone, None)]);
    }

    /// What the vendor's role does not have is not sent before the role is right.
    #[test]
    fn a_field_of_another_role_does_not_differ() {
        let roled = Target::example(&ROLED, "");
        let lower = vec![(Kind::RoleLower, Some("role"))];
        let title = vec![(Kind::Field, Some("title"))];
        for (role, found, expected) in [
            (Some("admin"), "user", lower),
            (Some("admin"), "admin", title.clone()),
            (None, "user", vec![]),
            (None, "admin", title),
        ] {
            let mut ann = json!({"userName": "ann@x.example", "displayName": "Ann", "title": "Dr"});
            if let Some(role) = role {
                ann["roles"] = json!([{"value": role}]);
            }
            let found = json!({"role": found, "title": null});
            check_person(&roled, &ann, (true, Some((true, found))), &expected);
        }
    }
}
