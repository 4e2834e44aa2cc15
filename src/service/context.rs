//! What use cases are given and what they hand out.
use std::sync::Arc;

use jiff::Timestamp;
use schemas::ResourceType;
use serde_json::Value;

use super::registry::Directory;
use crate::store::{ResourceId, Scope};

/// What a request brings along besides its subject.
#[derive(Debug, Clone)]
pub struct Context {
    /// The directory that the token opened.
    pub directory: Arc<Directory>,
    /// How requests of its IdP are read.
    pub rules: schemas::dialect::Rules,
    /// The directory's base URL without a trailing slash, such as `https://host/scim/acme/v2`.
    pub base_url: String,
}

impl Context {
    /// The directory's resources of a type.
    pub(super) fn scope(&self, resource_type: &ResourceType) -> Scope {
        Scope {
            directory: self.directory.id,
            resource_type: resource_type.name.clone(),
        }
    }

    /// The URI of a resource.
    pub(super) fn location(&self, resource_type: &ResourceType, id: ResourceId) -> String {
        format!("{}/{}/{id}", self.base_url, resource_type.endpoint)
    }
}

/// The resource that a request addresses.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// The resource type of the endpoint.
    pub resource_type: &'a Arc<ResourceType>,
    /// The id as it stands in the path; malformed ids name nothing.
    pub id: &'a str,
}

/// A resource to be created.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// The resource type of the endpoint.
    pub resource_type: &'a Arc<ResourceType>,
    /// The request's body.
    pub body: Value,
    /// How the answer is to look.
    pub shape: Shape,
}

/// The change of a resource.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The request's body: a resource (PUT) or a PatchOp message (PATCH).
    pub body: Value,
    /// How the answer is to look, and on what conditions.
    pub options: Options,
}

/// How an answer is to look, and on what conditions it is made.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which attributes are returned.
    pub shape: Shape,
    /// Conditions of the request.
    pub preconditions: Preconditions,
}

/// Which attributes are returned (RFC 7644 section 3.9).
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// `attributes`.
    pub attributes: Vec<String>,
    /// `excludedAttributes`.
    pub excluded_attributes: Vec<String>,
}

impl Shape {
    /// Whether nothing in particular is asked for.
    pub(super) fn is_default(&self) -> bool {
        self.attributes.is_empty() && self.excluded_attributes.is_empty()
    }
}

/// Conditions of a request, as the headers have them (RFC 7644 section 3.14, RFC 9110 section 13).
///
/// Tags are compared weakly, since all of ours are weak. A malformed tag is one that matches nothing.
#[derive(Debug, Clone, Default)]
pub struct Preconditions {
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
}

/// A resource as it is answered.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its id.
    pub id: ResourceId,
    /// Its URI.
    pub location: String,
    /// Its version as in the ETag header: `W/"…"`.
    pub version: String,
    /// `meta.lastModified`.
    pub modified: Timestamp,
    /// The JSON body in the asked shape. `None` only for a PATCH of a group with very many members by who is known to
    /// take it: the answer is 204, as RFC 7644 section 3.5.2 allows, so that adding a member does not cost a listing of
    /// all.
    pub body: Option<Vec<u8>>,
}
