//! Resources and what finds them.
use super::*;
use crate::store::{Place, Resource, ResourceId, ResourceKey, Scope, Splice, Store, Write};

pub(crate) async fn put_then_read(store: &impl Store) {
    let whole = Resource {
        version: 7,
        modified: "2026-01-02T03:04:05.678901234Z".parse().unwrap(),
        splices: vec![
            Splice {
                offset: 3,
                place: Place::Rows,
            },
            Splice {
                offset: 9,
                place: Place::BaseUrl,
            },
            Splice {
                offset: 9,
                place: Place::Version,
            },
        ],
        body: vec![0, 1, 2, 255],
        origins: vec![PAGER],
        ..resource(user(1), &[("userName", "ann"), ("emails.value", "ann@example.com")])
    };
    write(store, vec![Write::PutResource(whole.clone())]).await;
    assert_eq!(store.resource(&user(1)).await.unwrap(), Some(whole));
    assert_eq!(store.resource(&user(2)).await.unwrap(), None);
}

pub(crate) async fn put_replaces_index(store: &impl Store) {
    for name in ["ann", "eve"] {
        let terms = [("userName", name), ("externalId", "1"), ("externalId", "1")];
        write(store, vec![Write::PutResource(resource(user(1), &terms))]).await;
    }
    assert_eq!(find(store, &users(), ("userName", "ann")).await, []);
    assert_eq!(find(store, &users(), ("userName", "eve")).await, [id(1)]);
    assert_eq!(find(store, &users(), ("externalId", "1")).await, [id(1)]);
    assert_eq!(store.count(&users()).await.unwrap(), 1);
}

pub(crate) async fn delete_takes_index_and_count(store: &impl Store) {
    let terms = [("title", "chief")];
    let puts = (1..=3).map(|number| Write::PutResource(resource(user(number), &terms)));
    write(store, puts.collect()).await;
    assert_eq!(find(store, &users(), terms[0]).await, [id(1), id(2), id(3)]);
    assert_eq!(
        store.find(&users(), &term("title", "chief"), 2).await.unwrap(),
        [id(1), id(2)]
    );

    write(
        store,
        vec![Write::DeleteResource(user(2)), Write::DeleteResource(user(9))],
    )
    .await;
    assert_eq!(store.resource(&user(2)).await.unwrap(), None);
    assert_eq!(find(store, &users(), terms[0]).await, [id(1), id(3)]);
    assert_eq!(store.count(&users()).await.unwrap(), 2);
}

pub(crate) async fn directories_and_types_are_apart(store: &impl Store) {
    let scopes = [
        scope(ACME, "User"),
        scope(OTHER, "User"),
        scope(ACME, "Use"),
        scope(ACME, "Users"),
    ];
    for (number, scope) in (1..).zip(&scopes) {
        let key = ResourceKey {
            scope: scope.clone(),
            id: id(number),
        };
        write(store, vec![Write::PutResource(resource(key, &[("userName", "ann")]))]).await;
    }
    for (number, scope) in (1..).zip(&scopes) {
        assert_eq!(find(store, scope, ("userName", "ann")).await, [id(number)]);
        assert_eq!(store.count(scope).await.unwrap(), 1);
        let page = store.page(scope, crate::store::From::Skip(0), 10).await.unwrap();
        assert_eq!(
            page.iter().map(|resource| resource.key.id).collect::<Vec<_>>(),
            [id(number)]
        );
        let elsewhere = ResourceKey {
            scope: scope.clone(),
            id: id(number % 4 + 1),
        };
        assert_eq!(store.resource(&elsewhere).await.unwrap(), None);
    }
}

pub(crate) async fn long_terms_are_told_apart(store: &impl Store) {
    let long = |end: &str| format!("{}{end}", "x".repeat(100_000));
    for (number, end) in [(1, "a"), (2, "b"), (3, "a")] {
        write(
            store,
            vec![Write::PutResource(resource(user(number), &[("userName", &long(end))]))],
        )
        .await;
    }
    assert_eq!(find(store, &users(), ("userName", &long("a"))).await, [id(1), id(3)]);
    assert_eq!(find(store, &users(), ("userName", &long("b"))).await, [id(2)]);
    assert_eq!(find(store, &users(), ("userName", &long(""))).await, []);
    // A value never runs into the next field of a key.
    assert_eq!(find(store, &users(), ("userNamex", &long("a")[1..])).await, []);
}

pub(crate) async fn touch_changes_modified_alone(store: &impl Store) {
    let before = resource(group(1), &[("displayName", "all")]);
    write(store, vec![Write::PutResource(before.clone())]).await;
    write(store, vec![Write::Touch(group(1), at(5))]).await;
    let expected = Resource {
        modified: at(5),
        ..before
    };
    assert_eq!(store.resource(&group(1)).await.unwrap(), Some(expected));
}

async fn find(store: &impl Store, scope: &Scope, (attribute, value): (&str, &str)) -> Vec<ResourceId> {
    store.find(scope, &term(attribute, value), 10).await.unwrap()
}
