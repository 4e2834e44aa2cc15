//! Leases, as far as they must survive: the tokens, and whether one was given back.
//!
//! How long one lasts is kept in memory, see [`Redb`](super::Redb): one process has the file, so what another process
//! held ended when the file was opened.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::codec;
use super::keys::Key;
use super::tables::{Rows, Tables, Writing};
use crate::store::{Error, Lease, Previous, TargetId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    token: u64,
    released: bool,
}

impl Row {
    /// Of a holder of whom nothing more is known.
    pub(super) fn vanished(token: u64) -> Self {
        Self { token, released: false }
    }
}

impl<T: Rows> Tables<T> {
    pub(super) fn lease_holds(&self, target: TargetId, token: u64) -> Result<bool, Error> {
        Ok(self.lease_row(target)? == Some(Row { token, released: false }))
    }

    /// The token of whoever has the target's lease, or had it last.
    pub(super) fn lease_token(&self, target: TargetId) -> Result<u64, Error> {
        Ok(self.lease_row(target)?.map_or(0, |row| row.token))
    }

    fn lease_row(&self, target: TargetId) -> Result<Option<Row>, Error> {
        let key = Key::only_target(target);
        let Some(record) = self.leases.get(key.bytes())? else {
            return Ok(None);
        };
        codec::unseal("lease", key.bytes(), record.value()).map(Some)
    }
}

impl Writing<'_> {
    pub(super) fn take_lease(&mut self, target: TargetId, holder: Uuid) -> Result<Lease, Error> {
        let before = self.lease_row(target)?;
        let token = before.as_ref().map_or(0, |row| row.token) + 1;
        let vanished = before.is_some_and(|row| !row.released);
        self.put_lease(target, &Row { token, released: false })?;
        let previous = if vanished {
            Previous::Vanished
        } else {
            Previous::Released
        };
        Ok(Lease {
            holder,
            token,
            previous,
        })
    }

    /// Gives a lease back, unless it is another one's by now.
    pub(super) fn release_lease(&mut self, target: TargetId, token: u64) -> Result<(), Error> {
        if !self.lease_holds(target, token)? {
            return Ok(());
        }
        self.put_lease(target, &Row { token, released: true })
    }

    fn put_lease(&mut self, target: TargetId, row: &Row) -> Result<(), Error> {
        let key = Key::only_target(target);
        let record = codec::seal(key.bytes(), row)?;
        self.leases.insert(key.bytes(), record.as_slice())?;
        Ok(())
    }
}
