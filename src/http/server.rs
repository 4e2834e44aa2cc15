//! The server: sockets, workers, timeouts, and what surrounds every request.
use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_web::dev::{Server, ServiceRequest};
use actix_web::middleware::{NormalizePath, from_fn};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use uuid::Uuid;

use super::admit::DIRECTORY;
use super::base_url::Origin;
use super::encoding::compress;
use super::error::Error;
use super::observe::observe;
use super::{health, provision, scim};
use crate::auth::Tokens;
use crate::clock::{Clock, Ids};
use crate::service::administration::Administration;
use crate::service::{Room, Service};

/// Fewer would let one long parse keep every client waiting.
const WORKERS_MIN: usize = 2;

/// How long a connection may rest between requests: longer than load balancers let theirs rest (60 s is usual), so that
/// none sends a request into a connection that is just being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long the headers of a request may be on their way.
const HEADERS_ARRIVAL_MAX: Duration = Duration::from_secs(10);

/// How long a client that is to be disconnected may take to notice.
const DISCONNECT_MAX: Duration = Duration::from_secs(2);

/// How long a TLS handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(5);

/// How long requests may go on after a stop. Above the usual longest wait for targets (8 s), below the time after which
/// process managers kill (30 s is usual).
const SHUTDOWN_MAX_SECONDS: u64 = 15;

/// What the server needs.
pub struct Parts {
    /// The use cases.
    pub service: Service,
    /// Who may make requests.
    pub tokens: Tokens,
    /// Takes the consents of vendors; without it there are none.
    pub administration: Option<Administration>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids of requests.
    pub ids: Arc<dyn Ids>,
    /// The URL under which clients see the server, such as `https://scim.example.com`; else the Host of each request.
    pub public_url: Option<String>,
}

/// Where and how the server listens.
pub struct Listen {
    /// The address; port 0 is any free one.
    pub addr: SocketAddr,
    /// Certificate and key; plain HTTP without.
    pub tls: Option<rustls::ServerConfig>,
}

/// Binds the address. The server takes requests once it is polled; it stops through its handle, finishing what it
/// began.
///
/// # Errors
/// The address cannot be bound.
pub fn serve(parts: Parts, listen: Listen) -> std::io::Result<(SocketAddr, Server)> {
    let state = web::Data::new(State::new(parts, &listen));
    let app = move || {
        App::new()
            .app_data(state.clone())
            .wrap(from_fn(compress))
            .wrap(NormalizePath::trim())
            .wrap(from_fn(observe))
            .configure(health::routes)
            .configure(provision::routes)
            .configure(scim::routes)
            .default_service(web::to(nowhere))
    };
    let server = HttpServer::new(app)
        .workers(
            available_parallelism()
                .map_or(WORKERS_MIN, NonZero::get)
                .max(WORKERS_MIN),
        )
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEADERS_ARRIVAL_MAX)
        .client_disconnect_timeout(DISCONNECT_MAX)
        .tls_handshake_timeout(HANDSHAKE_MAX)
        .shutdown_timeout(SHUTDOWN_MAX_SECONDS)
        .disable_signals();
    let server = match listen.tls {
        Some(tls) => server.bind_rustls_0_23(listen.addr, tls)?,
        None => server.bind(listen.addr)?,
    };
    let addr = server.addrs().first().copied().unwrap_or(listen.addr);
    Ok((addr, server.run()))
}

async fn nowhere() -> Result<HttpResponse, Error> {
    Err(schemas::Error::not_found("there is nothing here").into())
}

/// What every worker has.
pub(crate) struct State {
    pub(crate) service: Service,
    pub(crate) tokens: Tokens,
    pub(super) administration: Option<Administration>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    origin: Origin,
    /// Bytes of large bodies.
    pub(crate) bodies: Room,
    /// Requests under way.
    pub(crate) requests: Room,
}

impl State {
    fn new(parts: Parts, listen: &Listen) -> Self {
        let scheme = if listen.tls.is_some() { "https" } else { "http" };
        let limits = *parts.service.limits();
        let largest = limits.body_bytes.max(limits.bulk_payload_bytes);
        Self {
            bodies: Room::new(limits.bodies_bytes, largest.max(limits.bodies_bytes / 2)),
            requests: Room::new(usize::MAX, limits.requests_max),
            service: parts.service,
            tokens: parts.tokens,
            administration: parts.administration,
            clock: parts.clock,
            ids: parts.ids,
            origin: Origin {
                public_url: parts.public_url,
                scheme,
            },
        }
    }

    /// Of the server that got the request.
    pub(crate) fn of(request: &ServiceRequest) -> Result<&Self, Error> {
        let state = request.app_data::<web::Data<State>>();
        state.map(|state| state.get_ref()).ok_or(Error::Unexpected)
    }

    /// An id for a request.
    pub(crate) fn new_id(&self) -> Uuid {
        self.ids.next(self.clock.now())
    }

    /// The public URL without a slash at the end; empty if none is configured.
    pub(crate) fn public_url(&self) -> &str {
        let url = self.origin.public_url.as_deref().unwrap_or_default();
        url.trim_end_matches('/')
    }

    /// The base URL of the directory in the request's path.
    pub(crate) fn base_url(&self, request: &HttpRequest) -> Result<String, Error> {
        let directory = request.match_info().query(DIRECTORY);
        Ok(self.origin.base_url(request.uri(), request.headers(), directory)?)
    }
}
