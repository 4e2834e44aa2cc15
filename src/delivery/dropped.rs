//! What a vendor drops by itself when a person's role changes. Pure.
use adapters::Fields;
use adapters::descriptor::{Descriptor, FieldType, KindDescriptor};
use serde_json::Value;

use crate::store::Applied;

/// The field that holds the role.
pub(super) fn role_field(kind: &KindDescriptor) -> Option<&str> {
    let role = kind.fields.iter().find(|field| field.kind == FieldType::Role);
    role.map(|field| field.name.as_str())
}

/// Whether the account's role lets the person be a member of groups.
pub(super) fn may_join(descriptor: &Descriptor, kind: &KindDescriptor, account: &Applied) -> bool {
    let role = role_field(kind).and_then(|field| account.fields.get(field));
    descriptor.is_for(&descriptor.member_roles, role.unwrap_or(&Value::Null))
}

/// Notes what the vendor dropped with the former role, and answers whether the present one lets the person be a member
/// again: what was applied of their memberships is gone then.
pub(super) fn follow(descriptor: &Descriptor, kind: &KindDescriptor, before: &Applied, account: &mut Applied) -> bool {
    let role = |fields: &Fields| fields.get(role_field(kind)?).cloned();
    let (had, has) = (role(&before.fields), role(&account.fields).unwrap_or(Value::Null));
    let had = had.unwrap_or(Value::Null);
    if had == has {
        return false;
    }
    for field in kind
        .fields
        .iter()
        .filter(|field| !descriptor.is_for(&field.roles, &has))
    {
        if let Some(value) = account.fields.get_mut(&field.name) {
            *value = Value::Null;
        }
    }
    let may_join = |role| descriptor.is_for(&descriptor.member_roles, role);
    !may_join(&had) && may_join(&has)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::delivery::tests::ROLED;

    #[test]
    fn what_goes_with_a_role_is_known_to_be_gone() {
        let applied = |role: Value| Applied {
            fields: [("role".to_owned(), role), ("title".to_owned(), json!("x"))].into(),
            ..Applied::default()
        };
        for (had, has, title, rejoins) in [
            (json!("admin"), json!("admin"), json!("x"), false),
            (json!("admin"), json!("user"), json!(null), false),
            (json!("admin"), json!(null), json!(null), false),
            (json!("user"), json!("admin"), json!("x"), true),
            (json!(null), json!("admin"), json!("x"), true),
            (json!("user"), json!(null), json!(null), false),
            // What an account's own role may do, nobody but its people knows.
            (json!("admin"), json!("own"), json!("x"), false),
            (json!("user"), json!("own"), json!("x"), true),
        ] {
            let (before, mut account) = (applied(had), applied(has));
            let found = follow(&ROLED, &ROLED.user, &before, &mut account);
            assert_eq!((&account.fields["title"], found), (&title, rejoins), "{before:?}");
        }
    }
}
