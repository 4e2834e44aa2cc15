//! The value of one attribute, brought into canonical form.
use std::collections::HashMap;

use serde_json::Value;

use super::bounds::VALUES_MAX;
use super::document::{is_asked_for, is_kept};
use super::scalar;
use crate::Object;
use crate::dialect::Rules;
use crate::error::{Error, excerpt};
use crate::resource_type::Resolved;
use crate::schema::{Attribute, Type};

/// The canonical form of a value of the place's leaf; none if it leaves the leaf unassigned
/// (RFC 7643 section 2.5).
///
/// # Errors
/// `invalidValue` for a value of another type, and for two primary values; `invalidSyntax` for a
/// sub-attribute that is given twice, or is unknown where the rules refuse those.
pub(crate) fn attribute_value(place: Resolved<'_>, value: &Value, rules: &Rules) -> Result<Option<Value>, Error> {
    if value.is_null() {
        return Ok(None);
    }
    if !place.leaf().multi_valued {
        return one_value(place, value, rules);
    }
    let Value::Array(elements) = value else {
        return Err(Error::invalid_value(format!("{place}: must be an array")));
    };
    if elements.len() > VALUES_MAX {
        return Err(too_many_values(place));
    }
    let mut values = Vec::with_capacity(elements.len());
    for element in elements {
        values.extend(one_value(place, element, rules)?);
    }
    let values = unique(place, values)?;
    Ok((!values.is_empty()).then_some(Value::Array(values)))
}

/// The canonical form of an object of sub-attributes.
///
/// # Errors
/// As [`attribute_value`].
pub(crate) fn complex_value(place: Resolved<'_>, value: &Value, rules: &Rules) -> Result<Object, Error> {
    let mut complex = Object::new();
    for (sub, value) in given(place, value, rules)? {
        if !is_kept(sub) {
            continue;
        }
        if let Some(value) = attribute_value(place.with_sub(sub), value, rules)? {
            complex.insert(sub.name.clone(), value);
        }
    }
    Ok(complex)
}

/// The sub-attributes that an object gives, with their values as they stand.
///
/// # Errors
/// As [`attribute_value`].
pub(crate) fn given<'a, 'v>(
    place: Resolved<'a>,
    value: &'v Value,
    rules: &Rules,
) -> Result<Vec<(&'a Attribute, &'v Value)>, Error> {
    let Value::Object(members) = value else {
        return Err(Error::invalid_value(format!("{place}: must be an object")));
    };
    let mut found: Vec<(&Attribute, &Value)> = Vec::with_capacity(members.len());
    for (name, value) in members {
        let Some(sub) = place.attribute.sub_attribute(name) else {
            unknown(&format!("{place}.{name}"), rules)?;
            continue;
        };
        if found.iter().any(|(other, _)| other.name == sub.name) {
            return Err(given_twice(&place.with_sub(sub).to_string()));
        }
        found.push((sub, value));
    }
    Ok(found)
}

/// Joins values that are the same, and checks the rest as [`check_values`] does.
///
/// # Errors
/// `invalidValue`.
pub(crate) fn unique(place: Resolved<'_>, values: Vec<Value>) -> Result<Vec<Value>, Error> {
    let mut kept: Vec<Value> = Vec::with_capacity(values.len());
    let mut places = HashMap::with_capacity(values.len());
    for value in values {
        let place = *places.entry(identity(place.leaf(), &value)).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(other) => join(other, value),
            None => kept.push(value),
        }
    }
    check_values(place, &kept)?;
    Ok(kept)
}

/// Refuses values that are too many, or of which two are primary.
///
/// # Errors
/// `invalidValue`.
pub(crate) fn check_values(place: Resolved<'_>, values: &[Value]) -> Result<(), Error> {
    if values.len() > VALUES_MAX {
        return Err(too_many_values(place));
    }
    if values.iter().filter(|value| is_primary(value)).count() > 1 {
        return Err(Error::invalid_value(format!("{place}: only one value can be primary")));
    }
    Ok(())
}

