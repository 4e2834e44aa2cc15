//! Values as clients write them, brought to the form that the attribute's schema asks for.
use serde_json::Value;

use crate::Object;
use crate::schema::{Attribute, Mutability, Type};

/// Other names of sub-attributes, where the schema lacks them: SCIM 1.1 and OneLogin's templates say
/// `managerId`, Entra's app roles `displayName`.
const ALIASES: &[(&str, &str)] = &[("managerId", "value"), ("displayName", "display")];

/// Sub-attributes that mean nothing where no other has a value.
const ACCESSORIES: &[&str] = &["type", "primary", "display", "$ref"];

/// Brings the value of an attribute to the schema's form: null where it clears the attribute, an array
/// where that is multi-valued.
pub(super) fn attribute_value(attribute: &Attribute, value: Value) -> Value {
    match (attribute.multi_valued, attribute.kind) {
        (_, _) if value.is_null() => value,
        (true, _) => list(attribute, value),
        (false, Type::Complex) => complex(attribute, value),
        (false, _) => simple(attribute, value),
    }
}

/// Brings one value of a multi-valued attribute to the schema's form; null if it says nothing.
pub(super) fn element(attribute: &Attribute, value: Value) -> Value {
    let value = match (attribute.kind, value) {
        (Type::Complex, Value::Object(members)) => members,
        (Type::Complex, value) => match wrapped(attribute, value) {
            Value::Object(members) => members,
            other => return other,
        },
        (_, value) => return simple(attribute, value),
    };
    let mut members = subs(attribute, value);
    open_json_text(attribute, &mut members);
    let blank = members.values().any(Value::is_null);
    if blank && !members.iter().any(|member| says(attribute, member)) {
        return Value::Null;
    }
    Value::Object(members)
}

/// One object or plain string may stand for a list (OneLogin's `emails`), and strings for objects
/// with a `value` (members in Microsoft's samples).
fn list(attribute: &Attribute, value: Value) -> Value {
    let elements = match value {
        Value::Array(elements) => elements,
        single => vec![single],
    };
    let elements = elements.into_iter().map(|value| element(attribute, value));
    let mut elements: Vec<_> = elements.filter(|element| !element.is_null()).collect();
    keep_first_primary(&mut elements);
    Value::Array(elements)
}

/// PingOne writes the same address twice, both primary, if one of its two fields is empty.
fn keep_first_primary(elements: &mut [Value]) {
    let is_primary = |element: &&mut Value| element.get("primary") == Some(&Value::Bool(true));
    let mut primary = elements.iter_mut().filter(is_primary);
    let Some(first) = primary.next().and_then(|first| first.get("value").cloned()) else {
        return;
    };
    for other in primary.filter(|other| other.get("value") == Some(&first)) {
        if let Some(primary) = other.get_mut("primary") {
            *primary = false.into();
        }
    }
}

/// A single complex value; Entra writes managers as a list of one, as a bare id, and clears them by
/// an empty `value`.
fn complex(attribute: &Attribute, value: Value) -> Value {
    let members = match wrapped(attribute, only(value)) {
        Value::Object(members) => members,
        other => return other,
    };
    let members = subs(attribute, members);
    let blank = members.get("value").is_some_and(Value::is_null);
    if blank && !members.iter().any(|member| says(attribute, member)) {
        return Value::Null;
    }
    Value::Object(members)
}

/// Whether a sub-attribute has a value that means something by itself and is the client's to set.
fn says(attribute: &Attribute, (name, value): (&String, &Value)) -> bool {
    let sub = attribute.sub_attribute(name);
    let settable = sub.is_some_and(|sub| sub.mutability != Mutability::ReadOnly);
    settable && !value.is_null() && !ACCESSORIES.contains(&name.as_str())
}

/// A text in the place of an object is its `value`.
fn wrapped(attribute: &Attribute, value: Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) if attribute.sub_attribute("value").is_some() => {
            Value::Object(Object::from_iter([("value".to_owned(), Value::String(text))]))
        }
        other => other,
    }
}

/// The sub-attributes with canonical names and each in its schema's form.
fn subs(attribute: &Attribute, members: Object) -> Object {
    let aliased = |name: &str| {
        let (_, meant) = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name))?;
        let given = members.keys().any(|name| name.eq_ignore_ascii_case(meant));
        attribute.sub_attribute(meant).filter(|_| !given)
    };
    let meant = |name: &String| attribute.sub_attribute(name).or_else(|| aliased(name));
    let meant: Vec<_> = members.keys().map(meant).collect();
    let mut normalised = Object::with_capacity(members.len());
    for ((name, value), sub) in members.into_iter().zip(meant) {
        match sub {
            Some(sub) => put(&mut normalised, &sub.name, (name, attribute_value(sub, value))),
            None => drop(normalised.insert(name, value)),
        }
    }
    normalised
}

/// Puts a member under its canonical name. If that is taken, the body gives it twice: both stay, so that the core sees
/// them and refuses.
pub(super) fn put(members: &mut Object, canonical: &str, (name, value): (String, Value)) {
    let other = if name.eq_ignore_ascii_case(canonical) && name != canonical {
        name
    } else {
        canonical.to_ascii_uppercase()
    };
    let spelling = if members.contains_key(canonical) {
        other
    } else {
        canonical.to_owned()
    };
    members.insert(spelling, value);
}

/// Entra's app roles come as JSON text in `value`: `{"id":"…","value":"25","displayName":"Admin"}`.
fn open_json_text(attribute: &Attribute, members: &mut Object) {
    let text = members.get("value").and_then(Value::as_str);
    let Some(mut role) = text
        .filter(|text| text.starts_with('{'))
        .and_then(|text| serde_json::from_str::<Object>(text).ok())
    else {
        return;
    };
    if !role.get("value").is_some_and(Value::is_string) {
        return;
    }
    members.extend(role.shift_remove("value").map(|value| ("value".to_owned(), value)));
    let display = role.shift_remove("displayName").filter(Value::is_string);
    if attribute.sub_attribute("display").is_some() && !members.contains_key("display") {
        members.extend(display.map(|display| ("display".to_owned(), display)));
    }
}

/// A single simple value. Entra's oldest jobs wrap it, `[{"$ref":null,"value":"False"}]`; its default
/// ones write booleans as text; an empty text clears.
fn simple(attribute: &Attribute, value: Value) -> Value {
    let value = match only(value) {
        Value::Object(members) if is_wrap(&members) => members.get("value").cloned().unwrap_or_default(),
        other => other,
    };
    let Value::String(text) = &value else {
        return value;
    };
    match (attribute.kind, text.to_ascii_lowercase().as_str()) {
        (_, "") => Value::Null,
        (Type::Boolean, "true") => true.into(),
        (Type::Boolean, "false") => false.into(),
        _ => value,
    }
}

/// The value of a list of one; null for an empty list.
pub(super) fn only(mut value: Value) -> Value {
    loop {
        value = match value {
            Value::Array(mut values) if values.len() <= 1 => values.pop().unwrap_or_default(),
            other => return other,
        };
    }
}

fn is_wrap(members: &Object) -> bool {
    members.len() == 2 && members.contains_key("value") && members.keys().all(|name| name == "value" || name == "$ref")
}
