//! What is left of a removed target, taken out bit by bit.
use super::keys::Key;
use super::read::under;
use super::tables::{Bytes, Writing};
use crate::store::{Error, TargetId};

/// Rows that one write takes out at most, so that others' writes need not wait long.
const SWEEP_ROWS_MAX: usize = 1_000;

impl Writing<'_> {
    /// Takes out rows of a target, and its lease at once: whoever still sends for it writes nothing more. Answers how
    /// many rows went; none are left when it is 0.
    pub(super) fn sweep(&mut self, target: TargetId) -> Result<usize, Error> {
        let alone = Key::only_target(target);
        self.leases.remove(alone.bytes())?;
        let Some(directory) = self.directory_of(target)? else {
            return Ok(0);
        };
        let prefix = Key::target(directory, target);
        let mut left = SWEEP_ROWS_MAX;
        for table in [
            &mut self.grants,
            &mut self.grants_due,
            &mut self.grants_of,
            &mut self.accounts,
            &mut self.due,
            &mut self.parked,
            &mut self.going,
            &mut self.links,
            &mut self.backlogs,
        ] {
            left -= take(table, &prefix, left)?;
        }
        if left > 0 {
            self.targets.remove(alone.bytes())?;
        }
        Ok(SWEEP_ROWS_MAX - left)
    }
}

/// Takes at most `limit` rows out of a table; answers how many went.
fn take(table: &mut redb::Table<'_, Bytes, Bytes>, prefix: &Key, limit: usize) -> Result<usize, Error> {
    let rows = under(table, prefix, None)?.take(limit);
    let keys: Vec<_> = rows
        .map(|row| Ok(row?.0.value().to_vec()))
        .collect::<Result<_, Error>>()?;
    for key in &keys {
        table.remove(key.as_slice())?;
    }
    Ok(keys.len())
}
