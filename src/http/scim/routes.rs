//! Which method of which path is which operation (RFC 7644 section 3.2).
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemas::ScimType;

use super::ask::Endpoint;
use super::{bulk, create, delete, discovery, get, list, me, patch, replace, search};
use crate::http::admit::{Caller, admit};
use crate::http::body::Size;
use crate::http::error::Error;
use crate::http::methods::{READ, only, read};

/// All that is served of a directory. Nothing of it is reached without [`admit`].
pub(crate) fn routes(config: &mut ServiceConfig) {
    let directory = web::scope("/scim/{directory}/v2").wrap(from_fn(admit));
    config.service(
        directory
            .configure(messages)
            .configure(discovery)
            .configure(resources)
            .default_service(web::to(nowhere)),
    );
    config.service(web::resource("/scim/{directory}/{rest:.*}").to(newest));
}

/// A path without a version means the newest, which is the only one (RFC 7644 section 3.13).
async fn newest(request: HttpRequest) -> Result<HttpResponse, Error> {
    let (directory, rest) = (
        request.match_info().query("directory"),
        request.match_info().query("rest"),
    );
    let first = rest.split('/').next().unwrap_or_default();
    if first
        .strip_prefix('v')
        .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    {
        let detail = "this version of the protocol is not served: use v2";
        return Err(schemas::Error::new(400, Some(ScimType::InvalidVers), detail).into());
    }
    let query = request
        .uri()
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let location = format!("/scim/{directory}/v2/{rest}{query}");
    Ok(HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, location))
        .finish())
}

/// Requests that concern no single type.
fn messages(config: &mut ServiceConfig) {
    config
        .service(only::<Caller>("", READ).route(read().to(list::list_all)))
        .service(only::<Caller>("/.search", "POST").route(web::post().to(search::search_all)))
        .service(
            only::<Caller>("/Bulk", "POST")
                .route(web::post().to(bulk::bulk))
                .app_data(Size::Bulk),
        )
        .service(web::resource("/Me").to(me::me));
}

fn discovery(config: &mut ServiceConfig) {
    config
        .service(only::<Caller>("/ServiceProviderConfig", READ).route(read().to(discovery::service_provider_config)))
        .service(only::<Caller>("/ResourceTypes", READ).route(read().to(discovery::resource_types)))
        .service(only::<Caller>("/ResourceTypes/{id}", READ).route(read().to(discovery::resource_type)))
        .service(only::<Caller>("/Schemas", READ).route(read().to(discovery::schemas)))
        .service(only::<Caller>("/Schemas/{id}", READ).route(read().to(discovery::schema)));
}

/// What every resource type has.
fn resources(config: &mut ServiceConfig) {
    let all = only::<Endpoint>("/{endpoint}", "GET, HEAD, POST");
    let one = only::<Endpoint>("/{endpoint}/{id}", "GET, HEAD, PUT, PATCH, DELETE");
    let search = only::<Endpoint>("/{endpoint}/.search", "POST");
    config
        .service(all.route(read().to(list::list)).route(web::post().to(create::create)))
        .service(search.route(web::post().to(search::search)))
        .service(
            one.route(read().to(get::get))
                .route(web::put().to(replace::replace))
                .route(web::patch().to(patch::patch))
                .route(web::delete().to(delete::delete)),
        );
}

async fn nowhere(_: Caller) -> Result<(), Error> {
    Err(schemas::Error::not_found("there is no such endpoint").into())
}
