//! Whole bodies: POST and PUT.
use serde_json::Value;

use super::bounds::check_depth;
use super::document::{arrange, is_asked_for, is_kept};
use super::required::missing;
use super::rows::{Row, read_rows};
use super::value::{attribute_value, given_twice, required, unknown};
use crate::Object;
use crate::body::check_schemas;
use crate::dialect::Rules;
use crate::error::Error;
use crate::resource_type::{Resolved, ResourceType};
use crate::schema::{Attribute, Mutability, Schema};

/// A body that is valid for its resource type.
#[derive(Clone, Debug, PartialEq)]
pub struct Valid {
    /// The canonical document; it holds neither `id` nor `meta` nor memberships.
    pub resource: Object,
    /// The memberships, each `value` once.
    pub rows: Vec<Row>,
}

/// Validates the body of a POST (RFC 7644 section 3.3).
///
/// # Errors
/// `invalidSyntax` if the body is not an object, lacks the core URN in `schemas`, gives an attribute
/// twice, or an unknown one where the rules refuse those; `invalidValue` for a value that does not fit
/// its attribute, and for a required one that is missing. The detail begins with the attribute's path.
pub fn create(kind: &ResourceType, body: &Value, rules: &Rules) -> Result<Valid, Error> {
    let valid = read(kind, body, rules)?;
    check_required(kind, &valid)?;
    Ok(valid)
}

/// Validates the body of a PUT on a resource whose canonical document is `current` (RFC 7644 section
/// 3.5.1). What the body leaves out is cleared, but for immutable attributes, which keep their values.
///
/// # Errors
/// As [`create`], and `mutability` for another value of an immutable attribute that has one.
pub fn replace(kind: &ResourceType, current: &Object, body: &Value, rules: &Rules) -> Result<Valid, Error> {
    let mut valid = read(kind, body, rules)?;
    keep_immutable(None, &kind.schema.attributes, current, &mut valid.resource)?;
    for extension in &kind.extensions {
        let schema = &*extension.schema;
        let Some(Value::Object(before)) = current.get(&schema.id) else {
            continue;
        };
        let mut after = match valid.resource.shift_remove(&schema.id) {
            Some(Value::Object(container)) => container,
            _ => Object::new(),
        };
        keep_immutable(Some(schema), &schema.attributes, before, &mut after)?;
        valid.resource.insert(schema.id.clone(), Value::Object(after));
    }
    valid.resource = arrange(kind, valid.resource);
    check_required(kind, &valid)?;
    Ok(valid)
}

fn read(kind: &ResourceType, body: &Value, rules: &Rules) -> Result<Valid, Error> {
    check_depth(body)?;
    let Value::Object(members) = body else {
        return Err(Error::invalid_syntax("the body must be a JSON object"));
    };
    let mut reader = Reader {
        kind,
        rules,
        seen: Vec::new(),
        resource: Object::new(),
        rows: Vec::new(),
    };
    for (name, value) in members {
        reader.member(name, value)?;
    }
    if !reader.seen.contains(&(None, "schemas")) {
        check_schemas(None, &kind.schema.id)?;
    }
    reader.check_forgotten()?;
    Ok(Valid {
        resource: arrange(kind, reader.resource),
        rows: reader.rows,
    })
}

/// Collects the attributes of a body.
struct Reader<'a> {
    kind: &'a ResourceType,
    rules: &'a Rules,
    /// URN of the extension, and name, of each attribute that had a value.
    seen: Vec<(Option<&'a str>, &'a str)>,
    resource: Object,
    rows: Vec<Row>,
}

impl<'a> Reader<'a> {
    /// A member of the body: an attribute or a container of a schema. Core attributes in a container
    /// of their own are no form the RFC describes, but some clients use it.
    fn member(&mut self, name: &str, value: &Value) -> Result<(), Error> {
        let kind = self.kind;
        if name.eq_ignore_ascii_case(&kind.schema.id) {
            return self.container(None, value);
        }
        match kind.extension_by_urn(name) {
            Some(extension) => self.container(Some(&extension.schema), value),
            None => self.attribute(None, name, value),
        }
    }

    fn container(&mut self, extension: Option<&'a Schema>, value: &Value) -> Result<(), Error> {
        let urn = extension.map_or(&self.kind.schema.id, |schema| &schema.id);
        match value {
            Value::Null => Ok(()),
            Value::Object(members) => members
                .iter()
                .try_for_each(|(name, value)| self.attribute(extension, name, value)),
            _ => Err(Error::invalid_value(format!("{urn}: must be an object"))),
        }
    }

