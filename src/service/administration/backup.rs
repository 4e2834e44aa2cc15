//! Backups, and how the store is.
use std::path::PathBuf;

use super::{Administration, Error};
use crate::store::{Backup, Condition};

impl Administration {
    /// Writes one consistent state of the whole store to a file, while everything goes on.
    ///
    /// # Errors
    /// See [`BackupError`](crate::store::BackupError).
    pub async fn back_up(&self, file: PathBuf, replace: bool) -> Result<Backup, Error> {
        Ok(self.parts.keeper.back_up(file, replace).await?)
    }

    /// How the store is.
    pub fn condition(&self) -> Condition {
        self.parts.keeper.condition()
    }
}
