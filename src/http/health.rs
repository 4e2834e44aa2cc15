//! For whoever runs the process: whether it is up.
use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::ServiceConfig;

use super::media::JSON;
use super::methods::{READ, only, read};

/// `/healthz`, without a token.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(only::<()>("/healthz", READ).route(read().to(healthy)));
}

async fn healthy() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, JSON))
        .body(r#"{"status":"up"}"#)
}
