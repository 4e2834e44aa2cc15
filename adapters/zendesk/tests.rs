//! Each trap, against a vendor that answers from a script.
mod groups;
mod identities;
mod jobs;
mod roles;
mod users;

use serde_json::{Value, json};

use crate::{Account, Error, ErrorKind, Fields, Retry};

const NOT_FOUND: &str = r#"{"error":"RecordNotFound","description":"Not found"}"#;
const FORBIDDEN: &str = r#"{"error":{"title":"Forbidden","message":"You do not have access to this page."}}"#;
const NO_SCOPE: &str =
    r#"{"error":"Forbidden","description":"You are missing the following required scopes: users:write"}"#;

fn fields(value: Value) -> Fields {
    serde_json::from_value(value).unwrap()
}

/// A user as Zendesk shows one, with these properties in place of the usual ones.
fn user(id: i64, changed: Value) -> Value {
    let mut user = json!({
        "id": id, "url": format!("https://engine.zendesk.com/api/v2/users/{id}.json"), "name": "Ada Lovelace",
        "email": "ada@engine.example", "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z",
        "time_zone": "London", "iana_time_zone": "Europe/London", "phone": "+442079460000", "shared_phone_number": false,
        "photo": null, "locale_id": 1, "locale": "en-GB", "organization_id": null, "role": "agent", "verified": true,
        "external_id": "a-1", "tags": ["math"], "alias": "", "active": true, "shared": false, "shared_agent": false,
        "last_login_at": null, "two_factor_auth_enabled": null, "signature": "", "details": "", "notes": "",
        "role_type": null, "custom_role_id": null, "moderator": false, "ticket_restriction": null,
        "only_private_comments": false, "restricted_agent": true, "suspended": false, "default_group_id": 7,
        "report_csv": false, "user_fields": { "office": "Ockham", "desk": null },
    });
    user.as_object_mut()
        .unwrap()
        .extend(changed.as_object().unwrap().clone());
    user
}

/// The body of an answer with such a user.
fn told(id: i64, changed: Value) -> String {
    json!({ "user": user(id, changed) }).to_string()
}

fn invalid(field: &str, error: &str, description: &str) -> String {
    let fault = json!({ "error": error, "description": description });
    let details = json!({ field: [fault] });
    json!({ "error": "RecordInvalid", "description": "Record validation errors", "details": details }).to_string()
}

/// An account of which these fields are known.
fn account(id: &str, known: Value) -> Account {
    Account {
        fields: fields(known),
        ..Account::of(id)
    }
}

fn rejected(error: &Error) -> (Option<&str>, Retry) {
    match &error.kind {
        ErrorKind::Rejected { field } => (field.as_deref(), error.retry),
        kind => panic!("{kind:?} {error}"),
    }
}
