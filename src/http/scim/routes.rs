//! Which method of which path is which operation (RFC 7644 section 3.2).
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use super::ask::Endpoint;
use super::{create, delete, get, me, patch, replace};
use crate::http::admit::{Caller, admit};
use crate::http::error::Error;
use crate::http::methods::{only, read};

/// All that is served of a directory. Nothing of it is reached without [`admit`].
pub(crate) fn routes(config: &mut ServiceConfig) {
    let directory = web::scope("/scim/{directory}/v2").wrap(from_fn(admit));
    config.service(
        directory
            .configure(messages)
            .configure(resources)
            .default_service(web::to(nowhere)),
    );
}

/// What concerns no single type.
fn messages(config: &mut ServiceConfig) {
    config.service(web::resource("/Me").to(me::me));
}

/// What every resource type has.
fn resources(config: &mut ServiceConfig) {
    let all = only::<Endpoint>("/{endpoint}", "POST");
    let one = only::<Endpoint>("/{endpoint}/{id}", "GET, HEAD, PUT, PATCH, DELETE");
    config.service(all.route(web::post().to(create::create))).service(
        one.route(read().to(get::get))
            .route(web::put().to(replace::replace))
            .route(web::patch().to(patch::patch))
            .route(web::delete().to(delete::delete)),
    );
}

async fn nowhere(_: Caller) -> Result<(), Error> {
    Err(schemas::Error::not_found("there is no such endpoint").into())
}
