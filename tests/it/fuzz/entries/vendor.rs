//! One entry for each kind of foreign bytes, over public items alone: whatever the bytes are, the answer is a value or an
//! error. They are called here with generated and hostile bytes, and by the targets of `fuzz/` with a fuzzer's.
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use adapters::client::oauth::{Client, Verifier};
use adapters::client::{Answer, Connection, Credential, Gate, InProcess, Limits};
use adapters::descriptor::Kind;
use adapters::{Account, Adapter, Fields};
use async_trait::async_trait;
use jiff::Timestamp;
use schemas::dialect::{Dialect, Hints, Rules, normalise_filter, normalise_patch, normalise_resource};
use schemas::patch::Patch;
use schemas::{AttributePath, Catalogue, Filter, Object, Query, bulk, validate};
use serde_json::{Value, json};
use usherd::auth::Tokens;
use usherd::clock::SystemClock;
use usherd::config::{Declarations, Source, Target};
use usherd::mapping::{Mapping, Membership, Subject};
use usherd::store::{Batch, Options, Redb, SettingKind, Store, Write};

/// What an entry does with bytes. Returning is all that is asked of it.
pub(crate) type Entry = fn(&[u8]);

/// Every entry by its name, which is that of the fuzzer's target.
pub(crate) const ENTRIES: [(&str, Entry); 10] = [
    ("filter", filter),
    ("path", path),
    ("patch", patch),
    ("resource", resource),
    ("bulk", bulk),
    ("expression", expression),
    ("vendor", vendor),
    ("token", token),
    ("grant", grant),
    ("declaration", declaration),
];

/// Calls of an adapter for one verb: more would be an endless walk.
const CALLS_MAX: usize = 200;

/// Bytes of a header: HTTP libraries take no more of all of them.
const HEADER_BYTES: usize = 4096;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

fn person() -> Object {
    let person = json!({
        "userName": "ada@example.com", "active": true, "displayName": "Ada", "name": { "givenName": "Ada" },
        "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }, { "value": "b@example.com" }],
    });
    person.as_object().cloned().unwrap_or_default()
}

fn dialects() -> [Rules; 2] {
    let entra = Hints {
        ad_scim_version: true,
        user_agent: None,
    };
    [
        Dialect::Strict.recognise(&Hints::default()),
        Dialect::Auto.recognise(&entra),
    ]
}

/// A filter: parsed, normalised, checked, matched, and printed so that it reads the same.
fn filter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for rules in dialects() {
        for kind in CATALOGUE.types() {
            let Ok(filter) = Filter::parse(&normalise_filter(&rules, Some(kind), &text)) else {
                continue;
            };
            if filter.check(kind).is_ok() {
                filter.matches(kind, &person());
                filter.equalities(kind);
            }
            let printed = filter.to_string();
            // A filter as long as it may be can be printed longer.
            let again = Filter::parse(&printed);
            assert!(again.is_err() || again.is_ok_and(|again| again.to_string() == printed));
        }
    }
}

/// An attribute path.
fn path(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(path) = AttributePath::parse(&text) {
        CATALOGUE.types().iter().for_each(|kind| {
            kind.resolve(&path);
        });
        assert!(AttributePath::parse(&path.to_string()).is_ok());
    }
    let pairs = [
        "attributes",
        "excludedAttributes",
        "sortBy",
        "filter",
        "cursor",
        "count",
    ];
    let pairs = pairs.map(|name| (name.to_owned(), text.clone().into_owned()));
    Query::from_pairs(pairs.into_iter()).ok();
}

/// The body of a PATCH, applied to a person and to a group; text that is no JSON stands for a path and a value.
fn patch(bytes: &[u8]) {
    let body = value(bytes).unwrap_or_else(|text| {
        json!({ "schemas": [schemas::urn::PATCH_OP], "Operations": [
            { "op": "add", "path": text, "value": text }, { "op": "remove", "path": text },
        ]})
    });
    for rules in dialects() {
        for kind in CATALOGUE.types() {
            let Ok(patch) = Patch::parse(&normalise_patch(&rules, kind, body.clone())) else {
                continue;
            };
            patch.apply(kind, &person(), &rules).ok();
        }
    }
}

