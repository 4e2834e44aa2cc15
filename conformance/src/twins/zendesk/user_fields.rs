//! Custom fields of users.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::account::Zendesk;
use super::page::Page;
use super::records::{UserField, UserFieldType};
use super::refusal::{Faults, Reply};
use super::routes::Call;
use super::user_json::time;

impl UserFieldType {
    pub(super) fn name(self) -> &'static str {
        match self {
            UserFieldType::Text => "text",
            UserFieldType::Textarea => "textarea",
            UserFieldType::Checkbox => "checkbox",
            UserFieldType::Date => "date",
            UserFieldType::Integer => "integer",
            UserFieldType::Decimal => "decimal",
            UserFieldType::Dropdown => "dropdown",
        }
    }
}

pub(super) fn list(twin: &mut Zendesk, call: &Call) -> Reply {
    let page = Page::read(call)?;
    let fields = twin.account.user_fields.iter().enumerate();
    let fields = fields.map(|(position, field)| (field.id, (position, field)));
    let json = |(position, field): (usize, &UserField)| twin.user_field_json(position, field);
    Ok(page.of(fields).answer(twin, "user_fields", json))
}

/// The values that a user has after a request; keys that no field has are ignored. That a value of the wrong type is
/// refused is not documented.
pub(super) fn values(fields: &[UserField], given: &Map<String, Value>, faults: &mut Faults) -> Map<String, Value> {
    let known = given.iter().filter_map(|(key, value)| {
        let field = fields.iter().find(|field| field.key == *key)?;
        Some((field, value))
    });
    let mut values = Map::new();
    for (field, value) in known {
        if !takes(field, value) {
            faults.invalid(&field.key);
        }
        values.insert(field.key.clone(), value.clone());
    }
    values
}

fn takes(field: &UserField, value: &Value) -> bool {
    let is_text = |of: &dyn Fn(&str) -> bool| value.as_str().is_some_and(of);
    value.is_null()
        || match field.kind {
            UserFieldType::Text | UserFieldType::Textarea => value.is_string(),
            UserFieldType::Checkbox => value.is_boolean(),
            UserFieldType::Date => is_text(&|text| text.parse::<Date>().is_ok() || text.parse::<Timestamp>().is_ok()),
            UserFieldType::Integer => value.is_i64() || is_text(&|text| text.parse::<i64>().is_ok()),
            UserFieldType::Decimal => value.is_number() || is_text(&|text| text.parse::<f64>().is_ok()),
            UserFieldType::Dropdown => is_text(&|text| field.options.iter().any(|option| option == text)),
        }
}

impl Zendesk {
    fn user_field_json(&self, position: usize, field: &UserField) -> Value {
        let mut json = json!({
            "id": field.id,
            "url": self.url(&format!("user_fields/{}", field.id)),
            "key": field.key,
            "type": field.kind.name(),
            "title": field.title,
            "raw_title": field.title,
            "description": "",
            "raw_description": "",
            "position": position,
            "active": true,
            "system": false,
            "regexp_for_validation": null,
            "created_at": time(Timestamp::UNIX_EPOCH),
            "updated_at": time(Timestamp::UNIX_EPOCH),
        });
        if field.kind == UserFieldType::Dropdown {
            let option = |value: &String| json!({ "name": value, "raw_name": value, "value": value });
            json["custom_field_options"] = field.options.iter().map(option).collect();
        }
        json
    }
}
