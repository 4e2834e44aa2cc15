//! Where one vendor field's value comes from.
use std::borrow::Cow;

use schemas::validate::is_kept;
use schemas::{AttributePath, Matcher, Object, ResourceType, Type};
use serde_json::Value;

use super::expression::Expression;
use super::subject::Subject;

/// The sub-attribute of a reference, which follows from its `value`.
pub(super) const REF: &str = "$ref";

/// The compiled source of a field.
#[derive(Debug)]
pub(super) enum Source {
    /// Tried in order until one has a value; the values of each are joined by a blank.
    Paths(Vec<Vec<Path>>),
    Constant(Value),
    Expression(Expression),
}

/// A compiled SCIM path.
#[derive(Debug)]
pub(super) struct Path {
    extension: Option<String>,
    attribute: String,
    filter: Option<Matcher>,
    sub: String,
}

impl Source {
    /// The value; `Null` if there is none. With `many`, all values of a multi-valued attribute.
    ///
    /// # Errors
    /// What the expression meets, as a rule that reads on after the field's name.
    pub(super) fn value(&self, subject: &Subject<'_>, many: bool) -> Result<Value, String> {
        match self {
            Source::Constant(value) => Ok(value.clone()),
            Source::Expression(expression) => expression.value(subject),
            Source::Paths(alternatives) => {
                let document = self.document(subject);
                let found = alternatives.iter().find_map(|paths| found(paths, &document, many));
                Ok(found.unwrap_or(Value::Null))
            }
        }
    }

    /// Which of the alternatives has the value, from 0; `None` if no path has one.
    pub(super) fn used(&self, subject: &Subject<'_>, many: bool) -> Option<usize> {
        match self {
            Source::Constant(_) | Source::Expression(_) => Some(0),
            Source::Paths(alternatives) => {
                let document = self.document(subject);
                let mut alternatives = alternatives.iter();
                alternatives.position(|paths| found(paths, &document, many).is_some())
            }
        }
    }

    /// What its paths read: the groups are in no stored document.
    fn document<'a>(&self, subject: &Subject<'a>) -> Cow<'a, Object> {
        match self.reads_groups() {
            true => Cow::Owned(subject.document()),
            false => Cow::Borrowed(subject.resource),
        }
    }

    /// Whether it depends on the groups of a person.
    pub(super) fn reads_groups(&self) -> bool {
        match self {
            Source::Expression(expression) => expression.reads_groups(),
            Source::Paths(alternatives) => alternatives.iter().flatten().any(Path::reads_groups),
            Source::Constant(_) => false,
        }
    }
}

/// Compiles SCIM paths with blanks between them.
///
/// # Errors
/// The path that is none, or that names nothing a value can come from.
pub(super) fn paths(resource_type: &ResourceType, text: &str) -> Result<Vec<Path>, String> {
    let paths: Vec<_> = adapters::descriptor::source_paths(text);
    if paths.is_empty() {
        return Err("an empty path".to_owned());
    }
    paths.into_iter().map(|path| compile(resource_type, path)).collect()
}

fn compile(resource_type: &ResourceType, text: &str) -> Result<Path, String> {
    let unknown = || format!("`{text}` names no attribute of {}", resource_type.name);
    let path = AttributePath::parse(text).map_err(|error| error.detail)?;
    let resolved = resource_type.resolve(&path).ok_or_else(unknown)?;
    let attribute = resolved.attribute;
    let sub = match resolved.sub {
        Some(sub) => sub.name.as_str(),
        None if attribute.sub_attributes.is_empty() => "value",
        None => attribute
            .sub_attribute("value")
            .map(|sub| sub.name.as_str())
            .ok_or_else(|| format!("`{text}` is complex; name one of its sub-attributes"))?,
    };
    let filter = path.filter.as_deref();
    Ok(Path {
        extension: resolved.extension.map(|schema| schema.id.clone()),
        attribute: attribute.name.clone(),
        filter: filter.map(|filter| filter.compile_value(attribute)),
        sub: sub.to_owned(),
    })
}

/// Refuses paths that can have no value for any resource of the type, or one that is known after the write alone.
///
/// # Errors
/// What the directory does not keep, and a filter that fits no value of its attribute.
pub(super) fn check(resource_type: &ResourceType, text: &str) -> Result<(), String> {
    let paths = adapters::descriptor::source_paths(text);
    paths.into_iter().try_for_each(|text| {
        let path = AttributePath::parse(text).map_err(|error| error.detail)?;
        check_path(resource_type, &path, text)
    })
}

