//! What a batch may expect.
use std::time::Duration;

use uuid::Uuid;

use super::members::people;
use super::*;
use crate::store::{Conflict, Expect, Resource, Scope, SettingKind, Store, Write};

pub(crate) async fn every_expectation(store: &impl Store) {
    people(store).await;
    let holder = Uuid::from_u128(1);
    let lease = store
        .lease(PAGER, holder, Duration::from_secs(9))
        .await
        .unwrap()
        .unwrap();
    let setup = vec![
        Write::PutResource(Resource {
            version: 4,
            ..resource(user(1), &[("userName", "ann")])
        }),
        Write::AddMember(group(10), member(1)),
        Write::PutSetting(SettingKind::Token, "t".to_owned(), vec![1]),
        marked(1, 0),
        settled(1, Some("V1"), None),
    ];
    write(store, setup).await;
    let stamp = store.stamp(&group(10)).await.unwrap();
    let revision = read_link(store, 1).await.revision;
    let (setting, _) = store.setting(SettingKind::Token, "t").await.unwrap().unwrap();
    let named = |name: &str, except: Option<u128>| Expect::Unique {
        scope: users(),
        term: term("userName", name),
        except: except.map(id),
    };
    let token = |name: &str, version| Expect::Setting(SettingKind::Token, name.to_owned(), version);
    let (absent, missing) = (user(9), Conflict::Version(id(9)));
    let changed = Conflict::Version(id(1));
    let taken = Conflict::Unique(term("userName", "ann"), id(1));
    let rows = [
        (Expect::Version(user(1), Some(4)), None),
        (Expect::Version(user(1), Some(3)), Some(changed.clone())),
        (Expect::Version(user(1), None), Some(changed)),
        (Expect::Version(absent.clone(), None), None),
        (Expect::Version(absent.clone(), Some(1)), Some(missing.clone())),
        (Expect::Exists(user(1)), None),
        (Expect::Exists(absent), Some(missing)),
        (named("eve", None), None),
        (named("ann", None), Some(taken.clone())),
        (named("ann", Some(1)), None),
        (named("ann", Some(2)), Some(taken)),
        (Expect::Stamp(group(10), stamp), None),
        (Expect::Stamp(group(10), stamp + 1), Some(Conflict::Stamp(id(10)))),
        (Expect::Stamp(group(11), 0), None),
        (Expect::Link(link(1), Some(revision)), None),
        (Expect::Link(link(1), Some(revision - 1)), Some(Conflict::Link(id(1)))),
        (Expect::Link(link(1), None), Some(Conflict::Link(id(1)))),
        (Expect::Link(link(2), None), None),
        (Expect::Link(link(2), Some(0)), Some(Conflict::Link(id(2)))),
        (of_account(1, "User", "V1"), None),
        (of_account(2, "User", "V1"), Some(Conflict::Account(id(1)))),
        (of_account(2, "User", "V2"), None),
        (of_account(2, "Group", "V1"), None),
        (Expect::Lease(PAGER, lease.token), None),
        (Expect::Lease(PAGER, lease.token - 1), Some(Conflict::Lease)),
        (token("t", Some(setting)), None),
        (token("t", Some(setting + 1)), Some(Conflict::Setting("t".to_owned()))),
        (token("t", None), Some(Conflict::Setting("t".to_owned()))),
        (token("u", None), None),
        (token("u", Some(1)), Some(Conflict::Setting("u".to_owned()))),
    ];
    hold(store, rows).await;
    hold(store, of_directories()).await;
}

async fn hold(store: &impl Store, rows: impl IntoIterator<Item = (Expect, Option<Conflict>)>) {
    for (expect, expected) in rows {
        let text = format!("{expect:?}");
        assert_eq!(conflict(store, vec![expect], vec![]).await, expected, "{text}");
    }
}

fn of_account(number: u128, resource_type: &str, account: &str) -> Expect {
    Expect::Account {
        link: link(number),
        resource_type: resource_type.to_owned(),
        account: account.to_owned(),
    }
}

/// Found free by each of two, an account was linked twice.
pub(crate) async fn an_account_is_linked_once(store: &impl Store) {
    people(store).await;
    let linking = async |number: u128| {
        let writes = vec![marked(number, 0), settled(number, Some("V1"), Some(1))];
        conflict(store, vec![of_account(number, "User", "V1")], writes).await
    };
    let (first, second) = tokio::join!(linking(1), linking(2));
    let refused: Vec<_> = [first, second].into_iter().flatten().collect();
    assert!(matches!(refused[..], [Conflict::Account(_)]), "{refused:?}");
}

/// What concerns more than one resource of a directory.
fn of_directories() -> [(Expect, Option<Conflict>); 8] {
    let in_groups = |directory, member, groups: &[u128]| {
        let groups = groups.iter().map(|group| id(*group)).collect();
        Expect::Memberships(directory, id(member), groups)
    };
    [
        (in_groups(ACME, 2, &[]), None),
        (in_groups(ACME, 1, &[]), Some(Conflict::Stamp(id(1)))),
        (in_groups(ACME, 1, &[10]), None),
        (in_groups(ACME, 1, &[11]), Some(Conflict::Stamp(id(1)))),
        (in_groups(ACME, 1, &[10, 11]), Some(Conflict::Stamp(id(1)))),
        (in_groups(OTHER, 1, &[]), None),
        (Expect::Empty(users()), Some(Conflict::Populated(users().resource_type))),
        (
            Expect::Empty(Scope {
                directory: OTHER,
                ..users()
            }),
            None,
        ),
    ]
}
