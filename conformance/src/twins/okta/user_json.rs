//! How users are shown.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Okta;
use super::links::href;
use super::records::{Status, User};
use super::routes::Call;

/// The attributes that are shown even if they have no value.
const ALWAYS_SHOWN: [&str; 4] = ["firstName", "lastName", "mobilePhone", "secondEmail"];

/// A time as Okta writes it.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

impl Okta {
    /// The user as in lists: with a link to itself alone.
    pub(super) fn user_json(&self, call: &Call, user: &User) -> Value {
        let user = user.at(call.now);
        let mut body = json!({
            "id": user.id,
            "status": user.status,
            "created": time(user.created),
            "activated": user.activated.map(time),
            "statusChanged": user.status_changed.map(time),
            "lastLogin": null,
            "lastUpdated": time(user.last_updated),
            "passwordChanged": user.password_changed.map(time),
            "type": { "id": user.user_type },
            "profile": profile(&user),
            "credentials": credentials(&user),
            "_links": { "self": href(&call.base, &format!("users/{}", user.id)) },
        });
        if let Some(transition) = user.transition {
            body["transitioningToStatus"] = json!(transition.shown());
        }
        body
    }

    /// The user alone: with links to what can be done with it.
    pub(super) fn user_in_full(&self, call: &Call, user: &User) -> Value {
        let mut body = self.user_json(call, user);
        let user = user.at(call.now);
        let own = format!("users/{}", user.id);
        for name in actions(user.status) {
            body["_links"][*name] = href(&call.base, &format!("{own}/lifecycle/{name}"));
            body["_links"][*name]["hints"] = json!({ "allow": ["POST"] });
        }
        let kind = self.org.user_types.iter().find(|kind| kind.id == user.user_type);
        if let Some(kind) = kind {
            body["_links"]["schema"] = href(&call.base, &format!("meta/schemas/user/{}", kind.schema));
            body["_links"]["type"] = href(&call.base, &format!("meta/types/user/{}", kind.id));
        }
        body
    }
}

fn profile(user: &User) -> Map<String, Value> {
    let missing = ALWAYS_SHOWN.iter().filter(|name| !user.profile.contains_key(**name));
    let missing = missing.map(|name| ((*name).to_owned(), Value::Null));
    user.profile
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .chain(missing)
        .collect()
}

/// That there is a password shows as an empty object.
fn credentials(user: &User) -> Value {
    let mut credentials = json!({ "provider": { "type": user.provider, "name": user.provider } });
    if user.has_password {
        credentials["password"] = json!({});
    }
    if let Some(question) = &user.recovery_question {
        credentials["recovery_question"] = json!({ "question": question });
    }
    credentials
}

/// The changes of status that a user in this one can go through.
fn actions(status: Status) -> &'static [&'static str] {
    match status {
        Status::Staged | Status::Deprovisioned => &["activate"],
        Status::Provisioned | Status::Recovery => &["reactivate", "deactivate"],
        Status::Active => &["suspend", "deactivate"],
        Status::PasswordExpired => &["deactivate"],
        Status::LockedOut => &["unlock", "deactivate"],
        Status::Suspended => &["unsuspend", "deactivate"],
    }
}
