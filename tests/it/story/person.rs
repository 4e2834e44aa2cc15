//! A person of the directory.
use serde_json::{Map, Value, json};

use super::vendor::{Values, Vendor};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Who they are in the directory.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// Tells people apart, whatever changes of them.
    number: usize,
    /// Whether the vendor has a field for what the identity provider calls the person.
    sends_external_id: bool,
    pub(super) values: Values,
    pub(super) active: bool,
}

impl Person {
    /// Somebody with a value for every field that may have several.
    pub(super) fn new(vendor: Vendor, number: usize) -> Self {
        let paths = vendor.paths();
        let sends_external_id = paths.contains("externalId");
        let value = |path: String| vendor.value(&path, number).map(|value| (path, value));
        Self {
            number,
            sends_external_id,
            values: paths.into_iter().filter_map(value).collect(),
            active: true,
        }
    }

    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// The resource as an identity provider sends it.
    pub(super) fn document(&self) -> Value {
        let mut document = Map::new();
        document.insert("userName".into(), format!("person-{}@example.com", self.number).into());
        if !self.sends_external_id {
            document.insert("externalId".into(), format!("person-{}", self.number).into());
        }
        document.insert("active".into(), self.active.into());
        for (path, value) in &self.values {
            put(&mut document, path, value);
        }
        let extensions = document.keys().filter(|name| name.starts_with("urn:")).cloned();
        let schemas: Vec<_> = [CORE.to_owned()].into_iter().chain(extensions).collect();
        document.insert("schemas".into(), schemas.into());
        document.into()
    }
}

/// A value in an attribute that takes text.
fn text(value: &Value) -> Value {
    match value {
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        value => value.clone(),
    }
}

/// Puts a value where a path leads: `title`, `name.givenName`, `emails[primary eq true].value`, or one of these behind
/// the URN of an extension.
fn put(document: &mut Map<String, Value>, path: &str, value: &Value) {
    if let Some((urn, rest)) = path.strip_prefix("urn:").and_then(|_| path.rsplit_once(':')) {
        let extension = document.entry(urn).or_insert_with(|| json!({}));
        return put(extension.as_object_mut().expect("an extension"), rest, value);
    }
    if let Some((name, rest)) = path.split_once('[') {
        let (condition, sub) = rest.split_once("].").expect("a path with a filter has a sub-attribute");
        let (part, is) = condition.split_once(" eq ").expect("a filter of one comparison");
        let is: Value = serde_json::from_str(is).expect("a value of JSON");
        let values = document.entry(name).or_insert_with(|| json!([]));
        let values = values.as_array_mut().expect("a list");
        let each = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        values.extend(each.iter().map(|value| json!({ part: is, sub: text(value) })));
        return;
    }
    match path.split_once('.') {
        Some((name, sub)) => {
            let parts = document.entry(name).or_insert_with(|| json!({}));
            parts[sub] = value.clone();
        }
        None => {
            document.insert(path.to_owned(), value.clone());
        }
    }
}
