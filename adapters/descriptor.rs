//! What a vendor can do, as data. Pure types: mapping and use cases may read them.
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A vendor's description, loaded once from the `vendor.toml` in its folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
    /// The vendor's name in settings, such as `pagerduty`.
    pub name: String,
    /// The vendor's name for people.
    pub title: String,
    /// Where the vendor's API is when a target does not say otherwise.
    pub base_url: String,
    /// Names of the settings a target of this vendor has or may have.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// Fields of a person's account.
    pub user: KindDescriptor,
    /// Fields of a group; `None` where the vendor has no groups.
    pub group: Option<KindDescriptor>,
    /// What switching a person off does at the vendor.
    pub deactivate: Deactivate,
    /// Roles a person may be given by this API.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Calls per minute that one set of credentials may make.
    pub calls_per_minute: u32,
    /// Calls in flight at the same time that the vendor bears.
    pub concurrency: usize,
    /// How long reads may lag behind writes, in milliseconds.
    pub read_lag_ms: u64,
    /// How long one call may take before its answer counts as lost, in milliseconds.
    pub call_deadline_ms: u64,
}

/// What resources become at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person.
    User,
    /// A group of people (a team, an organization).
    Group,
}

/// One kind of account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindDescriptor {
    /// What the vendor calls it.
    pub title: String,
    /// The field whose value is unique at the vendor, and by which accounts are found.
    pub unique: String,
    /// The fields.
    pub fields: Vec<Field>,
}

/// One field of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The vendor's name.
    pub name: String,
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether an account cannot exist without it.
    #[serde(default)]
    pub required: bool,
    /// Shortest text the vendor takes, in characters.
    #[serde(default)]
    pub length_min: Option<usize>,
    /// Longest text the vendor takes, in characters.
    #[serde(default)]
    pub length_max: Option<usize>,
    /// Values are compared without regard to case, as the vendor does.
    #[serde(default)]
    pub case_insensitive: bool,
    /// The writing call that carries it. Fields without one go in the main call; the others in a call of that name.
    #[serde(default)]
    pub call: Option<String>,
    /// The main-call field from which the vendor fills this one when it creates the account.
    #[serde(default)]
    pub created_from: Option<String>,
    /// Where its value comes from if the target's mapping does not say otherwise: a SCIM path.
    #[serde(default)]
    pub default_source: Option<String>,
    /// Further SCIM paths tried in order when that one has no value.
    #[serde(default)]
    pub fallback_sources: Vec<String>,
    /// Sent when no source has a value.
    #[serde(default)]
    pub default_value: Option<Value>,
}

/// What values a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text.
    String,
    /// An e-mail address.
    Email,
    /// True or false.
    Boolean,
    /// One of the vendor's roles.
    Role,
    /// An IANA time zone.
    TimeZone,
    /// A telephone number with its country code.
    Phone,
}

/// A setting of a target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its key in the target's `settings` table.
    pub name: String,
    /// Whether a target without it is refused.
    #[serde(default)]
    pub required: bool,
    /// What it is for.
    pub description: String,
}

/// A role of the vendor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The vendor's value.
    pub name: String,
    /// Names by which people know it, taken as the same role.
    #[serde(default)]
    pub titles: Vec<String>,
    /// Whether the vendor's API can set it.
    pub assignable: bool,
    /// Why not, or what it needs.
    #[serde(default)]
    pub rule: Option<String>,
}

/// What switching a person off does at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deactivate {
    /// The account stays and cannot sign in.
    Suspend,
    /// The vendor has no such state: the account is deleted, and created anew on reactivation.
    Delete,
}

impl Descriptor {
    /// The kind's description; `None` where the vendor has none of that kind.
    pub fn kind(&self, kind: Kind) -> Option<&KindDescriptor> {
        match kind {
            Kind::User => Some(&self.user),
            Kind::Group => self.group.as_ref(),
        }
    }

    /// How long reads may lag behind writes.
    pub fn read_lag(&self) -> Duration {
        Duration::from_millis(self.read_lag_ms)
    }

    /// How long one call may take.
    pub fn call_deadline(&self) -> Duration {
        Duration::from_millis(self.call_deadline_ms)
    }
}

impl KindDescriptor {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
