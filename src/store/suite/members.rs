//! Membership rows.
use super::*;
use crate::store::{Member, ResourceId, Store, Write};

pub(crate) async fn rows_and_reverse(store: &impl Store) {
    people(store).await;
    let shown = Member {
        display: Some("Eve".to_owned()),
        ..member(2)
    };
    let nested = Member {
        resource_type: "Group".to_owned(),
        ..member(11)
    };
    let rows = vec![
        Write::AddMember(group(10), member(1)),
        Write::AddMember(group(10), shown.clone()),
        Write::AddMember(group(10), nested.clone()),
        Write::AddMember(group(11), member(1)),
    ];
    write(store, rows).await;
    assert_eq!(
        store.members(&group(10), None, 10).await.unwrap(),
        [member(1), shown.clone(), nested]
    );
    assert_eq!(memberships(store, 1).await, [id(10), id(11)]);
    assert_eq!(memberships(store, 11).await, [id(10)]);
    let among = store.members_among(&group(10), &[id(3), id(2)]).await.unwrap();
    assert_eq!(among, [shown]);

    let gone = vec![
        Write::RemoveMember(group(10), id(1)),
        Write::RemoveMember(group(10), id(3)),
    ];
    write(store, gone).await;
    assert_eq!(memberships(store, 1).await, [id(11)]);
    assert_eq!(store.members_among(&group(10), &[id(1)]).await.unwrap(), []);
    assert_eq!(store.memberships(OTHER, id(1)).await.unwrap(), []);
}

pub(crate) async fn stamps_change_with_rows(store: &impl Store) {
    people(store).await;
    let renamed = Member {
        display: Some("Eve".to_owned()),
        ..member(1)
    };
    let rows = [
        (Write::AddMember(group(10), member(1)), true),
        (Write::AddMember(group(10), member(1)), false),
        (Write::AddMember(group(10), renamed), true),
        (Write::RemoveMember(group(10), id(2)), false),
        (Write::AddMember(group(11), member(1)), false),
        (Write::RemoveMember(group(10), id(1)), true),
        (Write::AddMember(group(10), member(2)), true),
        (Write::DeleteResource(user(2)), true),
    ];
    let mut stamps = vec![store.stamp(&group(10)).await.unwrap()];
    assert_eq!(stamps, [0]);
    for (change, changes) in rows {
        let text = format!("{change:?}");
        write(store, vec![change]).await;
        let stamp = store.stamp(&group(10)).await.unwrap();
        assert_eq!(stamps.last() != Some(&stamp), changes, "{text}");
        assert!(!changes || !stamps.contains(&stamp), "{text}: an old stamp again");
        stamps.push(stamp);
    }
}

pub(crate) async fn pages_of_members(store: &impl Store) {
    people(store).await;
    write(
        store,
        (1..=3)
            .map(|number| Write::AddMember(group(10), member(number)))
            .collect(),
    )
    .await;
    for (after, limit, expected) in [
        (None, 2, vec![1, 2]),
        (Some(2), 2, vec![3]),
        (Some(3), 2, vec![]),
        (None, 0, vec![]),
    ] {
        let page = store.members(&group(10), after.map(id), limit).await.unwrap();
        let ids: Vec<u128> = page.iter().map(|member| member.id.0.as_u128()).collect();
        assert_eq!(ids, expected, "after {after:?}");
    }
}

pub(crate) async fn deletion_empties_groups(store: &impl Store) {
    people(store).await;
    let nested = Member {
        resource_type: "Group".to_owned(),
        ..member(10)
    };
    let rows = vec![
        Write::AddMember(group(10), member(1)),
        Write::AddMember(group(10), member(2)),
        Write::AddMember(group(11), member(1)),
        Write::AddMember(group(11), nested.clone()),
    ];
    write(store, rows).await;
    write(store, vec![Write::DeleteResource(user(1))]).await;
    assert_eq!(store.members(&group(10), None, 9).await.unwrap(), [member(2)]);
    assert_eq!(store.members(&group(11), None, 9).await.unwrap(), [nested]);
    assert_eq!(memberships(store, 1).await, []);

    write(store, vec![Write::DeleteResource(group(10))]).await;
    assert_eq!(store.members(&group(10), None, 9).await.unwrap(), []);
    assert_eq!(store.members(&group(11), None, 9).await.unwrap(), []);
    assert_eq!(memberships(store, 2).await, []);
    assert_eq!(store.stamp(&group(10)).await.unwrap(), 0);
}

/// Users 1 to 3 and groups 10 and 11.
pub(crate) async fn people(store: &impl Store) {
    let all = [user(1), user(2), user(3), group(10), group(11)];
    write(store, all.map(put).into()).await;
}

async fn memberships(store: &impl Store, number: u128) -> Vec<ResourceId> {
    store.memberships(ACME, id(number)).await.unwrap()
}
