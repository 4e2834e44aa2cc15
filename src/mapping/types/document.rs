//! A resource to try expressions with.
use schemas::validate::is_kept;
use schemas::{Attribute, Object, ResourceType, Type};
use serde_json::json;

use crate::mapping::source::REF;

/// A resource that has all that an expression can meet: what is kept apart, as memberships, taken and forgotten, as a
/// password, or made by the service provider, as `meta`, is in no document.
pub(super) fn document(resource_type: &ResourceType) -> Object {
    let common = ["externalId", "schemas"];
    let common = common.into_iter().filter_map(|name| resource_type.attribute(name));
    let rows = resource_type.rows().map(|rows| rows.name.as_str());
    let core = resource_type.schema.attributes.iter();
    let core = core.filter(|attribute| is_kept(attribute) && Some(&*attribute.name) != rows);
    let mut document = object(common.chain(core));
    for extension in &resource_type.extensions {
        let attributes = extension.schema.attributes.iter();
        let attributes = object(attributes.filter(|attribute| is_kept(attribute)));
        document.insert(extension.schema.id.clone(), attributes.into());
    }
    document
}

fn object<'a>(attributes: impl Iterator<Item = &'a Attribute>) -> Object {
    attributes
        .map(|attribute| (attribute.name.clone(), value(attribute)))
        .collect()
}

fn value(attribute: &Attribute) -> serde_json::Value {
    let one = match attribute.kind {
        Type::Boolean => json!(true),
        Type::Decimal => json!(1.5),
        Type::Integer => json!(1),
        Type::Complex => {
            let subs = attribute.sub_attributes.iter();
            object(subs.filter(|sub| is_kept(sub) && sub.name != REF)).into()
        }
        Type::String | Type::DateTime | Type::Binary | Type::Reference => json!("1"),
    };
    match attribute.multi_valued {
        true => json!([one]),
        false => one,
    }
}
