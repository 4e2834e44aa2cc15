//! A PATCH applied to a resource, operation by operation.
use std::collections::HashSet;

use serde_json::Value;

use super::parse::{Op, Operation, Patch, at};
use super::place::{Target, target};
use super::rows::RowChange;
use crate::Object;
use crate::body::check_schemas;
use crate::dialect::Rules;
use crate::error::Error;
use crate::filter::Filter;
use crate::path::AttributePath;
use crate::resource_type::{Extension, Resolved, ResourceType};
use crate::schema::Mutability;
use crate::validate::{VISITS_MAX, arrange, attribute_value, given_twice, is_kept, missing, unknown};

/// What a PATCH makes of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    /// The canonical document after all operations.
    pub resource: Object,
    /// The changes of memberships, in this order.
    pub rows: Vec<RowChange>,
    /// True if the document differs from the one before; memberships are not counted.
    pub changed: bool,
}

impl Patch {
    /// Applies the operations in order to the canonical document `current` (see [`crate::validate`]).
    ///
    /// # Errors
    /// The first operation that fails, named in the detail as `Operations[n]`: `invalidPath` for a path
    /// that the resource type does not have; `invalidFilter` for a filter in it that does not fit;
    /// `noTarget` for an `add` or `replace` whose filter selects nothing; `mutability` for a read-only
    /// attribute, an immutable one that is set, and the removal of a required one; `invalidValue` for a
    /// value that does not fit, and if the result lacks something required; 413 for operations that would
    /// go through too many values.
    pub fn apply(&self, kind: &ResourceType, current: &Object, rules: &Rules) -> Result<Patched, Error> {
        let mut draft = Draft {
            kind,
            rules,
            resource: current.clone(),
            rows: Vec::new(),
            visits: 0,
        };
        for (index, operation) in self.operations.iter().enumerate() {
            draft.operation(operation).map_err(|error| at(index, error))?;
        }
        draft.finish(current)
    }
}

/// The resource between two operations.
pub(super) struct Draft<'a> {
    pub(super) kind: &'a ResourceType,
    pub(super) rules: &'a Rules,
    pub(super) resource: Object,
    pub(super) rows: Vec<RowChange>,
    /// Values that the operations have gone through.
    visits: usize,
}

/// An operation without its target.
#[derive(Clone, Copy)]
pub(super) struct Change<'v> {
    pub(super) op: Op,
    pub(super) filter: Option<&'v Filter>,
    /// One of null counts as none.
    pub(super) value: Option<&'v Value>,
    /// Whether there is a value, be it null.
    pub(super) given: bool,
}

impl Change<'_> {
    /// Whether it says of what values to remove, and names none: that is not all of them.
    pub(super) fn removes_nothing(self) -> bool {
        self.op == Op::Remove && self.filter.is_none() && self.given && self.value.is_none()
    }
}

impl<'a> Draft<'a> {
    /// Counts values that an operation goes through.
    ///
    /// # Errors
    /// 413 if they are too many.
    pub(super) fn visit(&mut self, values: usize) -> Result<(), Error> {
        self.visits = self.visits.saturating_add(values);
        if self.visits <= VISITS_MAX {
            return Ok(());
        }
        Err(Error::too_large(format!(
            "the operations go through more than {VISITS_MAX} values: send them in several requests"
        )))
    }

    fn operation(&mut self, operation: &Operation) -> Result<(), Error> {
        let change = Change {
            op: operation.op,
            filter: operation.path.as_ref().and_then(|path| path.filter.as_deref()),
            value: operation.value.as_ref().filter(|value| !value.is_null()),
            given: operation.value.is_some(),
        };
        let Some(path) = &operation.path else {
            return self.members(None, change);
        };
        match target(self.kind, path) {
            Some(target) => self.change(target, change),
            None => Err(Error::invalid_path(format!(
                "{path}: there is no such attribute of {}",
                self.kind.name
            ))),
        }
    }

