//! A server with the directories `acme` and `other`, neither of which feeds a target.
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use adapters::Page;
use adapters::descriptor::Kind;
use async_trait::async_trait;
use jiff::Timestamp;
use schemas::Catalogue;
use schemas::dialect::Dialect;
use secrecy::ExposeSecret;
use tokio::task::JoinSet;
use usherd::auth::{NewToken, Tokens};
use usherd::clock::{Clock, Ids, SystemClock, SystemIds};
use usherd::service::{
    Deliveries, Directory, Limits, Outcome, Parts, Registry, Service, TargetState, TargetStatus, Unread, Wait,
};
use usherd::store::{DirectoryId, Options, Redb, Store, TargetId};
use usherd::{config, http};

use super::client::{Answer, Request};

/// A running server; it stops when dropped.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    pub(crate) token: String,
    pub(crate) other_token: String,
    clock: Arc<Breakable>,
    _running: JoinSet<io::Result<()>>,
}

/// What is not as usual.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) tls: Option<rustls::ServerConfig>,
    pub(crate) public_url: Option<&'static str>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn Ids> = Arc::new(SystemIds::default());
        let store: Arc<dyn Store> =
            Arc::new(Redb::open(Options::in_memory(), Arc::clone(&clock)).expect("a store in memory opens"));
        let tokens = Tokens::new(Arc::clone(&store), Arc::clone(&clock));
        let registry = Arc::new(Registry::default());
        let [acme, other] = ["acme", "other"].map(|name| directory(name, &*ids, &*clock));
        let token = token_of(&tokens, &acme).await;
        let other_token = token_of(&tokens, &other).await;
        registry.replace(
            [acme, other]
                .map(|each| (each.config.name.clone(), Arc::new(each)))
                .into(),
        );
        let breakable = Arc::new(Breakable::default());
        let service = Service::new(Parts {
            store,
            clock: breakable.clone(),
            ids: Arc::clone(&ids),
            catalogue: Arc::new(Catalogue::builtin()),
            registry,
            deliveries: Arc::new(Nowhere),
            limits: setup.limits,
        });
        let parts = http::Parts {
            service,
            tokens,
            administration: None,
            clock,
            ids,
            public_url: setup.public_url.map(str::to_owned),
        };
        let listen = http::Listen {
            addr: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: setup.tls,
        };
        let (addr, server) = http::serve(parts, listen).expect("a free port");
        let mut running = JoinSet::new();
        running.spawn(server);
        Self {
            addr,
            token,
            other_token,
            clock: breakable,
            _running: running,
        }
    }

    /// Lets use cases panic when they ask for the time.
    pub(crate) fn break_clock(&self, broken: bool) {
        self.clock.0.store(broken, Ordering::SeqCst);
    }

    /// Sends a request, with Host and the token of `acme` unless it says otherwise.
    pub(crate) async fn call(&self, request: Request) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let request = if request.has("authorization") {
            request
        } else {
            request.header("authorization", bearer)
        };
        self.call_bare(request).await
    }

    /// Sends a request with Host and nothing else of its own.
    pub(crate) async fn call_bare(&self, request: Request) -> Answer {
        let request = if request.has("host") {
            request
        } else {
            request.header("host", self.addr.to_string())
        };
        request.send(self.addr).await
    }
}

fn directory(name: &str, ids: &dyn Ids, clock: &dyn Clock) -> Directory {
    Directory {
        id: DirectoryId(ids.next(clock.now())),
        config: config::Directory {
            name: name.to_owned(),
            dialect: Dialect::Auto,
            respond_within_ms: 0,
        },
        targets: Vec::new(),
    }
}

async fn token_of(tokens: &Tokens, directory: &Directory) -> String {
    let named = (directory.config.name.as_str(), directory.id);
    let issued = tokens.create(named, NewToken::default()).await;
    let secret = issued.expect("the store takes a token").secret;
    secret.expose_secret().to_owned()
}

/// A clock that panics when broken.
#[derive(Default)]
struct Breakable(AtomicBool);

impl Clock for Breakable {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::SeqCst), "the clock is broken");
        SystemClock.now()
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
