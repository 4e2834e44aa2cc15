//! Paths without the version of the protocol, or with another one (RFC 7644 section 3.13). What they say is the same
//! for every directory, so that no token is needed.
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::http::error::Error;
use crate::http::server::State;

/// Without a version the newest is meant, which is the only one; another one is refused.
pub(super) async fn other(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Error> {
    // As it was sent: what is decoded may not stand in a header.
    let sent = request.uri().path_and_query().map_or("", |sent| sent.as_str());
    let (directory, rest) = split(sent).ok_or_else(|| schemas::Error::not_found("there is no such endpoint"))?;
    if is_version(rest) {
        return Err(schemas::Error::invalid_version("this version of the protocol is not served; v2 is").into());
    }
    let newest = format!("{}/scim/{directory}/v2/{rest}", state.public_url());
    Ok(HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, newest))
        .finish())
}

/// The directory, and what follows it.
fn split(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/scim/")?.split_once('/')
}

fn is_version(rest: &str) -> bool {
    let first = rest.split(['/', '?']).next().unwrap_or_default();
    let number = first.strip_prefix(['v', 'V']).unwrap_or_default();
    number.starts_with(|digit: char| digit.is_ascii_digit())
}
