//! References between resources: `$ref` beside a `value` that holds an id.
//!
//! A `$ref` that follows from its `value`, since the schema allows one resource type only, is no part of a document: it
//! is made when the document is stored, relative to the base URL, so that the directory may be reached by any.
use schemas::{Attribute, Catalogue, Object, ResourceType};
use serde_json::Value;

use super::memberships;

const REF: &str = "$ref";

/// Takes out what [`complete`] puts in, and makes references of other forms relative where they are to resources of
/// ours.
pub(super) fn reduce(catalogue: &Catalogue, resource_type: &ResourceType, content: &mut Object) {
    each(resource_type, content, |attribute, element| {
        let endpoints = endpoints(catalogue, attribute);
        if target(&endpoints, element).is_some() {
            element.shift_remove(REF);
            return;
        }
        if let Some(relative) = relative(&endpoints, element) {
            element.insert(REF.to_owned(), Value::String(relative));
        }
    });
}

/// Puts in the references that follow from ids.
pub(super) fn complete(catalogue: &Catalogue, resource_type: &ResourceType, content: &mut Object) {
    each(resource_type, content, |attribute, element| {
        let endpoints = endpoints(catalogue, attribute);
        if let Some(target) = target(&endpoints, element) {
            element.insert(REF.to_owned(), Value::String(target));
        }
    });
}

/// Whether the text is a reference relative to the base URL: an endpoint and an id.
pub(super) fn is_relative(catalogue: &Catalogue, text: &str) -> bool {
    text.split_once('/').is_some_and(|(endpoint, id)| {
        memberships::parsed(id).is_some() && catalogue.types().iter().any(|other| other.endpoint == endpoint)
    })
}

/// Calls `change` with each value of each attribute that can hold references.
fn each(resource_type: &ResourceType, content: &mut Object, change: impl Fn(&Attribute, &mut Object)) {
    for attribute in referring(&resource_type.schema.attributes) {
        values(content.get_mut(&attribute.name), |element| change(attribute, element));
    }
    for extension in &resource_type.extensions {
        let Some(Value::Object(container)) = content.get_mut(&extension.schema.id) else {
            continue;
        };
        for attribute in referring(&extension.schema.attributes) {
            values(container.get_mut(&attribute.name), |element| change(attribute, element));
        }
    }
}

fn referring(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    let refers =
        |attribute: &&Attribute| attribute.sub_attribute(REF).is_some() && attribute.sub_attribute("value").is_some();
    attributes.iter().filter(refers)
}

fn values(value: Option<&mut Value>, change: impl Fn(&mut Object)) {
    match value {
        Some(Value::Object(element)) => change(element),
        Some(Value::Array(elements)) => elements.iter_mut().filter_map(Value::as_object_mut).for_each(change),
        _ => {}
    }
}

/// Endpoints of the resource types that the attribute may refer to.
fn endpoints<'a>(catalogue: &'a Catalogue, attribute: &Attribute) -> Vec<&'a str> {
    let types = attribute.sub_attribute(REF).map_or(&[][..], |sub| &sub.reference_types);
    let served = types.iter().filter_map(|name| catalogue.by_name(name));
    served.map(|served| served.endpoint.as_str()).collect()
}

/// The reference that follows from the element's id.
fn target(endpoints: &[&str], element: &Object) -> Option<String> {
    let id = element
        .get("value")?
        .as_str()
        .filter(|id| memberships::parsed(id).is_some())?;
    match endpoints {
        [endpoint] => Some(format!("{endpoint}/{id}")),
        _ => None,
    }
}

/// The element's reference without what stands before the endpoint.
fn relative(endpoints: &[&str], element: &Object) -> Option<String> {
    let id = element
        .get("value")?
        .as_str()
        .filter(|id| memberships::parsed(id).is_some())?;
    let reference = element.get(REF)?.as_str()?;
    endpoints.iter().find_map(|endpoint| {
        let relative = format!("{endpoint}/{id}");
        let before = reference.strip_suffix(&relative)?;
        (before.is_empty() || before.ends_with('/')).then_some(relative)
    })
}
