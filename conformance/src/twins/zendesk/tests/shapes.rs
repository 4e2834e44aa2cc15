//! What Zendesk's OpenAPI document says of the records in its answers: the properties that must be there, and the types
//! of those that are.

use serde_json::Value;

use crate::twins::Answer;

/// For each record its properties; `!` must be there, `?` may be null.
const RECORDS: &[(&str, &[&str])] = &[
    (
        "user",
        &[
            "name! string",
            "id integer",
            "url string",
            "email string",
            "external_id? string",
            "role string",
            "role_type? integer",
            "custom_role_id? integer",
            "default_group_id integer",
            "organization_id? integer",
            "active boolean",
            "suspended boolean",
            "verified boolean",
            "alias string",
            "details string",
            "notes string",
            "signature string",
            "phone? string",
            "shared_phone_number? boolean",
            "photo? object",
            "locale string",
            "locale_id integer",
            "time_zone string",
            "iana_time_zone string",
            "tags array",
            "ticket_restriction? string",
            "only_private_comments boolean",
            "moderator boolean",
            "restricted_agent boolean",
            "report_csv boolean",
            "shared boolean",
            "shared_agent boolean",
            "two_factor_auth_enabled? boolean",
            "user_fields object",
            "created_at time",
            "updated_at time",
            "last_login_at time",
            "authenticity_token string",
        ],
    ),
    (
        "deleted_user",
        &[
            "id! integer",
            "url! string",
            "name! string",
            "email! string",
            "created_at! time",
            "updated_at! time",
            "time_zone! string",
            "phone!? string",
            "shared_phone_number!? string",
            "photo!? object",
            "locale_id! integer",
            "locale! string",
            "organization_id! integer",
            "role! string",
            "active! boolean",
        ],
    ),
    (
        "identity",
        &[
            "user_id! integer",
            "type! string",
            "value! string",
            "id integer",
            "url string",
            "verified boolean",
            "verified_at? time",
            "verification_method string",
            "primary boolean",
            "deliverable_state string",
            "undeliverable_count integer",
            "created_at time",
            "updated_at time",
        ],
    ),
    (
        "group",
        &[
            "name! string",
            "id integer",
            "url string",
            "description string",
            "is_public boolean",
            "default boolean",
            "deleted boolean",
            "created_at time",
            "updated_at time",
        ],
    ),
    (
        "group_membership",
        &[
            "user_id! integer",
            "group_id! integer",
            "id integer",
            "url string",
            "default boolean",
            "created_at time",
            "updated_at time",
        ],
    ),
    (
        "organization",
        &[
            "name! string",
            "id integer",
            "url string",
            "external_id? string",
            "details? string",
            "notes? string",
            "domain_names array",
            "tags array",
            "group_id? integer",
            "shared_tickets boolean",
            "shared_comments boolean",
            "organization_fields? object",
            "created_at string",
            "updated_at string",
        ],
    ),
    (
        "organization_membership",
        &[
            "user_id! integer",
            "organization_id! integer",
            "default!? boolean",
            "id integer",
            "url string",
            "organization_name string",
            "view_tickets boolean",
            "created_at time",
            "updated_at time",
        ],
    ),
    (
        "custom_role",
        &[
            "name! string",
            "role_type! integer",
            "id integer",
            "description string",
            "team_member_count integer",
            "configuration object",
            "created_at time",
            "updated_at time",
        ],
    ),
    (
        "user_field",
        &[
            "key! string",
            "type! string",
            "title! string",
            "id integer",
            "url string",
            "raw_title string",
            "description string",
            "raw_description string",
            "position integer",
            "active boolean",
            "system boolean",
            "regexp_for_validation? string",
            "custom_field_options array",
            "created_at time",
            "updated_at time",
        ],
    ),
    (
        "job_status",
        &[
            "id string",
            "job_type string",
            "url string",
            "total? integer",
            "progress? integer",
            "status string",
            "message? string",
            "results? array",
        ],
    ),
    (
        "token",
        &[
            "id integer",
            "url string",
            "user_id integer",
            "client_id integer",
            "token string",
            "scopes array",
            "created_at time",
            "expires_at time",
        ],
    ),
    (
        "client",
        &[
            "name! string",
            "identifier! string",
            "user_id! integer",
            "id integer",
            "url string",
            "kind string",
            "redirect_uri array",
            "global boolean",
            "created_at time",
            "updated_at time",
        ],
    ),
    (
        "user_related",
        &[
            "assigned_tickets integer",
            "requested_tickets integer",
            "ccd_tickets integer",
            "organization_subscriptions integer",
        ],
    ),
    ("count", &["refreshed_at time", "value integer"]),
];

