//! What is kept, and what is none.
use oauth::Vault as _;
use uuid::Uuid;

use super::*;
use crate::auth::Key;
use crate::clock::ManualClock;
use crate::store::{Options, Redb};

/// A client that needs no person would never get tokens again.
#[tokio::test]
async fn a_record_of_another_form_is_none_and_is_replaced() {
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let vault = Vault {
        store: Arc::new(Redb::open(Options::in_memory(), clock.clone()).unwrap()),
        sealer: Arc::new(Sealer::new(&Key::parse(&"01".repeat(32).into()).unwrap())),
        clock,
        target: TargetId(Uuid::from_u128(1)),
        client_id: "usherd".to_owned(),
    };
    let sealed = vault.sealer.seal(&vault.name(), &"{\"form\":2}".into()).unwrap();
    vault.commit(sealed, Vec::new()).await.unwrap();
    assert!(vault.load().await.unwrap().is_none());
    let tokens = Tokens {
        access: "A".into(),
        refresh: None,
        given: Timestamp::UNIX_EPOCH,
        expires: None,
        refresh_expires: None,
        scopes: None,
    };
    assert!(vault.replace(None, &tokens).await.unwrap());
    assert!(vault.load().await.unwrap().is_some());
}
