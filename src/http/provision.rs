//! Where vendors send people back after their consent (RFC 6749 section 4.1.2).
//!
//! No token guards it: the `state` does, which only this gateway gave out, to an administrator, for one use.
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, REFERRER_POLICY};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::methods::{only, read};
use super::server::State;
use crate::authorize::{CALLBACK, Callback};
use crate::service::administration::Error;

/// The callback of consents.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(only::<()>(CALLBACK).route(read().to(callback)));
}

async fn callback(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let Some(administration) = &state.administration else {
        return page(StatusCode::NOT_FOUND, "This server takes no consents.");
    };
    match administration.authorized(parsed(request.query_string())).await {
        Ok(target) => page(
            StatusCode::OK,
            &format!("The target {target} is authorized. You can close this page."),
        ),
        Err(Error::Consent(error)) => page(StatusCode::BAD_REQUEST, &error.to_string()),
        Err(error) => {
            tracing::error!(%error, "a consent could not be kept");
            page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The consent could not be kept; begin anew.",
            )
        }
    }
}

fn parsed(query: &str) -> Callback {
    let mut callback = Callback::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = value.into_owned();
        match &*name {
            "state" => callback.state = Some(value),
            "code" => callback.code = Some(value.into()),
            "error" => callback.error = Some(value),
            "iss" => callback.issuer = Some(value),
            _ => {}
        }
    }
    callback
}

/// A page of one sentence. The URL that led here holds a code: it is neither kept nor told to anybody.
fn page(status: StatusCode, sentence: &str) -> HttpResponse {
    let escaped = sentence.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((
            "content-security-policy",
            HeaderValue::from_static("default-src 'none'"),
        ))
        .body(format!("<!doctype html><title>Usherd</title><p>{escaped}</p>"))
}
