//! DELETE of a resource (RFC 7644 section 3.6).
use actix_web::HttpResponse;

use super::ask::{Addressed, Asked};
use crate::http::admit::Caller;
use crate::http::error::Error;

pub(super) async fn delete(caller: Caller, addressed: Addressed, asked: Asked) -> Result<HttpResponse, Error> {
    let preconditions = &asked.0.preconditions;
    caller
        .service
        .delete(&caller.context, addressed.at(), preconditions)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
