//! POST to a resource type's endpoint (RFC 7644 section 3.3).
use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer;
use super::ask::{Asked, Endpoint};
use crate::http::admit::Caller;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::service::New;

pub(super) async fn create(
    caller: Caller,
    endpoint: Endpoint,
    asked: Asked,
    body: Body,
) -> Result<HttpResponse, Error> {
    let new = New {
        resource_type: &endpoint.0,
        body: body.value,
        shape: asked.0.shape,
    };
    let document = caller.service.create(&caller.context, new).await?;
    Ok(answer::document(StatusCode::CREATED, document))
}
