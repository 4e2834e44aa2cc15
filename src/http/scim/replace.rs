//! PUT of a resource (RFC 7644 section 3.5.1).
use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer;
use super::ask::{Addressed, Asked};
use crate::http::admit::Caller;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::service::Change;

pub(super) async fn replace(
    caller: Caller,
    addressed: Addressed,
    asked: Asked,
    body: Body,
) -> Result<HttpResponse, Error> {
    let change = Change {
        body: body.value,
        options: asked.0,
    };
    let document = caller.service.replace(&caller.context, addressed.at(), change).await?;
    Ok(answer::document(StatusCode::OK, document))
}
