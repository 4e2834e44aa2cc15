//! What a request presents, and the token that the store has under the id in it.
use std::sync::{Arc, LazyLock};

use usherd::auth::{Denied, Tokens};
use usherd::clock::SystemClock;
use usherd::store::{Batch, Options, Redb, SettingKind, Store, Write};

use super::block_on;

/// A token of the right form, and its id.
const KNOWN: &str = "usherd_0123456789AB_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1vkwYL";
const ID: &str = "0123456789AB";

/// One for all calls: each writes its record over the one before.
static STORE: LazyLock<Arc<Redb>> = LazyLock::new(|| {
    let store = Redb::open(Options::in_memory(), Arc::new(SystemClock));
    Arc::new(store.expect("a store in memory"))
});

/// The bytes as what is presented, and as the record of a token. Neither opens anything.
pub(super) fn token(bytes: &[u8]) -> bool {
    let tokens = Tokens::new(STORE.clone(), Arc::new(SystemClock));
    let record = Write::PutSetting(SettingKind::Token, ID.to_owned(), bytes.to_vec());
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![record],
    };
    block_on(async {
        assert!(tokens.authenticate(&String::from_utf8_lossy(bytes)).await.is_err());
        if STORE.commit(batch).await.is_err() {
            return false;
        }
        let denied = tokens.authenticate(KNOWN).await.expect_err("it has another hash");
        let is_record = !matches!(denied, Denied::Store(_));
        assert_eq!(tokens.list().await.is_ok(), is_record);
        is_record
    })
}
