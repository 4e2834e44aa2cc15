//! What sets one service provider apart from another: data.
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::attribute::Attribute;
use crate::descriptor::{Clear, Pages, Update};

/// How a vendor speaks SCIM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dialect {
    /// How a list goes on.
    #[serde(default)]
    pub(super) pages: Pages,
    /// Resources that a page is asked for.
    pub(super) page_count: u32,
    /// Who is in a group is found by this attribute of users; the group itself says so if there is none.
    #[serde(default)]
    pub(super) members_by: Option<String>,
    /// Groups are known to show all their members.
    #[serde(default)]
    pub(super) shows_members: bool,
    /// Users.
    pub(super) user: Resources,
    /// Groups, where the vendor has them.
    #[serde(default)]
    pub(super) group: Option<Resources>,
}

/// How resources of one type are written and found.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resources {
    /// How they are changed.
    #[serde(default)]
    pub(super) update: Update,
    /// How PATCH takes a value away.
    #[serde(default)]
    pub(super) clear: Clear,
    /// The attribute of the unique field, as filters name it.
    pub(super) find_by: String,
    /// Multi-valued attributes have one value at most, and are replaced as a whole.
    #[serde(default)]
    pub(super) single_values: bool,
    /// What need not be read with the resource, for `excludedAttributes`.
    #[serde(default)]
    pub(super) excluded: Option<String>,
    /// The attribute behind each field.
    pub(super) attributes: BTreeMap<String, Attribute>,
    /// What a new value of a multi-valued attribute has beside what its path says, by field.
    #[serde(default)]
    pub(super) new_values: BTreeMap<String, Map<String, Value>>,
}
