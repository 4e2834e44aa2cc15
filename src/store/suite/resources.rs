//! Resources and what finds them.
use super::*;
use crate::store::{Place, Resource, Splice, Store, Write};

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
        ..resource(user(1), &[("userName", "ann"), ("emails.value", "ann@example.com")])
    };
    write(store, vec![Write::PutResource(whole.clone())]).await;
    assert_eq!(store.resource(&user(1)).await.unwrap(), Some(whole));
    assert_eq!(store.resource(&user(2)).await.unwrap(), None);
}

pub(crate) async fn put_replaces_index(store: &impl Store) {
    write(
        store,
        vec![Write::PutResource(resource(
            user(1),
            &[("userName", "ann"), ("externalId", "1")],
        ))],
    )
    .await;
    write(
        store,
        vec![Write::PutResource(resource(
            user(1),
            &[("userName", "eve"), ("externalId", "1")],
        ))],
    )
    .await;
    let found = |attribute, value| {
        let term = term(attribute, value);
        async move { store.find(&users(), &term, 10).await.unwrap() }
    };
    assert_eq!(found("userName", "ann").await, []);
    assert_eq!(found("userName", "eve").await, [id(1)]);
    assert_eq!(found("externalId", "1").await, [id(1)]);
    assert_eq!(store.count(&users()).await.unwrap(), 1);
}
