//! What an enterprise consists of, as it is kept.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::twins::table::Row;

/// The enterprise itself: who it is, and what it may do.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::twins) struct Account {
    /// The enterprise's id.
    pub(super) enterprise: u64,
    pub(super) requests_per_minute: u64,
    /// Logins in lower case that accounts outside of the enterprise have.
    pub(super) outside: BTreeSet<String>,
    /// Further tokens, with the scopes that they have.
    pub(super) tokens: BTreeMap<String, BTreeSet<Scope>>,
}

/// What a token may do. The contract has further ones, which open nothing here.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scope {
    ManageManagedUsers,
    ManageGroups,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) login: String,
    /// What can be written but for the login, as it was written.
    pub(super) values: Map<String, Value>,
    pub(super) is_admin: bool,
    /// Whether the address is confirmed.
    pub(super) is_confirmed: bool,
    /// Whether the user owns content.
    pub(super) owns: bool,
    /// Whether a policy keeps something of it.
    pub(super) is_held: bool,
    pub(super) created_at: Timestamp,
    pub(super) modified_at: Timestamp,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Group {
    pub(super) id: u64,
    pub(super) name: String,
    /// What can be written but for the name, as it was written.
    pub(super) values: Map<String, Value>,
    /// Whether it is the group of everybody.
    pub(super) is_everybody: bool,
    /// Logins in lower case that an information barrier keeps out.
    pub(super) barred: BTreeSet<String>,
    pub(super) created_at: Timestamp,
    pub(super) modified_at: Timestamp,
}

/// That a user belongs to a group.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Membership {
    pub(super) id: u64,
    pub(super) user: u64,
    pub(super) group: u64,
    pub(super) role: String,
    pub(super) created_at: Timestamp,
    pub(super) modified_at: Timestamp,
}

/// Rows keyed by their id.
macro_rules! row_by_id {
    ($($row:ty),*) => {$(
        impl Row for $row {
            type Key = u64;

            fn key(&self) -> u64 {
                self.id
            }
        }
    )*};
}

row_by_id!(User, Group, Membership);
