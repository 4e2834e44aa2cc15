//! GET of a resource (RFC 7644 section 3.4.1).
use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer;
use super::ask::{Addressed, Asked};
use crate::http::admit::Caller;
use crate::http::error::Error;

pub(super) async fn get(caller: Caller, addressed: Addressed, asked: Asked) -> Result<HttpResponse, Error> {
    let document = caller.service.get(&caller.context, addressed.at(), &asked.0).await?;
    Ok(answer::document(StatusCode::OK, document))
}
