//! Custom roles, and who has any role.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Okta;
use super::links::href;
use super::page::{self, Lengths, Page};
use super::refusal::Reply;
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

const LENGTHS: Lengths = Lengths { default: 100, max: 100 };

/// Predefined roles are not among them.
pub(super) fn custom_roles(twin: &mut Okta, call: &Call) -> Reply {
    let born = time(Timestamp::UNIX_EPOCH);
    let roles: Vec<Value> = twin
        .org
        .custom_roles
        .iter()
        .map(|role| {
            let own = format!("iam/roles/{}", role.id);
            json!({
                "id": role.id,
                "label": role.label,
                "description": role.description,
                "created": born,
                "lastUpdated": born,
                "_links": {
                    "self": href(&call.base, &own),
                    "permissions": href(&call.base, &format!("{own}/permissions")),
                },
            })
        })
        .collect();
    Ok(Answer::json(200, &json!({ "roles": roles, "_links": {} })))
}

/// Whoever has a role, from a group or not. This list has its link to the next page in the body.
pub(super) fn users(twin: &mut Okta, call: &Call) -> Reply {
    let page = Page::read(call.request, LENGTHS)?;
    let users = twin.users.rows().values();
    let holders = users.filter(|user| twin.roles_of(user).next().is_some());
    let part = page.by_key(holders, |user| user.id.as_str());
    let value: Vec<Value> = part
        .items
        .iter()
        .map(|user| {
            let own = format!("users/{}", user.id);
            json!({
                "id": user.id,
                "orn": format!("orn:okta:directory:{}:users:{}", twin.org.id_end, user.id),
                "_links": {
                    "self": href(&call.base, &own),
                    "roles": href(&call.base, &format!("{own}/roles")),
                },
            })
        })
        .collect();
    let links = match part.next.as_deref() {
        Some(next) => json!({ "next": { "href": page::address(call, Some(next)) } }),
        None => json!({}),
    };
    Ok(Answer::json(200, &json!({ "value": value, "_links": links })))
}
