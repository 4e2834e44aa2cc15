//! What the path, the query and the headers of a request ask for.
use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use schemas::Query;
use schemas::ResourceType;

use crate::http::admit::Caller;
use crate::http::error::Error;
use crate::service::{At, Options, Preconditions, Shape};

/// Parameters of the paths in `routes`.
pub(super) const ENDPOINT: &str = "endpoint";
pub(super) const ID: &str = "id";

/// A resource type's endpoint (RFC 7644 section 3.2); upper and lower case are one, as some clients need it.
#[derive(Debug)]
pub(super) struct Endpoint(pub(super) Arc<ResourceType>);

impl Endpoint {
    fn of(request: &HttpRequest) -> Result<Self, Error> {
        let extensions = request.extensions();
        let catalogue = Caller::of(&extensions)?.service.catalogue();
        let known = catalogue.by_endpoint(request.match_info().query(ENDPOINT));
        let known = known.ok_or_else(|| schemas::Error::not_found("there is no such endpoint"))?;
        Ok(Self(Arc::clone(known)))
    }
}

impl FromRequest for Endpoint {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// One resource of an endpoint.
#[derive(Debug)]
pub(super) struct Addressed {
    endpoint: Endpoint,
    id: String,
}

impl Addressed {
    /// In the words of the service.
    pub(super) fn at(&self) -> At<'_> {
        At {
            resource_type: &self.endpoint.0,
            id: &self.id,
        }
    }
}

impl FromRequest for Addressed {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().query(ID).to_owned();
        ready(Endpoint::of(request).map(|endpoint| Self { endpoint, id }))
    }
}

/// Which attributes are asked for, and on what conditions. Other parameters of the query are ignored, as RFC 7644
/// section 3.4.2 asks.
#[derive(Debug)]
pub(super) struct Asked(pub(super) Options);

impl FromRequest for Asked {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(shape(request.query_string()).map(|shape| {
            let preconditions = Preconditions {
                if_match: list(request.headers(), &IF_MATCH),
                if_none_match: list(request.headers(), &IF_NONE_MATCH),
            };
            Self(Options { shape, preconditions })
        }))
    }
}

/// A search in the form of a query (RFC 7644 section 3.4.2).
#[derive(Debug)]
pub(super) struct Searched(pub(super) Query);

impl FromRequest for Searched {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = Query::from_pairs(pairs(request.query_string()));
        ready(query.map(Self).map_err(Error::from))
    }
}

/// Whether the query has a filter, which discovery does not take.
pub(super) fn is_filtered(request: &HttpRequest) -> bool {
    pairs(request.query_string()).any(|(name, _)| name.eq_ignore_ascii_case("filter"))
}

fn shape(query: &str) -> Result<Shape, Error> {
    let names = ["attributes", "excludedAttributes"];
    let asked = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let query = Query::from_pairs(pairs(query).filter(|(name, _)| asked(name)))?;
    Ok(Shape {
        attributes: query.attributes,
        excluded_attributes: query.excluded_attributes,
    })
}

/// The parameters in any of the forms that clients write them: `+` or `%20` for a blank, `&` and `?` with nothing
/// behind.
fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned()
}

/// A header that may come in several lines, as one (RFC 9110 section 5.3). What is not text is kept as a tag that is
/// none.
fn list(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<&str> = headers
        .get_all(name)
        .map(|value| value.to_str().unwrap_or("?"))
        .collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}
