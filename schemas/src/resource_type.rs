//! Resource types: an endpoint, its schema and extensions, and how a path is resolved against them
//! (RFC 7643 section 6).
use std::sync::Arc;

use serde_json::{Value, json};

use crate::path::AttributePath;
use crate::schema::{Attribute, Schema};
use crate::urn;

/// A kind of resource that is served at an endpoint (RFC 7643 section 6).
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceType {
    /// The id, which is the name where the definition gives none.
    pub id: String,
    /// The name, e.g. `User`; also the value of `meta.resourceType`.
    pub name: String,
    /// The endpoint without slash, e.g. `Users`.
    pub endpoint: String,
    /// A description for people.
    pub description: String,
    /// The core schema.
    pub schema: Arc<Schema>,
    /// The extensions, in the order of the definition.
    pub extensions: Vec<Extension>,
    /// The attributes that every resource has (RFC 7643 section 3.1).
    pub(crate) common: Arc<Schema>,
    pub(crate) rows: Option<String>,
}

/// A schema that adds attributes to a resource type.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    /// The schema.
    pub schema: Arc<Schema>,
    /// True if a resource cannot be without it.
    pub required: bool,
}

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolved<'a> {
    /// The extension that holds the attribute; none for a core or common attribute.
    pub extension: Option<&'a Schema>,
    /// The attribute.
    pub attribute: &'a Attribute,
    /// The sub-attribute, if the path names one.
    pub sub: Option<&'a Attribute>,
}

impl<'a> Resolved<'a> {
    /// The sub-attribute, or else the attribute.
    pub fn leaf(&self) -> &'a Attribute {
        self.sub.unwrap_or(self.attribute)
    }
}

impl ResourceType {
    /// The form of the discovery endpoint, without `meta` (RFC 7643 section 6).
    pub fn to_json(&self) -> Value {
        let extensions: Vec<_> = self
            .extensions
            .iter()
            .map(|extension| json!({ "schema": extension.schema.id, "required": extension.required }))
            .collect();
        json!({
            "schemas": [urn::RESOURCE_TYPE],
            "id": self.id,
            "name": self.name,
            "endpoint": format!("/{}", self.endpoint),
            "description": self.description,
            "schema": self.schema.id,
            "schemaExtensions": extensions,
        })
    }

    /// What the path names: a core, extension or common attribute (`id`, `externalId`, `meta`,
    /// `schemas`), in any case; none if the type has no such attribute. A path that names a whole
    /// extension is none too, see [`ResourceType::extension`].
    pub fn resolve(&self, path: &AttributePath) -> Option<Resolved<'_>> {
        let (extension, attribute) = match &path.schema {
            None => (None, self.attribute(path.attribute.as_deref()?)?),
            Some(_) => self.qualified(&path.full_name())?,
        };
        let sub = match &path.sub {
            None => None,
            Some(sub) => Some(attribute.sub_attribute(sub)?),
        };
        Some(Resolved {
            extension,
            attribute,
            sub,
        })
    }

    /// The core or common attribute of this name in any case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        // The common attributes have the same characteristics in every type, whatever a schema says of them.
        self.common.attribute(name).or_else(|| self.schema.attribute(name))
    }

    /// The extension that a path names as a whole, e.g. in a PATCH with the path
    /// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`.
    pub fn extension(&self, path: &AttributePath) -> Option<&Extension> {
        path.schema.as_ref()?;
        self.extension_by_urn(&path.to_string())
    }

    /// The extension of this URN in any case.
    pub fn extension_by_urn(&self, urn: &str) -> Option<&Extension> {
        self.extensions
            .iter()
            .find(|extension| extension.schema.id.eq_ignore_ascii_case(urn))
    }

    /// The multi-valued attribute that is kept as membership rows and not in the document; `members`
    /// of Group.
    pub fn rows(&self) -> Option<&Attribute> {
        self.schema.attribute(self.rows.as_deref()?)
    }

    /// The attribute of a name that begins with a URN; only the type's schemas can tell where the
    /// URN ends, since it holds colons and dots itself.
    fn qualified(&self, full_name: &str) -> Option<(Option<&Schema>, &Attribute)> {
        if let Some(name) = after_urn(full_name, &self.schema.id) {
            return self.attribute(name).map(|attribute| (None, attribute));
        }
        self.extensions.iter().find_map(|extension| {
            let attribute = extension
                .schema
                .attribute(after_urn(full_name, &extension.schema.id)?)?;
            Some((Some(&*extension.schema), attribute))
        })
    }
}

/// What follows `urn` and a colon.
fn after_urn<'a>(full_name: &'a str, urn: &str) -> Option<&'a str> {
    let head = full_name.get(..urn.len())?;
    if !head.eq_ignore_ascii_case(urn) {
        return None;
    }
    full_name.get(urn.len()..)?.strip_prefix(':')
}
