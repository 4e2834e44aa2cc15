//! What outlives the process.
use std::time::Duration;

use uuid::Uuid;

use super::members::people;
use super::*;
use crate::store::{LinkQuery, Previous, SettingKind, Store, Write};

pub(crate) async fn everything_is_there_again(backend: &impl Backend) {
    let store = backend.open().await;
    people(&store).await;
    let writes = vec![
        Write::AddMember(group(10), member(1)),
        marked(1, 5),
        Write::Want(grant(10, 1), false),
        Write::Apply(grant(10, 1), Some("P1".to_owned()), None),
        Write::PutSetting(SettingKind::Directory, "acme".to_owned(), vec![1, 2]),
    ];
    write(&store, writes).await;
    let before = (store.resource(&user(1)).await.unwrap(), read_link(&store, 1).await);
    drop(store);

    let store = backend.open().await;
    assert_eq!(
        (store.resource(&user(1)).await.unwrap(), read_link(&store, 1).await),
        before
    );
    assert_eq!(store.count(&users()).await.unwrap(), 3);
    assert_eq!(store.members(&group(10), None, 9).await.unwrap(), [member(1)]);
    assert_eq!(store.link_keys(PAGER, LinkQuery::Due(at(5)), 9).await.unwrap().len(), 1);
    assert_eq!(store.backlog(PAGER).await.unwrap().pending, 1);
    assert_eq!(store.grants_due(&link(10), None, 9).await.unwrap().len(), 1);
    let (_, value) = store.setting(SettingKind::Directory, "acme").await.unwrap().unwrap();
    assert_eq!(value, [1, 2]);
    backend.verify(store).await;
}

pub(crate) async fn leases_tell_how_they_ended(backend: &impl Backend) {
    const TTL: Duration = Duration::from_secs(30);
    let mut tokens = vec![0];
    for (release, previous) in [
        (false, Previous::Released),
        (true, Previous::Vanished),
        (false, Previous::Released),
    ] {
        let store = backend.open().await;
        let lease = store.lease(PAGER, Uuid::from_u128(1), TTL).await.unwrap().unwrap();
        assert_eq!(lease.previous, previous);
        assert!(
            tokens.iter().all(|token| *token < lease.token),
            "{tokens:?} then {}",
            lease.token
        );
        tokens.push(lease.token);
        if release {
            store.release(PAGER, &lease).await.unwrap();
        }
        drop(store);
    }
}
