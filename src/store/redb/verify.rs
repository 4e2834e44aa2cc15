//! Checks the whole store: that every record is what was written, and that every index says what the records say.
use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::blocks::{Block, LEVELS};
use super::codec::{self, Stored};
use super::grants::due_row_of;
use super::keys::{self, Key};
use super::leases;
use super::links::{Tally, account_rows, due_row, parked_row};
use super::open::{self, OpenError, Options};
use super::read::{Row, has, number};
use super::tables::{Rows, Tables};
use crate::store::{DirectoryId, Error, Grant, Link, Member};

/// Faults that are told at most; a damaged file may have millions.
const FAULTS_MAX: usize = 100;

/// What a check of the store found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many records were read.
    pub records: u64,
    /// How many faults there are.
    pub faults: u64,
    /// What they are, at most a hundred of them. They name records by their keys.
    pub first: Vec<String>,
}

/// Opens the store for nothing but checking it: all pages of the file, then all records and indexes.
///
/// # Errors
/// See [`OpenError`]; a file whose pages are damaged beyond repair is `Damaged`.
pub fn verify(options: &Options) -> Result<Report, OpenError> {
    let mut database = open::open(options)?;
    let sound = database.check_integrity().map_err(Error::from)?;
    let mut report = open::snapshot(&database)?.verify()?;
    if !sound {
        report.fault("pages of the file were damaged and put right".to_owned());
    }
    Ok(report)
}
