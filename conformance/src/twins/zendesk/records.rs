//! What an account consists of, as it is kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::jobs::Work;
use super::roles::{Role, RoleType, Standing};
use crate::twins::table::Row;

/// The account itself: who it is, and what it may do.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::twins) struct Account {
    /// Names the account in the URLs of its records.
    pub(super) subdomain: String,
    /// Whether there are custom roles.
    pub(super) enterprise: bool,
    /// Whether users may be created in bulk.
    pub(super) bulk_import: bool,
    /// How many of the team may have a paid seat; none: any number.
    pub(super) agent_seats: Option<u64>,
    pub(super) requests_per_minute: u64,
    /// How often each user may be updated in a minute; none: as often as you like.
    pub(super) user_updates_per_minute: Option<u64>,
    /// How long searches miss what has changed.
    pub(super) search_lag_seconds: u64,
    /// A job is done after so many looks at it, or after so many seconds, whichever comes first.
    pub(super) job_polls: u64,
    pub(super) job_seconds: u64,
    pub(super) custom_roles: Vec<CustomRole>,
    pub(super) user_fields: Vec<UserField>,
    /// Further bearer tokens, and their scopes.
    pub(super) tokens: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomRole {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) role_type: RoleType,
}

/// A custom field that users have.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserField {
    pub(super) id: u64,
    pub(super) key: String,
    #[serde(rename = "type")]
    pub(super) kind: UserFieldType,
    pub(super) title: String,
    /// The values of a dropdown.
    pub(super) options: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UserFieldType {
    Text,
    Textarea,
    Checkbox,
    Date,
    Integer,
    Decimal,
    Dropdown,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) external_id: Option<String>,
    pub(super) role: Role,
    pub(super) custom_role_id: Option<u64>,
    pub(super) is_owner: bool,
    pub(super) suspended: bool,
    /// Whether it was not deleted.
    pub(super) active: bool,
    pub(super) alias: String,
    pub(super) details: String,
    pub(super) notes: String,
    pub(super) signature: String,
    pub(super) phone: Option<String>,
    pub(super) shared_phone_number: Option<bool>,
    pub(super) remote_photo_url: Option<String>,
    pub(super) locale_id: u64,
    pub(super) time_zone: String,
    pub(super) tags: Vec<String>,
    pub(super) ticket_restriction: Option<String>,
    pub(super) only_private_comments: bool,
    pub(super) moderator: bool,
    pub(super) user_fields: Map<String, Value>,
    pub(super) identities: Vec<Identity>,
    /// How many mails asked the user to verify an address.
    pub(super) verification_mails: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Row for User {
    type Key = u64;

    fn key(&self) -> u64 {
        self.id
    }
}

impl User {
    /// The primary e-mail.
    pub(super) fn email(&self) -> Option<&str> {
        self.primary().map(|identity| identity.value.as_str())
    }

    pub(super) fn primary(&self) -> Option<&Identity> {
        self.emails().find(|identity| identity.primary)
    }

    pub(super) fn emails(&self) -> impl Iterator<Item = &Identity> {
        self.identities
            .iter()
            .filter(|identity| identity.kind == IdentityType::Email)
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            role: self.role,
            custom_role: self.custom_role_id,
        }
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Identity {
    pub(super) id: u64,
    #[serde(rename = "type")]
    pub(super) kind: IdentityType,
    pub(super) value: String,
    pub(super) verified: bool,
    pub(super) primary: bool,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum IdentityType {
    Email,
    Twitter,
    Facebook,
    Google,
    PhoneNumber,
    AgentForwarding,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Group {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) is_public: bool,
    /// Whether it is the account's default group.
    pub(super) default: bool,
    pub(super) deleted: bool,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Row for Group {
    type Key = u64;

    fn key(&self) -> u64 {
        self.id
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Organization {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) external_id: Option<String>,
    pub(super) details: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) domain_names: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) group_id: Option<u64>,
    pub(super) shared_tickets: bool,
    pub(super) shared_comments: bool,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Row for Organization {
    type Key = u64;

    fn key(&self) -> u64 {
        self.id
    }
}

/// That a user belongs to a group, or to an organization.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Membership {
    pub(super) id: u64,
    pub(super) user: u64,
    /// The id of the group or of the organization.
    pub(super) of: u64,
    pub(super) default: bool,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Row for Membership {
    type Key = u64;

    fn key(&self) -> u64 {
        self.id
    }
}

/// Work that is done in the background.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Job {
    /// Its number; the id that the API shows is derived from it.
    pub(super) number: u64,
    pub(super) work: Work,
    pub(super) created_at: Timestamp,
    /// How often somebody looked whether it is done.
    pub(super) polls: u64,
    pub(super) done: Option<Done>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Done {
    pub(super) at: Timestamp,
    pub(super) results: Vec<Value>,
}

impl Row for Job {
    type Key = u64;

    fn key(&self) -> u64 {
        self.number
    }
}
