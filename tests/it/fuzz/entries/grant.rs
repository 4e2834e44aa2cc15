//! What authorization servers answer.
use std::sync::Arc;
use std::time::Duration;

use adapters::client::oauth::{Client, Verifier};
use adapters::client::{Answer, InProcess};
use jiff::Timestamp;

use super::block_on;

/// What an authorization server answers; the first byte chooses the status.
pub(super) fn grant(bytes: &[u8]) -> bool {
    let (first, body) = bytes.split_first().unwrap_or((&0, &[]));
    let (status, body) = ([200, 400, 401, 500][usize::from(*first) % 4], body.to_vec());
    let answer = Answer {
        status,
        headers: Vec::new(),
        body,
    };
    let transport = InProcess::new(move |_, _| {
        let answer = answer.clone();
        Box::pin(async move { Ok(answer) })
    });
    let descriptor = adapters::vendor("pagerduty").map(|vendor| (vendor.descriptor)());
    let method = descriptor.and_then(|descriptor| descriptor.auth_method(Some("oauth")));
    let client = Client {
        vendor: "pagerduty",
        method: method.expect("it has one"),
        token_url: "https://vendor.example/token".to_owned(),
        client_id: "usherd".to_owned(),
        secret: "secret".into(),
        key_id: None,
        scopes: vec!["read".to_owned()],
        token_parameters: Default::default(),
        transport: Arc::new(transport),
        deadline: Duration::from_secs(1),
    };
    let verifier = Verifier::draw().expect("random bytes");
    let way = ("https://usherd.example/back", &verifier);
    block_on(client.redeem(&"code".into(), way, Timestamp::UNIX_EPOCH)).is_ok()
}
