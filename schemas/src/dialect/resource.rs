//! Bodies of POST and PUT.
use serde_json::Value;

use super::Rules;
use super::urns::Urns;
use super::value::{attribute_value, put};
use crate::Object;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Schema};

/// What names the schemas of a body.
const SCHEMAS: &str = "schemas";

/// Brings a resource, as a client writes it, into the form that [`crate::validate`] asks for.
pub fn normalise_resource(rules: &Rules, kind: &ResourceType, body: Value) -> Value {
    match body {
        Value::Object(members) if rules.normalise => Value::Object(resource(rules, kind, members)),
        other => other,
    }
}

fn resource(rules: &Rules, kind: &ResourceType, members: Object) -> Object {
    let urns = Urns::of(kind);
    let mut normalised = Object::with_capacity(members.len());
    let mut listed = None;
    for (name, value) in members {
        if name.eq_ignore_ascii_case(SCHEMAS) && listed.is_none() {
            listed = Some(value);
        } else if let Some(urn) = urns.canonical(&name) {
            put(&mut normalised, urn, (name, container(kind, urn, value)));
        } else {
            let value = match kind.attribute(&name) {
                Some(attribute) => attribute_value(attribute, value),
                None => value,
            };
            normalised.insert(name, value);
        }
    }
    let listed = listed.filter(|listed| !listed.is_null());
    if rules.without_schemas || listed.is_some() {
        let listed = schemas(kind, &urns, listed.unwrap_or_default());
        put(&mut normalised, SCHEMAS, (SCHEMAS.to_owned(), listed));
    }
    normalised
}

/// The attributes of one schema, under its URN.
pub(super) fn container(kind: &ResourceType, urn: &str, value: Value) -> Value {
    let Value::Object(members) = value else {
        return if value == "" { Value::Null } else { value };
    };
    let schema = kind.extension_by_urn(urn).map(|extension| &*extension.schema);
    let members = members
        .into_iter()
        .map(|(name, value)| match attribute(kind, schema, &name) {
            Some(attribute) => {
                let value = attribute_value(attribute, value);
                (name, value)
            }
            None => (name, value),
        });
    members.collect()
}

fn attribute<'a>(kind: &'a ResourceType, schema: Option<&'a Schema>, name: &str) -> Option<&'a Attribute> {
    match schema {
        Some(schema) => schema.attribute(name),
        None => kind.attribute(name),
    }
}

/// A body without `schemas` is meant for the endpoint it is sent to. One that names schemas, and not
/// the endpoint's, may be meant for another.
fn schemas(kind: &ResourceType, urns: &Urns<'_>, listed: Value) -> Value {
    let listed = match listed {
        Value::Array(listed) => listed,
        Value::Null => Vec::new(),
        single => vec![single],
    };
    if listed.is_empty() {
        return Value::Array(vec![kind.schema.id.as_str().into()]);
    }
    let canonical = |value: &Value| value.as_str().and_then(|text| urns.canonical(text)).map(Value::from);
    listed
        .into_iter()
        .map(|value| canonical(&value).unwrap_or(value))
        .collect()
}