/// The statuses of success that the document has for a route, beside 200.
const STATUSES: &[(&str, u16)] = &[
    ("POST /api/v2/users", 201),
    ("POST /api/v2/users/create_or_update", 201),
    ("POST /api/v2/users/logout_many", 202),
    ("POST /api/v2/users/{user_id}/identities", 201),
    ("DELETE /api/v2/users/{user_id}/identities/{user_identity_id}", 204),
    ("DELETE /api/v2/users/{user_id}/sessions", 204),
    ("POST /api/v2/users/{user_id}/group_memberships", 201),
    (
        "DELETE /api/v2/users/{user_id}/group_memberships/{group_membership_id}",
        204,
    ),
    ("POST /api/v2/groups", 201),
    ("DELETE /api/v2/groups/{group_id}", 204),
    ("POST /api/v2/group_memberships", 201),
    ("DELETE /api/v2/group_memberships/{group_membership_id}", 204),
    ("POST /api/v2/organizations", 201),
    ("POST /api/v2/organizations/create_or_update", 201),
    ("POST /api/v2/organization_memberships", 201),
    (
        "DELETE /api/v2/organization_memberships/{organization_membership_id}",
        204,
    ),
    ("DELETE /api/v2/oauth/tokens/{oauth_token_id}", 204),
    ("POST /oauth/tokens", 201),
];

/// That an answer to a request of this route is one that the document has.
pub(crate) fn check(route: Option<&str>, answer: &Answer) {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let place = format!("{route:?} {} {said}", answer.status);
    if answer.status >= 400 {
        assert!(said["error"].is_string() || answer.body.is_empty(), "{place}");
        return;
    }
    let other = STATUSES
        .iter()
        .find(|(other, _)| Some(*other) == route)
        .map(|(_, status)| *status);
    let may_be_200 = other.is_none() || route.is_some_and(|route| route.ends_with("create_or_update"));
    assert!(
        Some(answer.status) == other || may_be_200 && answer.status == 200,
        "{place}"
    );
    for (name, value) in said.as_object().into_iter().flatten() {
        for (record, properties) in RECORDS {
            let plural = [
                format!("{record}s"),
                format!("{record}es"),
                record.replace("identity", "identities"),
            ];
            match value {
                Value::Array(list) if plural.contains(name) => {
                    list.iter().for_each(|value| check_record(properties, value, &place));
                }
                Value::Object(_) if name == record => check_record(properties, value, &place),
                _ => {}
            }
        }
    }
}

fn check_record(properties: &[&str], record: &Value, place: &str) {
    let fields = record
        .as_object()
        .unwrap_or_else(|| panic!("{place}: {record} is no record"));
    let known: Vec<_> = properties.iter().map(|property| name_of(property)).collect();
    for name in fields.keys() {
        assert!(known.contains(&name.as_str()), "{place}: the document has no {name}");
    }
    for property in properties {
        let (marked, kind) = property.split_once(' ').unwrap();
        match fields.get(name_of(property)) {
            None => assert!(!marked.contains('!'), "{place}: {property} is missing"),
            Some(Value::Null) => assert!(marked.contains('?'), "{place}: {property} is null"),
            Some(value) => assert!(is_of(value, kind), "{place}: {property} is {value}"),
        }
    }
}

fn name_of(property: &str) -> &str {
    property.split(['!', '?', ' ']).next().unwrap()
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "time" => value
            .as_str()
            .is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}
