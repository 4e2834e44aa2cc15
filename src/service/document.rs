//! Resources as they are stored: ready-made JSON, with places for what changes without a write.
//!
//! The body alone is JSON already: `id` and `meta` are in it, references are relative to the base URL. Put in when it
//! is read are the base URL, the attributes made of membership rows, and `lastModified` and `version` of `meta`.
use jiff::Timestamp;
use schemas::{Catalogue, Object, ResourceType};
use serde::Serialize;
use serde_json::Value;

use super::references;
use crate::store::{self, IndexTerm, Place, Resource, ResourceKey, Splice, TargetId};

/// What a stored resource is made of.
pub(super) struct Parts<'a> {
    pub(super) key: &'a ResourceKey,
    pub(super) version: u64,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    /// The canonical document.
    pub(super) content: &'a Object,
    pub(super) index: Vec<IndexTerm>,
    pub(super) origins: &'a [TargetId],
}

/// The resource as it is stored.
pub(super) fn stored(catalogue: &Catalogue, resource_type: &ResourceType, parts: Parts<'_>) -> Resource {
    let mut content = parts.content.clone();
    references::complete(catalogue, resource_type, &mut content);
    let mut writer = Writer {
        catalogue,
        body: Vec::new(),
        splices: Vec::new(),
    };
    writer.document(resource_type, &parts, &content);
    Resource {
        key: parts.key.clone(),
        version: parts.version,
        created: parts.created,
        modified: parts.modified,
        body: writer.body,
        splices: writer.splices,
        index: parts.index,
        origins: parts.origins.to_vec(),
    }
}

/// The canonical document of a stored resource: without `id`, `meta` and what follows from the rest.
///
/// # Errors
/// `Damaged` if the body is not what [`stored`] writes.
pub(super) fn content(
    catalogue: &Catalogue,
    resource_type: &ResourceType,
    resource: &Resource,
) -> Result<Object, store::Error> {
    let mut content = parsed(&resource.body)?;
    content.shift_remove("id");
    content.shift_remove("meta");
    references::reduce(catalogue, resource_type, &mut content);
    Ok(content)
}

/// A body, or one with everything put in, as an object.
///
/// # Errors
/// `Damaged` if it is none.
pub(super) fn parsed(body: &[u8]) -> Result<Object, store::Error> {
    serde_json::from_slice(body).map_err(|error| store::Error::Damaged(format!("a body is not JSON: {error}")))
}

/// A time as SCIM writes it (RFC 7643 section 2.3.5).
pub(super) fn date_time(time: Timestamp) -> String {
    format!("{time:.3}")
}

struct Writer<'a> {
    catalogue: &'a Catalogue,
    body: Vec<u8>,
    splices: Vec<Splice>,
}

impl Writer<'_> {
    fn document(&mut self, resource_type: &ResourceType, parts: &Parts<'_>, content: &Object) {
        let id = parts.key.id.to_string();
        self.text("{\"schemas\":");
        self.value(content.get("schemas").unwrap_or(&Value::Null));
        self.text(",\"id\":");
        self.scalar(&id);
        for (name, value) in content.iter().filter(|(name, _)| *name != "schemas") {
            self.text(",");
            self.scalar(name);
            self.text(":");
            self.value(value);
        }
        self.splice(Place::Rows);
        self.text(",\"meta\":{\"resourceType\":");
        self.scalar(&resource_type.name);
        self.text(",\"created\":");
        self.scalar(&date_time(parts.created));
        self.text(",\"location\":");
        self.reference(&format!("{}/{id}", resource_type.endpoint));
        self.splice(Place::Version);
        self.text("}}");
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(members) => self.members(members),
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    self.text(if index == 0 { "[" } else { "," });
                    self.value(value);
                }
                self.text(if values.is_empty() { "[]" } else { "]" });
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => self.scalar(value),
        }
    }

    fn members(&mut self, members: &Object) {
        for (index, (name, value)) in members.iter().enumerate() {
            self.text(if index == 0 { "{" } else { "," });
            self.scalar(name);
            self.text(":");
            match value.as_str() {
                Some(text) if name == "$ref" && references::is_relative(self.catalogue, text) => self.reference(text),
                _ => self.value(value),
            }
        }
        self.text(if members.is_empty() { "{}" } else { "}" });
    }

    /// A text before which the base URL is put.
    fn reference(&mut self, relative: &str) {
        self.text("\"");
        self.splice(Place::BaseUrl);
        // An endpoint and an id have no character that JSON would escape.
        self.text(relative);
        self.text("\"");
    }

    fn splice(&mut self, place: Place) {
        let offset =
            u32::try_from(self.body.len()).expect("a document and what a request adds to it are far below 4 GiB");
        self.splices.push(Splice { offset, place });
    }

    fn text(&mut self, text: &str) {
        self.body.extend_from_slice(text.as_bytes());
    }

    fn scalar(&mut self, value: &(impl Serialize + ?Sized)) {
        serde_json::to_writer(&mut self.body, value).expect("texts and numbers are written to memory");
    }
}
