//! Drift: how a vendor differs from what the directory wants, though nothing is left to deliver. What is told of it,
//! and what may be done about it.
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store;

/// In what way an account differs, the most serious first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person whose access was taken away has it again.
    LeaverBack,
    /// A greater role than the directory gives.
    RoleHigher,
    /// A person who should have access is switched off.
    Suspended,
    /// The account is gone.
    Gone,
    /// A lesser role than the directory gives.
    RoleLower,
    /// Another role, of which nobody can say which is the greater.
    RoleOther,
    /// A member that was added to a group is not in it.
    MemberMissing,
    /// A field has another value.
    Field,
}

/// What it would mean for access to make the vendor as the directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It takes access away: a schedule may do that.
    Takes,
    /// Neither: a person may ask for it.
    Changes,
    /// It gives access, or may: a person has to name who gets it.
    Gives,
}

impl Kind {
    /// What correcting it would mean for access.
    pub fn effect(self) -> Effect {
        match self {
            Self::LeaverBack | Self::RoleHigher => Effect::Takes,
            Self::Field => Effect::Changes,
            Self::Suspended | Self::Gone | Self::RoleLower | Self::RoleOther | Self::MemberMissing => Effect::Gives,
        }
    }
}

/// A difference between a vendor and the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// In what way.
    pub kind: Kind,
    /// Who: `userName`, or a group's `displayName`.
    pub name: String,
    /// The resource's id.
    pub resource: String,
    /// Its type, such as `User`.
    pub resource_type: String,
    /// The vendor's id of the account.
    pub account: String,
    /// The vendor's field, or `active`, or `members`; none if the account is gone.
    pub field: Option<String>,
    /// What the directory says; of a missing member its `userName`.
    pub directory: Value,
    /// What the vendor has.
    pub vendor: Value,
}

/// What was found at a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Names these very differences: who corrects says which were seen.
    pub plan: String,
    /// Accounts and groups that were compared.
    pub compared: u64,
    /// Those that were not, since something is still to be delivered of them, or was just now.
    pub unsettled: u64,
    /// How many differences there are.
    pub found: u64,
    /// The first ten thousand, the most serious first.
    pub differences: Vec<Difference>,
    /// How many of them are being corrected.
    pub corrected: u64,
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// So few linked accounts are right, should the listing lack over 20 % of them.
    pub expect: Option<u64>,
    /// What is corrected; nothing without it.
    pub fix: Option<Fix>,
}

/// What is to be corrected, asked for by a person: all but what gives access.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// The differences that were seen, by their name; whatever is found if there is none.
    pub plan: Option<String>,
    /// Who gets access back as well, by the name that a difference is shown with.
    pub give: BTreeSet<String>,
}

/// What came of the last comparison of a target, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// When it ended.
    pub at: Timestamp,
    /// Accounts and groups that were compared.
    pub compared: u64,
    /// Those that were not, since something was still to be delivered.
    pub unsettled: u64,
    /// Differences.
    pub found: u64,
    /// Of these, people who have access again that was taken away.
    pub leavers_back: u64,
    /// Why nothing could be compared; the numbers are of the comparison before then.
    pub failure: Option<String>,
}

/// What is kept of a target's comparisons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// From when the time to the next one is counted.
    pub(crate) since: Timestamp,
    /// The last one, if there was any.
    pub(crate) last: Option<Summary>,
}

/// Why nothing was compared or corrected. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A reading failed, or broke off.
    #[error("the vendor's accounts could not be read: {0}; nothing was compared")]
    Unread(String),
    /// The listing may have been cut off by the vendor.
    #[error(
        "the vendor lists no more than {0} accounts, and has as many: there may be more that nobody sees; nothing was compared"
    )]
    Cut(u64),
    /// Too much is missing to be believed.
    #[error(
        "the vendor's listing lacks {missing} of {linked} linked accounts, over 20 %, and is not believed; if so few are \
         right, say so: --expect {}", .linked.saturating_sub(*.missing)
    )]
    Shrunk {
        /// Linked accounts that are not in it.
        missing: u64,
        /// All linked accounts.
        linked: u64,
    },
    /// Something has changed since the differences were shown.
    #[error("the plan is out of date: the differences are others by now; look at the new ones, `{0}`")]
    OutOfDate(String),
    /// Nobody of this name is among those who would get access.
    #[error("nobody named `{0}` lacks access at the vendor that the directory gives")]
    Nobody(String),
    /// The store failed.
    #[error("the store refused")]
    Store(#[from] store::Error),
}

/// The settings record that keeps what is known of a target's comparisons.
pub(crate) fn record_name(target: store::TargetId) -> String {
    format!("drift/{}", target.0)
}
