//! Resources as they are stored.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::{IndexTerm, ResourceId, ResourceKey, TargetId};

/// A stored resource: ready-made JSON with places where the changing parts are put in when it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Directory, type and id.
    pub key: ResourceKey,
    /// Counts the writes of the document, beginning at 1.
    pub version: u64,
    /// `meta.created`.
    pub created: Timestamp,
    /// `meta.lastModified`.
    pub modified: Timestamp,
    /// The document without what [`Splice`]s put in.
    pub body: Vec<u8>,
    /// What to put in where, in order of offsets.
    pub splices: Vec<Splice>,
    /// Its entries in the indexes.
    pub index: Vec<IndexTerm>,
    /// The targets that it was imported from, as long as no IdP has written it: until then it concerns no other one.
    /// None from then on, and of what an IdP created.
    pub origins: Vec<TargetId>,
}

impl Resource {
    /// Whether it concerns the target.
    pub fn is_seen_by(&self, target: TargetId) -> bool {
        is_seen_by(&self.origins, target)
    }
}

/// Whether a resource of these origins concerns the target.
pub(crate) fn is_seen_by(origins: &[TargetId], target: TargetId) -> bool {
    origins.is_empty() || origins.contains(&target)
}

/// Something put into a stored body when it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splice {
    /// Where in the body.
    pub offset: u32,
    /// What.
    pub place: Place,
}

/// What is put in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// The attributes computed from membership rows: `groups` of a member, `members` of a group, with a leading comma.
    Rows,
    /// The base URL of the directory, before a relative path already in the body.
    BaseUrl,
    /// The version, as in the ETag.
    Version,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its id.
    pub id: ResourceId,
    /// Its resource type, such as `User`.
    pub resource_type: String,
    /// `display` as the IdP sent it.
    pub display: Option<String>,
}
