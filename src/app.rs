//! What concrete parts a process is made of, in what order they start, and in what order they stop.
//!
//! The only place that names concrete backends. Everything that runs is on one [`JoinSet`].
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use adapters::client::Gate;
use adapters::descriptor::{Descriptor, Misfit};
use adapters::{Adapter, ErrorKind, Retry};
use schemas::Catalogue;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::auth::Sealer;
use crate::authorize::{self, Consents, Doors, Renewals};
use crate::cli::control;
use crate::clock::{Clock, Ids, SystemClock, SystemIds};
use crate::config;
use crate::delivery::{self, Connect, Engine};
use crate::http;
use crate::service::administration::{self, Administration};
use crate::service::{self, Limits, Registry, Service, Target};
use crate::store::{self, OpenError, Redb, Store};
use crate::telemetry::Webhook;

/// What a gateway is to be.
pub struct Setup {
    /// Where the store is.
    pub store: store::Options,
    /// Seals vendors' credentials; none if no key is configured.
    pub sealer: Option<Sealer>,
    /// The URL under which clients see the gateway; else the Host of each request.
    pub public_url: Option<String>,
    /// What is served.
    pub catalogue: Catalogue,
    /// Limits of requests and answers.
    pub limits: Limits,
    /// Limits of delivery.
    pub delivery: delivery::Settings,
    /// Where alarms go.
    pub webhook: Option<Webhook>,
}

/// Why a gateway does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store cannot be opened.
    #[error("the store cannot be used")]
    Store(#[from] OpenError),
    /// What is declared in the store cannot be used.
    #[error("the declared directories and targets cannot be used")]
    Declared(#[from] administration::Error),
    /// What is declared in the store is not understood.
    #[error(
        "what is declared is not understood: `usherd export` shows it, and `usherd apply` replaces it while no server \
         runs"
    )]
    NotUnderstood(#[source] administration::Error),
    /// The socket for commands cannot be had.
    #[error("the socket for commands cannot be opened")]
    Socket(#[source] io::Error),
    /// The address cannot be had.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
    /// A part ended while the others ran.
    #[error("a part of the gateway ended by itself")]
    Broken(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}

/// A gateway over an open store. It serves and sends nothing before it is started.
pub struct App {
    opened: Arc<Redb>,
    administration: Administration,
    service: Service,
    engine: Arc<Engine>,
    doors: Doors,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    public_url: Option<String>,
    webhook: Option<Webhook>,
}

/// A gateway that serves and sends.
pub struct Running {
    addr: SocketAddr,
    administration: Administration,
    server: ServerHandle,
    stop: watch::Sender<bool>,
    tasks: JoinSet<io::Result<()>>,
    store: Arc<Redb>,
}

/// A gateway that sends, and serves nothing.
pub struct Sending {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl App {
    /// Opens the store and reads what is declared.
    ///
    /// # Errors
    /// The store cannot be opened, or what is declared cannot be used.
    pub async fn open(setup: Setup) -> Result<Self, Error> {
        let (app, declared) = Self::open_as_it_is(setup).await?;
        match declared {
            Err(error @ administration::Error::Misfit { .. }) => Err(Error::NotUnderstood(error)),
            declared => Ok(declared.map(|()| app)?),
        }
    }

    /// The same for who may put right what is declared: with whether it can be used.
    ///
    /// # Errors
    /// The store cannot be opened.
    pub async fn open_as_it_is(setup: Setup) -> Result<(Self, Result<(), administration::Error>), Error> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn Ids> = Arc::new(SystemIds::default());
        let opening = Arc::clone(&clock);
        let scratch = setup.store.folder().map_or_else(std::env::temp_dir, Path::to_owned);
        let opened = tokio::task::spawn_blocking(move || Redb::open(setup.store, opening)).await;
        let store = opened.map_err(|error| Error::Broken(Some(error.into())))??;
        let opened = Arc::new(store);
        let store: Arc<dyn Store> = opened.clone();
        let registry = Arc::new(Registry::default());
        let catalogue = Arc::new(setup.catalogue);
        let sealer = setup.sealer.map(Arc::new);
        let doors = Doors {
            renewals: Renewals::default(),
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            sealer: sealer.clone(),
        };
        let engine = Arc::new(Engine::new(delivery::Parts {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            registry: Arc::clone(&registry),
            connect: Arc::new(Adapters(doors.clone())),
            ids: Arc::clone(&ids),
            settings: setup.delivery,
        }));
        let administration = Administration::new(administration::Parts {
            store: Arc::clone(&store),
            keeper: opened.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            catalogue: Arc::clone(&catalogue),
            registry: Arc::clone(&registry),
            deliveries: engine.clone(),
            sealer,
            scratch,
            consents: Consents::new(doors.clone(), Arc::clone(&registry), setup.public_url.clone()),
            document_bytes: setup.limits.document_bytes,
            describe,
        });
        let declared = administration.load().await;
        let service = Service::new(service::Parts {
            store,
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            catalogue,
            registry: Arc::clone(&registry),
            deliveries: engine.clone(),
            limits: setup.limits,
        });
        let app = Self {
            opened,
            administration,
            service,
            engine,
            doors,
            registry,
            clock,
            ids,
            public_url: setup.public_url,
            webhook: setup.webhook,
        };
        Ok((app, declared))
    }

    /// What an administrator does, served or not.
    pub fn administration(&self) -> &Administration {
        &self.administration
    }

    /// Serves requests, sends to targets, and takes commands over a socket in a file, if one is named.
    ///
    /// # Errors
    /// The key does not open the credentials of targets, or the address or the socket cannot be had.
    pub async fn start(self, listen: http::Listen, socket: Option<PathBuf>) -> Result<Running, Error> {
        self.administration.check_credentials().await?;
        let commands = socket.as_deref().map(control::listen).transpose();
        let commands = commands.map_err(Error::Socket)?;
        let asked = listen.addr;
        let (clock, ids) = (Arc::clone(&self.clock), Arc::clone(&self.ids));
        let parts = http::Parts {
            service: self.service,
            tokens: self.administration.tokens().clone(),
            administration: Some(self.administration.clone()),
            clock: self.clock,
            ids: self.ids,
            public_url: self.public_url,
        };
        let (addr, server) = http::serve(parts, listen).map_err(|error| Error::Listen(asked, error))?;
        let (stop, stopped) = watch::channel(false);
        let mut running = Running {
            addr,
            administration: self.administration,
            server: server.handle(),
            stop,
            tasks: JoinSet::new(),
            store: Arc::clone(&self.opened),
        };
        running.tasks.spawn(server);
        let engine = self.engine.run(stopped.clone());
        let renewals = self.doors.renewals.clone();
        running.tasks.spawn(async move {
            engine.await;
            renewals.ended().await;
            Ok(())
        });
        let authorizations = authorize::watch(self.doors, self.registry, stopped.clone());
        running.tasks.spawn(async {
            authorizations.await;
            Ok(())
        });
        if let Some(webhook) = self.webhook {
            let mut stopped = stopped.clone();
            running.tasks.spawn(async move {
                webhook.run(&*clock, &*ids, stopped.clone()).await;
                // A part that ends before the others is a broken one.
                let _ = stopped.wait_for(|stopped| *stopped).await;
                Ok(())
            });
        }
        if self.opened.after_unclean_stop() {
            running.tasks.spawn(verify(self.opened, stopped.clone()));
        }
        if let Some(commands) = commands {
            let served = control::serve(commands, running.administration.clone(), stopped);
            running.tasks.spawn(async {
                served.await;
                Ok(())
            });
        }
        Ok(running)
    }
}

impl App {
    /// Sends to targets and serves nothing, for a command that needs a vendor.
    ///
    /// # Errors
    /// The key does not open the credentials of targets.
    pub async fn send(self) -> Result<Sending, Error> {
        self.administration.check_credentials().await?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let renewals = self.doors.renewals;
        tasks.spawn(async move {
            self.engine.run(stopped).await;
            renewals.ended().await;
        });
        Ok(Sending { stop, tasks })
    }
}

impl Sending {
    /// Ends the calls to vendors and gives the leases back.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Running {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What an administrator does.
    pub fn administration(&self) -> &Administration {
        &self.administration
    }

    /// Waits for a part to end by itself, which none should.
    pub async fn broken(&mut self) -> Error {
        Error::Broken(match self.tasks.join_next().await {
            Some(Ok(Err(error))) => Some(error.into()),
            // What a panic says may name people.
            Some(Err(error)) => Some(
                io::Error::other(if error.is_panic() {
                    "it panicked"
                } else {
                    "it was cut off"
                })
                .into(),
            ),
            Some(Ok(Ok(()))) | None => None,
        })
    }

    /// Takes no more requests, ends those under way and the calls to vendors, gives the leases back and closes the
    /// store.
    pub async fn stop(mut self) {
        self.server.stop(true).await;
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(
                    panicked = error.is_panic(),
                    "a part of the gateway broke while it stopped"
                );
            }
        }
        // Workers of the server may have it for a moment longer than this process lives.
        self.store.close().await;
    }
}