    fn attribute(&mut self, extension: Option<&'a Schema>, name: &str, value: &Value) -> Result<(), Error> {
        let found = match extension {
            Some(schema) => schema.attribute(name),
            None => self.kind.attribute(name),
        };
        let Some(attribute) = found else {
            let prefix = extension.map_or(String::new(), |schema| format!("{}:", schema.id));
            return unknown(&format!("{prefix}{name}"), self.rules);
        };
        if attribute.mutability == Mutability::ReadOnly {
            return Ok(());
        }
        let place = Resolved::of(extension, attribute);
        let key = (extension.map(|schema| schema.id.as_str()), attribute.name.as_str());
        if self.seen.contains(&key) {
            return Err(given_twice(&place.to_string()));
        }
        if !value.is_null() {
            self.seen.push(key);
        }
        self.value(place, value)
    }

    fn value(&mut self, place: Resolved<'_>, value: &Value) -> Result<(), Error> {
        if place.extension.is_none() && place.attribute.name == "schemas" {
            return check_schemas(Some(value), &self.kind.schema.id);
        }
        if place.extension.is_none() && self.kind.rows() == Some(place.attribute) {
            self.rows = read_rows(place, value, self.rules)?;
            return Ok(());
        }
        let value = attribute_value(place, value, self.rules)?;
        let Some(value) = value.filter(|_| is_kept(place.attribute)) else {
            return Ok(());
        };
        let name = place.attribute.name.clone();
        match place.extension {
            None => self.resource.insert(name, value),
            Some(schema) => container_of(&mut self.resource, &schema.id).insert(name, value),
        };
        Ok(())
    }

    /// Refuses a body without a required attribute of those that are taken and forgotten.
    fn check_forgotten(&self) -> Result<(), Error> {
        self.check_forgotten_of(None, &self.kind.schema.attributes)?;
        for extension in &self.kind.extensions {
            let schema = &*extension.schema;
            let given = self.seen.iter().any(|(urn, _)| *urn == Some(&schema.id));
            if given || extension.required {
                self.check_forgotten_of(Some(schema), &schema.attributes)?;
            }
        }
        Ok(())
    }

    fn check_forgotten_of(&self, extension: Option<&Schema>, attributes: &[Attribute]) -> Result<(), Error> {
        let urn = extension.map(|schema| schema.id.as_str());
        let given = |attribute: &Attribute| self.seen.contains(&(urn, &attribute.name));
        let mut missing = attributes
            .iter()
            .filter(|attribute| is_asked_for(attribute) && !given(attribute));
        let missing = missing.next().map(|attribute| Resolved::of(extension, attribute));
        missing.map_or(Ok(()), |place| Err(required(&place.to_string())))
    }
}

fn container_of<'o>(resource: &'o mut Object, urn: &str) -> &'o mut Object {
    let container = resource.entry(urn).or_insert_with(|| Value::Object(Object::new()));
    container.as_object_mut().expect("only containers are put under URNs")
}

fn check_required(kind: &ResourceType, valid: &Valid) -> Result<(), Error> {
    if let Some(path) = missing(kind, &valid.resource).first() {
        return Err(required(path));
    }
    match kind.rows() {
        Some(rows) if rows.required && valid.rows.is_empty() => Err(required(&rows.name)),
        _ => Ok(()),
    }
}

fn keep_immutable(
    extension: Option<&Schema>,
    attributes: &[Attribute],
    before: &Object,
    after: &mut Object,
) -> Result<(), Error> {
    for attribute in attributes {
        let Some(old) = before.get(&attribute.name) else {
            continue;
        };
        let place = Resolved::of(extension, attribute);
        if attribute.mutability == Mutability::Immutable {
            keep(place, old, after)?;
        }
        if let (Value::Object(old), Some(Value::Object(new))) = (old, after.get_mut(&attribute.name)) {
            keep_immutable_subs(place, old, new)?;
        }
    }
    Ok(())
}

fn keep_immutable_subs(place: Resolved<'_>, before: &Object, after: &mut Object) -> Result<(), Error> {
    let subs = place.attribute.sub_attributes.iter();
    for sub in subs.filter(|sub| sub.mutability == Mutability::Immutable) {
        if let Some(old) = before.get(&sub.name) {
            keep(place.with_sub(sub), old, after)?;
        }
    }
    Ok(())
}

fn keep(place: Resolved<'_>, old: &Value, after: &mut Object) -> Result<(), Error> {
    let new = after.entry(place.leaf().name.as_str()).or_insert_with(|| old.clone());
    if new == old {
        return Ok(());
    }
    Err(Error::mutability(format!("{place}: cannot be changed once it is set")))
}
