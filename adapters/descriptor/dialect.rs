//! What a target says of its product's dialect of SCIM, where that is another one than its vendor's.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::field::FieldType;
use super::kind::Kind;

/// What differs from the vendor's dialect of SCIM (RFC 7643, RFC 7644). What is not said is as with the vendor.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnDialect {
    /// How a list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<Pages>,
    /// Resources that a page is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_count: Option<u32>,
    /// False: the product has no groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<bool>,
    /// Members of a group that one call may add or remove.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members_per_call: Option<usize>,
    /// Groups never show their members: the attribute of users by which they are found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members_by: Option<String>,
    /// Whether groups are known to show all their members. Without that they are not changed by PUT, which would
    /// remove whom they do not show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shows_members: Option<bool>,
    /// Users.
    #[serde(skip_serializing_if = "OwnResources::is_empty")]
    pub user: OwnResources,
    /// Groups.
    #[serde(skip_serializing_if = "OwnResources::is_empty")]
    pub group: OwnResources,
}

/// What differs for resources of one type.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnResources {
    /// How they are changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Update>,
    /// How PATCH takes a value away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clear: Option<Clear>,
    /// Whether multi-valued attributes have one value at most, and are replaced as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub single_values: Option<bool>,
    /// The field that is unique, and by which they are found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique: Option<String>,
    /// The attribute of the unique field, as filters name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub find_by: Option<String>,
    /// Whether the product takes a second one of the same name, so that one is looked for before it is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks_before_create: Option<bool>,
    /// What is left out when they are read, for `excludedAttributes`; nothing if it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<String>,
    /// Those of the vendor's fields that the product takes; all if it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes: Option<Vec<String>>,
    /// Fields that are otherwise than the vendor's, or further ones, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, OwnField>,
}

/// What differs of one field, or all that is known of one that the vendor has not got.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnField {
    /// Its attribute: a path of RFC 7644 section 3.5.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// What values it takes.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<FieldType>,
    /// Whether there is none without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Whether values are compared without regard to case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_insensitive: Option<bool>,
    /// Longest text that it takes, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_max: Option<usize>,
    /// What a new value of a multi-valued attribute has beside what its path says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<Map<String, Value>>,
}

impl OwnResources {
    /// Whether nothing is said of them.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn attribute(&self, field: &str) -> Option<&String> {
        self.fields.get(field).and_then(|field| field.attribute.as_ref())
    }
}

/// Fields that have another attribute in one dialect than in a former one: what accounts have of them is elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Moved {
    user: BTreeSet<String>,
    group: BTreeSet<String>,
}

impl Moved {
    /// Those that moved from a dialect to another one.
    pub fn between(former: Option<&OwnDialect>, now: Option<&OwnDialect>) -> Self {
        let none = OwnDialect::default();
        let (former, now) = (former.unwrap_or(&none), now.unwrap_or(&none));
        Self {
            user: moved(&former.user, &now.user),
            group: moved(&former.group, &now.group),
        }
    }

    /// Those of a kind of account.
    pub fn of(&self, kind: Kind) -> &BTreeSet<String> {
        match kind {
            Kind::User => &self.user,
            Kind::Group => &self.group,
        }
    }

    /// These, and others that moved before.
    pub fn and(mut self, before: &Self) -> Self {
        self.user.extend(before.user.iter().cloned());
        self.group.extend(before.group.iter().cloned());
        self
    }
}

fn moved(former: &OwnResources, now: &OwnResources) -> BTreeSet<String> {
    let names = former.fields.keys().chain(now.fields.keys());
    let moved = names.filter(|name| former.attribute(name) != now.attribute(name));
    moved.cloned().collect()
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pages {
    /// By `startIndex`, RFC 7644 section 3.4.2.4.
    #[default]
    Index,
    /// By `cursor`, RFC 9865.
    Cursor,
}

/// How resources are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Update {
    /// RFC 7644 section 3.5.2.
    #[default]
    Patch,
    /// RFC 7644 section 3.5.1: the resource is read, and sent back changed.
    Put,
}

/// How PATCH takes a value away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clear {
    /// By `remove`.
    #[default]
    Remove,
    /// By replacing it with empty text, where `remove` is not understood.
    Empty,
}