/// The body of a POST and of a PUT.
fn resource(bytes: &[u8]) {
    let body = value(bytes).unwrap_or_else(|text| {
        json!({ "schemas": [schemas::urn::ENTERPRISE_USER], "userName": text, "emails": [{ "value": text, "type": text }] })
    });
    for rules in dialects() {
        for kind in CATALOGUE.types() {
            let body = normalise_resource(&rules, kind, body.clone());
            validate::create(kind, &body, &rules).ok();
            validate::replace(kind, &person(), &body, &rules).ok();
        }
    }
}

/// The body of a Bulk request.
fn bulk(bytes: &[u8]) {
    if let Ok(body) = value(bytes) {
        bulk::references(&body);
        bulk::BulkRequest::parse(&body, 1_000).ok();
    }
}

/// An expression of a mapping, compiled and evaluated.
fn expression(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut target = Target::new("t", "d", "pagerduty", "env:NONE");
    let source = Source {
        expression: Some(text),
        ..Source::default()
    };
    target.mapping.user.insert("name".to_owned(), source);
    let Some(vendor) = adapters::vendor("pagerduty") else {
        return;
    };
    let Ok(mapping) = Mapping::new(&CATALOGUE, (vendor.descriptor)(), &target) else {
        return;
    };
    let group = Membership {
        id: "1".to_owned(),
        name: Some("staff".to_owned()),
    };
    mapping.wanted(&Subject {
        resource_type: "User",
        resource: &person(),
        groups: &[group],
    });
}

/// What a vendor answers, for every vendor and verb: the first byte chooses the status, zero bytes part the answers.
fn vendor(bytes: &[u8]) {
    const STATUSES: [u16; 8] = [200, 201, 202, 204, 400, 404, 409, 422];
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    let bodies: Vec<_> = rest.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    block_on(async {
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
            verbs(&*adapter.unwrap_or_else(|error| panic!("{name}: {error}"))).await;
        }
    });
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
    }
}

struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}

    fn observe(&self, _: u16, _: Limits) {}
}

async fn verbs(adapter: &dyn Adapter) {
    let account = Account::of("7");
    let fields: Fields = [("email".to_owned(), json!("a@example.com"))].into();
    adapter.check().await.ok();
    for kind in [Kind::User, Kind::Group] {
        adapter.get(kind, &account).await.ok();
        adapter.find(kind, "a@example.com").await.ok();
        adapter.create(kind, &fields).await.ok();
        adapter.update(kind, &account, &fields).await.ok();
        adapter.delete(kind, &account).await.ok();
        let next = adapter.list(kind, None).await.ok().and_then(|page| page.next);
        adapter.list(kind, next.as_deref()).await.ok();
    }
    adapter.set_active(&account, false).await.ok();
    adapter.add_members("7", &["8"]).await.ok();
    adapter.remove_members("7", &["8"]).await.ok();
    let next = adapter.members("7", None).await.ok().and_then(|(_, next)| next);
    adapter.members("7", next.as_deref()).await.ok();
    adapter.roles().await.ok();
}

/// What a request presents as its token, and a stored token of these bytes.
fn token(bytes: &[u8]) {
    const KNOWN: &str = "usherd_0123456789AB_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1vkwYL";
    let clock = Arc::new(SystemClock);
    let store: Arc<dyn Store> = Arc::new(Redb::open(Options::in_memory(), clock.clone()).expect("a store in memory"));
    let tokens = Tokens::new(store.clone(), clock);
    block_on(async {
        assert!(tokens.authenticate(&String::from_utf8_lossy(bytes)).await.is_err());
        let record = Write::PutSetting(SettingKind::Token, "0123456789AB".to_owned(), bytes.to_vec());
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![record],
        };
        if store.commit(batch).await.is_ok() {
            assert!(tokens.authenticate(KNOWN).await.is_err());
            tokens.list().await.ok();
        }
    });
}

/// What an authorization server answers; the first byte chooses the status.
fn grant(bytes: &[u8]) {
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
    block_on(client.redeem(&"code".into(), way, Timestamp::UNIX_EPOCH)).ok();
}

/// A file of directories and targets.
fn declaration(bytes: &[u8]) {
    Declarations::parse(&String::from_utf8_lossy(bytes), "fuzz").ok();
}

/// JSON, or the text if it is none.
fn value(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|_| String::from_utf8_lossy(bytes).into_owned())
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}