/// What a canonical value has in common with others that an attribute should not hold beside it: its
/// `type` and `value` (RFC 7643 section 2.4), or all of it where there is no `value`.
pub(crate) fn identity(attribute: &Attribute, value: &Value) -> String {
    let Value::Object(members) = value else {
        return attribute.key(value);
    };
    let by_value = members.contains_key("value");
    let decides = |name: &str| !by_value || name == "value" || name == "type";
    let mut identity = String::new();
    for sub in attribute.sub_attributes.iter().filter(|sub| decides(&sub.name)) {
        if let Some(value) = members.get(&sub.name) {
            let value = if by_value { sub.key(value) } else { value.to_string() };
            // No value holds the character NUL.
            identity.extend([sub.name.as_str(), "\0", value.as_str(), "\0"]);
        }
    }
    identity
}

/// True if `primary` is true.
pub(crate) fn is_primary(value: &Value) -> bool {
    value.get("primary").and_then(Value::as_bool) == Some(true)
}

/// What becomes of an attribute that the schemas do not have.
///
/// # Errors
/// `invalidSyntax` where the rules refuse it.
pub(crate) fn unknown(name: &str, rules: &Rules) -> Result<(), Error> {
    if rules.unknown_attributes_refused {
        return Err(Error::invalid_syntax(format!(
            "{}: there is no such attribute",
            excerpt(name)
        )));
    }
    Ok(())
}

/// The error of an attribute that a body gives twice, in different case or places.
pub(crate) fn given_twice(name: &str) -> Error {
    Error::invalid_syntax(format!("{}: is given twice", excerpt(name)))
}

/// The canonical form of one value of the place's leaf, as it stands in the array of a multi-valued one.
///
/// # Errors
/// As [`attribute_value`].
pub(crate) fn one_value(place: Resolved<'_>, value: &Value, rules: &Rules) -> Result<Option<Value>, Error> {
    if value.is_null() {
        return Ok(None);
    }
    if place.leaf().kind == Type::Complex && place.sub.is_none() {
        let complex = complex_value(place, value, rules)?;
        check_forgotten(place, value)?;
        return Ok((!complex.is_empty()).then_some(Value::Object(complex)));
    }
    scalar::check(place, value)?;
    Ok(Some(value.clone()))
}

/// Refuses a value without a required sub-attribute of those that are taken and forgotten.
fn check_forgotten(place: Resolved<'_>, value: &Value) -> Result<(), Error> {
    let given = value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null());
    let given: Vec<_> = given
        .filter_map(|(name, _)| place.attribute.sub_attribute(name))
        .collect();
    let asked_for = place.attribute.sub_attributes.iter().filter(|sub| is_asked_for(sub));
    let mut missing = asked_for.filter(|sub| !given.is_empty() && !given.contains(sub));
    missing
        .next()
        .map_or(Ok(()), |sub| Err(required(&place.with_sub(sub).to_string())))
}

/// The error of something that a resource cannot be without.
pub(super) fn required(path: &str) -> Error {
    Error::invalid_value(format!("{path}: is required"))
}

fn too_many_values(place: Resolved<'_>) -> Error {
    Error::invalid_value(format!("{place}: has more than {VALUES_MAX} values"))
}

/// The later value's sub-attributes win, except that primary stays.
fn join(earlier: &mut Value, later: Value) {
    let primary = is_primary(earlier) || is_primary(&later);
    let (Value::Object(earlier), Value::Object(later)) = (earlier, later) else {
        return;
    };
    earlier.extend(later);
    if primary {
        earlier.insert("primary".to_owned(), true.into());
    }
}

/// True if two simple values are equal under the attribute's case rule.
pub(crate) fn equal(attribute: &Attribute, one: &Value, other: &Value) -> bool {
    one == other || attribute.key(one) == attribute.key(other)
}
