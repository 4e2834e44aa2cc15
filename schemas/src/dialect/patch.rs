//! Bodies of PATCH.
use serde_json::{Value, json};

use super::Rules;
use super::filter::normalise_filter;
use super::resource::container;
use super::urns::Urns;
use super::value::{attribute_value, element, only, put};
use crate::Object;
use crate::path::AttributePath;
use crate::resource_type::{Resolved, ResourceType};
use crate::schema::Mutability;
use crate::urn;

/// Brings a PATCH, as a client writes it, into the form that [`crate::patch`] asks for.
pub fn normalise_patch(rules: &Rules, kind: &ResourceType, body: Value) -> Value {
    let Value::Object(mut body) = body else {
        return body;
    };
    if !rules.normalise {
        return Value::Object(body);
    }
    if rules.without_schemas && is_blank(key(&body, "schemas").and_then(|key| body.get(&key))) {
        let key = key(&body, "schemas").unwrap_or_else(|| "schemas".to_owned());
        body.insert(key, json!([urn::PATCH_OP]));
    }
    let normaliser = Normaliser {
        rules,
        kind,
        urns: Urns::of(kind),
    };
    let operations = key(&body, "Operations").and_then(|key| body.get_mut(&key));
    for operation in operations.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(operation) = operation {
            normaliser.operation(operation);
        }
    }
    Value::Object(body)
}

struct Normaliser<'a> {
    rules: &'a Rules,
    kind: &'a ResourceType,
    urns: Urns<'a>,
}

impl Normaliser<'_> {
    fn operation(&self, operation: &mut Object) {
        let is = |operation: &Object, op: &str| {
            let found = key(operation, "op").and_then(|key| operation.get(&key)?.as_str().map(str::to_owned));
            found.is_some_and(|found| found.eq_ignore_ascii_case(op))
        };
        let path = take(operation, "path").filter(|path| !is_blank(Some(path)));
        let value = take(operation, "value");
        let Some(path) = path else {
            operation.extend(value.map(|value| ("value".to_owned(), self.members(value))));
            return;
        };
        let Value::String(path) = path else {
            operation.insert("path".to_owned(), path);
            operation.extend(value.map(|value| ("value".to_owned(), value)));
            return;
        };
        let path = self.path(&path);
        let parsed = AttributePath::parse(&path).ok();
        if parsed.as_ref().is_some_and(|parsed| self.drops(parsed)) {
            *operation = nothing();
            return;
        }
        operation.insert("path".to_owned(), path.into());
        // Beside a removal an empty text says nothing, unless the values to remove are to be listed: then there are
        // none.
        let listed = parsed.as_ref().is_some_and(|parsed| self.lists(parsed));
        let value = value.filter(|value| value != "" || listed || !is(operation, "remove"));
        let value = value.map(|value| match &parsed {
            Some(parsed) => self.value(parsed, value),
            None => value,
        });
        if value == Some(Value::Null) && is(operation, "replace") {
            // A replacement by nothing is a removal, which succeeds also where there is nothing.
            operation.shift_remove(&key(operation, "op").unwrap_or_default());
            operation.insert("op".to_owned(), "remove".into());
            return;
        }
        operation.extend(value.map(|value| ("value".to_owned(), value)));
    }

    /// The value of an operation without path: a part of the resource, of which the client may not
    /// change everything that it echoes.
    fn members(&self, value: Value) -> Value {
        let Value::Object(members) = value else {
            return value;
        };
        let mut normalised = Object::with_capacity(members.len());
        for (name, value) in members {
            let path = self.path(&name);
            let Ok(parsed) = AttributePath::parse(&path) else {
                normalised.insert(name, value);
                continue;
            };
            let resolved = self.kind.resolve(&parsed);
            if !resolved.is_some_and(|resolved| is_echo(&resolved)) {
                put(&mut normalised, &path, (name, self.value(&parsed, value)));
            }
        }
        Value::Object(normalised)
    }

    fn path(&self, path: &str) -> String {
        normalise_filter(self.rules, Some(self.kind), &self.urns.path(path))
    }

    /// True if the rules drop an operation on a path that the resource type does not have.
    fn drops(&self, path: &AttributePath) -> bool {
        let known = self.kind.resolve(path).is_some()
            || self.kind.extension(path).is_some()
            || path.full_name().eq_ignore_ascii_case(&self.kind.schema.id);
        self.rules.unknown_paths_dropped && !known
    }

    /// True if all values of a multi-valued attribute are meant, of which a removal may list some.
    fn lists(&self, path: &AttributePath) -> bool {
        let place = self
            .kind
            .resolve(path)
            .filter(|place| place.sub.is_none() && path.filter.is_none());
        place.is_some_and(|place| place.attribute.multi_valued)
    }

    fn value(&self, path: &AttributePath, value: Value) -> Value {
        let Some(place) = self.kind.resolve(path) else {
            return container(self.kind, &path.full_name(), value);
        };
        if place.sub.is_none() && path.filter.is_some() && place.attribute.multi_valued {
            return element(place.attribute, only(value));
        }
        attribute_value(place.leaf(), value)
    }
}

/// An operation without effect, since a PATCH needs one.
fn nothing() -> Object {
    Object::from_iter([
        ("op".to_owned(), "add".into()),
        ("value".to_owned(), Value::Object(Object::new())),
    ])
}

/// Okta and authentik send `id` and `schemas` back with a new name.
fn is_echo(place: &Resolved<'_>) -> bool {
    place.attribute.mutability == Mutability::ReadOnly
        || place.leaf().mutability == Mutability::ReadOnly
        || place.extension.is_none() && place.attribute.name == "schemas"
}

fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(values)) => values.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => false,
    }
}

/// The name of a member in the spelling of the body, unless there are two.
fn key(body: &Object, name: &str) -> Option<String> {
    let mut keys = body.keys().filter(|key| key.eq_ignore_ascii_case(name));
    let first = keys.next()?;
    keys.next().is_none().then(|| first.clone())
}

fn take(body: &mut Object, name: &str) -> Option<Value> {
    body.shift_remove(&key(body, name)?)
}
