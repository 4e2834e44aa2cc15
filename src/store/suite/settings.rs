//! Settings records.
use super::*;
use crate::store::{SettingKind, Store, Write};

pub(crate) async fn versions_grow(store: &impl Store) {
    let put = |value| Write::PutSetting(SettingKind::Target, "pager".to_owned(), vec![value]);
    let delete = || Write::DeleteSetting(SettingKind::Target, "pager".to_owned());
    let mut versions = vec![0];
    // Also after a deletion: who read the old one must not take the new one for it.
    for writes in [vec![put(1)], vec![put(2)], vec![put(3), put(4)], vec![delete(), put(5)]] {
        write(store, writes).await;
        let (version, _) = store.setting(SettingKind::Target, "pager").await.unwrap().unwrap();
        assert!(
            versions.iter().all(|before| *before < version),
            "{versions:?} then {version}"
        );
        versions.push(version);
    }
    write(store, vec![delete(), delete()]).await;
    assert_eq!(store.setting(SettingKind::Target, "pager").await.unwrap(), None);
}

pub(crate) async fn kinds_are_apart(store: &impl Store) {
    let kinds = [
        SettingKind::Directory,
        SettingKind::Target,
        SettingKind::Token,
        SettingKind::Other,
    ];
    for (value, kind) in (1..).zip(kinds) {
        let names = ["b", "a", "ab", ""];
        let puts = names.map(|name| Write::PutSetting(kind, name.to_owned(), vec![value]));
        write(store, puts.into()).await;
    }
    for (value, kind) in (1..).zip(kinds) {
        let found = store.settings(kind).await.unwrap();
        let found: Vec<(&str, &[u8])> = found
            .iter()
            .map(|(name, _, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        let bytes: &[u8] = &[value];
        assert_eq!(found, [("", bytes), ("a", bytes), ("ab", bytes), ("b", bytes)]);
    }
    write(store, vec![Write::DeleteSetting(SettingKind::Token, "a".to_owned())]).await;
    assert_eq!(store.settings(SettingKind::Token).await.unwrap().len(), 3);
    assert_eq!(store.settings(SettingKind::Other).await.unwrap().len(), 4);
}
