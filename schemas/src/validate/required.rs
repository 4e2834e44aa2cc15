//! What a resource cannot be without (RFC 7643 section 7, `required`).
use serde_json::Value;

use super::document::is_kept;
use crate::Object;
use crate::resource_type::{Resolved, ResourceType};
use crate::schema::{Attribute, Schema};

/// The paths of required attributes and extensions that the canonical document lacks. Membership rows,
/// and what is not kept in documents, are not looked for.
pub(crate) fn missing(kind: &ResourceType, resource: &Object) -> Vec<String> {
    let mut paths = Vec::new();
    let rows = kind.rows().map(|attribute| attribute.name.as_str());
    let core = kind
        .schema
        .attributes
        .iter()
        .filter(|attribute| Some(attribute.name.as_str()) != rows);
    attributes(None, core, resource, &mut paths);
    for extension in &kind.extensions {
        let schema = &*extension.schema;
        match resource.get(&schema.id) {
            Some(Value::Object(container)) => attributes(Some(schema), schema.attributes.iter(), container, &mut paths),
            _ if extension.required => paths.push(schema.id.clone()),
            _ => {}
        }
    }
    paths
}

fn attributes<'a>(
    extension: Option<&'a Schema>,
    attributes: impl Iterator<Item = &'a Attribute>,
    container: &Object,
    paths: &mut Vec<String>,
) {
    for attribute in attributes.filter(|attribute| is_kept(attribute)) {
        let place = Resolved::of(extension, attribute);
        match assigned(container.get(&attribute.name)) {
            None if attribute.required => paths.push(place.to_string()),
            None => {}
            Some(Value::Array(values)) => values.iter().for_each(|value| subs(place, value, paths)),
            Some(value) => subs(place, value, paths),
        }
    }
}

fn subs(place: Resolved<'_>, value: &Value, paths: &mut Vec<String>) {
    let required = place
        .attribute
        .sub_attributes
        .iter()
        .filter(|sub| sub.required && is_kept(sub));
    for sub in required.filter(|sub| assigned(value.get(&sub.name)).is_none()) {
        paths.push(place.with_sub(sub).to_string());
    }
}

/// An empty string is a value, but not one that something required can do with: `userName` must not be
/// empty (RFC 7643 section 4.1.1).
fn assigned(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| value.as_str() != Some(""))
}
