//! What a change of a resource means for a target.
use std::collections::BTreeSet;

use adapters::descriptor::Descriptor;
use serde_json::Value;

use super::account::{Wanted, is_role};

/// The name under which a change of `active` stands among changed fields.
pub const ACTIVE: &str = "active";

/// The vendor fields that differ; of a new account those that have a value. [`ACTIVE`] when the person is switched on or off.
pub fn changed(descriptor: &Descriptor, before: Option<&Wanted>, after: &Wanted) -> BTreeSet<String> {
    let differs = |(name, value): &(&String, &Value)| match before.and_then(|before| before.fields.get(*name)) {
        Some(old) => !is_same(descriptor, after, name, (old, value)),
        None => !value.is_null(),
    };
    let names = after.fields.iter().filter(differs).map(|(name, _)| name.clone());
    let switched = before.is_some_and(|before| before.active != after.active);
    names.chain(switched.then(|| ACTIVE.to_owned())).collect()
}

/// Whether the change takes access away: the person is switched off, or has another role.
///
/// Which of two roles allows more is the vendor's affair, so that every change of a role counts.
pub fn takes_away(descriptor: &Descriptor, before: &Wanted, after: &Wanted) -> bool {
    if !before.active {
        return false;
    }
    let changed = changed(descriptor, Some(before), after);
    let had = |name: &String| before.fields.get(name).is_some_and(|value| !value.is_null());
    let is_role = |name: &&String| is_role(descriptor, after.kind, name);
    !after.active || changed.iter().filter(is_role).any(had)
}

fn is_same(descriptor: &Descriptor, account: &Wanted, name: &str, (old, new): (&Value, &Value)) -> bool {
    let field = descriptor.kind(account.kind).and_then(|kind| kind.field(name));
    match (old, new) {
        (Value::String(old), Value::String(new)) if field.is_some_and(|field| field.case_insensitive) => {
            old.to_lowercase() == new.to_lowercase()
        }
        _ => old == new,
    }
}
