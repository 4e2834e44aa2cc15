//! The gateway as it is measured: a store in a file, two directories with users, no targets.
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adapters::Page;
use adapters::descriptor::Kind;
use async_trait::async_trait;
use schemas::Catalogue;
use schemas::dialect::{Dialect, Hints};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use usherd::auth::{NewToken, Tokens};
use usherd::clock::{Clock, Ids, SystemClock, SystemIds};
use usherd::service::{
    Context, Deliveries, Directory, Limits, New, Outcome, Parts, Registry, Service, Shape, TargetState, TargetStatus,
    Unread, Wait,
};
use usherd::store::{DirectoryId, Options, Redb, Store, TargetId};
use usherd::{config, http};

/// The directory whose users are read and changed; their number stays.
pub(crate) const PLAIN: &str = "plain";
/// The directory whose number of users grows.
pub(crate) const GROWING: &str = "growing";

/// Users created at once while a directory is filled, so that many share a commit.
const FILLED_AT_ONCE: usize = 256;

/// A running gateway; it stops when dropped.
pub(crate) struct Served {
    pub(crate) addr: SocketAddr,
    /// Of the users of [`PLAIN`].
    pub(crate) ids: Arc<Vec<String>>,
    tokens: Vec<(&'static str, String)>,
    _running: JoinSet<std::io::Result<()>>,
}

impl Served {
    /// With this many users in each directory.
    pub(crate) async fn start(file: &Path, users: usize) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn Ids> = Arc::new(SystemIds::default());
        let store: Arc<dyn Store> = Arc::new(Redb::open(Options::file(file), Arc::clone(&clock))?);
        let tokens = Tokens::new(Arc::clone(&store), Arc::clone(&clock));
        let registry = Arc::new(Registry::default());
        let service = Service::new(Parts {
            store,
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            catalogue: Arc::new(Catalogue::builtin()),
            registry: Arc::clone(&registry),
            deliveries: Arc::new(Nowhere),
            limits: Limits::default(),
        });
        let directories = [PLAIN, GROWING].map(|name| Arc::new(directory(name, DirectoryId(ids.next(clock.now())))));
        let mut issued = Vec::new();
        for (name, directory) in [PLAIN, GROWING].into_iter().zip(&directories) {
            let token = tokens.create((name, directory.id), NewToken::default()).await?;
            issued.push((name, token.secret.expose_secret().to_owned()));
        }
        let filled = fill(&service, &directories[0], users).await?;
        fill(&service, &directories[1], users).await?;
        registry.replace(directories.map(|each| (each.config.name.clone(), each)).into());
        let parts = http::Parts {
            service,
            tokens,
            administration: None,
            clock,
            ids,
            public_url: None,
        };
        let listen = http::Listen {
            addr: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: None,
        };
        let (addr, server) = http::serve(parts, listen)?;
        let mut running = JoinSet::new();
        running.spawn(server);
        Ok(Self {
            addr,
            ids: Arc::new(filled),
            tokens: issued,
            _running: running,
        })
    }

    /// What requests to a directory have in common.
    pub(crate) fn head(&self, directory: &'static str) -> Head {
        let token = self.tokens.iter().find(|(name, _)| *name == directory);
        Head {
            directory,
            rest: format!(
                "host: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/scim+json\r\n",
                self.addr,
                token.map_or("", |(_, token)| token)
            ),
        }
    }
}

/// What requests to a directory have in common.
pub(crate) struct Head {
    directory: &'static str,
    rest: String,
}

impl Head {
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        format!("GET /scim/{}/v2{path} HTTP/1.1\r\n{}\r\n", self.directory, self.rest).into_bytes()
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let (directory, rest, length) = (self.directory, &self.rest, body.len());
        format!("{method} /scim/{directory}/v2{path} HTTP/1.1\r\n{rest}content-length: {length}\r\n\r\n{body}")
            .into_bytes()
    }
}

/// A user as IdPs commonly send one.
pub(crate) fn user(number: usize) -> Value {
    let name = scattered(number);
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "externalId": format!("00u{name:014x}"),
        "userName": user_name(number),
        "name": { "givenName": "Barbara", "familyName": format!("Jensen {name:x}") },
        "displayName": format!("{name:x} Jensen"),
        "emails": [{ "value": user_name(number), "type": "work", "primary": true }],
        "active": true,
        "title": "Tour Guide",
        "locale": "en-US",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": number.to_string(),
            "department": "Tour Operations",
        },
    })
}

pub(crate) fn user_name(number: usize) -> String {
    format!("{:014x}@example.com", scattered(number))
}

/// A number of its own for each, in no order: people do not come in the order of their names, and rows that do are
/// cheaper to write.
pub(crate) fn scattered(number: usize) -> usize {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8
}

async fn fill(service: &Service, directory: &Arc<Directory>, users: usize) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::with_capacity(users);
    for first in (0..users).step_by(FILLED_AT_ONCE) {
        let mut creating = JoinSet::new();
        for number in first..users.min(first + FILLED_AT_ONCE) {
            creating.spawn(create(service.clone(), Arc::clone(directory), number));
        }
        while let Some(created) = creating.join_next().await {
            ids.push(created??);
        }
    }
    Ok(ids)
}

async fn create(service: Service, directory: Arc<Directory>, number: usize) -> anyhow::Result<String> {
    let context = Context {
        directory,
        rules: Dialect::Auto.recognise(&Hints::default()),
        base_url: "http://localhost".into(),
    };
    let resource_type = service.catalogue().by_endpoint("Users").cloned();
    let new = New {
        resource_type: &resource_type.ok_or_else(|| anyhow::anyhow!("Users is served"))?,
        body: user(number),
        shape: Shape::default(),
    };
    Ok(service.create(&context, new).await?.id.to_string())
}

fn directory(name: &str, id: DirectoryId) -> Directory {
    Directory {
        id,
        config: config::Directory {
            name: name.to_owned(),
            dialect: Dialect::Auto,
            respond_within_ms: 0,
        },
        targets: Vec::new(),
    }
}

/// Delivery where there is nothing to deliver to.
struct Nowhere;

#[async_trait]
impl Deliveries for Nowhere {
    fn wake(&self, _: &[TargetId]) {}

    fn worth_waiting(&self, _: TargetId, _: Duration) -> bool {
        false
    }

    async fn wait(&self, waits: Vec<Wait>, _: Duration) -> Vec<Outcome> {
        waits.iter().map(|_| Outcome::Pending).collect()
    }

    fn status(&self, _: TargetId) -> TargetStatus {
        TargetStatus {
            state: TargetState::Idle,
            reason: None,
            since: None,
        }
    }

    async fn accounts(&self, _: TargetId, _: Kind, _: Option<String>) -> Result<Page, Unread> {
        Err(Unread("there is no vendor".to_owned()))
    }

    async fn reload(&self) {}
}
