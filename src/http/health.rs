//! For whoever runs the process: whether it is up, and whether it can serve.
use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, ServiceConfig};

use super::error::Error;
use super::media::JSON;
use super::methods::{only, read};
use super::server::State;

/// `/healthz` and `/readyz`, both without a token.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(only::<()>("/healthz").route(read().to(healthy)))
        .service(only::<()>("/readyz").route(read().to(ready)));
}

async fn healthy() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, JSON))
        .body(r#"{"status":"up"}"#)
}

async fn ready(state: web::Data<State>) -> Result<HttpResponse, Error> {
    state.service.ready().await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, JSON))
        .body(r#"{"status":"ready"}"#))
}
