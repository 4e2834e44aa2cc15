//! User types.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Okta;
use super::links::href;
use super::refusal::Reply;
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

/// They are as old as the org.
pub(super) fn list(twin: &mut Okta, call: &Call) -> Reply {
    let default = twin.default_type().map(|kind| kind.id.clone());
    let born = time(Timestamp::UNIX_EPOCH);
    let types: Vec<Value> = twin
        .org
        .user_types
        .iter()
        .map(|kind| {
            json!({
                "id": kind.id,
                "name": kind.name,
                "displayName": kind.display_name,
                "default": Some(&kind.id) == default.as_ref(),
                "created": born,
                "lastUpdated": born,
                "_links": {
                    "self": href(&call.base, &format!("meta/types/user/{}", kind.id)),
                    "schema": href(&call.base, &format!("meta/schemas/user/{}", kind.schema)),
                },
            })
        })
        .collect();
    Ok(Answer::json(200, &Value::Array(types)))
}
