//! The same person created anew takes over the account, and the memberships that it has at the vendor.
use super::grants::{applied, want};
use super::*;
use crate::store::{Grant, LinkChange, ResourceId, Store, Write};

/// Who was deleted, who is the same person, and two groups at the vendor.
const OLD: u128 = 1;
const NEW: u128 = 2;
const STAYS: u128 = 10;
const GOES: u128 = 11;

pub(crate) async fn grants_go_along(store: &impl Store) {
    for settle_first in [false, true] {
        let mut writes = vec![
            Write::Link(link(OLD), LinkChange::HandOver),
            settled(NEW, Some("P1"), None),
        ];
        if settle_first {
            writes.reverse();
        }
        check(store, writes).await;
    }
    kept_without_heir(store).await;
    groups_too(store).await;
}

/// The same group created anew takes over the vendor's group with its members.
async fn groups_too(store: &impl Store) {
    const ANEW: u128 = 20;
    let (stays, leaves, comes) = (3, 4, 5);
    let accounts = [(stays, "P3"), (leaves, "P4"), (comes, "P5")];
    let people = accounts.map(|(number, account)| [marked(number, 0), settled(number, Some(account), Some(1))]);
    let old = [marked(12, 0), settled(12, Some("T12"), Some(1))];
    let grants = [
        want(12, stays, true),
        applied(12, stays, Some("P3"), None),
        applied(12, leaves, Some("P4"), None),
    ];
    let anew = [
        leaving(12, 1),
        marked(ANEW, 2),
        want(ANEW, stays, true),
        want(ANEW, comes, true),
    ];
    let writes = people.into_iter().flatten().chain(old).chain(grants).chain(anew);
    write(store, writes.collect()).await;

    let forget = Write::Link(link(12), LinkChange::Forget(2));
    let over = vec![
        Write::Link(link(12), LinkChange::HandOver),
        forget,
        settled(ANEW, Some("T12"), None),
    ];
    write(store, over).await;
    let due = store.grants_due(&link(ANEW), None, 9).await.unwrap();
    let due: Vec<(ResourceId, bool)> = due.iter().map(|(key, grant)| (key.member, grant.wanted)).collect();
    assert_eq!(due, [(id(leaves), false), (id(comes), true)]);
    assert_eq!(store.link(&link(12)).await.unwrap(), None);
}

/// In one group the person is wanted again, in the other one no more.
async fn check(store: &impl Store, writes: Vec<Write>) {
    deleted_and_created(store).await;
    write(store, writes).await;
    assert_eq!(store.grants_due(&link(STAYS), None, 9).await.unwrap(), []);
    let due = store.grants_due(&link(GOES), None, 9).await.unwrap();
    let left = Grant {
        wanted: false,
        applied: Some("P1".to_owned()),
        refused: None,
        unsure: false,
    };
    assert_eq!(due, [(grant(GOES, NEW), left)]);
    let found = store
        .link_by_account(PAGER, "User", crate::store::AccountRef::Id("P1"))
        .await
        .unwrap();
    assert_eq!(found, Some(link(NEW)));
    // Without the old one: it has neither account nor grants.
    write(
        store,
        vec![
            applied(GOES, NEW, None, None),
            Write::Link(link(OLD), LinkChange::Forget(2)),
        ],
    )
    .await;
    assert_eq!(store.link(&link(OLD)).await.unwrap(), None);
    let forget = |number, marks| Write::Link(link(number), LinkChange::Forget(marks));
    let gone = [NEW, STAYS, GOES].map(|number| settled(number, None, None));
    let marks = [
        read_link(store, STAYS).await.marked,
        read_link(store, GOES).await.marked,
    ];
    let forgotten = [forget(NEW, 1), forget(STAYS, marks[0]), forget(GOES, marks[1])];
    write(store, gone.into_iter().chain(forgotten).collect()).await;
}

/// Nobody takes the account over: the vendor still has the memberships, so their removal stays due.
async fn kept_without_heir(store: &impl Store) {
    deleted_and_created(store).await;
    write(
        store,
        vec![
            Write::Link(link(OLD), LinkChange::HandOver),
            settled(NEW, Some("P2"), None),
        ],
    )
    .await;
    let due = store.grants_due(&link(GOES), None, 9).await.unwrap();
    assert_eq!(due.iter().map(|(key, _)| *key).collect::<Vec<_>>(), [grant(GOES, OLD)]);
}

async fn deleted_and_created(store: &impl Store) {
    let account = [marked(OLD, 0), settled(OLD, Some("P1"), Some(1))];
    let groups = [STAYS, GOES].map(|group| marked(group, 0));
    let accounts = [
        settled(STAYS, Some("T10"), Some(1)),
        settled(GOES, Some("T11"), Some(1)),
    ];
    let grants = [STAYS, GOES].map(|group| applied(group, OLD, Some("P1"), None));
    let anew = [leaving(OLD, 1), marked(NEW, 2), want(STAYS, NEW, true)];
    let writes = account
        .into_iter()
        .chain(groups)
        .chain(accounts)
        .chain(grants)
        .chain(anew);
    write(store, writes.collect()).await;
}
