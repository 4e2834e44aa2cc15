//! POST to `.search` of an endpoint, or of the base URL for all types (RFC 7644 section 3.4.3).
use actix_web::HttpResponse;
use schemas::Query;

use super::answer;
use super::ask::Endpoint;
use crate::http::admit::Caller;
use crate::http::body::Body;
use crate::http::error::Error;

pub(super) async fn search(caller: Caller, endpoint: Endpoint, body: Body) -> Result<HttpResponse, Error> {
    let query = Query::from_search(&body.value)?;
    let list = caller.service.list(&caller.context, Some(&endpoint.0), query).await?;
    Ok(answer::message(list))
}

pub(super) async fn search_all(caller: Caller, body: Body) -> Result<HttpResponse, Error> {
    let query = Query::from_search(&body.value)?;
    let list = caller.service.list(&caller.context, None, query).await?;
    Ok(answer::message(list))
}
