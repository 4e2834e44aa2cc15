//! What a store that is kept in a file offers beside the verbs of [`Store`](super::Store).
use std::path::PathBuf;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::redb::{OpenError, Report};

/// Looks after a store while it is in use.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// Writes one consistent state of the whole store to a file, its owner's alone, complete or not at all, while
    /// writes go on.
    ///
    /// # Errors
    /// The file is there and is not to be replaced, is no backup, or cannot be written; a record is damaged.
    async fn back_up(&self, file: PathBuf, replace: bool) -> Result<Backup, BackupError>;

    /// Reads every record and compares every index with what the records say, while the store is in use; what it finds
    /// is part of the store's condition from then on.
    ///
    /// # Errors
    /// When the store cannot be read at all; damaged records are in the report.
    async fn verify(&self) -> Result<Report, Error>;

    /// How the store is.
    fn condition(&self) -> Condition;
}

/// A backup that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backup {
    /// How many records are in it, entries of indexes counted.
    pub records: u64,
    /// How long it is.
    pub bytes: u64,
    /// Of which moment.
    pub taken: Timestamp,
}

/// How a store is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// What a check has found, if one was due.
    pub check: Check,
    /// When it was restored from a backup, if it was.
    pub restored: Option<Timestamp>,
}

/// What a check of the store has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// The store was closed as it should be: none is due.
    #[default]
    NotDue,
    /// One is due: the store was not closed as it should be.
    Due,
    /// One runs.
    Running,
    /// Nothing is wrong.
    Sound,
    /// So many faults, and the first of them.
    Damaged(u64, Vec<String>),
    /// The check itself failed.
    Failed(String),
}

/// Why a backup was not written, or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file, or the store, is there already.
    #[error("{} is there already; `--force` replaces it", .0.display())]
    Exists(PathBuf),
    /// What is there is something else than a backup.
    #[error("{} is no backup, and is not replaced by one: name another file", .0.display())]
    NoBackup(PathBuf),
    /// A server or a command has the store.
    #[error("a server or a command has the store open: stop it first")]
    InUse,
    /// The file is no backup, or not as it was written.
    #[error("the backup cannot be used: {0}")]
    Unusable(&'static str),
    /// A later version of the program wrote it.
    #[error("the backup has format {0}, which this version does not read: use the version that wrote it")]
    Newer(u64),
    /// The disk is nearly full: the store needs the rest.
    #[error("the disk is nearly full: name a file on another one")]
    NoRoom,
    /// The store ends.
    #[error("the backup was broken off, since the server stops")]
    BrokenOff,
    /// What was restored is not sound.
    #[error("what the backup holds is not sound: {0}")]
    Unsound(String),
    /// A file cannot be read or written.
    #[error("a file cannot be read or written")]
    Io(#[from] std::io::Error),
    /// The store failed.
    #[error("the store refused")]
    Store(#[from] Error),
    /// The store that is being made cannot be opened.
    #[error("the new store cannot be opened")]
    Open(#[from] OpenError),
}
