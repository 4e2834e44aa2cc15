//! What one gateway serves: schemas and resource types, built in or from files.
use std::sync::Arc;

use serde_json::Value;

use crate::load::{self, TypeDefinition};
use crate::resource_type::{Extension, ResourceType};
use crate::schema::{Attribute, Schema, Type};

/// Endpoints of the protocol itself (RFC 7644 section 3.2).
const RESERVED_ENDPOINTS: &[&str] = &["Schemas", "ResourceTypes", "ServiceProviderConfig", "Bulk", "Me"];

const SCHEMAS: &[&str] = &[
    include_str!("builtin/user.json"),
    include_str!("builtin/group.json"),
    include_str!("builtin/enterprise_user.json"),
    include_str!("builtin/service_provider_config.json"),
    include_str!("builtin/resource_type.json"),
    include_str!("builtin/schema.json"),
];
const TYPES: &str = include_str!("builtin/types.json");
const COMMON: &str = include_str!("builtin/common.json");

/// The schemas and resource types that are served.
#[derive(Clone, Debug)]
pub struct Catalogue {
    schemas: Vec<Arc<Schema>>,
    types: Vec<Arc<ResourceType>>,
    common: Arc<Schema>,
}

impl Catalogue {
    /// User with its enterprise extension, Group, and the schemas of discovery.
    pub fn builtin() -> Catalogue {
        let read = |text: &str| -> Value { serde_json::from_str(text).expect("the built-in definitions are JSON") };
        let mut faults = Vec::new();
        let empty = Catalogue {
            schemas: Vec::new(),
            types: Vec::new(),
            common: Arc::new(load::schema(&read(COMMON), "common", &mut faults)),
        };
        debug_assert_eq!(faults, [""; 0]);
        let schemas: Vec<_> = SCHEMAS.iter().map(|text| read(text)).collect();
        let types = read(TYPES);
        let types = types.as_array().map_or(&[][..], Vec::as_slice);
        empty
            .with(&schemas, types)
            .expect("the built-in definitions have no fault")
    }

    /// Adds schemas (RFC 7643 section 7) and resource types (section 6).
    ///
    /// A resource type takes one member more than the RFC has: `rows` names the multi-valued attribute
    /// that is kept as membership rows. A resource type of the name of one that is there takes its
    /// place, e.g. User with one more extension.
    ///
    /// # Errors
    /// Every fault of every definition, each as a sentence that begins with its place.
    pub fn with(mut self, schemas: &[Value], types: &[Value]) -> Result<Catalogue, Vec<String>> {
        let mut faults = Vec::new();
        for (index, value) in schemas.iter().enumerate() {
            let schema = load::schema(value, &format!("schema {index}"), &mut faults);
            if self.schema(&schema.id).is_some() {
                faults.push(format!("{}: the schema is defined twice", schema.id));
            }
            self.schemas.push(Arc::new(schema));
        }
        let mut added: Vec<ResourceType> = Vec::new();
        for (index, value) in types.iter().enumerate() {
            let place = format!("resource type {index}");
            let definition = load::resource_type(value, &place, &mut faults);
            let kind = self.link(definition, &mut faults);
            if added.iter().any(|other| other.name.eq_ignore_ascii_case(&kind.name)) {
                faults.push(format!("{}: the resource type is defined twice", kind.name));
            }
            added.push(kind);
        }
        for kind in added {
            self.put(kind, &mut faults);
        }
        if faults.is_empty() { Ok(self) } else { Err(faults) }
    }

    /// The resource types, in the order of their definitions.
    pub fn types(&self) -> &[Arc<ResourceType>] {
        &self.types
    }

    /// The schemas, in the order of their definitions.
    pub fn schemas(&self) -> &[Arc<Schema>] {
        &self.schemas
    }

    /// The resource type served at the endpoint (without slash, in any case).
    pub fn by_endpoint(&self, endpoint: &str) -> Option<&Arc<ResourceType>> {
        self.types
            .iter()
            .find(|kind| kind.endpoint.eq_ignore_ascii_case(endpoint))
    }

    /// The resource type of this name in any case.
    pub fn by_name(&self, name: &str) -> Option<&Arc<ResourceType>> {
        self.types.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
    }

    /// The schema of this URN in any case.
    pub fn schema(&self, urn: &str) -> Option<&Arc<Schema>> {
        self.schemas.iter().find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// Puts the schemas in the place of their URNs.
    fn link(&self, definition: TypeDefinition, faults: &mut Vec<String>) -> ResourceType {
        let mut urns = vec![definition.schema.to_ascii_lowercase()];
        let mut extensions = Vec::new();
        for (urn, required) in &definition.extensions {
            if urns.contains(&urn.to_ascii_lowercase()) {
                faults.push(format!("{}: schema `{urn}` is named twice", definition.name));
            }
            urns.push(urn.to_ascii_lowercase());
            extensions.push(Extension {
                schema: self.linked(&definition.name, urn, faults),
                required: *required,
            });
        }
        let kind = ResourceType {
            schema: self.linked(&definition.name, &definition.schema, faults),
            id: definition.id,
            name: definition.name,
            endpoint: definition.endpoint,
            description: definition.description,
            extensions,
            common: Arc::clone(&self.common),
            rows: definition.rows,
        };
        if let (Some(name), false) = (&kind.rows, kind.rows().is_some_and(can_be_rows)) {
            faults.push(format!(
                "{}: rows `{name}` is not a multi-valued complex attribute of the core schema with a `value` \
                 and nothing else but `$ref`, `type` and `display`",
                kind.name
            ));
        }
        kind
    }

    fn linked(&self, name: &str, urn: &str, faults: &mut Vec<String>) -> Arc<Schema> {
        if let Some(schema) = self.schema(urn) {
            return Arc::clone(schema);
        }
        faults.push(format!("{name}: no schema has the URN `{urn}`"));
        Arc::clone(&self.common)
    }

    fn put(&mut self, kind: ResourceType, faults: &mut Vec<String>) {
        let name = &kind.name;
        let endpoint = &kind.endpoint;
        if RESERVED_ENDPOINTS
            .iter()
            .any(|reserved| reserved.eq_ignore_ascii_case(endpoint))
        {
            faults.push(format!("{name}: endpoint `{endpoint}` belongs to the protocol"));
        }
        let other = self.by_endpoint(endpoint);
        if let Some(other) = other.filter(|other| !other.name.eq_ignore_ascii_case(name)) {
            faults.push(format!("{name}: endpoint `{endpoint}` is that of {}", other.name));
        }
        match self
            .types
            .iter_mut()
            .find(|other| other.name.eq_ignore_ascii_case(name))
        {
            Some(place) => *place = Arc::new(kind),
            None => self.types.push(Arc::new(kind)),
        }
    }
}

/// A row keeps these sub-attributes and no other, so that another one would be lost.
const ROW_SUBS: &[&str] = &["value", "$ref", "type", "display"];

fn can_be_rows(attribute: &Attribute) -> bool {
    let kept = |sub: &Attribute| ROW_SUBS.contains(&sub.name.as_str()) && !sub.multi_valued;
    attribute.kind == Type::Complex
        && attribute.multi_valued
        && attribute.sub_attribute("value").is_some()
        && attribute.sub_attributes.iter().all(kept)
}

#[cfg(test)]
mod tests;
