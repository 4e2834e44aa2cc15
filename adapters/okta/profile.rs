//! A user's fields as Okta's profile, and back. A change names just what changes: a `PUT` would delete the rest.
use serde_json::{Map, Value};

use super::adapter::descriptor;
use super::api::is_empty;
use crate::descriptor::Field;
use crate::{Error, Fields};

/// What stands before the names of attributes that an org has of its own; see `custom_prefix` in `vendor.toml`.
const CUSTOM_PREFIX: &str = "profile.";

/// Attributes that have no null in Okta's schema. Empty text clears them.
const NOT_NULLABLE: [&str; 3] = ["department", "employeeNumber", "locale"];

/// The attribute of the profile that a field is.
pub(super) fn attribute(field: &str) -> &str {
    field.strip_prefix(CUSTOM_PREFIX).unwrap_or(field)
}

/// Whether a field is one of the org's own.
pub(super) fn is_custom(field: &str) -> bool {
    field.starts_with(CUSTOM_PREFIX)
}

/// The profile of a new user: the fields that have a value.
///
/// # Errors
/// `Rejected` naming the field that is missing or none of a user's.
pub(super) fn new(fields: &Fields) -> Result<Map<String, Value>, Error> {
    let missing = described().find(|field| field.required && fields.get(&field.name).is_none_or(is_empty));
    if let Some(missing) = missing {
        return Err(required(&missing.name));
    }
    let given = fields.iter().filter(|(_, value)| !is_empty(value));
    given.map(|(name, value)| Ok((known(name)?, value.clone()))).collect()
}

/// The part of a profile that changes; fields without value as Okta clears them.
///
/// # Errors
/// As [`new`].
pub(super) fn changed(fields: &Fields) -> Result<Map<String, Value>, Error> {
    let pair = |(name, value): (&String, &Value)| Ok((known(name)?, sent(name, value)?));
    fields.iter().map(pair).collect()
}

/// The fields of a profile. What Okta leaves out has no value; which attributes an org has of its own, it does not say.
pub(super) fn fields(mut profile: Map<String, Value>) -> Fields {
    let mut fields = Fields::new();
    for field in described() {
        let value = profile.remove(&field.name).filter(|value| !is_empty(value));
        fields.insert(field.name.clone(), value.unwrap_or_default());
    }
    let custom = profile.into_iter().filter(|(_, value)| !is_empty(value));
    fields.extend(custom.map(|(name, value)| (format!("{CUSTOM_PREFIX}{name}"), value)));
    fields
}

/// The attributes that every org has.
fn described() -> impl Iterator<Item = &'static Field> {
    descriptor().user.fields.iter().filter(|field| field.call.is_none())
}

/// The attribute that a field is, if it is one of a user's.
fn known(name: &str) -> Result<String, Error> {
    let attribute = attribute(name);
    let is_described = described().any(|field| field.name == attribute);
    if is_described == is_custom(name) {
        let reason = match is_described {
            true => format!("every org has this attribute; it is the field `{attribute}`"),
            false => "not a field of Okta's users".to_owned(),
        };
        return Err(Error::rejected(Some(name), reason));
    }
    Ok(attribute.to_owned())
}

fn sent(name: &str, value: &Value) -> Result<Value, Error> {
    let is_required = || described().any(|field| field.name == name && field.required);
    match is_empty(value) {
        true if is_required() => Err(required(name)),
        true if NOT_NULLABLE.contains(&name) => Ok("".into()),
        true => Ok(Value::Null),
        false => Ok(value.clone()),
    }
}

fn required(name: &str) -> Error {
    Error::rejected(Some(name), "Okta has no user without it")
}
