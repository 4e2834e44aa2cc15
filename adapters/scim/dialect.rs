//! What sets one service provider apart from another: data.
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::attribute::Attribute;

/// How a vendor speaks SCIM.
#[derive(Debug, Deserialize)]
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
    /// Users.
    pub(super) user: Resources,
    /// Groups, where the vendor has them.
    #[serde(default)]
    pub(super) group: Option<Resources>,
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Pages {
    /// By `startIndex`, RFC 7644 section 3.4.2.4.
    #[default]
    Index,
    /// By `cursor`, RFC 9865.
    Cursor,
}

/// How resources of one type are written and found.
#[derive(Debug, Deserialize)]
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

/// How resources are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Update {
    /// RFC 7644 section 3.5.2.
    #[default]
    Patch,
    /// RFC 7644 section 3.5.1: the resource is read, and sent back changed.
    Put,
}

/// How PATCH takes a value away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Clear {
    /// By `remove`.
    #[default]
    Remove,
    /// By replacing it with empty text, where `remove` is not understood.
    Empty,
}
