//! A user's fields, as they are here and as Zendesk takes them.
use serde_json::{Map, Value};

use super::api::Api;
use super::roles::{ADMIN, END_USER, Whose};
use super::time_zones;
use super::wire::User;
use crate::{Account, Error, Fields, phone};

/// What stands before the names of an account's own fields of users.
const OWN: &str = "user_fields.";

impl Api {
    /// The fields as a body takes them; those without value as Zendesk clears them.
    pub(super) async fn user_body(&self, fields: &Fields, whose: Whose<'_>) -> Result<Map<String, Value>, Error> {
        let mut body = Map::new();
        let mut own = Map::new();
        for (name, value) in fields {
            match name.as_str() {
                "role" => body.extend(self.role_fields(value.as_str().unwrap_or(END_USER), whose).await?),
                "organization" if !is_empty(value) => {
                    let id = self.organization_id(value).await?;
                    body.insert("organization_id".into(), id.into());
                }
                "organization" => {
                    body.entry("organization_id").or_insert(Value::Null);
                }
                "organization_id" if body.get("organization_id").is_some_and(|id| !id.is_null()) => {}
                name => match name.strip_prefix(OWN) {
                    Some(key) => own.extend([(key.to_owned(), value.clone())]),
                    None => body.extend([(name.to_owned(), sent(name, value)?)]),
                },
            }
        }
        if !own.is_empty() {
            body.insert("user_fields".into(), own.into());
        }
        Ok(body)
    }

    /// The account that a user is.
    pub(super) async fn account(&self, user: User) -> Result<Account, Error> {
        let role = self.role_name(&user).await?;
        Ok(account(user, role))
    }
}

/// A value as Zendesk takes it.
fn sent(name: &str, value: &Value) -> Result<Value, Error> {
    match (name, value.as_str()) {
        ("name" | "email", _) if is_empty(value) => Err(Error::rejected(Some(name), "Zendesk has no user without it")),
        ("tags", _) if value.is_null() => Ok(Value::Array(Vec::new())),
        _ if is_empty(value) => Ok(Value::Null),
        ("phone", Some(text)) => Ok(match phone::parse(text, None) {
            Ok(number) => number.to_string().into(),
            Err(_) => text.into(),
        }),
        ("time_zone", Some(text)) => Ok(time_zones::zendesks(text).into()),
        ("organization_id" | "default_group_id", Some(text)) => match text.parse::<i64>() {
            Ok(id) => Ok(id.into()),
            Err(_) => Err(Error::rejected(Some(name), "must be an id of Zendesk's")),
        },
        _ => Ok(value.clone()),
    }
}

fn account(user: User, role: Option<String>) -> Account {
    let text = |value: Option<String>| value.filter(|text| !text.is_empty()).map_or(Value::Null, Value::from);
    let zone = user
        .time_zone
        .as_deref()
        .map(|zone| time_zones::iana(zone, user.iana_time_zone.as_deref()));
    let tags = user.tags.unwrap_or_default();
    let mut fields: Fields = [
        ("name", user.name.into()),
        ("email", text(user.email)),
        ("role", text(role)),
        ("external_id", text(user.external_id)),
        ("phone", text(user.phone)),
        ("time_zone", text(zone)),
        ("locale", text(user.locale)),
        ("alias", text(user.alias)),
        ("details", text(user.details)),
        ("notes", text(user.notes)),
        ("signature", text(user.signature)),
        ("tags", if tags.is_empty() { Value::Null } else { tags.into() }),
        ("organization_id", user.organization_id.into()),
        ("default_group_id", user.default_group_id.into()),
        ("ticket_restriction", text(user.ticket_restriction)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    let own = user.user_fields.unwrap_or_default();
    fields.extend(own.into_iter().map(|(key, value)| (format!("{OWN}{key}"), value)));
    Account {
        id: user.id.map(|id| id.to_string()).unwrap_or_default(),
        fields,
        active: user.suspended != Some(true),
        // The account's owner is one of them.
        protected: user.role.as_deref() == Some(ADMIN),
        ..Account::default()
    }
}

/// Whether a field has no value.
pub(super) fn is_empty(value: &Value) -> bool {
    value.is_null() || value == ""
}
