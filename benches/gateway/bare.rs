//! The first baseline: an actix-web handler that takes any request in full and answers what it is told.
use std::net::{Ipv4Addr, SocketAddr};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use tokio::task::JoinSet;

use crate::operations::Canned;

/// A running server; it stops when dropped.
pub(crate) struct Bare {
    pub(crate) addr: SocketAddr,
    _running: JoinSet<std::io::Result<()>>,
}

struct Answer {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Bare {
    /// A server that answers this to any request, with as many workers as the gateway has.
    pub(crate) fn answering(canned: Canned) -> anyhow::Result<Self> {
        let answer = web::Data::new(Answer {
            status: StatusCode::from_u16(canned.status)?,
            headers: canned.headers,
            body: canned.body.into(),
        });
        let app = move || App::new().app_data(answer.clone()).default_service(web::to(handle));
        let workers = std::thread::available_parallelism()?.get().max(2);
        let server = HttpServer::new(app)
            .workers(workers)
            .disable_signals()
            .bind((Ipv4Addr::LOCALHOST, 0))?;
        let addr = *server
            .addrs()
            .first()
            .ok_or_else(|| anyhow::anyhow!("the server is bound"))?;
        let mut running = JoinSet::new();
        running.spawn(server.run());
        Ok(Self {
            addr,
            _running: running,
        })
    }
}

async fn handle(answer: web::Data<Answer>, _: Bytes) -> HttpResponse {
    let mut response = HttpResponse::build(answer.status);
    for (name, value) in &answer.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    response.body(answer.body.clone())
}
