//! Custom roles, which only the Enterprise plan has.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Zendesk;
use super::records::CustomRole;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::user_json::time;
use crate::twins::Answer;

/// How other plans answer is not documented.
pub(super) fn list(twin: &mut Zendesk, _: &Call) -> Reply {
    if !twin.account.enterprise {
        return Err(Refusal::no_endpoint());
    }
    let roles = twin.account.custom_roles.iter();
    let roles: Vec<_> = roles.map(|role| twin.custom_role_json(role)).collect();
    Ok(Answer::json(
        200,
        &json!({ "custom_roles": roles, "count": roles.len(), "next_page": null, "previous_page": null }),
    ))
}

pub(super) fn show(twin: &mut Zendesk, call: &Call) -> Reply {
    if !twin.account.enterprise {
        return Err(Refusal::no_endpoint());
    }
    let role = twin.custom_role(call.id()?).ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(
        200,
        &json!({ "custom_role": twin.custom_role_json(role) }),
    ))
}

impl Zendesk {
    fn custom_role_json(&self, role: &CustomRole) -> Value {
        let users = self.users.rows().values();
        let members = users
            .filter(|user| user.active && user.custom_role_id == Some(role.id))
            .count();
        json!({
            "id": role.id,
            "name": role.name,
            "description": "",
            "role_type": role.role_type.number(),
            "team_member_count": members,
            "configuration": { "light_agent": role.role_type == super::roles::RoleType::LightAgent },
            "created_at": time(Timestamp::UNIX_EPOCH),
            "updated_at": time(Timestamp::UNIX_EPOCH),
        })
    }
}
