//! Bodies, held to the contract: each property's type, length and choices. What a body has beside them is refused,
//! which is not documented.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::twins::Request;

const LEVELS: Shape = Shape::Choice(&["admins_only", "admins_and_members", "all_managed_users"]);

/// What a new user can have.
pub(super) const NEW_USER: &[(&str, Shape)] = &[
    ("name", Shape::Text(50)),
    ("login", Shape::Text(usize::MAX)),
    ("is_platform_access_only", Shape::Flag),
    ("role", Shape::Choice(&["coadmin", "user"])),
    ("language", Shape::Text(usize::MAX)),
    ("is_sync_enabled", Shape::Flag),
    ("job_title", Shape::Text(100)),
    ("phone", Shape::Text(100)),
    ("address", Shape::Text(255)),
    ("space_amount", Shape::Number),
    ("tracking_codes", Shape::Codes),
    ("can_see_managed_users", Shape::Flag),
    ("timezone", Shape::Text(usize::MAX)),
    ("is_external_collab_restricted", Shape::Flag),
    ("is_exempt_from_device_limits", Shape::Flag),
    ("is_exempt_from_login_verification", Shape::Flag),
    (
        "status",
        Shape::Choice(&["active", "inactive", "cannot_delete_edit", "cannot_delete_edit_upload"]),
    ),
    ("external_app_user_id", Shape::Text(usize::MAX)),
];

/// What of a user can be changed beyond what a new one can have, and what cannot.
pub(super) const CHANGED_USER: &[(&str, Shape)] = &[
    ("notify", Shape::Flag),
    ("is_password_reset_required", Shape::Flag),
    ("notification_email", Shape::Address),
];
pub(super) const UNCHANGED_USER: &[&str] = &["is_platform_access_only"];

pub(super) const GROUP: &[(&str, Shape)] = &[
    ("name", Shape::Text(usize::MAX)),
    ("provenance", Shape::Text(255)),
    ("external_sync_identifier", Shape::Text(usize::MAX)),
    ("description", Shape::Text(255)),
    ("invitability_level", LEVELS),
    ("member_viewability_level", LEVELS),
];

pub(super) const NEW_MEMBERSHIP: &[(&str, Shape)] = &[
    ("user", Shape::Reference),
    ("group", Shape::Reference),
    ("role", Shape::Choice(&["member", "admin"])),
    ("configurable_permissions", Shape::Permissions),
];

pub(super) const MEMBERSHIP: &[(&str, Shape)] = &[
    ("role", Shape::Choice(&["member", "admin"])),
    ("configurable_permissions", Shape::Permissions),
];

/// What a property may be.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Text of so many characters at most.
    Text(usize),
    Choice(&'static [&'static str]),
    Flag,
    Number,
    /// Tracking codes.
    Codes,
    /// `{"email"}`, or null.
    Address,
    /// `{"id"}`.
    Reference,
    /// Names with true or false, or null.
    Permissions,
}

/// The body of a request, which has none but these properties.
pub(super) fn read(request: &Request, allowed: &[(&str, Shape)]) -> Result<Map<String, Value>, Refusal> {
    let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) else {
        return Err(Refusal::no_json());
    };
    for (name, value) in &body {
        let shape = allowed.iter().find(|(allowed, _)| allowed == name);
        let (_, shape) = shape.ok_or_else(|| Refusal::invalid(name, "is not known"))?;
        if !shape.takes(value) {
            return Err(Refusal::invalid(name, "is invalid"));
        }
    }
    Ok(body)
}

/// The text of a property that must be there.
pub(super) fn required<'b>(body: &'b Map<String, Value>, name: &str) -> Result<&'b str, Refusal> {
    let text = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| Refusal::invalid(name, "is missing"))
}

/// The id of a reference that must be there.
pub(super) fn reference<'b>(body: &'b Map<String, Value>, name: &str) -> Result<&'b str, Refusal> {
    let id = body.get(name).and_then(|reference| reference.get("id")?.as_str());
    id.ok_or_else(|| Refusal::invalid(name, "is missing"))
}

/// Something before and something with a dot behind one `@`, no blanks.
pub(super) fn is_address(text: &str) -> bool {
    let sound = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    text.split_once('@').is_some_and(|(local, domain)| {
        sound(local) && sound(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    })
}

impl Shape {
    fn takes(self, value: &Value) -> bool {
        match self {
            Shape::Text(length_max) => value.as_str().is_some_and(|text| text.chars().count() <= length_max),
            Shape::Choice(choices) => value.as_str().is_some_and(|text| choices.contains(&text)),
            Shape::Flag => value.is_boolean(),
            Shape::Number => value.is_i64(),
            Shape::Codes => value.as_array().is_some_and(|codes| codes.iter().all(is_code)),
            Shape::Address => value.is_null() || value.get("email").and_then(Value::as_str).is_some_and(is_address),
            Shape::Reference => value.get("id").is_some_and(Value::is_string),
            Shape::Permissions => {
                let flags = |flags: &Map<String, Value>| flags.values().all(Value::is_boolean);
                value.is_null() || value.as_object().is_some_and(flags)
            }
        }
    }
}

fn is_code(code: &Value) -> bool {
    let text = |name: &str| code.get(name).is_some_and(Value::is_string);
    code.get("type") == Some(&"tracking_code".into()) && text("name") && text("value")
}
