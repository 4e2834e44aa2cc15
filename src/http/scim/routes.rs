//! Which method of which path is which operation (RFC 7644 section 3.2).
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use super::ask::Endpoint;
use super::{bulk, create, delete, discovery, get, list, me, patch, replace, search, version};
use crate::http::admit::{Caller, admit};
use crate::http::body::Size;
use crate::http::endpoints::{DIRECTORY_PATH, listed};
use crate::http::error::Error;
use crate::http::methods::{only, read};

/// All that is served of a directory. Nothing of it is reached without [`admit`].
pub(crate) fn routes(config: &mut ServiceConfig) {
    let directory = web::scope(DIRECTORY_PATH).wrap(from_fn(admit));
    config.service(
        directory
            .configure(messages)
            .configure(discovery)
            .configure(resources)
            .default_service(web::to(nowhere)),
    );
    config.service(web::resource(listed("/scim/{directory}/{rest:.*}").path).to(version::other));
}

/// Requests that concern no single type.
fn messages(config: &mut ServiceConfig) {
    config
        .service(only::<Caller>("").route(read().to(list::list_all)))
        .service(only::<Caller>("/.search").route(web::post().to(search::search_all)))
        .service(
            only::<Caller>("/Bulk")
                .route(web::post().to(bulk::bulk))
                .app_data(Size::Bulk),
        )
        .service(web::resource(listed("/Me").path).to(me::me));
}

fn discovery(config: &mut ServiceConfig) {
    config
        .service(only::<Caller>("/ServiceProviderConfig").route(read().to(discovery::service_provider_config)))
        .service(only::<Caller>("/ResourceTypes").route(read().to(discovery::resource_types)))
        .service(only::<Caller>("/ResourceTypes/{id}").route(read().to(discovery::resource_type)))
        .service(only::<Caller>("/Schemas").route(read().to(discovery::schemas)))
        .service(only::<Caller>("/Schemas/{id}").route(read().to(discovery::schema)));
}

/// What every resource type has.
fn resources(config: &mut ServiceConfig) {
    let all = only::<Endpoint>("/{endpoint}");
    let one = only::<Endpoint>("/{endpoint}/{id}");
    let search = only::<Endpoint>("/{endpoint}/.search");
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
