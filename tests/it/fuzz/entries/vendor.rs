//! What vendors and their authorization servers answer.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapters::client::oauth::{Client, Verifier};
use adapters::client::{Answer, Connection, Credential, Gate, InProcess, Limits};
use adapters::descriptor::Kind;
use adapters::{Account, Adapter, Fields};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;

use super::block_on;

/// Calls of an adapter for one verb: more would be an endless walk.
const CALLS_MAX: usize = 200;

/// Bytes of a header: HTTP libraries take no more of all of them.
const HEADER_BYTES: usize = 4096;

/// What a vendor answers, for every vendor and verb: the first byte chooses the status, zero bytes part the answers.
pub(super) fn vendor(bytes: &[u8]) -> bool {
    const STATUSES: [u16; 8] = [200, 201, 202, 204, 400, 404, 409, 422];
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    let bodies: Vec<_> = rest.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    block_on(async {
        let mut lists_somebody = false;
        for vendor in adapters::VENDORS {
            let name = &(vendor.descriptor)().name;
            let settings = [
                ("from", "a@b.example"),
                ("subdomain", "acme"),
                ("domain", "acme.okta.com"),
            ];
            let known = settings.iter().filter(|(name, _)| {
                (vendor.descriptor)()
                    .settings
                    .iter()
                    .any(|setting| setting.name == *name)
            });
            let settings = known
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let adapter = (vendor.connect)(settings, saying(status, bodies.clone()));
            lists_somebody |= verbs(&*adapter.unwrap_or_else(|error| panic!("{name}: {error}"))).await;
        }
        lists_somebody
    })
}

fn saying(status: u16, bodies: Vec<Vec<u8>>) -> Connection {
    let calls = Mutex::new(0);
    let transport = InProcess::new(move |request, _| {
        let mut calls = calls.lock().expect("nobody panics under it");
        assert!(
            request.path.starts_with('/') && *calls < CALLS_MAX,
            "{calls}: {request:?}"
        );
        let body = bodies[*calls % bodies.len()].clone();
        *calls += 1;
        let start = &body[..body.len().min(HEADER_BYTES)];
        let link = String::from_utf8_lossy(start).replace(['\r', '\n'], " ");
        let headers = [
            "link",
            "location",
            "retry-after",
            "ratelimit-remaining",
            "x-rate-limit-reset",
            "date",
        ];
        let headers = headers.map(|name| (name.to_owned(), link.clone())).to_vec();
        Box::pin(async move { Ok(Answer { status, headers, body }) })
    });
    Connection {
        base_url: "https://vendor.example".to_owned(),
        credential: Credential::new("secret".into()),
        transport: Arc::new(transport),
        gate: Arc::new(Open),
        deadline: Duration::from_secs(1),
        read_lag: Duration::ZERO,
    }
}

struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}

    fn observe(&self, _: u16, _: Limits) {}
}

/// Calls every verb; whether a list had somebody on it.
async fn verbs(adapter: &dyn Adapter) -> bool {
    let mut lists_somebody = false;
    let account = Account::of("7");
    let fields: Fields = [("email".to_owned(), json!("a@example.com"))].into();
    adapter.check().await.ok();
    for kind in [Kind::User, Kind::Group] {
        adapter.get(kind, &account).await.ok();
        adapter.find(kind, "a@example.com").await.ok();
        adapter.create(kind, &fields).await.ok();
        adapter.update(kind, &account, &fields).await.ok();
        adapter.delete(kind, &account).await.ok();
        let page = adapter.list(kind, None).await.ok();
        lists_somebody |= page.as_ref().is_some_and(|page| !page.accounts.is_empty());
        let next = page.and_then(|page| page.next);
        adapter.list(kind, next.as_deref()).await.ok();
    }
    adapter.set_active(&account, false).await.ok();
    adapter.add_members("7", &["8"]).await.ok();
    adapter.remove_members("7", &["8"]).await.ok();
    let next = adapter.members("7", None).await.ok().and_then(|(_, next)| next);
    adapter.members("7", next.as_deref()).await.ok();
    adapter.roles().await.ok();
    lists_somebody
}

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
