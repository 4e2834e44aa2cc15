//! The org itself: who it is, and what it may do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::Bucket;

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::twins) struct Org {
    /// Stands in links if the request does not say where it was sent.
    pub(super) domain: String,
    /// What every id ends with.
    pub(super) id_end: String,
    /// The id of the user who made the API tokens.
    pub(super) owner: String,
    /// The default one first.
    pub(super) user_types: Vec<UserType>,
    pub(super) attributes: Vec<CustomAttribute>,
    /// Whether users need a first and a last name; an org may have switched that off.
    pub(super) names_required: bool,
    /// Whether logins must look like e-mail addresses; an org may have switched that off.
    pub(super) logins_are_emails: bool,
    /// Whether the profiles of deactivated users can be edited.
    pub(super) deprovisioned_editable: bool,
    /// How long an activation, or a deactivation that was asked for asynchronously, takes.
    pub(super) transition_ms: u64,
    /// Further API tokens, and the role of who made each.
    pub(super) tokens: BTreeMap<String, AdminRole>,
    /// The roles of applications that act for nobody, by client id. Without one an application may do nothing.
    pub(super) app_roles: BTreeMap<String, AdminRole>,
    pub(super) limits: BTreeMap<Bucket, u64>,
    /// How much of a bucket one API token or application may use up.
    pub(super) token_percent: u64,
    /// How many requests are still refused because too many others are under way.
    pub(super) concurrency_refusals: u64,
    pub(super) custom_roles: Vec<CustomRole>,
}

/// What an administrator may do, and hence an API token that one made, or an application.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum AdminRole {
    SuperAdmin,
    ReadOnlyAdmin,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserType {
    /// Given by the org if it is left out of a seed, and so is the schema's.
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) display_name: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomRole {
    /// Given by the org if it is left out of a seed.
    #[serde(default)]
    pub(super) id: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) description: String,
}

/// An attribute of users that the org added to the profile. It belongs to every user type here.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomAttribute {
    pub(super) name: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(rename = "type")]
    pub(super) kind: AttributeType,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) unique: bool,
    #[serde(default)]
    pub(super) min_length: Option<u64>,
    #[serde(default)]
    pub(super) max_length: Option<u64>,
    #[serde(default, rename = "enum")]
    pub(super) choices: Option<Vec<Value>>,
    #[serde(default)]
    pub(super) mutability: Mutability,
}

/// An array is one of strings.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AttributeType {
    Array,
    Boolean,
    Integer,
    Number,
    String,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Mutability {
    Immutable,
    ReadOnly,
    #[default]
    ReadWrite,
}
