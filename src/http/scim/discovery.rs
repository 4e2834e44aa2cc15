//! What is served and how (RFC 7644 section 4).
use actix_web::{HttpRequest, HttpResponse, web};

use super::answer;
use super::ask::{ID, is_filtered};
use crate::http::admit::Caller;
use crate::http::error::Error;
use crate::http::server::State;

pub(super) async fn service_provider_config(
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let base_url = state.base_url(&request)?;
    let config = state
        .service
        .service_provider_config(&base_url, is_filtered(&request))?;
    Ok(answer::message(config.to_string()))
}

pub(super) async fn resource_types(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let types = caller.service.resource_types(&caller.context, is_filtered(&request))?;
    Ok(answer::message(types.to_string()))
}

pub(super) async fn resource_type(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let kind = caller
        .service
        .resource_type(&caller.context, request.match_info().query(ID))?;
    Ok(answer::message(kind.to_string()))
}

pub(super) async fn schemas(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let schemas = caller.service.schemas(&caller.context, is_filtered(&request))?;
    Ok(answer::message(schemas.to_string()))
}

pub(super) async fn schema(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let schema = caller.service.schema(&caller.context, request.match_info().query(ID))?;
    Ok(answer::message(schema.to_string()))
}
