//! Users as the API shows them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Zendesk;
use super::records::User;
use super::roles::Role;
use super::{locales, time_zones};
use crate::twins::Answer;

impl Zendesk {
    /// The URL of a record. It names the account, whatever the twin's own address is.
    pub(super) fn url(&self, path: &str) -> String {
        format!("https://{}.zendesk.com/api/v2/{path}.json", self.account.subdomain)
    }

    pub(super) fn user_answer(&self, status: u16, user: &User) -> Answer {
        Answer::json(status, &json!({ "user": self.user_json(user) }))
    }

    /// What has no value is null where the document lets it, and left out elsewhere.
    pub(super) fn user_json(&self, user: &User) -> Value {
        let mut json = json!({
            "id": user.id,
            "url": self.url(&format!("users/{}", user.id)),
            "name": user.name,
            "created_at": time(user.created_at),
            "updated_at": time(user.updated_at),
            "time_zone": user.time_zone,
            "iana_time_zone": time_zones::iana_name(&user.time_zone),
            "phone": user.phone,
            "shared_phone_number": user.shared_phone_number,
            "photo": self.photo(user),
            "locale_id": user.locale_id,
            "locale": locales::name_of(user.locale_id),
            "organization_id": self.organization_memberships.default_of(user.id),
            "role": user.role.name(),
            "verified": user.primary().is_some_and(|identity| identity.verified),
            "external_id": user.external_id,
            "tags": user.tags,
            "alias": user.alias,
            "active": user.active,
            "shared": false,
            "shared_agent": false,
            "two_factor_auth_enabled": null,
            "signature": user.signature,
            "details": user.details,
            "notes": user.notes,
            "role_type": self.role_type(user.standing()),
            "custom_role_id": user.custom_role_id,
            "moderator": user.moderator,
            "ticket_restriction": user.ticket_restriction,
            "only_private_comments": user.only_private_comments,
            "restricted_agent": user.role != Role::Admin && user.ticket_restriction.is_some(),
            "suspended": user.suspended,
            "report_csv": user.role == Role::Admin,
            "user_fields": self.user_field_values(user),
        });
        if let Some(email) = user.email() {
            json["email"] = Value::from(email);
        }
        if let Some(group) = self.group_memberships.default_of(user.id) {
            json["default_group_id"] = Value::from(group);
        }
        json
    }

    /// A user in the list of those deleted. The document has neither a null organization nor a missing e-mail there.
    pub(super) fn deleted_user_json(&self, user: &User) -> Value {
        json!({
            "id": user.id,
            "url": self.url(&format!("deleted_users/{}", user.id)),
            "name": user.name,
            "email": user.email().unwrap_or_default(),
            "created_at": time(user.created_at),
            "updated_at": time(user.updated_at),
            "time_zone": user.time_zone,
            "phone": user.phone,
            "shared_phone_number": null,
            "photo": null,
            "locale_id": user.locale_id,
            "locale": locales::name_of(user.locale_id),
            "organization_id": self.organization_memberships.default_of(user.id).unwrap_or_default(),
            "role": user.role.name(),
            "active": user.active,
        })
    }

    fn photo(&self, user: &User) -> Option<Value> {
        let url = user.remote_photo_url.as_ref()?;
        Some(json!({ "id": user.id, "content_url": url, "content_type": "image/png" }))
    }

    /// Every field of the account, null if the user has no value there.
    fn user_field_values(&self, user: &User) -> Map<String, Value> {
        let fields = self.account.user_fields.iter();
        let value = |key: &str| user.user_fields.get(key).cloned().unwrap_or_default();
        fields.map(|field| (field.key.clone(), value(&field.key))).collect()
    }
}

/// A time as the API writes it: in whole seconds.
pub(super) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
