//! Values of a resource, by the SCIM paths that a vendor's description names.
use std::sync::LazyLock;

use schemas::{AttributePath, Catalogue, Object, ResourceType};
use serde_json::Value;

/// Sources name attributes of the RFC's own schemas; a vendor's description knows no others.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

/// The value at these paths, which blanks separate; the values of several are joined by a blank. `None` if none of them
/// has a value.
pub(super) fn value(resource_type: &str, resource: &Object, paths: &str) -> Option<Value> {
    let resource_type = CATALOGUE.by_name(resource_type)?;
    let mut values = split(paths)
        .into_iter()
        .filter_map(|path| at(resource_type, resource, path));
    let first = values.next()?;
    let rest: Vec<_> = values.collect();
    if rest.is_empty() {
        return Some(first);
    }
    let texts: Vec<_> = std::iter::once(first).chain(rest).map(text).collect();
    Some(Value::String(texts.join(" ")))
}

/// The paths, which blanks outside of brackets separate.
fn split(paths: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    paths
        .split(|char: char| {
            match char {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            char == ' ' && depth == 0
        })
        .filter(|path| !path.is_empty())
        .collect()
}

fn at(resource_type: &ResourceType, resource: &Object, path: &str) -> Option<Value> {
    let path = AttributePath::parse(path).ok()?;
    let resolved = resource_type.resolve(&path)?;
    let container = match resolved.extension {
        Some(schema) => resource.get(&schema.id)?.as_object()?,
        None => resource,
    };
    let attribute = resolved.attribute;
    let selected = |value: &&Value| {
        let filter = path.filter.as_deref();
        filter.is_none_or(|filter| filter.matches_value(attribute, value))
    };
    let value = match container.get(&attribute.name)? {
        Value::Array(values) => values.iter().find(selected)?,
        value => Some(value).filter(selected)?,
    };
    let sub = resolved.sub.map_or("value", |sub| sub.name.as_str());
    let value = match value {
        Value::Object(value) => value.get(sub)?,
        value => value,
    };
    is_value(value).then(|| value.clone())
}

fn is_value(value: &Value) -> bool {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// A value as text, without quotes.
pub(super) fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
