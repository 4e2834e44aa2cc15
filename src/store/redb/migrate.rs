//! How a store of an earlier format is brought to the present one.
//!
//! A step brings one format to the next. It may be killed at any moment and is then begun anew, so it must take what it
//! has done already as done; the store has the next format once the step is through. Every format keeps its step, and a
//! store of it as a fixture (`tests/formats/`). A damaged record stays as it is, and is refused when it is met.
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use redb::{Database, ReadableTable, TableDefinition};

use super::codec;
use super::open::{self, begin};
use super::tables::Bytes;
use crate::store::Error;

/// Brings a store of one format to the next. Each of its transactions is bounded; done twice, it does nothing more.
pub(super) type Step = fn(&Database) -> Result<(), Error>;

/// The steps from [`FIRST`] on.
pub(super) const STEPS: &[Step] = &[add_origins, add_restored];

/// The earliest format.
pub(super) const FIRST: u64 = 1;

/// Rows of one transaction of a walk, and about how many bytes of them are held in memory.
const ROWS_MAX: usize = 10_000;
const BYTES_MAX: usize = 8 << 20;

/// Tables that had records, and not keys alone, in formats 1 and 2.
const RECORDS: [&str; 12] = [
    "resources",
    "counts",
    "blocks",
    "members",
    "stamps",
    "targets",
    "links",
    "backlogs",
    "going",
    "grants",
    "settings",
    "leases",
];

/// An empty list, nothing and no, as new fields of records.
const NO_LIST: &[u8] = &[0];
const NOTHING: &[u8] = &[0];
const NO: &[u8] = &[0];

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

/// 1 to 2: resources tell which targets they were imported from: from none. The format of all records went up with it.
fn add_origins(database: &Database) -> Result<(), Error> {
    for table in RECORDS {
        let fields = match table {
            "resources" => NO_LIST,
            _ => &[],
        };
        let with = |payload: &[u8]| Some([payload, fields].concat());
        walk(database, table, &|key, record| Ok(codec::raise(key, record, 1, &with)))?;
    }
    Ok(())
}

/// 2 to 3: links tell whether they come from a backup, which they do not, and accounts whether their creation is
/// complete, which it is.
fn add_restored(database: &Database) -> Result<(), Error> {
    walk(database, "links", &|key, record| {
        Ok(codec::raise(key, record, 2, &with_restored))
    })
}

/// An account in format 2: its id, fields, parts, whether it is active, its unique value, when it was made.
type Account2<'a> = (
    &'a str,
    &'a str,
    BTreeMap<&'a str, &'a str>,
    bool,
    Option<&'a str>,
    Option<&'a str>,
);

/// A link in format 2 as far as the end of its account: its type, revision, marks, times, unsettled fields.
type Head2<'a> = (
    &'a str,
    u64,
    u64,
    u64,
    Option<&'a str>,
    Option<&'a str>,
    BTreeSet<&'a str>,
    Option<Account2<'a>>,
);

fn with_restored(link: &[u8]) -> Option<Vec<u8>> {
    let (head, rest) = postcard::take_from_bytes::<Head2<'_>>(link).ok()?;
    let (.., account) = head;
    let upto = link.get(..link.len() - rest.len())?;
    Some([upto, account.map_or(&[], |_| NO), rest, NOTHING].concat())
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
    let (mut changed, mut last, mut bytes) = (Vec::new(), None, 0);
    for row in table.range::<&[u8]>((start, Bound::Unbounded))?.take(ROWS_MAX) {
        let (key, value) = row?;
        last = Some(key.value().to_vec());
        if let Some(value) = change(key.value(), value.value())? {
            bytes += value.len();
            changed.push((key.value().to_vec(), value));
        }
        if bytes > BYTES_MAX {
            break;
        }
    }
    for (key, value) in changed {
        table.insert(key.as_slice(), value.as_slice())?;
    }
    Ok(last)
}
