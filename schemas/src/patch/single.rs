//! Operations on single-valued attributes and sub-attributes.
use serde_json::Value;

use super::apply::{Change, Draft};
use super::parse::Op;
use crate::Object;
use crate::error::Error;
use crate::resource_type::Resolved;
use crate::schema::{Mutability, Type};
use crate::validate::{attribute_value, given, is_kept};

impl Draft<'_> {
    /// Changes a single value. The sub-attributes of a complex one that the value does not name stay
    /// (RFC 7644 section 3.5.2.3).
    pub(super) fn single(&mut self, place: Resolved<'_>, change: Change<'_>) -> Result<(), Error> {
        let Some(value) = change.value.filter(|_| change.op != Op::Remove) else {
            return self.assign(place, None);
        };
        if place.leaf().kind != Type::Complex {
            let value = attribute_value(place, value, self.rules)?;
            return self.assign(place, value);
        }
        for (sub, value) in given(place, value, self.rules)? {
            if !is_kept(sub) {
                continue;
            }
            let place = place.with_sub(sub);
            let value = attribute_value(place, value, self.rules)?;
            self.assign(place, value)?;
        }
        Ok(())
    }

    /// Sets or clears the value of a place.
    ///
    /// # Errors
    /// `mutability` if it is immutable and has another value, or is required and would have none.
    pub(super) fn assign(&mut self, place: Resolved<'_>, value: Option<Value>) -> Result<(), Error> {
        let before = self.value(place);
        if before == value.as_ref() {
            return Ok(());
        }
        let whole = place.sub.is_none() && value.is_none();
        let subs = place.attribute.sub_attributes.iter().filter(|_| whole);
        let set = |sub: &crate::Attribute| before.and_then(|before| before.get(&sub.name)).is_some();
        let fixed = subs.filter(|sub| sub.mutability == Mutability::Immutable).any(set);
        let immutable = [place.attribute, place.leaf()]
            .iter()
            .any(|attribute| attribute.mutability == Mutability::Immutable);
        if before.is_some() && (immutable || fixed) {
            return Err(Error::mutability(format!("{place}: cannot be changed once it is set")));
        }
        match value {
            Some(value) => self.set(place, value),
            None => self.clear(place)?,
        }
        Ok(())
    }

    /// The value of a place.
    pub(super) fn value(&self, place: Resolved<'_>) -> Option<&Value> {
        let attribute = match place.extension {
            None => self.resource.get(&place.attribute.name)?,
            Some(schema) => self.resource.get(&schema.id)?.get(&place.attribute.name)?,
        };
        match place.sub {
            None => Some(attribute),
            Some(sub) => attribute.get(&sub.name),
        }
    }

    fn set(&mut self, place: Resolved<'_>, value: Value) {
        let container = match place.extension {
            None => &mut self.resource,
            Some(schema) => object_in(&mut self.resource, &schema.id),
        };
        let container = match place.sub {
            None => container,
            Some(_) => object_in(container, &place.attribute.name),
        };
        container.insert(place.leaf().name.clone(), value);
    }

    /// What is left empty goes as well: the complex attribute, and the extension's container.
    fn clear(&mut self, place: Resolved<'_>) -> Result<(), Error> {
        let parent = Resolved { sub: None, ..place };
        let last = |object: Option<&Value>| object.and_then(Value::as_object).is_none_or(|object| object.len() == 1);
        if place.leaf().required {
            return Err(Error::mutability(format!("{place}: is required")));
        }
        if place.sub.is_some() && last(self.value(parent)) {
            return self.clear(parent);
        }
        if place.sub.is_none()
            && let Some(schema) = place.extension
            && last(self.resource.get(&schema.id))
        {
            self.resource.shift_remove(&schema.id);
            return Ok(());
        }
        let container = match place.extension {
            None => &mut self.resource,
            Some(schema) => object_in(&mut self.resource, &schema.id),
        };
        let container = match place.sub {
            None => container,
            Some(_) => object_in(container, &place.attribute.name),
        };
        container.shift_remove(&place.leaf().name);
        Ok(())
    }
}

/// The object under a name, made if there is none.
fn object_in<'o>(object: &'o mut Object, name: &str) -> &'o mut Object {
    let value = object.entry(name).or_insert(Value::Null);
    if !value.is_object() {
        *value = Value::Object(Object::new());
    }
    value.as_object_mut().expect("it was made an object just now")
}
