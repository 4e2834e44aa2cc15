//! Users, groups and memberships as Box shows them, and how much of them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::BoxEnterprise;
use super::records::{Group, Membership, User};
use crate::twins::Request;

/// What is always shown, be it asked for or not.
const ALWAYS: &[&str] = &["id", "type", "name", "login", "group_type"];

/// What is shown where `fields` asks for nothing: a user's `role` and what the contract has beside it must be asked
/// for.
const USUAL: &[&str] = &[
    "created_at",
    "modified_at",
    "language",
    "timezone",
    "space_amount",
    "space_used",
    "max_upload_size",
    "status",
    "job_title",
    "phone",
    "address",
    "avatar_url",
    "notification_email",
];

/// What a request's `fields` let through: what is always shown and what is asked for.
pub(super) fn narrowed(request: &Request, full: Value) -> Value {
    let asked: Option<Vec<&str>> = request.parameter("fields").map(|names| names.split(',').collect());
    let wanted = |name: &str| match &asked {
        Some(names) => names.contains(&name),
        None => USUAL.contains(&name),
    };
    let Value::Object(mut parts) = full else { return full };
    parts.retain(|name, _| ALWAYS.contains(&name.as_str()) || wanted(name));
    parts.into()
}

impl BoxEnterprise {
    pub(super) fn user_json(&self, user: &User) -> Value {
        let mut shown = with_defaults(user_defaults(), &user.values);
        if user.is_admin {
            shown.insert("role".into(), "admin".into());
        }
        let enterprise = self.account.enterprise.to_string();
        shown.extend(parts(json!({
            "id": user.id.to_string(),
            "type": "user",
            "login": user.login,
            "space_used": u8::from(user.owns),
            "max_upload_size": 2_147_483_648_u64,
            "avatar_url": format!("https://app.box.com/api/avatar/large/{}", user.id),
            "enterprise": { "id": enterprise, "type": "enterprise", "name": format!("Enterprise {enterprise}") },
            "created_at": time(user.created_at),
            "modified_at": time(user.modified_at),
        })));
        shown.into()
    }

    pub(super) fn membership_json(&self, membership: &Membership) -> Value {
        let user = self.users.rows().get(&membership.user);
        let group = self.groups.rows().get(&membership.group);
        json!({
            "id": membership.id.to_string(),
            "type": "group_membership",
            "user": user.map(|user| json!({
                "id": user.id.to_string(),
                "type": "user",
                "name": user.values.get("name"),
                "login": user.login,
            })),
            "group": group.map(|group| json!({
                "id": group.id.to_string(),
                "type": "group",
                "name": group.name,
                "group_type": group_type(group),
            })),
            "role": membership.role,
            "created_at": time(membership.created_at),
            "modified_at": time(membership.modified_at),
        })
    }
}

pub(super) fn group_json(group: &Group) -> Value {
    let mut shown = with_defaults(group_defaults(), &group.values);
    shown.extend(parts(json!({
        "id": group.id.to_string(),
        "type": "group",
        "name": group.name,
        "group_type": group_type(group),
        "created_at": time(group.created_at),
        "modified_at": time(group.modified_at),
    })));
    shown.into()
}

fn group_type(group: &Group) -> &'static str {
    match group.is_everybody {
        true => "all_users_group",
        false => "managed_group",
    }
}

/// What a user of whom nothing else was said has. Only the status is documented.
fn user_defaults() -> Value {
    json!({
        "language": "en",
        "timezone": "America/Los_Angeles",
        "space_amount": 10_737_418_240_u64,
        "status": "active",
        "job_title": "",
        "phone": "",
        "address": "",
        "notification_email": null,
        "role": "user",
        "tracking_codes": [],
        "can_see_managed_users": false,
        "is_sync_enabled": false,
        "is_external_collab_restricted": false,
        "is_exempt_from_device_limits": false,
        "is_exempt_from_login_verification": false,
        "is_platform_access_only": false,
    })
}

/// What a group of which nothing else was said has. Not documented.
fn group_defaults() -> Value {
    json!({
        "provenance": "",
        "external_sync_identifier": "",
        "description": "",
        "invitability_level": "admins_only",
        "member_viewability_level": "admins_only",
    })
}

fn with_defaults(defaults: Value, values: &Map<String, Value>) -> Map<String, Value> {
    let mut shown = parts(defaults);
    shown.extend(values.clone());
    shown
}

fn parts(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(parts) => parts,
        _ => Map::new(),
    }
}

/// A time with whole seconds, as Box writes it.
fn time(at: Timestamp) -> String {
    format!("{at:.0}")
}
