//! The least calls that a change takes, as a vendor's description has them.
use std::collections::BTreeMap;

use adapters::Fields;
use adapters::descriptor::{Deactivate, Field, Kind};
use serde_json::Value;

use super::vendor::Vendor;

impl Vendor {
    /// One call, a look first where the vendor would take a second one of the same name, and the calls of fields that
    /// do not go in it and do not fill themselves.
    pub(super) fn creation(self, kind: Kind, fields: &Fields) -> u64 {
        let described = self.kind(kind);
        let mut created: Fields = described
            .fields
            .iter()
            .filter(|field| field.call.is_none())
            .filter_map(|field| Some((field.name.clone(), fields.get(&field.name)?.clone())))
            .collect();
        let filled = described.fields.iter().filter_map(|field| {
            let from = field.created_from.as_ref()?;
            Some((field.name.clone(), fields.get(from)?.clone()))
        });
        created.extend(filled.collect::<Vec<_>>());
        let looked_up = described.fields.iter().filter(|field| has_value(fields, field));
        let looked_up: u64 = looked_up.map(|field| field.look_up_calls).sum();
        1 + u64::from(described.looks_before_create) + looked_up + self.change(kind, &created, fields)
    }

    /// A call for the fields that go together in one, and for each of the others its own. What differs in nothing costs
    /// nothing.
    pub(super) fn change(self, kind: Kind, before: &Fields, after: &Fields) -> u64 {
        let mut calls: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        for field in &self.kind(kind).fields {
            let (had, given) = (value(before, field), value(after, field));
            if field.create_only || !after.contains_key(&field.name) || field.same(had, given) {
                continue;
            }
            let cost = field_cost(field, had, given);
            let call = calls.entry(field.changing_call()).or_default();
            *call = (*call).max(cost);
        }
        calls.values().sum()
    }

    /// The deletion, and a look whether the account is gone.
    pub(super) fn deletion(self, kind: Kind) -> u64 {
        self.kind(kind).delete_calls + self.kind(kind).gone_calls
    }

    /// A suspension, and a look at the account that stays; a deletion where there is no suspension.
    pub(super) fn switching_off(self) -> u64 {
        match self.descriptor.deactivate {
            Deactivate::Suspend => self.descriptor.active_calls + self.descriptor.user.read_calls,
            Deactivate::Delete => self.deletion(Kind::User),
        }
    }

    /// An account that exists: the attempt to create it, and the reading that tells whose it is.
    pub(super) fn meeting(self, kind: Kind) -> u64 {
        1 + self.kind(kind).read_calls
    }

    pub(super) fn is_deleted_when_off(self) -> bool {
        self.descriptor.deactivate == Deactivate::Delete
    }
}

/// The calls of one field's change alone. A part that takes another's place is one call, and so is the removal of the
/// other.
fn field_cost(field: &Field, had: &Value, given: &Value) -> u64 {
    let half = field.replaces_part && (had.is_null() || given.is_null());
    let looks_up = if given.is_null() { 0 } else { field.look_up_calls };
    field.update_calls - u64::from(half) + looks_up
}

fn value<'a>(fields: &'a Fields, field: &Field) -> &'a Value {
    fields.get(&field.name).unwrap_or(&Value::Null)
}

fn has_value(fields: &Fields, field: &Field) -> bool {
    field.call.is_none() && !value(fields, field).is_null()
}
