//! Zendesk's own shapes: what it answers.
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub(super) struct UserEnvelope {
    pub(super) user: User,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    /// None for who is not signed in, of which `/users/me` tells as a user too.
    #[serde(default, deserialize_with = "whole")]
    pub(super) id: Option<i64>,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) role: Option<String>,
    #[serde(default, deserialize_with = "whole")]
    pub(super) role_type: Option<i64>,
    #[serde(default, deserialize_with = "whole")]
    pub(super) custom_role_id: Option<i64>,
    /// False for a deleted user.
    pub(super) active: Option<bool>,
    pub(super) suspended: Option<bool>,
    pub(super) external_id: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) iana_time_zone: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) alias: Option<String>,
    pub(super) details: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) signature: Option<String>,
    pub(super) tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "whole")]
    pub(super) organization_id: Option<i64>,
    #[serde(default, deserialize_with = "whole")]
    pub(super) default_group_id: Option<i64>,
    pub(super) ticket_restriction: Option<String>,
    pub(super) user_fields: Option<Map<String, Value>>,
}

impl User {
    /// Whether it is there: deleted users are still answered.
    pub(super) fn is_there(&self) -> bool {
        self.active != Some(false) && self.id.is_some()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct IdentityEnvelope {
    pub(super) identity: Identity,
}

#[derive(Debug, Deserialize)]
pub(super) struct Identity {
    pub(super) id: i64,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) value: String,
    #[serde(default)]
    pub(super) primary: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct GroupEnvelope {
    pub(super) group: Group,
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) is_public: Option<bool>,
    /// True for a deleted group, which is still answered.
    #[serde(default)]
    pub(super) deleted: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Membership {
    pub(super) id: i64,
    pub(super) user_id: i64,
    pub(super) group_id: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct CustomRoles {
    pub(super) custom_roles: Vec<CustomRole>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CustomRole {
    pub(super) id: i64,
    pub(super) name: String,
    #[serde(default, deserialize_with = "whole")]
    pub(super) role_type: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Organizations {
    pub(super) organizations: Vec<Organization>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Organization {
    pub(super) id: i64,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct JobEnvelope {
    pub(super) job_status: JobStatus,
}

#[derive(Debug, Deserialize)]
pub(super) struct JobStatus {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) results: Option<Value>,
}

/// One item of a job.
#[derive(Debug, Deserialize)]
pub(super) struct JobResult {
    pub(super) index: Option<usize>,
    #[serde(default, deserialize_with = "whole")]
    pub(super) id: Option<i64>,
    pub(super) success: Option<bool>,
    pub(super) status: Option<String>,
    pub(super) error: Option<String>,
    pub(super) details: Option<String>,
}

/// A page of users that a search has found.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) users: Vec<User>,
    pub(super) next_page: Option<String>,
}

/// Where a listing goes on.
#[derive(Debug, Default, Deserialize)]
struct Meta {
    #[serde(default)]
    has_more: bool,
    after_cursor: Option<String>,
}

impl Meta {
    fn next(self) -> Option<String> {
        self.after_cursor.filter(|_| self.has_more)
    }
}

/// One page of a listing with cursors.
pub(super) trait Listing: DeserializeOwned {
    /// What is listed.
    type Item;
    /// The items, and the cursor of the next page.
    fn split(self) -> (Vec<Self::Item>, Option<String>);
}

#[derive(Debug, Deserialize)]
pub(super) struct Users {
    users: Vec<User>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Debug, Deserialize)]
pub(super) struct Identities {
    identities: Vec<Identity>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Debug, Deserialize)]
pub(super) struct Groups {
    groups: Vec<Group>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Debug, Deserialize)]
pub(super) struct Memberships {
    group_memberships: Vec<Membership>,
    #[serde(default)]
    meta: Meta,
}

impl Listing for Users {
    type Item = User;
    fn split(self) -> (Vec<User>, Option<String>) {
        (self.users, self.meta.next())
    }
}

impl Listing for Identities {
    type Item = Identity;
    fn split(self) -> (Vec<Identity>, Option<String>) {
        (self.identities, self.meta.next())
    }
}

impl Listing for Groups {
    type Item = Group;
    fn split(self) -> (Vec<Group>, Option<String>) {
        (self.groups, self.meta.next())
    }
}

impl Listing for Memberships {
    type Item = Membership;
    fn split(self) -> (Vec<Membership>, Option<String>) {
        (self.group_memberships, self.meta.next())
    }
}

/// A whole number, which Zendesk writes as text at times.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_i64().or_else(|| value.as_str()?.parse().ok()))
}
