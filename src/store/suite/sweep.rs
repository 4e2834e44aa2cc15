//! What is left of a removed target goes, and nothing else.
use std::time::Duration;

use super::grants::{applied, want};
use super::*;
use crate::store::{
    AccountRef, Backlog, Conflict, DirectoryId, Error, Expect, LinkChange, LinkKey, LinkQuery, Store, TargetId, Write,
};

/// More links than one write takes out.
const LINKS: u128 = 1_200;

pub(crate) async fn nothing_stays_of_a_removed_target(store: &impl Store) {
    let links = (1..=LINKS).flat_map(|number| [marked(number, 0), settled(number, Some(&format!("P{number}")), None)]);
    write(store, links.collect()).await;
    write(store, vec![want(10, 1, true), applied(10, 2, Some("P2"), None)]).await;
    let other = LinkKey {
        target: TargetId(uuid::Uuid::from_u128(77)),
        ..link(1)
    };
    write(store, vec![Write::Link(other, LinkChange::Mark(mark(0)))]).await;
    let lease = store
        .lease(PAGER, uuid::Uuid::nil(), Duration::from_secs(30))
        .await
        .unwrap()
        .unwrap();

    let mut writes = 0;
    while write(store, vec![Write::Sweep(PAGER)]).await.swept > 0 {
        writes += 1;
    }
    assert!(writes > 1, "one write must not take all");
    assert_eq!(store.link_keys(PAGER, LinkQuery::All(None), 9).await.unwrap(), []);
    assert_eq!(store.link_keys(PAGER, LinkQuery::Due(at(99)), 9).await.unwrap(), []);
    assert_eq!(store.backlog(PAGER).await.unwrap(), Backlog::default());
    let found = store.link_by_account(PAGER, "User", AccountRef::Id("P1")).await;
    assert_eq!(found.unwrap(), None);
    assert_eq!(store.grants_due(&link(10), None, 9).await.unwrap(), []);
    let late = try_write(store, vec![Expect::Lease(PAGER, lease.token)], vec![marked(1, 0)]).await;
    assert!(matches!(late, Err(Error::Conflict(Conflict::Lease))), "{late:?}");
    assert!(store.link(&other).await.unwrap().is_some(), "another target's stay");
    // The target may be another directory's by now, as far as the store is concerned.
    let elsewhere = LinkKey {
        directory: DirectoryId(uuid::Uuid::from_u128(78)),
        ..link(1)
    };
    write(store, vec![Write::Link(elsewhere, LinkChange::Mark(mark(0)))]).await;
}
