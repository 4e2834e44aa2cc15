//! Whether a resource matches a filter.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::filter::{Filter, Operator};
use super::schema::{Attribute, Kind, Path};

impl Filter {
    pub(super) fn matches(&self, object: &Map<String, Value>) -> bool {
        match self {
            Filter::And(parts) => parts.iter().all(|part| part.matches(object)),
            Filter::Or(parts) => parts.iter().any(|part| part.matches(object)),
            Filter::Not(part) => !part.matches(object),
            Filter::Present(path) => values(object, path).any(|value| value != ""),
            Filter::Compare(path, operator, value) => compares(object, path, (*operator, value)),
            Filter::AnyValue(path, filter) => elements(object, path)
                .filter_map(Value::as_object)
                .any(|element| filter.matches(element)),
        }
    }
}

/// An attribute that is not there equals null, and is other than anything else.
fn compares(object: &Map<String, Value>, path: &Path, (operator, value): (Operator, &Value)) -> bool {
    let mut found = values(object, path).peekable();
    let is_there = found.peek().is_some();
    match (operator, value) {
        (Operator::Eq, Value::Null) => !is_there,
        (Operator::Ne, Value::Null) => is_there,
        (Operator::Ne, _) if !is_there => true,
        _ => found.any(|found| holds(compared_as(path), operator, (found, value))),
    }
}

/// The attribute whose values are compared: a multi-valued one stands for its `value`.
fn compared_as(path: &Path) -> &'static Attribute {
    let leaf = path.leaf();
    leaf.subs.iter().find(|sub| sub.name == "value").unwrap_or(leaf)
}

fn holds(attribute: &Attribute, operator: Operator, (found, value): (&Value, &Value)) -> bool {
    let (found, value) = match (found, value) {
        (Value::String(found), Value::String(value)) => (folded(attribute, found), folded(attribute, value)),
        _ => return (found == value) == (operator == Operator::Eq),
    };
    let order = match attribute.kind {
        Kind::DateTime => in_time(&found, &value),
        Kind::Text | Kind::Boolean | Kind::Complex => Some(found.cmp(&value)),
    };
    match operator {
        Operator::Eq => order == Some(Ordering::Equal),
        Operator::Ne => order != Some(Ordering::Equal),
        Operator::Co => found.contains(&value),
        Operator::Sw => found.starts_with(&value),
        Operator::Ew => found.ends_with(&value),
        Operator::Gt => order == Some(Ordering::Greater),
        Operator::Ge => order.is_some_and(Ordering::is_ge),
        Operator::Lt => order == Some(Ordering::Less),
        Operator::Le => order.is_some_and(Ordering::is_le),
    }
}

fn folded(attribute: &Attribute, text: &str) -> String {
    match attribute.case_exact {
        true => text.to_owned(),
        false => text.to_lowercase(),
    }
}

fn in_time(one: &str, other: &str) -> Option<Ordering> {
    let time = |text: &str| text.to_uppercase().parse::<Timestamp>().ok();
    Some(time(one)?.cmp(&time(other)?))
}

/// The values that a comparison sees.
fn values<'o>(object: &'o Map<String, Value>, path: &Path) -> impl Iterator<Item = &'o Value> + use<'o> {
    let path = *path;
    elements(object, &path).filter_map(move |element| match path.sub {
        Some(sub) => element.get(sub.name),
        None if path.attribute.many => element.get("value"),
        None => Some(element),
    })
}

/// The attribute's value, or each of its values. What does not say that it is primary is not (RFC 7643 section 2.4).
fn elements<'o>(object: &'o Map<String, Value>, path: &Path) -> impl Iterator<Item = &'o Value> + use<'o> {
    let container = match path.extension {
        Some(urn) => object.get(urn).and_then(Value::as_object),
        None => Some(object),
    };
    let value = container.and_then(|container| container.get(path.attribute.name));
    let (many, one) = match value {
        Some(Value::Array(values)) => (Some(values), None),
        value => (None, value),
    };
    let is_primary = path.attribute.name == "primary" && one.is_none();
    many.into_iter()
        .flatten()
        .chain(one)
        .chain(is_primary.then_some(&Value::Bool(false)))
}
