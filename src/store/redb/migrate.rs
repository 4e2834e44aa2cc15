//! How a store of an earlier format is brought to the present one.
//!
//! A step brings one format to the next. It may be killed at any moment and is then begun anew, so it must take what it has done
//! already as done; the store has the next format once the step is through. Every released format keeps its step, and a store
//! of it as a fixture (`tests/formats/`).
use std::ops::Bound;

use redb::{Database, ReadableTable, TableDefinition};

use super::open::{self, begin};
use super::tables::Bytes;
use crate::store::Error;

/// Brings a store of one format to the next. Each of its transactions is bounded; done twice, it does nothing more.
pub(super) type Step = fn(&Database) -> Result<(), Error>;

/// The steps from the first released format on, which is [`FIRST`].
pub(super) const STEPS: &[Step] = &[];

/// The first released format.
pub(super) const FIRST: u64 = 2;

/// Rows of one transaction of a walk.
const ROWS_MAX: usize = 10_000;

/// Brings a store of this format to the last one that these steps lead to.
pub(super) fn migrate(database: &Database, found: u64, (first, steps): (u64, &[Step])) -> Result<(), Error> {
    for (from, step) in (first..).zip(steps) {
        if from >= found {
            step(database)?;
            open::set_format(database, from + 1)?;
        }
    }
    Ok(())
}

/// The value that a row gets; `None`: it stays as it is.
pub(super) type Change<'a> = &'a dyn Fn(&[u8], &[u8]) -> Result<Option<Vec<u8>>, Error>;

/// Visits every row of a table and changes it, in bounded transactions.
pub(super) fn walk(database: &Database, table: &str, change: Change<'_>) -> Result<(), Error> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let transaction = begin(database)?;
        let last = walk_some(&transaction, (table, after.as_deref()), change)?;
        transaction.commit()?;
        match last {
            Some(last) => after = Some(last),
            None => return Ok(()),
        }
    }
}

/// Changes some rows; the key of the last one, or `None` if there were no more.
fn walk_some(
    transaction: &redb::WriteTransaction,
    (table, after): (&str, Option<&[u8]>),
    change: Change<'_>,
) -> Result<Option<Vec<u8>>, Error> {
    let mut table = transaction.open_table(TableDefinition::<Bytes, Bytes>::new(table))?;
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    let (mut changed, mut last) = (Vec::new(), None);
    for row in table.range::<&[u8]>((start, Bound::Unbounded))?.take(ROWS_MAX) {
        let (key, value) = row?;
        last = Some(key.value().to_vec());
        if let Some(value) = change(key.value(), value.value())? {
            changed.push((key.value().to_vec(), value));
        }
    }
    for (key, value) in changed {
        table.insert(key.as_slice(), value.as_slice())?;
    }
    Ok(last)
}
