//! All of a batch or nothing.
use super::members::people;
use super::*;
use crate::store::{Batch, Conflict, Error, Expect, GrantKey, SettingKind, Store, Write};

pub(crate) async fn refused_leaves_nothing(store: &impl Store) {
    let everything = || {
        vec![
            put(user(1)),
            put(group(10)),
            Write::AddMember(group(10), member(1)),
            marked(1, 0),
            Write::Want(
                GrantKey {
                    group: link(10),
                    member: id(1),
                },
                true,
            ),
            Write::PutSetting(SettingKind::Other, "key".to_owned(), vec![1]),
        ]
    };
    let refusals = [
        (vec![Expect::Exists(user(9))], vec![]),
        (vec![Expect::Version(user(1), None), Expect::Exists(user(9))], vec![]),
        (vec![], vec![Write::AddMember(group(10), member(9))]),
        (vec![], vec![Write::Touch(group(11), at(1))]),
    ];
    for (expect, more) in refusals {
        let writes = everything().into_iter().chain(more).collect();
        let refused = store.commit(Batch { expect, writes }).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        assert_eq!(store.resource(&user(1)).await.unwrap(), None);
        assert_eq!(store.count(&users()).await.unwrap(), 0);
        assert_eq!(store.members(&group(10), None, 1).await.unwrap(), []);
        assert_eq!(store.stamp(&group(10)).await.unwrap(), 0);
        assert_eq!(store.link(&link(1)).await.unwrap(), None);
        assert_eq!(store.grants_due(&link(10), None, 1).await.unwrap(), []);
        assert_eq!(store.setting(SettingKind::Other, "key").await.unwrap(), None);
    }
    write(store, everything()).await;
    assert_eq!(store.members(&group(10), None, 1).await.unwrap(), [member(1)]);
}

pub(crate) async fn missing_are_conflicts(store: &impl Store) {
    people(store).await;
    let add = |group: u128, number: u128| Write::AddMember(super::group(group), member(number));
    let rows = [
        (vec![add(10, 1)], None),
        (vec![add(10, 9)], Some(Conflict::Member(id(9)))),
        (vec![add(19, 1)], Some(Conflict::Version(id(19)))),
        (vec![put(user(8)), add(10, 8)], None),
        (vec![add(10, 7), put(user(7))], Some(Conflict::Member(id(7)))),
        (
            vec![Write::DeleteResource(user(2)), add(10, 2)],
            Some(Conflict::Member(id(2))),
        ),
        (
            vec![Write::DeleteResource(group(11)), add(11, 1)],
            Some(Conflict::Version(id(11))),
        ),
        (vec![Write::Touch(group(19), at(1))], Some(Conflict::Version(id(19)))),
        // A group of the same id is not the user.
        (vec![add(10, 11)], Some(Conflict::Member(id(11)))),
        (
            vec![Write::DeleteResource(user(9)), Write::RemoveMember(group(19), id(1))],
            None,
        ),
    ];
    for (writes, expected) in rows {
        let text = format!("{writes:?}");
        let conflict = conflict(store, vec![], writes).await;
        assert_eq!(conflict, expected, "{text}");
    }
}

pub(crate) async fn writes_go_in_order(store: &impl Store) {
    people(store).await;
    let writes = vec![
        Write::AddMember(group(10), member(1)),
        Write::RemoveMember(group(10), id(1)),
        Write::AddMember(group(10), member(2)),
        Write::DeleteResource(user(3)),
        put(user(3)),
        Write::PutSetting(SettingKind::Other, "key".to_owned(), vec![1]),
        Write::DeleteSetting(SettingKind::Other, "key".to_owned()),
    ];
    write(store, writes).await;
    assert_eq!(store.members(&group(10), None, 9).await.unwrap(), [member(2)]);
    assert!(store.resource(&user(3)).await.unwrap().is_some());
    assert_eq!(store.setting(SettingKind::Other, "key").await.unwrap(), None);
}
