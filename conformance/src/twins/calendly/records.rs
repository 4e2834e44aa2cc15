//! What an organization consists of, as it is kept.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::twins::table::Row;

/// The organization itself: who it is, and what it may do.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::twins) struct Account {
    /// The organization's id.
    pub(super) organization: String,
    pub(super) requests_per_minute: u64,
    /// How many people there may be, invited ones included; none: any number.
    pub(super) seats: Option<u64>,
    /// Whether the plan is a trial: it words the lack of seats in another way.
    pub(super) trial: bool,
    /// Whether people come by SCIM alone, so that nobody can be invited.
    pub(super) scim_enabled: bool,
    /// Whether taking back an invitation that was answered is a 404 and not a 400: the document lists both.
    #[serde(default)]
    pub(super) answered_is_gone: bool,
    /// Further personal access tokens.
    pub(super) tokens: BTreeMap<String, Access>,
}

/// Whom a token acts for, and for what.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Access {
    /// The e-mail of a member.
    pub(super) email: String,
    /// None: the token is from before there were scopes, and opens everything.
    #[serde(default)]
    pub(super) scopes: Option<BTreeSet<Scope>>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(super) enum Scope {
    #[serde(rename = "users:read")]
    UsersRead,
    #[serde(rename = "organizations:read")]
    OrganizationsRead,
    #[serde(rename = "organizations:write")]
    OrganizationsWrite,
    #[serde(rename = "groups:read")]
    GroupsRead,
}

/// Somebody with an account at Calendly; a member as long as there is a membership.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Membership {
    pub(super) id: String,
    /// The id of the user.
    pub(super) user: String,
    pub(super) role: Role,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    User,
    Admin,
    Owner,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Invitation {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) status: Status,
    /// The id of the user that accepted.
    pub(super) user: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// The e-mail in lower case, for searches.
    #[serde(skip)]
    pub(super) folded_email: String,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Pending,
    Accepted,
    Declined,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created_at: Timestamp,
}

/// That a member belongs to a group.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Relationship {
    pub(super) id: String,
    pub(super) group: String,
    pub(super) membership: String,
    pub(super) created_at: Timestamp,
}

/// Rows keyed by their id.
macro_rules! row_by_id {
    ($($row:ty),*) => {$(
        impl Row for $row {
            type Key = String;

            fn key(&self) -> String {
                self.id.clone()
            }
        }
    )*};
}

row_by_id!(User, Membership, Group, Relationship);

impl Row for Invitation {
    type Key = String;

    fn key(&self) -> String {
        self.id.clone()
    }

    fn prepare(&mut self) {
        self.folded_email = self.email.to_lowercase();
    }
}
