//! Names of things in the store.
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A directory: internal, so that a directory made anew under an old name sees nothing of the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DirectoryId(pub Uuid);

/// A target: internal, like [`DirectoryId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TargetId(pub Uuid);

/// A SCIM resource: the `id` its IdP sees. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceId(pub Uuid);

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The resources of one type in one directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The directory.
    pub directory: DirectoryId,
    /// The resource type's name, such as `User`.
    pub resource_type: String,
}

/// One resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceKey {
    /// Directory and type.
    pub scope: Scope,
    /// Its id.
    pub id: ResourceId,
}

/// One resource at one target. It outlives the resource until the target has settled its removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LinkKey {
    /// The directory of both.
    pub directory: DirectoryId,
    /// The target.
    pub target: TargetId,
    /// The resource.
    pub resource: ResourceId,
}

/// An entry of an index: an attribute and a normalised value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IndexTerm {
    /// Canonical name, such as `userName` or `emails.value`.
    pub attribute: String,
    /// The value as it is compared: folded to lower case where the schema compares without regard to case.
    pub value: String,
}
