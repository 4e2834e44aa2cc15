//! Links, and how a target's work is found.
use super::*;
use crate::store::{
    Access, AccountRef, Applied, Backlog, LinkChange, LinkKey, LinkQuery, Mark, ProblemKind, Settle, Store, TargetId,
    Write,
};

pub(crate) async fn marks_are_counted(store: &impl Store) {
    let committed = write(store, vec![marked(1, 0), marked(2, 0), marked(1, 1)]).await;
    assert_eq!(committed.marks, [(link(1), 1), (link(2), 1), (link(1), 2)]);
    let found = read_link(store, 1).await;
    assert_eq!(
        (found.marked, found.pending_since, found.due),
        (2, Some(at(0)), Some(at(1)))
    );
    let elsewhere = LinkKey {
        directory: OTHER,
        ..link(1)
    };
    assert_eq!(store.link(&elsewhere).await.unwrap(), None);
}

pub(crate) async fn due_comes_in_lanes(store: &impl Store) {
    let writes = vec![
        marked(1, 30),
        marked(2, 10),
        leaving(3, 20),
        leaving(4, 40),
        marked(5, 10),
        marked(6, -9),
    ];
    write(store, writes).await;
    let rows = [
        (LinkQuery::Due(at(40)), 9, vec![3, 4, 6, 2, 5, 1]),
        (LinkQuery::Due(at(40)), 3, vec![3, 4, 6]),
        (LinkQuery::Due(at(40)), 1, vec![3]),
        (LinkQuery::Due(at(10)), 9, vec![6, 2, 5]),
        (LinkQuery::Due(at(-10)), 9, vec![]),
        (LinkQuery::DueLeavers(at(40)), 9, vec![3, 4]),
        (LinkQuery::DueLeavers(at(39)), 9, vec![3]),
        (LinkQuery::LeaversAfter(at(20)), 9, vec![4]),
        (LinkQuery::LeaversAfter(at(19)), 1, vec![3]),
        (LinkQuery::LeaversAfter(at(40)), 9, vec![]),
        (LinkQuery::OthersAfter(at(-10)), 9, vec![6, 2, 5, 1]),
        (LinkQuery::OthersAfter(at(10)), 9, vec![1]),
        (LinkQuery::OthersAfter(at(30)), 9, vec![]),
    ];
    for (query, limit, expected) in rows {
        assert_eq!(queried(store, query, limit).await, expected, "{query:?}, {limit}");
    }
    // Settled, parked and retried ones go to where they belong.
    let retry = LinkChange::Retry {
        due: at(100),
        problem: problem(ProblemKind::Retrying),
        counts: true,
        ambiguous_until: None,
        seen: u64::MAX,
    };
    let writes = vec![
        settled(3, Some("P3"), Some(1)),
        parked(6, ProblemKind::Parked, 1),
        Write::Link(link(2), retry),
        Write::Link(
            link(5),
            LinkChange::Mark(Mark {
                access: Access::Taken,
                ..mark(50)
            }),
        ),
    ];
    write(store, writes).await;
    assert_eq!(queried(store, LinkQuery::Due(at(60)), 9).await, [4, 5, 1]);
    assert_eq!(queried(store, LinkQuery::Due(at(100)), 9).await, [4, 5, 1, 2]);
    // A slow retry of a parked one is due in its time.
    let slow = LinkChange::Park {
        problem: problem(ProblemKind::Parked),
        due: Some(at(70)),
        seen: 1,
    };
    write(store, vec![Write::Link(link(1), slow)]).await;
    assert_eq!(queried(store, LinkQuery::Due(at(69)), 9).await, [4, 5]);
    assert_eq!(queried(store, LinkQuery::Due(at(70)), 9).await, [4, 5, 1]);
}

pub(crate) async fn parked_and_all(store: &impl Store) {
    let kinds = [ProblemKind::Parked, ProblemKind::Held, ProblemKind::Withheld];
    write(store, (1..=5).map(|number| marked(number, 0)).collect()).await;
    write(
        store,
        (1..).zip(kinds).map(|(number, kind)| parked(number, kind, 1)).collect(),
    )
    .await;
    // Seen before the mark: without effect.
    write(store, vec![parked(4, ProblemKind::Parked, 0)]).await;
    let rows = [
        (LinkQuery::Parked(None), 9, vec![1, 2, 3]),
        (LinkQuery::Parked(Some(id(1))), 1, vec![2]),
        (LinkQuery::Parked(Some(id(3))), 9, vec![]),
        (LinkQuery::All(None), 9, vec![1, 2, 3, 4, 5]),
        (LinkQuery::All(Some(id(2))), 2, vec![3, 4]),
        (LinkQuery::Due(at(9)), 9, vec![4, 5]),
    ];
    for (query, limit, expected) in rows {
        assert_eq!(queried(store, query, limit).await, expected, "{query:?}");
    }
    write(
        store,
        vec![Write::Link(link(2), LinkChange::Unpark(at(1))), marked(3, 1)],
    )
    .await;
    assert_eq!(queried(store, LinkQuery::Parked(None), 9).await, [1]);
    assert_eq!(
        store
            .link_keys(TargetId(uuid::Uuid::nil()), LinkQuery::All(None), 9)
            .await
            .unwrap(),
        []
    );
}

