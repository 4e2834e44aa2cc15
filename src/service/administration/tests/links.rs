//! Links of people at the one target.
use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::super::Apply;
use super::super::fixture::{Desk, declared, desk};
use crate::store::{Access, Batch, Cause, LinkChange, LinkKey, Mark, Problem, ProblemKind, ResourceId, Store, Write};

/// An administration that has one directory with one target.
pub(super) async fn one_target() -> Desk {
    let desk = desk();
    let declared = declared(&["acme"], &[("pd", "acme", "secret")]);
    desk.administration.apply(&declared, Apply::default()).await.unwrap();
    desk
}

/// Marks the link of a person at the one target, as a leaver or not, and changes it further.
pub(super) async fn mark(desk: &Desk, number: u128, (access, change): (Access, Option<LinkChange>)) -> LinkKey {
    let directory = desk.registry.directory("acme").unwrap();
    let link = LinkKey {
        directory: directory.id,
        target: directory.targets[0].id,
        resource: ResourceId(Uuid::from_u128(number)),
    };
    let mark = LinkChange::Mark(Mark {
        resource_type: "User".into(),
        fields: BTreeSet::new(),
        access,
        cause: Cause::Own,
        at: at(),
        tombstone: None,
    });
    let changes = [Some(mark), change].into_iter().flatten();
    let batch = Batch {
        expect: Vec::new(),
        writes: changes.map(|change| Write::Link(link, change)).collect(),
    };
    desk.store.commit(batch).await.unwrap();
    link
}

pub(super) fn problem(kind: ProblemKind, field: Option<&str>, reason: &str) -> Problem {
    Problem {
        kind,
        field: field.map(str::to_owned),
        reason: reason.to_owned(),
        since: at(),
    }
}

pub(super) fn at() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}
