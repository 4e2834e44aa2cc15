//! The verbs of a vendor.
use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::descriptor::{Descriptor, Kind};
use crate::{Error, ErrorKind, LiveRole, Retry};

/// Vendor field names and values, as in [`Descriptor::fields`]; `Null` clears a field.
pub type Fields = BTreeMap<String, Value>;

/// A person or group as it is at the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// The vendor's id.
    pub id: String,
    /// Its fields under the descriptor's names; fields that the vendor does not return are absent, and so are those of
    /// which it is in doubt what the vendor has.
    pub fields: Fields,
    /// Of fields in doubt the values that were given here: the one last applied, and what was sent since, if that is
    /// remembered.
    pub doubtful: BTreeMap<String, Vec<Value>>,
    /// Ids of sub-objects that carry a field of their own, by field (a contact method behind `phone`), as far as known.
    pub parts: BTreeMap<String, String>,
    /// False while the vendor has suspended the account; vendors without that state answer true.
    pub active: bool,
    /// True for accounts that only a person may take over: owners and administrators.
    pub protected: bool,
}

impl Account {
    /// An account of which nothing but the id is known.
    pub fn of(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            active: true,
            ..Self::default()
        }
    }
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

/// What one bulk job is to do: one verb for several accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Batch {
    /// Creates accounts with fields of the main call. Only for who has no account as far as is known: a vendor may take
    /// an existing one over.
    Create(Vec<Fields>),
    /// Changes fields of the main call.
    Update(Vec<(Account, Fields)>),
    /// Deletes.
    Delete(Vec<Account>),
}

impl Batch {
    /// For how many accounts it is.
    pub fn len(&self) -> usize {
        match self {
            Batch::Create(items) => items.len(),
            Batch::Update(items) => items.len(),
            Batch::Delete(items) => items.len(),
        }
    }

    /// Whether it is for nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How far a bulk job is.
#[derive(Debug, Clone)]
pub enum Job {
    /// Queued or at work: ask again.
    Running,
    /// What became of each item, in the batch's order: the account's id, or what the single verb would have said.
    /// `Ambiguous` for an item of which the vendor says nothing.
    Done(Vec<Result<String, Error>>),
}

/// A vendor's API, in verbs. Each may be repeated: deleting what is gone and adding or removing a member twice
/// succeed, creating what exists answers [`crate::ErrorKind::Exists`] and touches nothing.
///
/// Where the vendor lets it, a writing verb makes one writing call, so that its caller can settle call by call; it may
/// read before. Where the vendor wants several, the verb may be repeated from its start after each of them. No verb
/// retries.
///
/// Of an [`Account`] that is given, the id, the parts and the fields as last applied count. A field that is `Null`
/// there is known to have no value; one that is absent is unknown.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// What the vendor can do and how.
    fn descriptor(&self) -> &'static Descriptor;

    /// Proves the credentials and says whose account they open.
    ///
    /// # Errors
    /// `Unauthorized` when they are not accepted.
    async fn check(&self) -> Result<Identity, Error>;

    /// The account, read back from the vendor; `None` if it is gone. Its id is another one if the vendor has given it a
    /// new one meanwhile, as when an invitation was accepted.
    ///
    /// # Errors
    /// As every verb: see [`crate::ErrorKind`].
    async fn get(&self, kind: Kind, account: &Account) -> Result<Option<Account>, Error>;

    /// The account whose unique field has exactly this value (case rules of the descriptor).
    ///
    /// # Errors
    /// `Unavailable` when the vendor's search cannot answer exactly; never a guess. `Rejected` for good
    /// (`Retry::Never`) when what has the value can be nobody's account, and until somebody has seen to it
    /// (`Retry::Backoff`) when several have it.
    async fn find(&self, kind: Kind, unique_value: &str) -> Result<Option<Account>, Error>;

    /// Creates an account with the fields of the descriptor's main call; fields of further calls are not given.
    ///
    /// # Errors
    /// `Exists` with the id if known; `Rejected` naming the field; `Ambiguous` when it may have been created.
    async fn create(&self, kind: Kind, fields: &Fields) -> Result<Account, Error>;

