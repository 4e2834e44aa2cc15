//! Memberships at targets, as wanted and as applied.
use serde::{Deserialize, Serialize};

use super::key::{LinkKey, ResourceId};

/// One member of one group at one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GrantKey {
    /// The group's link.
    pub group: LinkKey,
    /// The member.
    pub member: ResourceId,
}

/// Whether a membership is wanted, and under which vendor id it was applied.
///
/// It is *due* when the two differ, or may, and a call can help: an addition only once the member has an account. A
/// grant that is neither wanted nor applied is deleted by the store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Grant {
    /// Whether the directory has the member in the group.
    pub wanted: bool,
    /// The member's vendor id with which the membership was made at the vendor.
    pub applied: Option<String>,
    /// The vendor refused it, and it is left alone until the group or the member is next written; or it is doubted, and
    /// is left alone until the group is.
    pub refused: Option<String>,
    /// The wish changed while a call for the one before may have been made, or the vendor was read and lacks it: what is
    /// applied is a guess until the next call. Only of grants with `applied`.
    pub unsure: bool,
}

/// Why what is doubted is left alone.
const MISSING: &str = "the vendor was read, and lacks the member";

impl Grant {
    /// Whether a call is needed and possible; `has_account` says whether the member has one at this target.
    pub fn is_due(&self, has_account: bool) -> bool {
        let differs = self.unsure || self.wanted != self.applied.is_some();
        differs && self.refused.is_none() && (has_account || !self.wanted)
    }

    /// Whether the vendor was read, and lacks what was applied: only who writes the group brings it back.
    pub(super) fn is_doubted(&self) -> bool {
        self.unsure && self.refused.is_some()
    }

    /// The grant as the vendor was read to lack it; one that is not applied is due anyway.
    pub(super) fn doubted(self) -> Self {
        match self.applied.is_some() && self.wanted {
            true => Self {
                unsure: true,
                refused: Some(MISSING.to_owned()),
                ..self
            },
            false => self,
        }
    }

    /// The grant with this wish; `account` is the member's at this target, if it has one.
    ///
    /// Who had a call to come may have had it made, and its answer lost: then nothing is known until the next one.
    pub(super) fn want(self, wanted: bool, account: Option<String>) -> Self {
        let called = self.wanted != wanted && self.is_due(account.is_some());
        let unsure = self.unsure || called;
        Self {
            wanted,
            applied: self.applied.or(account.filter(|_| unsure)),
            refused: None,
            unsure,
        }
    }
}