pub(crate) async fn backlog_is_counted(store: &impl Store) {
    assert_eq!(store.backlog(PAGER).await.unwrap(), Backlog::default());
    let backlog = |pending, leavers, parked, next_due: Option<i64>| Backlog {
        pending,
        leavers,
        parked,
        next_due: next_due.map(at),
    };
    let unpark = Write::Link(link(1), LinkChange::Unpark(at(9)));
    let rows = [
        (
            vec![marked(1, 5), marked(2, 4), leaving(3, 7)],
            backlog(3, 1, 0, Some(4)),
        ),
        (vec![marked(2, 6)], backlog(3, 1, 0, Some(5))),
        (vec![parked(1, ProblemKind::Held, 1)], backlog(2, 1, 1, Some(6))),
        (vec![settled(2, Some("P2"), Some(1))], backlog(2, 1, 1, Some(6))),
        (vec![settled(2, Some("P2"), Some(2))], backlog(1, 1, 1, Some(7))),
        (vec![settled(3, None, Some(1))], backlog(0, 0, 1, None)),
        (
            vec![Write::Link(link(3), LinkChange::Forget(1))],
            backlog(0, 0, 1, None),
        ),
        (vec![unpark], backlog(1, 0, 0, Some(9))),
        (vec![Write::Link(link(1), LinkChange::HandOver)], backlog(0, 0, 0, None)),
    ];
    for (writes, expected) in rows {
        let text = format!("{writes:?}");
        write(store, writes).await;
        assert_eq!(store.backlog(PAGER).await.unwrap(), expected, "{text}");
    }
    assert_eq!(store.link(&link(3)).await.unwrap(), None, "forgotten");
}

pub(crate) async fn accounts_are_found(store: &impl Store) {
    let unique = |number, account: &str, unique: &str| {
        let account = Applied {
            id: account.to_owned(),
            unique: Some(unique.to_owned()),
            ..Applied::default()
        };
        Write::Link(
            link(number),
            LinkChange::Settle(Settle {
                account: Some(account),
                ..Settle::default()
            }),
        )
    };
    write(
        store,
        vec![
            marked(1, 0),
            unique(1, "P1", "ann@example.com"),
            marked(2, 0),
            unique(2, "P2", "P1"),
        ],
    )
    .await;
    let rows = [
        ("User", AccountRef::Id("P1"), Some(1)),
        ("User", AccountRef::Id("P2"), Some(2)),
        ("User", AccountRef::Unique("P1"), Some(2)),
        ("User", AccountRef::Unique("ann@example.com"), Some(1)),
        ("User", AccountRef::Id("ann@example.com"), None),
        ("Group", AccountRef::Id("P1"), None),
        ("User", AccountRef::Id("P"), None),
    ];
    for (resource_type, account, expected) in rows {
        let found = store.link_by_account(PAGER, resource_type, account).await.unwrap();
        assert_eq!(found, expected.map(link), "{resource_type} {account:?}");
    }
    // The account goes to another resource, and its unique value changes.
    write(
        store,
        vec![
            Write::Link(link(1), LinkChange::HandOver),
            unique(2, "P1", "eve@example.com"),
        ],
    )
    .await;
    let rows = [
        (AccountRef::Id("P1"), Some(2)),
        (AccountRef::Id("P2"), None),
        (AccountRef::Unique("ann@example.com"), None),
        (AccountRef::Unique("eve@example.com"), Some(2)),
    ];
    for (account, expected) in rows {
        let found = store.link_by_account(PAGER, "User", account).await.unwrap();
        assert_eq!(found, expected.map(link), "{account:?}");
    }
    let fields = [("name".to_owned(), serde_json::json!({"b": [1, null, 0.5], "a": "x"}))];
    let account = Applied {
        id: "P1".to_owned(),
        fields: fields.into(),
        ..Applied::default()
    };
    let settle = Settle {
        account: Some(account.clone()),
        ..Settle::default()
    };
    write(store, vec![Write::Link(link(2), LinkChange::Settle(settle))]).await;
    assert_eq!(read_link(store, 2).await.account, Some(account));
}

pub(crate) async fn only_marks_and_settles_make(store: &impl Store) {
    let retry = LinkChange::Retry {
        due: at(1),
        problem: problem(ProblemKind::Retrying),
        counts: true,
        ambiguous_until: None,
        seen: u64::MAX,
    };
    let none = [
        retry,
        LinkChange::Park {
            problem: problem(ProblemKind::Held),
            due: None,
            seen: 0,
        },
        LinkChange::Unpark(at(1)),
        LinkChange::HandOver,
        LinkChange::Forget(0),
        LinkChange::Mark(Mark {
            access: Access::Ended,
            ..mark(1)
        }),
    ];
    for change in none {
        let text = format!("{change:?}");
        let committed = write(store, vec![Write::Link(link(1), change)]).await;
        assert_eq!(committed.marks, [(link(1), 0)], "{text}");
        assert_eq!(store.link(&link(1)).await.unwrap(), None, "{text}");
    }
    write(store, vec![settled(1, Some("P1"), None)]).await;
    assert_eq!(read_link(store, 1).await.revision, 1);
}

async fn queried(store: &impl Store, query: LinkQuery, limit: usize) -> Vec<u128> {
    let found = store.link_keys(PAGER, query, limit).await.unwrap();
    found.into_iter().map(|key| key.resource.0.as_u128()).collect()
}
