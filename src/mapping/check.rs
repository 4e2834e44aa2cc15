//! Whether a vendor takes a value, as far as its description tells.
use adapters::descriptor::{Descriptor, Field, FieldType, Role};
use serde_json::Value;

use super::source::text;

/// What a field takes of which no description says the type, for people.
pub(super) const ANY: &str = "a text, a number, true or false, or a list of these";

/// The value in the vendor's form, and the rule that it breaks, if any.
pub(super) fn checked(descriptor: &Descriptor, field: &Field, value: Value) -> (Value, Option<String>) {
    if value.is_null() {
        let rule = field.required.then(|| "is required".to_owned());
        return (value, rule);
    }
    if field.kind == FieldType::List {
        return (list(value), None);
    }
    if field.kind == FieldType::Integer {
        let rule = (!value.is_i64()).then(|| "must be a whole number".to_owned());
        return (value, rule);
    }
    if field.kind == FieldType::Boolean {
        let rule = (!value.is_boolean()).then(|| "must be true or false".to_owned());
        return (value, rule);
    }
    if field.kind == FieldType::Any {
        let rule = (!is_any(&value)).then(|| format!("must be {ANY}"));
        return (value, rule);
    }
    if value.is_array() || value.is_object() {
        return (value, Some("must be one value, not several".to_owned()));
    }
    let text = text(&value);
    let (text, rule) = match field.kind {
        FieldType::Role => role(descriptor, text),
        FieldType::Email => with(email, text),
        FieldType::TimeZone => with(time_zone, text),
        FieldType::String if !field.choices.is_empty() => choice(field, text),
        FieldType::String
        | FieldType::Phone
        | FieldType::Boolean
        | FieldType::Integer
        | FieldType::List
        | FieldType::Any => (text, None),
    };
    let rule = rule.or_else(|| length(field, &text));
    (Value::String(text), rule)
}

/// Whether an account's own field may be of this type: one value, or several.
pub(super) fn is_any(value: &Value) -> bool {
    let is_one = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    value
        .as_array()
        .map_or(is_one(value), |values| values.iter().all(is_one))
}

/// The texts of a list; one value is a list of one.
fn list(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(|value| Value::String(text(&value))).collect(),
        value => vec![Value::String(text(&value))].into(),
    }
}

/// The vendor's spelling of one of its values.
fn choice(field: &Field, text: String) -> (String, Option<String>) {
    match field.choices.iter().find(|choice| choice.eq_ignore_ascii_case(&text)) {
        Some(choice) => (choice.clone(), None),
        None => (text, Some(format!("must be one of {}", field.choices.join(", ")))),
    }
}

fn with(rule: fn(&str) -> Option<String>, text: String) -> (String, Option<String>) {
    let broken = rule(&text);
    (text, broken)
}

fn length(field: &Field, text: &str) -> Option<String> {
    let length = text.chars().count();
    match (field.length_min, field.length_max) {
        (Some(min), _) if length < min => Some(format!("must have at least {min} characters")),
        (_, Some(max)) if length > max => Some(format!("must have at most {max} characters")),
        _ => None,
    }
}

fn email(text: &str) -> Option<String> {
    let good = match text.split_once('@') {
        Some((local, domain)) => !local.is_empty() && !domain.is_empty() && !domain.contains('@'),
        None => false,
    };
    let good = good && !text.contains(char::is_whitespace);
    (!good).then(|| "must be an e-mail address".to_owned())
}

/// Names of the IANA database have no blanks, unlike those of Windows. Whether the vendor knows the name is its own
/// matter: databases differ in age.
fn time_zone(text: &str) -> Option<String> {
    let letter = |char: char| char.is_ascii_alphanumeric() || "_+-".contains(char);
    let good = text
        .split('/')
        .all(|part| part.starts_with(|first: char| first.is_ascii_alphabetic()) && part.chars().all(letter));
    (!good).then(|| "must be an IANA time zone such as `Europe/Berlin`".to_owned())
}

/// The vendor's name of the role, and the rule against giving it.
fn role(descriptor: &Descriptor, text: String) -> (String, Option<String>) {
    let found = descriptor.role(text.trim());
    if descriptor.roles.is_empty() || (descriptor.lists_roles && found.is_none()) {
        return (text, None);
    }
    let Some(role) = found else {
        let names: Vec<_> = assignable(descriptor).map(|role| role.name.as_str()).collect();
        return (text, Some(format!("must be one of {}", names.join(", "))));
    };
    if role.assignable {
        return (role.name.clone(), None);
    }
    let why = role.rule.as_deref().unwrap_or("its API cannot set it");
    (role.name.clone(), Some(format!("cannot be `{}`: {why}", role.name)))
}

/// The roles that the vendor's API can give.
pub(super) fn assignable(descriptor: &Descriptor) -> impl Iterator<Item = &Role> {
    descriptor.roles.iter().filter(|role| role.assignable)
}
