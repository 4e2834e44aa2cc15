//! Endpoints and the methods that they have.
use actix_web::{FromRequest, HttpResponse, Resource, Route, guard, web};

use super::endpoints::listed;
use super::error::Error;

/// GET, and HEAD, from whose answer the server leaves out the body by itself.
pub(crate) fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// A listed endpoint, which has the methods listed and no others. Where `There` cannot be extracted, its error is the
/// answer to any method: what is not there has none.
pub(crate) fn only<There: FromRequest + 'static>(path: &str) -> Resource {
    let allow = listed(path).methods;
    let refuse = move |_: There| async move { Err::<HttpResponse, _>(Error::MethodNotAllowed { allow }) };
    web::resource(path).default_service(web::to(refuse))
}
