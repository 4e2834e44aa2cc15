//! Things for cases to work on.
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::store::{
    Batch, Committed, DirectoryId, Error, IndexTerm, Resource, ResourceId, ResourceKey, Scope, Store, Write,
};

/// A backend under test.
pub(crate) trait Backend {
    type Opened: Store + 'static;

    /// Opens the store, with what was written at an earlier opening.
    async fn open(&self) -> Self::Opened;

    /// Closes it and fails the test if it is not sound.
    async fn verify(&self, store: Self::Opened);
}

pub(crate) const ACME: DirectoryId = DirectoryId(Uuid::from_u128(0xac));

pub(crate) fn id(number: u128) -> ResourceId {
    ResourceId(Uuid::from_u128(number))
}

pub(crate) fn scope(directory: DirectoryId, resource_type: &str) -> Scope {
    Scope {
        directory,
        resource_type: resource_type.to_owned(),
    }
}

pub(crate) fn users() -> Scope {
    scope(ACME, "User")
}

pub(crate) fn user(number: u128) -> ResourceKey {
    ResourceKey {
        scope: users(),
        id: id(number),
    }
}

pub(crate) fn term(attribute: &str, value: &str) -> IndexTerm {
    IndexTerm {
        attribute: attribute.to_owned(),
        value: value.to_owned(),
    }
}

/// So many seconds after a time that means nothing.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + seconds)
}

/// A resource with these terms.
pub(crate) fn resource(key: ResourceKey, terms: &[(&str, &str)]) -> Resource {
    Resource {
        version: 1,
        created: at(0),
        modified: at(0),
        body: format!(r#"{{"id":"{}"}}"#, key.id).into_bytes(),
        splices: Vec::new(),
        index: terms.iter().map(|(attribute, value)| term(attribute, value)).collect(),
        key,
    }
}

pub(crate) async fn write(store: &impl Store, writes: Vec<Write>) -> Committed {
    try_write(store, writes).await.expect("nothing is against it")
}

pub(crate) async fn try_write(store: &impl Store, writes: Vec<Write>) -> Result<Committed, Error> {
    let expect = Vec::new();
    store.commit(Batch { expect, writes }).await
}