/// Checks the store beside everything else, since whoever had it before did not close it. What is damaged is refused
/// whenever it is met.
async fn verify(store: Arc<Redb>, mut stopped: watch::Receiver<bool>) -> io::Result<()> {
    tokio::select! {
        _ = stopped.changed() => return Ok(()),
        () = store.verify_and_tell() => {}
    }
    // A part that ends before the others is a broken one.
    let _ = stopped.changed().await;
    Ok(())
}

/// The vendor of a declared target, in the target's own dialect if it has one.
fn describe(target: &config::Target) -> Result<&'static Descriptor, Vec<Misfit>> {
    adapters::spoken(&target.vendor, target.dialect.as_ref()).map(|spoken| spoken.descriptor)
}

/// Makes adapters.
struct Adapters(Doors);

impl Connect for Adapters {
    fn connect(&self, target: &Target, gate: Arc<dyn Gate>) -> Result<Box<dyn Adapter>, adapters::Error> {
        let unusable = |reason: &str| adapters::Error::new(ErrorKind::Unauthorized, Retry::Backoff, reason);
        let spoken = adapters::spoken(&target.config.vendor, target.config.dialect.as_ref());
        let spoken = spoken.map_err(|_| unusable("the vendor is not known, or not in this dialect"))?;
        let connection = self.0.connection(target, gate);
        let connection = connection.map_err(|closed| unusable(&closed.to_string()))?;
        spoken.connect(target.config.settings.clone(), connection)
    }
}
