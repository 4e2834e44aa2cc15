//! What an account at a service provider consists of, as it is kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::resource::Document;
use crate::twins::table::Row;

/// The account itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::twins) struct Account {
    /// The first part of every id.
    pub(super) number: u32,
    /// How many requests a minute are taken; none: any number.
    pub(super) requests_per_minute: Option<u64>,
    /// How many people may have accepted an invitation; none: any number.
    pub(super) seats: Option<u64>,
    /// From when on the token opens nothing.
    pub(super) token_expires_at: Option<Timestamp>,
    /// After how many seconds a new user name counts without being confirmed; none: never.
    pub(super) confirmed_after: Option<u32>,
    /// How much of what people had was lost with them, in units of [`Resource::data`].
    pub(super) lost: u64,
}

/// A User or a Group.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Resource {
    pub(super) id: String,
    pub(super) document: Document,
    pub(super) created_at: Timestamp,
    pub(super) modified_at: Timestamp,
    /// Whether somebody is invited, and has not accepted yet.
    #[serde(default)]
    pub(super) pending: bool,
    /// A new user name that its owner has not confirmed yet.
    #[serde(default)]
    pub(super) unconfirmed: Option<Unconfirmed>,
    /// How much the vendor keeps for somebody, such as the number of scheduled events.
    #[serde(default)]
    pub(super) data: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Unconfirmed {
    pub(super) user_name: String,
    pub(super) since: Timestamp,
}

/// That a user belongs to a group.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Member {
    pub(super) group: String,
    pub(super) user: String,
}

impl Resource {
    /// The text of a singular attribute; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.document
            .get(name)
            .and_then(|value| value.as_str())
            .unwrap_or_default()
    }

    pub(super) fn is_active(&self) -> bool {
        self.document.get("active").and_then(|value| value.as_bool()) == Some(true)
    }
}

impl Row for Resource {
    type Key = String;

    fn key(&self) -> String {
        self.id.clone()
    }
}

impl Row for Member {
    /// The group first.
    type Key = (String, String);

    fn key(&self) -> (String, String) {
        (self.group.clone(), self.user.clone())
    }
}