/// The same of one path, which is written so.
///
/// # Errors
/// As of [`check`].
pub(super) fn check_path(resource_type: &ResourceType, path: &AttributePath, text: &str) -> Result<(), String> {
    let Some(resolved) = resource_type.resolve(path) else {
        return Ok(());
    };
    let attribute = resolved.attribute;
    let sub = resolved.sub.or_else(|| attribute.sub_attribute("value"));
    // A write is judged, and its targets are told apart, before these are made.
    let is_common = resolved.extension.is_none() && ["id", "meta"].contains(&attribute.name.as_str());
    if is_common || sub.is_some_and(|sub| sub.name == REF) {
        return Err(format!(
            "`{text}` is made by the service provider, not by the directory"
        ));
    }
    let is_known = match resolved.extension {
        None if attribute.name == "groups" => true,
        None if resource_type.rows() == Some(attribute) => false,
        _ => is_kept(attribute) && sub.is_none_or(is_kept),
    };
    if !is_known {
        return Err(format!(
            "`{text}` has a value for nobody: it is not kept with the resource"
        ));
    }
    let filter = path.filter.as_deref();
    let checked = filter.map_or(Ok(()), |filter| filter.check_value(attribute));
    checked.map_err(|error| format!("`{text}`: {}", error.detail))
}

/// What the paths of one alternative have; `None` if nothing.
fn found(paths: &[Path], document: &Object, many: bool) -> Option<Value> {
    match many {
        true => listed(document, paths),
        false => joined(document, paths),
    }
}

/// The first value of each path; `None` if none of them has one.
fn joined(resource: &Object, paths: &[Path]) -> Option<Value> {
    let mut values = paths.iter().filter_map(|path| path.values(resource).next());
    let first = values.next()?;
    let rest: Vec<_> = values.collect();
    if rest.is_empty() {
        return Some(first.clone());
    }
    let texts: Vec<_> = std::iter::once(first).chain(rest).map(text).collect();
    Some(Value::String(texts.join(" ")))
}

/// All values of all paths; `None` if there are none.
fn listed(resource: &Object, paths: &[Path]) -> Option<Value> {
    let values = paths.iter().flat_map(|path| path.values(resource));
    let texts: Vec<Value> = values.map(|value| Value::String(text(value))).collect();
    (!texts.is_empty()).then_some(Value::Array(texts))
}

impl Path {
    fn reads_groups(&self) -> bool {
        self.extension.is_none() && self.attribute == "groups"
    }

    fn values<'a>(&'a self, resource: &'a Object) -> impl Iterator<Item = &'a Value> {
        let container = match &self.extension {
            Some(schema) => resource.get(schema).and_then(Value::as_object),
            None => Some(resource),
        };
        let value = container.and_then(|container| container.get(&self.attribute));
        let values = match value {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        values
            .iter()
            .filter(|value| self.filter.as_ref().is_none_or(|filter| filter.matches_value(value)))
            .filter_map(|value| match value {
                Value::Object(parts) => parts.get(&self.sub),
                value => Some(value),
            })
            .flat_map(|value| match value {
                Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            })
            .filter(|value| is_value(value))
    }
}

fn is_value(value: &Value) -> bool {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// A value as text, without quotes.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The type of what stands at a single path; `None` for several, or what is no path.
pub(super) fn leaf(resource_type: &ResourceType, text: &str) -> Option<Type> {
    let [path] = adapters::descriptor::source_paths(text)[..] else {
        return None;
    };
    let path = AttributePath::parse(path).ok()?;
    let leaf = resource_type.resolve(&path)?.leaf();
    match leaf.kind {
        Type::Complex => leaf.sub_attribute("value").map(|sub| sub.kind),
        kind => Some(kind),
    }
}

#[cfg(test)]
mod tests {
    use schemas::Catalogue;
    use serde_json::json;

    use super::*;
    use crate::mapping::Membership;

    #[test]
    fn groups_are_read_by_paths() {
        let catalogue = Catalogue::builtin();
        let people = catalogue.by_name("User").expect("there are people");
        let group = |id: &str, name: &str| Membership {
            id: id.to_owned(),
            name: Some(name.to_owned()),
        };
        let subject = Subject {
            resource_type: "User",
            resource: &Object::new(),
            groups: &[group("1", "Engines"), group("2", "Looms")],
        };
        for (path, many, expected) in [
            ("groups.display", true, json!(["Engines", "Looms"])),
            ("groups.display", false, json!("Engines")),
            ("groups", true, json!(["1", "2"])),
            (r#"groups[display eq "Looms"].value"#, false, json!("2")),
            ("groups.type", false, json!("direct")),
        ] {
            let paths = paths(people, path).expect("a path");
            let source = Source::Paths(vec![paths]);
            assert!(source.reads_groups(), "{path}");
            assert_eq!(source.value(&subject, many), Ok(expected), "{path}");
            assert_eq!(source.used(&subject, many), Some(0), "{path}");
        }
        let others = Source::Paths(vec![paths(people, "emails.value").expect("a path")]);
        assert!(!others.reads_groups());
    }
}
