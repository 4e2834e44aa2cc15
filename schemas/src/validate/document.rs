//! The canonical document: which attributes it holds, and in which order.
use serde_json::Value;

use crate::Object;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Mutability, Returned};

/// True if a client's value of the attribute is stored. What is read-only is the server's own, and
/// what is never returned, such as `password`, is taken and forgotten.
pub fn is_kept(attribute: &Attribute) -> bool {
    match attribute.mutability {
        Mutability::ReadOnly | Mutability::WriteOnly => false,
        Mutability::ReadWrite | Mutability::Immutable => attribute.returned != Returned::Never,
    }
}

/// True if a value must be given although none is stored.
pub(super) fn is_asked_for(attribute: &Attribute) -> bool {
    attribute.required && attribute.mutability != Mutability::ReadOnly && !is_kept(attribute)
}

/// Puts the attributes into the schemas' order and computes `schemas`, which names the extensions that
/// have values. Attributes that no schema has any more stay, at the end.
pub(crate) fn arrange(kind: &ResourceType, mut resource: Object) -> Object {
    let mut arranged = Object::with_capacity(resource.len());
    arranged.insert("schemas".to_owned(), Value::Null);
    let mut urns = vec![Value::from(kind.schema.id.as_str())];
    resource.shift_remove("schemas");
    take(&kind.common.attributes, &mut resource, &mut arranged);
    take(&kind.schema.attributes, &mut resource, &mut arranged);
    for extension in &kind.extensions {
        let id = &extension.schema.id;
        let Some(Value::Object(mut container)) = resource.shift_remove(id) else {
            continue;
        };
        let mut ordered = Object::with_capacity(container.len());
        take(&extension.schema.attributes, &mut container, &mut ordered);
        ordered.extend(container);
        if !ordered.is_empty() {
            urns.push(id.as_str().into());
            arranged.insert(id.clone(), Value::Object(ordered));
        }
    }
    arranged.extend(resource);
    arranged.insert("schemas".to_owned(), Value::Array(urns));
    arranged
}

fn take(attributes: &[Attribute], from: &mut Object, to: &mut Object) {
    for attribute in attributes {
        if let Some(value) = from.shift_remove(&attribute.name) {
            to.insert(attribute.name.clone(), ordered(attribute, value));
        }
    }
}

fn ordered(attribute: &Attribute, value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(|value| ordered(attribute, value)).collect(),
        Value::Object(mut members) => {
            let mut complex = Object::with_capacity(members.len());
            take(&attribute.sub_attributes, &mut members, &mut complex);
            complex.extend(members);
            Value::Object(complex)
        }
        simple => simple,
    }
}
