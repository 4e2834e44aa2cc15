//! Which values of a resource are found without looking at the others.
use aws_lc_rs::digest;
use schemas::{Attribute, Object, ResourceType, Schema, Type, Uniqueness};
use serde_json::Value;

use crate::store::IndexTerm;

/// Attributes by which IdPs look people and groups up, wherever a resource type has them. Unique ones come on top.
const LOOKED_UP: &[(&str, Option<&str>)] = &[
    ("userName", None),
    ("externalId", None),
    ("displayName", None),
    ("emails", Some("value")),
];

/// Bytes of a value up to which it stands in the index itself; a longer one is cut and told apart by a hash. Names and
/// addresses are shorter, and store keys stay small.
const TERM_BYTES_MAX: usize = 160;

/// An entry of a resource in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) term: IndexTerm,
    /// No two resources of the type may have it, by the schema.
    pub(super) unique: bool,
}

/// The entries of a document.
pub(super) fn terms(resource_type: &ResourceType, content: &Object) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for place in places(resource_type) {
        for value in place.values(content) {
            let entry = Entry {
                term: place.term(value),
                unique: place.is_unique(),
            };
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
    }
    entries
}

/// The entry of the index that resources with this text have; `None` if the attribute is not indexed.
pub(super) fn term(resource_type: &ResourceType, name: &str, text: &str) -> Option<IndexTerm> {
    let place = places(resource_type).find(|place| place.name() == name)?;
    Some(place.keyed(&place.leaf().fold(text)))
}

/// Where indexed values stand.
struct Place<'a> {
    extension: Option<&'a Schema>,
    attribute: &'a Attribute,
    sub: Option<&'a Attribute>,
}

fn places(resource_type: &ResourceType) -> impl Iterator<Item = Place<'_>> {
    let rows = resource_type.rows().map(|rows| rows.name.as_str());
    let core = resource_type.schema.attributes.iter();
    let core = core.filter(move |attribute| Some(attribute.name.as_str()) != rows);
    let common = resource_type.attribute("externalId");
    let core = core.chain(common).map(|attribute| (None, attribute));
    let extensions = resource_type.extensions.iter().flat_map(|extension| {
        let schema = &*extension.schema;
        schema.attributes.iter().map(move |attribute| (Some(schema), attribute))
    });
    core.chain(extensions)
        .flat_map(|(extension, attribute)| {
            let subs = attribute.sub_attributes.iter().map(Some);
            let leaves = std::iter::once(None).chain(subs);
            leaves.map(move |sub| Place {
                extension,
                attribute,
                sub,
            })
        })
        .filter(Place::is_indexed)
}

impl Place<'_> {
    fn leaf(&self) -> &Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    fn is_unique(&self) -> bool {
        match self.leaf().uniqueness {
            Uniqueness::None => false,
            Uniqueness::Server | Uniqueness::Global => true,
        }
    }

    fn is_indexed(&self) -> bool {
        let name = (self.attribute.name.as_str(), self.sub.map(|sub| sub.name.as_str()));
        let looked_up = self.extension.is_none() && LOOKED_UP.contains(&name);
        self.leaf().kind != Type::Complex && (looked_up || self.is_unique())
    }

    /// The name as filters give it, see [`schemas::Filter::equalities`].
    fn name(&self) -> String {
        let mut name = String::new();
        if let Some(schema) = self.extension {
            name.push_str(&schema.id);
            name.push(':');
        }
        name.push_str(&self.attribute.name);
        if let Some(sub) = self.sub {
            name.push('.');
            name.push_str(&sub.name);
        }
        name
    }

    fn values<'v>(&self, content: &'v Object) -> Vec<&'v Value> {
        let container = match self.extension {
            Some(schema) => content.get(&schema.id).and_then(Value::as_object),
            None => Some(content),
        };
        let values = elements(container.and_then(|container| container.get(&self.attribute.name)));
        match self.sub {
            Some(sub) => values.iter().flat_map(|value| elements(value.get(&sub.name))).collect(),
            None => values.iter().collect(),
        }
    }

    fn term(&self, value: &Value) -> IndexTerm {
        self.keyed(&self.leaf().key(value))
    }

    fn keyed(&self, key: &str) -> IndexTerm {
        IndexTerm {
            attribute: self.name(),
            value: bounded(key),
        }
    }
}

fn elements(value: Option<&Value>) -> &[Value] {
    match value {
        None | Some(Value::Null) => &[],
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_ref(value),
    }
}

fn bounded(text: &str) -> String {
    if text.len() <= TERM_BYTES_MAX {
        return text.to_owned();
    }
    let head = text.get(..text.floor_char_boundary(TERM_BYTES_MAX)).unwrap_or_default();
    format!("{head}#{}", hash(text.as_bytes()))
}

/// A short text that differs for different bytes, the same on every machine.
pub(super) fn hash(bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .take(HASH_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// 128 bits: two different texts with the same hash cannot be found.
const HASH_BYTES: usize = 16;
