//! The right to be a target's only sender.
use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::store::{Conflict, Expect, Lease, Previous, Store};

const TTL: Duration = Duration::from_secs(30);
const ONE: Uuid = Uuid::from_u128(1);
const TWO: Uuid = Uuid::from_u128(2);

pub(crate) async fn one_holder(store: &impl Store) {
    let first = take(store, ONE).await.unwrap();
    assert_eq!((first.holder, first.previous), (ONE, Previous::Released));
    assert_eq!(take(store, TWO).await, None);

    tokio::time::advance(TTL / 2).await;
    assert_eq!(take(store, ONE).await.unwrap().token, first.token, "renewed");
    tokio::time::advance(TTL * 2 / 3).await;
    assert_eq!(take(store, TWO).await, None);

    let other = crate::store::TargetId(Uuid::from_u128(7));
    assert!(store.lease(other, TWO, TTL).await.unwrap().is_some());
}

pub(crate) async fn tokens_grow(store: &impl Store) {
    let first = take(store, ONE).await.unwrap();
    tokio::time::advance(TTL * 2).await;
    let second = take(store, TWO).await.unwrap();
    assert_eq!(second.previous, Previous::Vanished);
    assert!(second.token > first.token);
    check(store, &first, Some(Conflict::Lease)).await;
    check(store, &second, None).await;

    // What is another one's by now is not given back.
    store.release(PAGER, &first).await.unwrap();
    assert_eq!(take(store, ONE).await, None);
    check(store, &second, None).await;

    store.release(PAGER, &second).await.unwrap();
    check(store, &second, Some(Conflict::Lease)).await;
    let third = take(store, ONE).await.unwrap();
    assert_eq!(third.previous, Previous::Released);
    assert!(third.token > second.token);
}

async fn take(store: &impl Store, holder: Uuid) -> Option<Lease> {
    store.lease(PAGER, holder, TTL).await.unwrap()
}

/// A commit that names the lease.
async fn check(store: &impl Store, lease: &Lease, expected: Option<Conflict>) {
    let conflict = conflict(store, vec![Expect::Lease(PAGER, lease.token)], vec![]).await;
    assert_eq!(conflict, expected, "token {}", lease.token);
}
