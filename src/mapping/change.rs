//! What a change of a resource means for a target.
use std::collections::BTreeSet;

use adapters::Fields;
use serde_json::Value;

use super::account::Wanted;
use super::mapping::Mapping;

/// The name under which a change of `active` stands among changed fields.
pub const ACTIVE: &str = "active";

impl Mapping {
    /// The vendor fields that differ; of a new account those that have a value. [`ACTIVE`] when the person is switched
    /// on or off.
    pub fn changed(&self, before: Option<&Wanted>, after: &Wanted) -> BTreeSet<String> {
        let differs = |(name, value): &(&String, &Value)| match before.and_then(|before| before.fields.get(*name)) {
            Some(old) => !self.is_same(after, name, (old, value)),
            None => !value.is_null(),
        };
        let names = after.fields.iter().filter(differs).map(|(name, _)| name.clone());
        let switched = before.is_some_and(|before| before.active != after.active);
        names.chain(switched.then(|| ACTIVE.to_owned())).collect()
    }

    /// Whether the vendor may still show the former value of a field, since the owner has to confirm the one that was
    /// sent: it is neither news to the directory nor anything that sending it again would mend.
    pub(crate) fn is_unconfirmed(&self, name: &str, sent: &Fields, wanted: &Wanted) -> bool {
        let field = self.kind(wanted.kind).and_then(|kind| kind.field(name));
        let values = sent.get(name).zip(wanted.fields.get(name));
        let field = field.filter(|field| field.confirmed_later);
        field
            .zip(values)
            .is_some_and(|(field, (sent, wanted))| field.same(sent, wanted))
    }

    /// Whether the change takes access away: the person is switched off, or has a lesser role or none.
    pub fn takes_away(&self, before: &Wanted, after: &Wanted) -> bool {
        if !before.active {
            return false;
        }
        let value = |account: &'_ Wanted, name: &str| account.fields.get(name).cloned().unwrap_or_default();
        let lessens = |name: &&String| {
            let (had, given) = (value(before, name), value(after, name));
            self.is_role(after.kind, name) && self.descriptor.takes_role(&had, &given)
        };
        !after.active
            || before
                .fields
                .keys()
                .chain(after.fields.keys())
                .any(|name| lessens(&name))
    }

    fn is_same(&self, account: &Wanted, name: &str, (old, new): (&Value, &Value)) -> bool {
        let field = self.kind(account.kind).and_then(|kind| kind.field(name));
        match field {
            Some(field) => field.same(old, new),
            None => old == new,
        }
    }
}
