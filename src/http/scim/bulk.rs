//! POST to `Bulk` (RFC 7644 section 3.7).
use actix_web::HttpResponse;

use super::answer;
use crate::http::admit::Caller;
use crate::http::body::Body;
use crate::http::error::Error;

pub(super) async fn bulk(caller: Caller, body: Body) -> Result<HttpResponse, Error> {
    let responses = caller.service.bulk(&caller.context, body.value).await?;
    Ok(answer::message(responses))
}
