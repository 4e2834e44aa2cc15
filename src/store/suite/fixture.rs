//! Things for cases to work on.
use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::store::{
    Access, Applied, Batch, Cause, Committed, Conflict, DirectoryId, Error, Expect, GrantKey, IndexTerm, Link,
    LinkChange, LinkKey, Mark, Member, Problem, ProblemKind, Resource, ResourceId, ResourceKey, Scope, Settle, Store,
    TargetId, Tombstone, Write,
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
pub(crate) const OTHER: DirectoryId = DirectoryId(Uuid::from_u128(0xad));
/// A target of `ACME`.
pub(crate) const PAGER: TargetId = TargetId(Uuid::from_u128(0xbe));

pub(crate) fn id(number: u128) -> ResourceId {
    ResourceId(Uuid::from_u128(number))
}

pub(crate) fn scope(directory: DirectoryId, resource_type: &str) -> Scope {
    let resource_type = resource_type.to_owned();
    Scope {
        directory,
        resource_type,
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

pub(crate) fn group(number: u128) -> ResourceKey {
    ResourceKey {
        scope: scope(ACME, "Group"),
        id: id(number),
    }
}

pub(crate) fn member(number: u128) -> Member {
    Member {
        id: id(number),
        resource_type: "User".to_owned(),
        display: None,
    }
}

/// The link of a resource at `PAGER`.
pub(crate) fn link(number: u128) -> LinkKey {
    LinkKey {
        directory: ACME,
        target: PAGER,
        resource: id(number),
    }
}

pub(crate) fn grant(group: u128, member: u128) -> GrantKey {
    GrantKey {
        group: link(group),
        member: id(member),
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
        origins: Vec::new(),
        key,
    }
}

/// Writes a user without any terms.
pub(crate) fn put(key: ResourceKey) -> Write {
    Write::PutResource(resource(key, &[]))
}

pub(crate) fn mark(seconds: i64) -> Mark {
    Mark {
        resource_type: "User".to_owned(),
        fields: BTreeSet::from(["name".to_owned()]),
        access: Access::Kept,
        cause: Cause::Own,
        at: at(seconds),
        tombstone: None,
    }
}

pub(crate) fn marked(number: u128, seconds: i64) -> Write {
    Write::Link(link(number), LinkChange::Mark(mark(seconds)))
}

/// The same, as what follows from something else.
pub(crate) fn followed(number: u128, seconds: i64) -> Write {
    let mark = Mark {
        cause: Cause::Others,
        ..mark(seconds)
    };
    Write::Link(link(number), LinkChange::Mark(mark))
}

pub(crate) fn leaving(number: u128, seconds: i64) -> Write {
    let tombstone = Some(Tombstone { external_id: None });
    let mark = Mark {
        access: Access::Taken,
        tombstone,
        ..mark(seconds)
    };
    Write::Link(link(number), LinkChange::Mark(mark))
}

/// Says that the link has this account and is settled up to this mark.
pub(crate) fn settled(number: u128, account: Option<&str>, mark: Option<u64>) -> Write {
    let account = account.map(|id| Applied {
        id: id.to_owned(),
        active: true,
        ..Applied::default()
    });
    let settle = Settle {
        account,
        settled: mark,
        ..Settle::default()
    };
    Write::Link(link(number), LinkChange::Settle(settle))
}

pub(crate) fn parked(number: u128, kind: ProblemKind, seen: u64) -> Write {
    Write::Link(
        link(number),
        LinkChange::Park {
            problem: problem(kind),
            due: None,
            seen,
        },
    )
}

pub(crate) fn problem(kind: ProblemKind) -> Problem {
    Problem {
        kind,
        field: None,
        reason: "too long".to_owned(),
        since: at(0),
    }
}

pub(crate) async fn write(store: &impl Store, writes: Vec<Write>) -> Committed {
    try_write(store, Vec::new(), writes)
        .await
        .expect("nothing is against it")
}

pub(crate) async fn try_write(store: &impl Store, expect: Vec<Expect>, writes: Vec<Write>) -> Result<Committed, Error> {
    store.commit(Batch { expect, writes }).await
}

/// What is against a batch, if anything.
pub(crate) async fn conflict(store: &impl Store, expect: Vec<Expect>, writes: Vec<Write>) -> Option<Conflict> {
    match try_write(store, expect, writes).await {
        Ok(_) => None,
        Err(Error::Conflict(conflict)) => Some(conflict),
        Err(error) => panic!("{error}"),
    }
}

pub(crate) async fn read_link(store: &impl Store, number: u128) -> Link {
    store.link(&link(number)).await.unwrap().expect("the link is there")
}
