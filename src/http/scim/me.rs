//! `Me` (RFC 7644 section 3.11): the tokens of a directory belong to its identity provider, and name no person.
use actix_web::HttpResponse;

use crate::http::admit::Caller;
use crate::http::error::Error;

pub(super) async fn me(_: Caller) -> Result<HttpResponse, Error> {
    Err(schemas::Error::new(501, None, "the token of this request names no person").into())
}
