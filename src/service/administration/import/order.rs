//! What is asked of an import, and what it tells.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::service::listing::Shrunk;
use crate::store;

/// An import that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The target's name.
    pub target: String,
    /// Whose values win.
    pub source: Source,
    /// So few accounts are right, should the listing have shrunk much.
    pub expect: Option<u64>,
    /// What is applied; nothing without it.
    pub confirm: Option<Choice>,
}

/// What is applied of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The plan, as the preview named it.
    pub plan: String,
    /// All accounts of these lists, but for protected ones.
    pub lists: BTreeSet<List>,
    /// These accounts, by the vendor's ids, in whatever list they are. Protected ones too.
    pub accounts: BTreeSet<String>,
}

/// Whose values win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The vendor's: the directory becomes as the vendor is.
    #[default]
    Vendor,
    /// The directory's: the vendor becomes as the directory is.
    Directory,
}

/// The lists of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// At the vendor, and not in the directory.
    New,
    /// In both: fields differ, or the account is not linked yet.
    Update,
    /// Active at the vendor, and inactive or unassigned here.
    Activate,
    /// Active here, and inactive at the vendor or gone from it.
    Deactivate,
}

impl List {
    /// All, in the order in which they are shown.
    pub const ALL: [List; 4] = [List::New, List::Update, List::Activate, List::Deactivate];
}

/// How a person or account is on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// There, and lets its owner in.
    Active,
    /// There, and does not.
    Inactive,
    /// In the directory, and the target's assignment leaves the person out.
    Unassigned,
    /// Not there.
    Absent,
}

/// An account in one of the lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The list.
    pub list: List,
    /// The vendor's id.
    pub account: String,
    /// The value of the vendor's unique field, if the vendor tells it.
    pub name: String,
    /// The person in the directory.
    pub resource: Option<String>,
    /// Whether the account is linked to that person already.
    pub linked: bool,
    /// Whether only a person may take the account over: by name, and not with a whole list.
    pub protected: bool,
    /// How the account is.
    pub vendor: Presence,
    /// How the person is.
    pub directory: Presence,
    /// The fields that would change, on the side that changes. Of a new person those with a value; `old` is then the
    /// vendor's, where the target's rules would have another one than it.
    pub changes: Vec<FieldChange>,
    /// Why it would be refused as it is.
    pub fault: Option<String>,
}

/// A vendor's field that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// The vendor's name.
    pub field: String,
    /// What it is.
    pub old: Value,
    /// What it would be.
    pub new: Value,
}

/// Told while an import is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case", deny_unknown_fields)]
pub enum Told {
    /// How much of the listing was read.
    Read {
        /// Pages.
        pages: u64,
        /// Accounts on them.
        accounts: u64,
    },
    /// A line of the preview.
    Line(Line),
    /// How many of the chosen accounts were worked on.
    Worked {
        /// So many.
        done: u64,
        /// Of so many.
        of: u64,
    },
    /// An account that was chosen and not applied.
    Unapplied(Unapplied),
}

/// An account that was chosen and not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unapplied {
    /// The vendor's id.
    pub account: String,
    /// The value of the vendor's unique field.
    pub name: String,
    /// The vendor field at fault, if it is one's.
    pub field: Option<String>,
    /// Why.
    pub reason: String,
    /// Whether it is protected and was not named, so that nothing went wrong.
    pub protected: bool,
}

/// A plan, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// By this name it is confirmed.
    pub plan: String,
    /// Accounts that the vendor has.
    pub accounts: u64,
    /// Those of them that are linked and as in the directory.
    pub in_step: u64,
    /// Lines by list.
    pub lists: BTreeMap<List, u64>,
}

/// What was applied, in numbers of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// Applied.
    pub applied: u64,
    /// Refused; each was told.
    pub refused: u64,
    /// Left alone since they are protected and were not named; each was told.
    pub protected: u64,
}

/// Why an import was not made. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The listing failed, or broke off.
    #[error("the accounts of the target `{target}` could not be read: {reason}; nothing was changed")]
    Unread {
        /// The target.
        target: String,
        /// The vendor's words.
        reason: String,
    },
    /// The listing may have been cut off by the vendor.
    #[error(
        "{title} lists no more than {max} accounts, and has as many: there may be more that nobody sees; nothing was changed"
    )]
    TooMany {
        /// The vendor.
        title: String,
        /// Its bound.
        max: u64,
    },
    /// The listing is much shorter than the last one: accounts that are missing in it may be there.
    #[error("{0}; nothing was changed; if so few are right, say so: --expect {accounts}", accounts = .0.accounts)]
    Shrunk(Shrunk),
    /// Something has changed since the preview, or there was none of that name.
    #[error("that is not the present plan: the vendor's accounts or the directory may have changed since; look anew")]
    OutOfDate,
    /// An account was named that is in no list.
    #[error("the plan has no account `{0}`")]
    NoAccount(String),
    /// Who asked has gone.
    #[error("nobody listens any more")]
    Unheard,
    /// The plan could not be kept.
    #[error("the plan could not be written to the data folder")]
    Spool(#[from] store::Error),
}
