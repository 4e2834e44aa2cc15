//! Operations on multi-valued attributes, with and without a value filter.
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::apply::{Change, Draft};
use super::parse::Op;
use crate::Object;
use crate::dialect::Rules;
use crate::error::Error;
use crate::filter::{Filter, Operator};
use crate::resource_type::Resolved;
use crate::schema::{Attribute, Mutability, Type};
use crate::validate::{
    attribute_value, check_values, complex_value, equal, given, identity, is_kept, is_primary, one_value, unique,
};

impl Draft<'_> {
    /// Changes values of a multi-valued attribute, or a sub-attribute of them. A value that the
    /// operation makes primary takes that from the others (RFC 7644 section 3.5.2).
    pub(super) fn values(&mut self, place: Resolved<'_>, change: Change<'_>) -> Result<(), Error> {
        let in_values = place.attribute.multi_valued;
        let mut values = Values {
            place: if in_values {
                Resolved { sub: None, ..place }
            } else {
                place
            },
            sub: place.sub.filter(|_| in_values),
            rules: self.rules,
            items: Vec::new(),
            primary: Vec::new(),
            alike: false,
        };
        let items = self.value(values.place).and_then(Value::as_array);
        self.visit(visits(items.map_or(&[], Vec::as_slice), place, change))?;
        if let Some(Value::Array(items)) = self.value(values.place) {
            values.items.clone_from(items);
        }
        values.apply(change)?;
        let list_place = values.place;
        let items = values.finish()?;
        self.assign(list_place, (!items.is_empty()).then_some(Value::Array(items)))
    }
}

/// Bytes of a value that are gone through as quickly as any value.
const BYTES_A_VISIT: usize = 256;

/// Comparisons of a filter that are made as quickly as a value is gone through.
const TERMS_A_VISIT: usize = 4;

/// How many values an operation goes through where there are these.
fn visits(items: &[Value], place: Resolved<'_>, change: Change<'_>) -> usize {
    let all = items.iter().map(weight).sum::<usize>();
    let given = match change.value {
        Some(Value::Array(values)) => values.iter().map(weight).sum(),
        Some(value) => weight(value),
        None => 1,
    };
    let in_values = place.attribute.multi_valued && place.sub.is_some();
    match (change.op, change.filter) {
        // Each that is to go is compared with each that is there.
        (Op::Remove, None) if !in_values => all.saturating_mul(given),
        (Op::Add | Op::Replace, None) if !in_values => all + given,
        // Each that is there is compared, and may become a copy of what is given.
        (_, filter) => {
            let terms = filter.map_or(1, Filter::terms).div_ceil(TERMS_A_VISIT);
            all.saturating_mul(terms)
                .saturating_add(items.len().saturating_mul(given))
        }
    }
}

/// As how many values one counts: a long one as several.
fn weight(value: &Value) -> usize {
    1 + bytes(value) / BYTES_A_VISIT
}

fn bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(bytes).sum(),
        Value::Object(members) => members.values().map(bytes).sum(),
    }
}

/// The values as a list; clients may write a single one without brackets.
pub(super) fn list(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::Array(_) => Cow::Borrowed(value),
        single => Cow::Owned(Value::Array(vec![single.clone()])),
    }
}

/// The values of an attribute during one operation.
struct Values<'a> {
    /// Where the list is.
    place: Resolved<'a>,
    /// The sub-attribute of the values that the operation is about.
    sub: Option<&'a Attribute>,
    rules: &'a Rules,
    items: Vec<Value>,
    /// Indexes of the values that the operation made primary.
    primary: Vec<usize>,
    /// Values were changed in place and may now be like others.
    alike: bool,
}

