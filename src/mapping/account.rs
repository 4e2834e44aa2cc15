//! What an account should be, from a resource.
use adapters::Fields;
use adapters::descriptor::{Descriptor, Field, FieldType, Kind};
use schemas::Object;
use serde_json::Value;

use super::{check, source};
use crate::config;

/// What a target should have of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Person or group.
    pub kind: Kind,
    /// False for a person whose `active` is false.
    pub active: bool,
    /// Vendor fields; a field without value is `Null`, so that it is cleared.
    pub fields: Fields,
    /// Why the vendor would refuse it, as far as the descriptor tells. Of no account while `active` is false.
    pub faults: Vec<Fault>,
}

/// A rule of the vendor that a resource breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The vendor's field.
    pub field: String,
    /// The SCIM attribute that it comes from.
    pub attribute: String,
    /// The rule, to be read after the field's name: `is required`, `must be an e-mail address`.
    pub rule: String,
}

/// What the target should have of the resource; `None` if its vendor has no such kind.
///
/// The resource has canonical names, as it is stored. A value that breaks a rule stays in the fields beside its fault.
pub fn wanted(
    descriptor: &Descriptor,
    _target: &config::Target,
    resource_type: &str,
    resource: &Object,
) -> Option<Wanted> {
    let kind = kind(resource_type)?;
    let fields = &descriptor.kind(kind)?.fields;
    let mut account = Wanted {
        kind,
        active: kind == Kind::Group || resource.get("active") != Some(&Value::Bool(false)),
        fields: Fields::new(),
        faults: Vec::new(),
    };
    for field in fields {
        let value = value(field, resource_type, resource);
        let (value, rule) = check::checked(descriptor, field, value);
        account.faults.extend(rule.map(|rule| Fault {
            field: field.name.clone(),
            attribute: attribute(field).to_owned(),
            rule,
        }));
        account.fields.insert(field.name.clone(), value);
    }
    Some(account)
}

/// The SCIM attribute from which a vendor's field comes; the field itself if it comes from none.
pub fn attribute_of<'a>(descriptor: &'a Descriptor, kind: Kind, field: &'a str) -> &'a str {
    let found = descriptor.kind(kind).and_then(|kind| kind.field(field));
    found.map_or(field, attribute)
}

/// Whether the vendor's field is a role.
pub fn is_role(descriptor: &Descriptor, kind: Kind, field: &str) -> bool {
    let field = descriptor.kind(kind).and_then(|kind| kind.field(field));
    field.is_some_and(|field| field.kind == FieldType::Role)
}

/// The kind of account that resources of a type become; `None` if they become none.
pub fn kind(resource_type: &str) -> Option<Kind> {
    match resource_type {
        "User" => Some(Kind::User),
        "Group" => Some(Kind::Group),
        _ => None,
    }
}

fn attribute(field: &Field) -> &str {
    field.default_source.as_deref().unwrap_or(&field.name)
}

fn value(field: &Field, resource_type: &str, resource: &Object) -> Value {
    let sources = field.default_source.iter().chain(&field.fallback_sources);
    sources
        .into_iter()
        .find_map(|paths| source::value(resource_type, resource, paths))
        .or_else(|| field.default_value.clone())
        .unwrap_or(Value::Null)
}
