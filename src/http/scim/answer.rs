//! Answers other than errors.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, LOCATION};

use crate::http::media::SCIM_JSON;
use crate::service::Document;

/// A resource, with its URI and version in headers as well (RFC 7644 sections 3.3 and 3.14).
pub(super) fn document(status: StatusCode, document: Document) -> HttpResponse {
    let status = if document.body.is_some() {
        status
    } else {
        StatusCode::NO_CONTENT
    };
    let mut response = HttpResponse::build(status);
    response.insert_header((LOCATION, document.location));
    response.insert_header((ETAG, document.version));
    match document.body {
        Some(body) => response.insert_header((CONTENT_TYPE, SCIM_JSON)).body(body),
        None => response.finish(),
    }
}

/// A message such as a ListResponse.
pub(super) fn message(body: impl Into<Vec<u8>>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, SCIM_JSON))
        .body(body.into())
}
