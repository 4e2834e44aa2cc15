//! Under which key credentials rest.
use super::super::fixture::{self, declared, desk, over, sealer};
use super::super::{Apply, Error};
use super::declarations::told;
use crate::store::{SettingKind, Store};

#[tokio::test]
async fn credentials_need_their_key() {
    let desk = desk();
    let one = declared(&["acme"], &[("pd", "acme", "s3cret")]);
    desk.administration.apply(&one, Apply::default()).await.unwrap();
    for (_, _, bytes) in desk.store.settings(SettingKind::Target).await.unwrap() {
        assert!(!String::from_utf8(bytes).unwrap().contains("s3cret"));
    }
    for (key, expected) in [
        (sealer(1), None),
        (sealer(2), Some("the credential of the target `pd` does not open")),
        (None, Some("the credentials of targets need a key")),
    ] {
        let error = over(desk.store.clone(), key)
            .administration
            .check_credentials()
            .await
            .err();
        let error = error.map(|error| error.to_string());
        assert_eq!(error.is_some(), expected.is_some());
        assert!(error.unwrap_or_default().starts_with(expected.unwrap_or_default()));
    }
    let renewed = over(desk.store.clone(), sealer(2)).administration;
    assert_eq!(
        told(&renewed.apply(&one, Apply::default()).await),
        "=d acme, ~t pd",
        "sealed anew"
    );
    renewed.check_credentials().await.expect("the new key opens it");
    let keyless = over(fixture::desk().store, None);
    let applied = keyless.administration.apply(&one, Apply::default()).await;
    assert!(matches!(applied, Err(Error::NoKey)));
    assert!(
        keyless.store.settings(SettingKind::Directory).await.unwrap().is_empty(),
        "all or nothing"
    );
    let plain = declared(&["plain"], &[]);
    keyless
        .administration
        .apply(&plain, Apply::default())
        .await
        .expect("without targets there is nothing to seal");
}
