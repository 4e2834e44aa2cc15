//! Backups, checks of the store, and how it is.
use std::path::PathBuf;

use super::{Administration, Error};
use crate::store::{Backup, Condition, Report};

impl Administration {
    /// Writes one consistent state of the whole store to a file, while everything goes on.
    ///
    /// # Errors
    /// See [`BackupError`](crate::store::BackupError).
    pub async fn back_up(&self, file: PathBuf, replace: bool) -> Result<Backup, Error> {
        Ok(self.parts.keeper.back_up(file, replace).await?)
    }

    /// Reads the whole store, while everything goes on, and says what is wrong in it.
    ///
    /// # Errors
    /// The store cannot be read at all.
    pub async fn check_store(&self) -> Result<Report, Error> {
        Ok(self.parts.keeper.verify().await?)
    }

    /// How the store is.
    pub fn condition(&self) -> Condition {
        self.parts.keeper.condition()
    }
}
