//! GET of a resource type's endpoint, or of the base URL for all types (RFC 7644 sections 3.4.2 and 3.4.2.1).
use actix_web::HttpResponse;

use super::answer;
use super::ask::{Endpoint, Searched};
use crate::http::admit::Caller;
use crate::http::error::Error;

pub(super) async fn list(caller: Caller, endpoint: Endpoint, searched: Searched) -> Result<HttpResponse, Error> {
    let list = caller
        .service
        .list(&caller.context, Some(&endpoint.0), searched.0)
        .await?;
    Ok(answer::message(list))
}

pub(super) async fn list_all(caller: Caller, searched: Searched) -> Result<HttpResponse, Error> {
    let list = caller.service.list(&caller.context, None, searched.0).await?;
    Ok(answer::message(list))
}
