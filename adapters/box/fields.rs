//! Fields, as they are here and as Box takes them.
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::adapter::descriptor;
use super::wire::{Entry, TrackingCode};
use crate::descriptor::{Field, FieldType, Kind, KindDescriptor};
use crate::{Account, Error, Fields};

/// What stands before the names of tracking codes; see `custom_prefix` in `vendor.toml`.
const CODES: &str = "tracking_codes.";

/// Roles that only a person may take over.
const PROTECTED_ROLES: [&str; 2] = ["admin", "coadmin"];

/// The group of everybody, which is Box's own.
const EVERYBODY: &str = "all_users_group";

/// The role of who has lost theirs.
const CLEARED_ROLE: &str = "user";

/// The bound of who has none of their own.
const CLEARED_SPACE: i64 = -1;

/// What a read of users asks for: without it Box leaves out half of what is described.
static USER_FIELDS: LazyLock<String> = LazyLock::new(|| {
    let further = ["status", "tracking_codes", "is_platform_access_only"];
    named(&descriptor().user, &further)
});

static GROUP_FIELDS: LazyLock<String> = LazyLock::new(|| {
    let group = descriptor().group.as_ref();
    group.map(|group| named(group, &["group_type"])).unwrap_or_default()
});

/// The value of the parameter `fields`.
pub(super) fn asked(kind: Kind) -> &'static str {
    match kind {
        Kind::User => &USER_FIELDS,
        Kind::Group => &GROUP_FIELDS,
    }
}

/// The fields of a new account, but for tracking codes; those without value are left out.
pub(super) fn created(kind: Kind, fields: &Fields) -> Result<Map<String, Value>, Error> {
    let given: Fields = fields.iter().filter(|(_, value)| !is_empty(value)).map(owned).collect();
    let described = described(kind);
    for field in described.iter().filter(|field| field.required) {
        if !given.contains_key(&field.name) {
            return Err(missing(&field.name));
        }
    }
    changed(kind, &given)
}

/// The fields as a body takes them, but for tracking codes; those without value as Box clears them.
pub(super) fn changed(kind: Kind, fields: &Fields) -> Result<Map<String, Value>, Error> {
    let described = described(kind);
    let found = |name: &str| described.iter().find(|field| field.name == name);
    let sent = fields.iter().filter_map(|(name, value)| Some((found(name)?, value)));
    sent.map(|(field, value)| Ok((field.name.clone(), taken(field, value)?)))
        .collect()
}

/// The tracking codes that a user has once these fields are set: Box takes them all or none.
///
/// None if no field is one.
pub(super) fn codes(present: &[TrackingCode], fields: &Fields) -> Option<Value> {
    let wanted: Vec<_> = fields
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(CODES)?, value)))
        .collect();
    if wanted.is_empty() {
        return None;
    }
    let is_wanted = |code: &&TrackingCode| wanted.iter().any(|(name, _)| *name == code.name);
    let kept = present.iter().filter(|code| !is_wanted(code));
    let kept = kept.map(|code| (code.name.as_str(), Value::from(code.value.as_str())));
    let set = wanted.iter().filter(|(_, value)| !is_empty(value));
    let all = kept.chain(set.map(|(name, value)| (*name, (*value).clone())));
    Some(
        all.map(|(name, value)| json!({ "type": "tracking_code", "name": name, "value": value }))
            .collect(),
    )
}

/// Whether these fields have tracking codes among them.
pub(super) fn has_codes(fields: &Fields) -> bool {
    fields.keys().any(|name| name.starts_with(CODES))
}

impl Entry {
    /// The account that it is.
    pub(super) fn account(self, kind: Kind) -> Account {
        let told = |field: &Field| Some((field.name.clone(), shown(self.values.get(&field.name)?)));
        let mut fields: Fields = described(kind).iter().filter_map(told).collect();
        let codes = self.codes();
        fields.extend(
            codes
                .into_iter()
                .map(|code| (format!("{CODES}{}", code.name), code.value.into())),
        );
        let protected = PROTECTED_ROLES.contains(&self.text("role")) || self.text("group_type") == EVERYBODY;
        Account {
            fields,
            active: self.text("status") != "inactive",
            protected,
            ..Account::of(self.id)
        }
    }

    /// The tracking codes of a user.
    pub(super) fn codes(&self) -> Vec<TrackingCode> {
        let codes = self.values.get("tracking_codes").cloned().unwrap_or_default();
        serde_json::from_value(codes).unwrap_or_default()
    }

    /// Whether it is one of the accounts that only apps use: no person.
    pub(super) fn is_app(&self) -> bool {
        self.is_true("is_platform_access_only")
    }

    /// Whether only the enterprise's administrator may touch it.
    pub(super) fn is_administrator(&self) -> bool {
        PROTECTED_ROLES.contains(&self.text("role"))
    }
}

fn described(kind: Kind) -> &'static [Field] {
    descriptor().kind(kind).map_or(&[], |described| &described.fields)
}

fn named(kind: &KindDescriptor, further: &[&str]) -> String {
    let names = kind.fields.iter().map(|field| field.name.as_str());
    names.chain(further.iter().copied()).collect::<Vec<_>>().join(",")
}

/// A value as Box takes it.
fn taken(field: &Field, value: &Value) -> Result<Value, Error> {
    match field.name.as_str() {
        "role" => role(value),
        "notification_email" if is_empty(value) => Ok(Value::Null),
        "notification_email" => Ok(json!({ "email": value })),
        _ if is_empty(value) => cleared(field),
        _ => Ok(value.clone()),
    }
}

/// Its contract has no null for any of these.
fn cleared(field: &Field) -> Result<Value, Error> {
    if field.required {
        return Err(missing(&field.name));
    }
    Ok(match field.kind {
        FieldType::Boolean => false.into(),
        FieldType::Integer => CLEARED_SPACE.into(),
        FieldType::List => json!([]),
        FieldType::String
        | FieldType::Email
        | FieldType::Role
        | FieldType::TimeZone
        | FieldType::Phone
        | FieldType::Any => field.choices.first().cloned().unwrap_or_default().into(),
    })
}

fn role(value: &Value) -> Result<Value, Error> {
    if is_empty(value) {
        return Ok(CLEARED_ROLE.into());
    }
    match descriptor().role(value.as_str().unwrap_or_default()) {
        Some(role) if role.assignable => Ok(role.name.clone().into()),
        Some(role) => {
            let rule = role.rule.as_deref();
            Err(Error::rejected(
                Some("role"),
                rule.unwrap_or("the API cannot give this role"),
            ))
        }
        None => Err(Error::rejected(Some("role"), "not one of Box's roles: coadmin, user")),
    }
}

/// A value as Box shows it.
fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::Object(parts) => parts.get("email").map_or(Value::Null, shown),
        value => value.clone(),
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value == ""
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

fn missing(name: &str) -> Error {
    Error::rejected(Some(name), format!("Box has nobody and no group without `{name}`"))
}
