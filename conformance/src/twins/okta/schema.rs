//! The schema of users' profiles.

use serde_json::{Map, Value, json};

use super::account::Okta;
use super::attributes::Attribute;
use super::links::href;
use super::org::{AttributeType, Mutability};
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use crate::twins::Answer;

/// Under the name `default` or the id of a user type's schema.
pub(super) fn get(twin: &mut Okta, call: &Call) -> Reply {
    let asked = call.id();
    let mut types = twin.org.user_types.iter();
    let kind = match asked {
        "default" => types.next(),
        id => types.find(|kind| kind.schema == id),
    };
    let kind = kind.ok_or_else(|| Refusal::not_found(asked, "Schema"))?;
    let path = format!("meta/schemas/user/{}", kind.schema);
    let body = json!({
        "id": format!("{}/api/v1/{path}", call.base),
        "$schema": "http://json-schema.org/draft-04/schema#",
        "name": kind.name,
        "title": kind.display_name,
        "type": "object",
        "definitions": {
            "custom": definition("#custom", twin.org.custom_attributes()),
            "base": definition("#base", twin.org.base_attributes()),
        },
        "properties": {
            "profile": { "allOf": [{ "$ref": "#/definitions/custom" }, { "$ref": "#/definitions/base" }] },
        },
        "_links": { "self": href(&call.base, &path) },
    });
    Ok(Answer::json(200, &body))
}

fn definition<'a>(id: &str, attributes: impl Iterator<Item = Attribute<'a>>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for attribute in attributes {
        if attribute.required {
            required.push(attribute.name.to_owned());
        }
        properties.insert(attribute.name.to_owned(), property(&attribute));
    }
    json!({ "id": id, "type": "object", "properties": properties, "required": required })
}

fn property(attribute: &Attribute) -> Value {
    let mut property = json!({
        "title": attribute.title,
        "type": attribute.kind,
        "required": attribute.required,
        "mutability": attribute.mutability,
        "scope": "NONE",
        "permissions": [{ "principal": "SELF", "action": "READ_ONLY" }],
    });
    let extra = [
        ("minLength", attribute.min_length.map(Value::from)),
        ("maxLength", attribute.max_length.map(Value::from)),
        ("format", attribute.format.map(|format| Value::from(format.name()))),
        ("unique", attribute.unique.then_some(Value::Bool(true))),
        ("enum", attribute.choices.map(|choices| choices.to_vec().into())),
    ];
    for (name, value) in extra.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        property[name] = value;
    }
    if attribute.kind == AttributeType::Array {
        property["items"] = json!({ "type": "string" });
    }
    if attribute.mutability == Mutability::ReadWrite {
        property["master"] = json!({ "type": "PROFILE_MASTER" });
    }
    property
}