impl Values<'_> {
    fn apply(&mut self, change: Change<'_>) -> Result<(), Error> {
        if let Some(filter) = change.filter {
            filter.check_value(self.place.attribute)?;
        }
        match (change.filter, self.sub) {
            (None, None) => self.all(change),
            (filter, None) => {
                let selected = self.selected(filter);
                self.some(&selected, change)
            }
            (filter, Some(sub)) => {
                let selected = self.selected(filter);
                self.subs(&selected, sub, change)
            }
        }
    }

    fn selected(&self, filter: Option<&Filter>) -> Vec<usize> {
        let matcher = filter.map(|filter| filter.compile_value(self.place.attribute));
        let matches = |item: &Value| matcher.as_ref().is_none_or(|matcher| matcher.matches_value(item));
        let items = self.items.iter().enumerate();
        items
            .filter(|(_, item)| matches(item))
            .map(|(index, _)| index)
            .collect()
    }

    fn all(&mut self, change: Change<'_>) -> Result<(), Error> {
        match (change.op, change.value) {
            (Op::Add, None) => Ok(()),
            (Op::Remove, None) if change.removes_nothing() => Ok(()),
            (Op::Add, Some(value)) => {
                let added = self.read(value)?;
                self.add(added)
            }
            (Op::Remove | Op::Replace, None) => {
                self.items.clear();
                Ok(())
            }
            (Op::Replace, Some(value)) => {
                self.items = self.read(value)?;
                Ok(())
            }
            (Op::Remove, Some(value)) => self.remove_listed(value),
        }
    }

    /// An operation on whole values that a filter selected.
    fn some(&mut self, selected: &[usize], change: Change<'_>) -> Result<(), Error> {
        let Some(value) = change.value.filter(|_| change.op != Op::Remove) else {
            if change.op == Op::Replace && selected.is_empty() {
                return Err(self.no_target());
            }
            return self.remove(selected, change.op);
        };
        let merges = change.op == Op::Add && self.place.attribute.kind == Type::Complex;
        if selected.is_empty() {
            let described = self.described(change)?;
            let added = one_value(self.place, value, self.rules)?;
            return self.create(described, added.as_ref().and_then(Value::as_object));
        }
        if merges {
            let members = given(self.place, value, self.rules)?;
            return selected.iter().try_for_each(|index| self.merge(*index, &members));
        }
        match one_value(self.place, value, self.rules)? {
            None => self.remove(selected, change.op),
            Some(value) => selected.iter().try_for_each(|index| self.replace(*index, &value)),
        }
    }

    /// An operation on a sub-attribute of the values that a filter selected; of all if there is none.
    fn subs(&mut self, selected: &[usize], sub: &Attribute, change: Change<'_>) -> Result<(), Error> {
        let adds = selected.is_empty() && change.op != Op::Remove;
        let described = if adds { Some(self.described(change)?) } else { None };
        let place = self.place.with_sub(sub);
        let value = match change.value.filter(|_| change.op != Op::Remove) {
            Some(value) => attribute_value(place, value, self.rules)?,
            None => None,
        };
        if let Some(described) = described {
            let members = value.map(|value| Object::from_iter([(sub.name.clone(), value)]));
            return self.create(described, members.as_ref());
        }
        selected
            .iter()
            .try_for_each(|index| self.set_sub(*index, place, value.clone()))
    }

    fn read(&self, value: &Value) -> Result<Vec<Value>, Error> {
        match attribute_value(self.place, &list(value), self.rules)? {
            Some(Value::Array(values)) => Ok(values),
            _ => Ok(Vec::new()),
        }
    }

    /// Adds canonical values; what is there already takes on their sub-attributes.
    fn add(&mut self, added: Vec<Value>) -> Result<(), Error> {
        let attribute = self.place.leaf();
        let mut known = HashMap::with_capacity(self.items.len() + added.len());
        for (index, item) in self.items.iter().enumerate() {
            known.entry(identity(attribute, item)).or_insert(index);
        }
        for item in added {
            let index = *known.entry(identity(attribute, &item)).or_insert(self.items.len());
            self.add_at(index, item)?;
        }
        Ok(())
    }

    fn add_at(&mut self, index: usize, item: Value) -> Result<(), Error> {
        if is_primary(&item) {
            self.primary.push(index);
        }
        match (self.items.get_mut(index), item) {
            (None, item) => self.items.push(item),
            (Some(Value::Object(known)), Value::Object(members)) => {
                check_immutable(self.place, known, &members)?;
                known.extend(members);
            }
            (Some(_), _) => {}
        }
        Ok(())
    }

    /// The value that the filter describes, if it does: `emails[type eq "work"]` (erratum 8097 of RFC
    /// 7644).
    fn described(&self, change: Change<'_>) -> Result<Object, Error> {
        let Some(filter) = change.filter else {
            return Err(Error::no_target(format!(
                "{}: there is no value that could be changed",
                self.place
            )));
        };
        let adds = change.op == Op::Add || self.rules.replace_without_match_adds;
        let terms = equalities(filter).filter(|_| adds).ok_or_else(|| self.no_target())?;
        complex_value(self.place, &Value::Object(terms), self.rules)
    }

    /// Adds a value that a filter describes, with the sub-attributes that the operation gives. Were it
    /// to contradict the filter, repeating the operation would add it again.
    fn create(&mut self, mut described: Object, members: Option<&Object>) -> Result<(), Error> {
        for (name, value) in members.into_iter().flatten() {
            let other = described.insert(name.clone(), value.clone());
            if other.is_some_and(|other| other != *value) {
                return Err(self.no_target());
            }
        }
        match members.filter(|members| !members.is_empty()) {
            None => Ok(()),
            Some(_) => self.add(vec![Value::Object(described)]),
        }
    }

    fn merge(&mut self, index: usize, members: &[(&Attribute, &Value)]) -> Result<(), Error> {
        for (sub, value) in members.iter().filter(|(sub, _)| is_kept(sub)) {
            let place = self.place.with_sub(sub);
            let value = attribute_value(place, value, self.rules)?;
            self.set_sub(index, place, value)?;
        }
        Ok(())
    }

    fn set_sub(&mut self, index: usize, place: Resolved<'_>, value: Option<Value>) -> Result<(), Error> {
        let Some(Value::Object(item)) = self.items.get_mut(index) else {
            return Ok(());
        };
        let name = &place.leaf().name;
        // Also where it was primary before: of several that are to be primary, none is the newest.
        if name == "primary" && value == Some(true.into()) {
            self.primary.push(index);
        }
        if item.get(name) == value.as_ref() {
            return Ok(());
        }
        if item.contains_key(name) && place.leaf().mutability == Mutability::Immutable {
            return Err(Error::mutability(format!("{place}: cannot be changed once it is set")));
        }
        let Some(value) = value else {
            if place.leaf().required {
                return Err(Error::mutability(format!("{place}: is required")));
            }
            item.shift_remove(name);
            self.alike = true;
            return Ok(());
        };
        item.insert(name.clone(), value);
        self.alike = true;
        Ok(())
    }

    fn replace(&mut self, index: usize, value: &Value) -> Result<(), Error> {
        let Some(item) = self.items.get_mut(index) else {
            return Ok(());
        };
        if let (Value::Object(before), Value::Object(after)) = (&*item, value) {
            check_immutable(self.place, before, after)?;
        }
        if is_primary(value) {
            self.primary.push(index);
        }
        item.clone_from(value);
        self.alike = true;
        Ok(())
    }

    /// Removes the selected values, which are in order; `add` without value removes nothing.
    fn remove(&mut self, selected: &[usize], op: Op) -> Result<(), Error> {
        if op != Op::Add {
            let mut index = 0..;
            self.items
                .retain(|_| index.next().is_none_or(|index| selected.binary_search(&index).is_err()));
        }
        Ok(())
    }

    /// Removes just the values of a list, which the RFC is silent about; never all for a mistake in it.
    fn remove_listed(&mut self, value: &Value) -> Result<(), Error> {
        let list = list(value);
        for element in list.as_array().into_iter().flatten() {
            let Some(wanted) = one_value(self.place, element, self.rules)? else {
                return Err(Error::invalid_value(format!(
                    "{}: each value must say what to remove",
                    self.place
                )));
            };
            let attribute = self.place.leaf();
            self.items.retain(|item| !names(attribute, &wanted, item));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Value>, Error> {
        if !self.primary.is_empty() {
            let primary: HashSet<_> = self.primary.into_iter().collect();
            let others = self.items.iter_mut().enumerate();
            let others = others.filter(|(index, item)| is_primary(item) && !primary.contains(index));
            for (_, item) in others {
                if let Some(primary) = item.get_mut("primary") {
                    *primary = false.into();
                }
            }
        }
        self.items
            .retain(|item| item.as_object().is_none_or(|item| !item.is_empty()));
        if self.alike {
            return unique(self.place, self.items);
        }
        check_values(self.place, &self.items)?;
        Ok(self.items)
    }

    fn no_target(&self) -> Error {
        Error::no_target(format!("{}: no value satisfies the filter", self.place))
    }
}

/// True if an element of a list to remove means this value: by `value`, and `type` if it has one;
/// without `value` by all that it has.
fn names(attribute: &Attribute, wanted: &Value, item: &Value) -> bool {
    let Value::Object(wanted) = wanted else {
        return equal(attribute, wanted, item);
    };
    let by_value = wanted.contains_key("value");
    let deciding = wanted
        .iter()
        .filter(|(name, _)| !by_value || *name == "value" || *name == "type");
    deciding
        .into_iter()
        .all(|(name, wanted)| match (attribute.sub_attribute(name), item.get(name)) {
            (Some(sub), Some(value)) => equal(sub, wanted, value),
            _ => *wanted == false,
        })
}

fn check_immutable(place: Resolved<'_>, before: &Object, after: &Object) -> Result<(), Error> {
    let subs = place.attribute.sub_attributes.iter();
    for sub in subs.filter(|sub| sub.mutability == Mutability::Immutable) {
        if let (Some(before), Some(after)) = (before.get(&sub.name), after.get(&sub.name))
            && before != after
        {
            let place = place.with_sub(sub);
            return Err(Error::mutability(format!("{place}: cannot be changed once it is set")));
        }
    }
    Ok(())
}

/// The sub-attributes of a value that a filter describes in full: a conjunction of `eq`.
fn equalities(filter: &Filter) -> Option<Object> {
    let terms = match filter {
        Filter::And(terms) => terms.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut members = Object::new();
    for term in terms {
        let Filter::Compare {
            path,
            op: Operator::Eq,
            value,
        } = term
        else {
            return None;
        };
        let plain = path.schema.is_none() && path.filter.is_none() && path.sub.is_none();
        let name = path.attribute.as_ref().filter(|_| plain && !value.is_null())?;
        let other = members.insert(name.clone(), value.clone());
        if other.is_some_and(|other| other != *value) {
            return None;
        }
    }
    Some(members)
}