    /// An operation on several attributes: each member of the value is an operation of its own, whose
    /// path is its name. The names are those of a schema, if a URN is given.
    fn members(&mut self, urn: Option<&str>, change: Change<'_>) -> Result<(), Error> {
        let Some(Value::Object(members)) = change.value else {
            let place = urn.unwrap_or("value");
            return Err(Error::invalid_value(format!(
                "{place}: must be an object of attributes"
            )));
        };
        let mut seen = HashSet::with_capacity(members.len());
        for (name, value) in members {
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(given_twice(name));
            }
            let Some((target, path)) = self.named(urn, name) else {
                unknown(name, self.rules)?;
                continue;
            };
            let change = Change {
                op: change.op,
                filter: path.filter.as_deref(),
                value: Some(value).filter(|value| !value.is_null()),
                given: true,
            };
            self.change(target, change)?;
        }
        Ok(())
    }

    fn named(&self, urn: Option<&str>, name: &str) -> Option<(Target<'a>, AttributePath)> {
        let mut path = AttributePath::parse(name).ok()?;
        if let Some(urn) = urn {
            if path.schema.is_some() {
                return None;
            }
            path.schema = Some(urn.to_owned());
        }
        Some((target(self.kind, &path)?, path))
    }

    fn change(&mut self, target: Target<'a>, change: Change<'_>) -> Result<(), Error> {
        match (target, change.op) {
            (Target::Attribute(place), _) => self.attribute(place, change),
            (Target::Core, Op::Remove) => Err(Error::mutability(format!(
                "{}: a resource cannot be without its core attributes",
                self.kind.schema.id
            ))),
            (Target::Core, Op::Add | Op::Replace) => self.members(Some(&self.kind.schema.id), change),
            (Target::Extension(extension), Op::Remove) => self.remove_extension(extension),
            (Target::Extension(extension), Op::Replace) if change.value.is_none() => self.remove_extension(extension),
            (Target::Extension(_), Op::Add) if change.value.is_none() => Ok(()),
            (Target::Extension(extension), Op::Add | Op::Replace) => self.members(Some(&extension.schema.id), change),
        }
    }

    fn attribute(&mut self, place: Resolved<'a>, change: Change<'_>) -> Result<(), Error> {
        let read_only = [place.attribute, place.leaf()];
        if read_only
            .iter()
            .any(|attribute| attribute.mutability == Mutability::ReadOnly)
        {
            return Err(Error::mutability(format!("{place}: is read-only")));
        }
        if place.extension.is_none() && place.attribute.name == "schemas" {
            return self.schemas(place, change);
        }
        if !is_kept(place.attribute) || !is_kept(place.leaf()) {
            let value = change.value.filter(|_| change.op != Op::Remove);
            return value.map_or(Ok(()), |value| attribute_value(place, value, self.rules).map(drop));
        }
        if place.extension.is_none() && self.kind.rows() == Some(place.attribute) {
            return self.memberships(place, change);
        }
        if place.attribute.multi_valued || place.leaf().multi_valued {
            return self.values(place, change);
        }
        if change.filter.is_some() {
            return Err(Error::invalid_path(format!("{place}: has no values to choose from")));
        }
        self.single(place, change)
    }

    /// `schemas` follows from the attributes that have values, so that an operation on it is checked
    /// and changes nothing.
    fn schemas(&self, place: Resolved<'_>, change: Change<'_>) -> Result<(), Error> {
        let Some(value) = change.value.filter(|_| change.op != Op::Remove) else {
            return Err(Error::mutability(format!("{place}: is required")));
        };
        if change.op == Op::Replace {
            check_schemas(Some(value), &self.kind.schema.id)?;
        }
        let list = match value {
            Value::Array(_) => value.clone(),
            single => Value::Array(vec![single.clone()]),
        };
        attribute_value(place, &list, self.rules).map(drop)
    }

    fn remove_extension(&mut self, extension: &Extension) -> Result<(), Error> {
        let id = &extension.schema.id;
        let Some(container) = self.resource.get(id) else {
            return Ok(());
        };
        if extension.required {
            return Err(Error::mutability(format!("{id}: is required")));
        }
        let immutable = |attribute: &&crate::Attribute| attribute.mutability == Mutability::Immutable;
        let mut immutable = extension.schema.attributes.iter().filter(immutable);
        if let Some(attribute) = immutable.find(|attribute| container.get(&attribute.name).is_some()) {
            let place = Resolved::of(Some(&extension.schema), attribute);
            return Err(Error::mutability(format!("{place}: cannot be changed once it is set")));
        }
        self.resource.shift_remove(id);
        Ok(())
    }

    /// A resource that lacked something before, since its schema changed meanwhile, may still be
    /// patched: a leaver's deactivation must not fail for it.
    fn finish(self, current: &Object) -> Result<Patched, Error> {
        let resource = arrange(self.kind, self.resource);
        let missing_before = missing(self.kind, current);
        let missing_now = missing(self.kind, &resource);
        if let Some(path) = missing_now.iter().find(|path| !missing_before.contains(path)) {
            return Err(Error::invalid_value(format!("{path}: is required")));
        }
        let changed = differ(&resource, current);
        Ok(Patched {
            resource: if changed { resource } else { current.clone() },
            rows: self.rows,
            changed,
        })
    }
}

/// `schemas` is left out, since it follows from the rest.
fn differ(one: &Object, other: &Object) -> bool {
    let rest = |object: &Object| object.iter().filter(|(name, _)| *name != "schemas").count();
    let mut members = one.iter().filter(|(name, _)| *name != "schemas");
    rest(one) != rest(other) || members.any(|(name, value)| other.get(name) != Some(value))
}
