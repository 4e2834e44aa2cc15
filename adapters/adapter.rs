//! The verbs of a vendor.
use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;
use crate::descriptor::{Descriptor, Kind};

/// Vendor field names and values, as in [`Descriptor::fields`]; `Null` clears a field.
pub type Fields = BTreeMap<String, Value>;

/// A person or group as it is at the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// The vendor's id.
    pub id: String,
    /// Its fields under the descriptor's names; fields that the vendor does not return are absent.
    pub fields: Fields,
    /// Ids of sub-objects that carry a field of their own, by field (a contact method behind `phone`), as far as known.
    pub parts: BTreeMap<String, String>,
    /// False while the vendor has suspended the account; vendors without that state answer true.
    pub active: bool,
    /// True for accounts that only a person may take over: owners and administrators.
    pub protected: bool,
}

/// Which account of the vendor a target's credentials open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Stable for the vendor account, different for another one.
    pub id: String,
    /// For people, such as the account's name or subdomain.
    pub name: String,
}

/// One page of a listing.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The accounts on it.
    pub accounts: Vec<Account>,
    /// Give it to [`Adapter::list`] for the next page; `None` after the last one.
    pub next: Option<String>,
}

/// A vendor's API, in verbs. Each may be repeated: deleting what is gone and adding or removing a member twice
/// succeed, creating what exists answers [`crate::ErrorKind::Exists`] and touches nothing.
///
/// Every writing verb makes one writing call to the vendor, so that its caller can settle call by call; it may read
/// before. No verb retries.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// What the vendor can do and how.
    fn descriptor(&self) -> &'static Descriptor;

    /// Proves the credentials and says whose account they open.
    ///
    /// # Errors
    /// `Unauthorized` when they are not accepted.
    async fn check(&self) -> Result<Identity, Error>;

    /// The account with this id, read back from the vendor; `None` if it is gone.
    ///
    /// # Errors
    /// As every verb: see [`crate::ErrorKind`].
    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Account>, Error>;

    /// The account whose unique field has exactly this value (case rules of the descriptor).
    ///
    /// # Errors
    /// `Unavailable` when the vendor's search cannot answer exactly; never a guess.
    async fn find(&self, kind: Kind, unique_value: &str) -> Result<Option<Account>, Error>;

    /// Creates an account with the fields of the descriptor's main call; fields of further calls are not given.
    ///
    /// # Errors
    /// `Exists` with the id if known; `Rejected` naming the field; `Ambiguous` when it may have been created.
    async fn create(&self, kind: Kind, fields: &Fields) -> Result<Account, Error>;

    /// Changes just these fields, all of one [`crate::descriptor::Field::call`]. Answers the ids of parts that it met.
    ///
    /// Of `account` the id, the parts and the fields as last applied count. A field that is `Null` there is known to have
    /// no value; one that is absent is unknown, and may cost a read if it is a part. Fields of which it is in doubt what the
    /// vendor has must be absent.
    ///
    /// # Errors
    /// `NotFound` when the account is gone; `Rejected` naming the field.
    async fn update(&self, kind: Kind, account: &Account, changed: &Fields) -> Result<BTreeMap<String, String>, Error>;

    /// Suspends or reactivates. Only called if [`Descriptor::deactivate`] is `Suspend`.
    ///
    /// # Errors
    /// `NotFound` when the account is gone.
    async fn set_active(&self, id: &str, active: bool) -> Result<(), Error>;

    /// Deletes; success if it is gone already.
    ///
    /// # Errors
    /// `Rejected` with the vendor's words when the vendor refuses for now or for good; see [`crate::Retry`].
    async fn delete(&self, kind: Kind, id: &str) -> Result<(), Error>;

    /// A page of all accounts; `after` is the last page's `next`.
    ///
    /// # Errors
    /// `Rejected` when the listing would pass the vendor's own bound.
    async fn list(&self, kind: Kind, after: Option<&str>) -> Result<Page, Error>;

    /// Adds one member to a group, in the role of the membership if the vendor has one; success if already in.
    ///
    /// # Errors
    /// `NotFound` when group or member is gone.
    async fn add_member(&self, group_id: &str, member_id: &str) -> Result<(), Error>;

    /// Removes one member from a group; success if not in.
    ///
    /// # Errors
    /// `Rejected` with the vendor's words.
    async fn remove_member(&self, group_id: &str, member_id: &str) -> Result<(), Error>;

    /// Ids of a group's members at the vendor, a page at a time.
    ///
    /// # Errors
    /// As every verb.
    async fn members(&self, group_id: &str, after: Option<&str>) -> Result<(Vec<String>, Option<String>), Error>;
}
