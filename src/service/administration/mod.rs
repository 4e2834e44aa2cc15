//! What an administrator does: declare directories and targets, issue tokens, see how targets are.
//!
//! Commands and the administrators' API call the same functions here. Declarations are settings records; credentials in
//! them are sealed, and are never handed out again.
mod apply;
mod backup;
mod desk;
mod drift;
mod effects;
#[cfg(test)]
pub(crate) mod fixture;
mod guard;
pub mod import;
mod links;
mod mapping;
mod plan;
mod queue;
mod record;
mod retry;
mod roles;
mod status;
mod sweep;
#[cfg(test)]
mod tests;
mod trial;

pub use apply::{Apply, Credentialed, Declared};
pub use desk::{Administration, Parts};
pub use guard::{Decision, GuardReport, HeldReport, Seen};
pub use links::Changed;
pub use mapping::MappedField;
pub use plan::{Change, Kind, Verdict};
pub use record::credential_name;
pub use retry::TakeUp;
pub use status::{GuardCount, ProblemReport, RolesReport, TargetReport};
pub use trial::{Trial, TriedCall, TriedField, Whom};

use crate::auth;
use crate::mapping::Misfit;
use crate::store::{self, BackupError};

/// Why an administrator's wish was not carried out. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The declarations contradict each other or what is there; each fault is a sentence.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),
    /// No directory has this name.
    #[error("there is no directory `{0}`")]
    NoDirectory(String),
    /// No target has this name.
    #[error("there is no target `{0}`")]
    NoTarget(String),
    /// No resource of the directory has this id or name.
    #[error("there is no {0}")]
    NoResource(String),
    /// There are credentials to be sealed or opened, and no key is configured.
    #[error("the credentials of targets need a key: set `key` in the configuration; `usherd key new` makes one")]
    NoKey,
    /// The credential of a target does not open.
    #[error("the credential of the target `{0}` does not open: it was sealed under another key, or changed")]
    WrongKey(String),
    /// A target's vendor, dialect or mapping does not fit what this version knows of vendors.
    #[error("the target `{name}` does not fit: {}", told(misfits))]
    Misfit {
        /// The target.
        name: String,
        /// All that does not fit.
        misfits: Vec<Misfit>,
    },
    /// A token was not issued.
    #[error(transparent)]
    Token(#[from] auth::Error),
    /// A vendor's consent was not begun or not ended.
    #[error(transparent)]
    Consent(#[from] crate::authorize::Error),
    /// An import was not made.
    #[error(transparent)]
    Import(#[from] import::Error),
    /// A vendor was not compared with its directory.
    #[error(transparent)]
    Drift(#[from] crate::service::drift::Error),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandomness,
    /// A backup was not written.
    #[error("no backup was written")]
    Backup(#[from] BackupError),
    /// The store failed, or another administrator was faster.
    #[error("the store refused")]
    Store(#[from] store::Error),
}

fn told(misfits: &[Misfit]) -> String {
    let sentences: Vec<_> = misfits.iter().map(ToString::to_string).collect();
    sentences.join("; ")
}
