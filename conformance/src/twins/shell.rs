//! The thin HTTP shell around a rig.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::{Extensions, ServerHandle};
use actix_web::http::{StatusCode, header::CONTENT_LENGTH};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::journal::Journal;
use super::rig::{CONTROL, FAULTS};
use super::{Answer, Outcome, Request, Rig, Twin};

/// Largest body of a request. A seed may hold a hundred thousand users; a vendor's API takes far less.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How long a connection may idle: longer than any pool of a client keeps it, so that no request meets a connection
/// that is just being closed. Such accidents are scripted here.
const KEEP_ALIVE: Duration = Duration::from_secs(600);

/// How long a request without an answer keeps its connection, should the client never give up.
const SILENCE_MAX: Duration = Duration::from_secs(600);

/// How a twin is served.
pub struct Options {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The credential that the vendor's API asks for.
    pub token: String,
    /// The folder that keeps the twin's state; none: it is gone with the shell.
    pub data: Option<PathBuf>,
}

/// A twin that is being served.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    handle: ServerHandle,
    task: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// What a client has as the vendor's base URL.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Drops every connection and stops listening.
    pub async fn stop(self) {
        self.handle.stop(false).await;
        // A server that failed meanwhile is stopped as well.
        self.task.await.ok();
    }
}

/// Serves a twin until it is stopped. `/__twin/*` answers to loopback alone and asks for no token.
///
/// # Errors
/// The address cannot be had, or the data folder does not hold the state of such a twin.
pub async fn start(mut twin: Box<dyn Twin>, options: Options) -> anyhow::Result<Running> {
    twin.set_token(&options.token);
    let journal = match options.data {
        Some(folder) => Some(Journal::open(&folder, twin.as_mut())?),
        None => None,
    };
    let stage = web::Data::new(Mutex::new(Stage {
        rig: Rig::new(twin),
        journal,
        releases: watch::Sender::new(0),
    }));
    let listener = TcpListener::bind(options.listen)?;
    let addr = listener.local_addr()?;
    let app = move || App::new().app_data(stage.clone()).default_service(web::to(serve));
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .keep_alive(KEEP_ALIVE)
        .h1_allow_half_closed(false)
        .on_connect(keep_connection)
        .listen(listener)?
        .run();
    Ok(Running {
        addr,
        handle: server.handle(),
        task: tokio::spawn(server),
    })
}

struct Stage {
    rig: Rig,
    journal: Option<Journal>,
    /// How often the faults were cleared.
    releases: watch::Sender<u64>,
}

impl Stage {
    /// Only what is written down is answered.
    fn take(&mut self, request: &Request) -> anyhow::Result<Outcome> {
        let now = Timestamp::now();
        let outcome = match request.path.starts_with(CONTROL) {
            true => Outcome::Answer(self.rig.control(now, request)),
            false => self.rig.serve(now, request),
        };
        if let Some(journal) = &mut self.journal {
            journal.append(self.rig.twin())?;
        }
        if (request.method.as_str(), request.path.as_str()) == ("DELETE", FAULTS) {
            self.releases.send_modify(|count| *count += 1);
        }
        Ok(outcome)
    }
}

async fn serve(stage: web::Data<Mutex<Stage>>, http: HttpRequest, payload: web::Payload) -> HttpResponse {
    let local = http.peer_addr().is_some_and(|peer| peer.ip().is_loopback());
    if http.path().starts_with(CONTROL) && !local {
        return HttpResponse::Forbidden().finish();
    }
    let Ok(Ok(body)) = payload.to_bytes_limited(BODY_BYTES_MAX).await else {
        return HttpResponse::PayloadTooLarge().finish();
    };
    let request = request(&http, body.to_vec());
    let (outcome, released) = {
        let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
        (stage.take(&request), stage.releases.subscribe())
    };
    match outcome {
        Ok(Outcome::Answer(answer)) => response(answer),
        Ok(Outcome::Late(delay, answer)) => {
            tokio::time::sleep(delay).await;
            response(answer)
        }
        Ok(Outcome::Held(answer)) => {
            hold(released).await;
            response(answer)
        }
        Ok(Outcome::Silence) => {
            tokio::time::sleep(SILENCE_MAX).await;
            close(&http)
        }
        Ok(Outcome::Close) => close(&http),
        Err(error) => HttpResponse::InternalServerError().body(format!("the twin cannot keep its state: {error:#}")),
    }
}

/// Until the faults are cleared, or as long as a request without an answer keeps its connection.
async fn hold(mut released: watch::Receiver<u64>) {
    tokio::time::timeout(SILENCE_MAX, released.changed()).await.ok();
}

fn request(http: &HttpRequest, body: Vec<u8>) -> Request {
    let header = |(name, value): (
        &actix_web::http::header::HeaderName,
        &actix_web::http::header::HeaderValue,
    )| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    };
    Request {
        method: http.method().to_string(),
        path: http.uri().path().to_owned(),
        query: form_urlencoded::parse(http.query_string().as_bytes())
            .into_owned()
            .collect(),
        headers: http.headers().iter().map(header).collect(),
        body,
    }
}

fn response(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).expect("twins answer with statuses of HTTP");
    let mut response = HttpResponse::build(status);
    for (name, value) in answer.headers {
        response.append_header((name, value));
    }
    match answer.body.is_empty() {
        true if status == StatusCode::NO_CONTENT => response.finish(),
        true => response.insert_header((CONTENT_LENGTH, 0)).finish(),
        false => response.body(answer.body),
    }
}

/// Keeps a second handle on the connection, by which a fault can drop it: actix-web answers every request it takes.
fn keep_connection(connection: &dyn std::any::Any, extensions: &mut Extensions) {
    let stream = connection.downcast_ref::<tokio::net::TcpStream>();
    let handle = stream.and_then(|stream| std::os::fd::AsFd::as_fd(stream).try_clone_to_owned().ok());
    if let Some(handle) = handle {
        extensions.insert(Arc::new(TcpStream::from(handle)));
    }
}

/// Drops the connection; the response that is returned goes nowhere.
fn close(http: &HttpRequest) -> HttpResponse {
    if let Some(connection) = http.conn_data::<Arc<TcpStream>>() {
        // The client may have gone first.
        connection.shutdown(Shutdown::Both).ok();
    }
    HttpResponse::InternalServerError().finish()
}

#[cfg(test)]
mod tests;