    /// Changes just these fields, all of one [`crate::descriptor::Field::call`]. Answers the ids of parts that it met.
    ///
    /// A field that is absent in `account` may cost a read if it is a part. Fields of which it is in doubt what the
    /// vendor has must be absent.
    ///
    /// # Errors
    /// `NotFound` when the account is gone; `Rejected` naming the field. Where one of several calls fails after others
    /// were carried out, [`Error::half_done`].
    async fn update(&self, kind: Kind, account: &Account, changed: &Fields) -> Result<BTreeMap<String, String>, Error>;

    /// Suspends or reactivates. Only called if [`Descriptor::deactivate`] is `Suspend`. Answers the fields that changed
    /// along with it, such as a role that was taken to free a seat.
    ///
    /// # Errors
    /// `NotFound` when the account is gone. Where suspending takes several calls, a part may be done whatever it
    /// answers.
    async fn set_active(&self, account: &Account, active: bool) -> Result<Fields, Error>;

    /// Deletes; success if it is gone already.
    ///
    /// # Errors
    /// `Rejected` with the vendor's words when the vendor refuses for now or for good; see [`crate::Retry`]. Where it
    /// takes several calls, a part may be done whatever it answers.
    async fn delete(&self, kind: Kind, account: &Account) -> Result<(), Error>;

    /// A page of all accounts; `after` is the last page's `next`.
    ///
    /// # Errors
    /// `Rejected` when the listing would pass the vendor's own bound.
    async fn list(&self, kind: Kind, after: Option<&str>) -> Result<Page, Error>;

    /// Adds members to a group, in the role of the membership if the vendor has one: at least one and at most
    /// [`Descriptor::members_per_call`]. Success for those already in.
    ///
    /// # Errors
    /// `NotFound` when the group or a member is gone. None was added, or it is unknown which.
    async fn add_members(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error>;

    /// Removes members from a group, as many at once as can be added. Success for those not in.
    ///
    /// # Errors
    /// `Rejected` with the vendor's words.
    async fn remove_members(&self, group_id: &str, member_ids: &[&str]) -> Result<(), Error>;

    /// Ids of a group's members at the vendor, a page at a time.
    ///
    /// # Errors
    /// `NotFound` when the group is gone; `Rejected` when the vendor does not tell who is in.
    async fn members(&self, group_id: &str, after: Option<&str>) -> Result<(Vec<String>, Option<String>), Error>;

    /// The roles that the vendor lists for this account; `None` where its roles are the descriptor's and without bound.
    ///
    /// # Errors
    /// As every verb.
    async fn roles(&self) -> Result<Option<Vec<LiveRole>>, Error> {
        Ok(None)
    }

    /// Hands a batch of at most [`Descriptor::bulk_max`] accounts to the vendor, which works it off by itself; answers
    /// the job's id. Only called if that is not 0.
    ///
    /// A job runs on after the call. So when the answer is lost (`Ambiguous`), the whole batch may be done now, later
    /// or never, and no id tells: of each creation the account is to be looked up, fields of each change are unknown
    /// and deletions are to be read back, and none of it proves anything as long as the vendor may still be at work.
    /// Until then the accounts are to be left alone, since a late job would overwrite what was sent after it.
    ///
    /// # Errors
    /// `Rejected` when the vendor or this adapter cannot do such a batch, which singly may still go: nothing was
    /// changed. It names a field if only that of one account is at fault, so that other batches may go.
    async fn submit(&self, _kind: Kind, _batch: &Batch) -> Result<String, Error> {
        Err(Error::rejected(None, "the vendor has no bulk jobs"))
    }

    /// How far the job is that was submitted with this batch.
    ///
    /// # Errors
    /// `NotFound` when the vendor has forgotten the job: each item is in doubt.
    async fn job(&self, _id: &str, _batch: &Batch) -> Result<Job, Error> {
        Err(Error::new(
            ErrorKind::NotFound,
            Retry::Never,
            "the vendor has no bulk jobs",
        ))
    }
}
