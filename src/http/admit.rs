//! Who makes a request, and to which directory: settled before anything else of the request is looked at.
use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::{Extensions, Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, USER_AGENT};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError};

use schemas::dialect::Hints;

use super::error::Error;
use super::media;
use super::server::State;
use crate::auth::Principal;
use crate::service::{Context, Service, Taken};

/// The parameter of the path that names the directory.
pub(crate) const DIRECTORY: &str = "directory";

/// The endpoint that a client may read to learn how to authenticate (RFC 7643 section 5).
const OPEN_ENDPOINT: &str = "/ServiceProviderConfig";

/// Query strings up to this length are looked at: the longest filter with each of its bytes percent-encoded is 24 KiB.
const QUERY_BYTES_MAX: usize = 32 * 1024;

/// Who makes an admitted request, to which directory. There is no way to the service but through it.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    pub(crate) context: Context,
    pub(crate) service: Service,
}

/// Lets a request through whose token opens the directory in its path. Around all that is served of a directory.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let checked = async {
        let turn = if is_open(&request) {
            None
        } else {
            let caller = caller(&request).await?;
            let turn = turn(&request, &caller)?;
            request.extensions_mut().insert(caller);
            Some(turn)
        };
        check_query(request.query_string())?;
        Ok((media::answer_type(request.headers())?, turn))
    };
    let (answer_type, _turn) = match checked.await {
        Ok(checked) => checked,
        Err(error) => return Ok(request.into_response(Error::error_response(&error))),
    };
    let mut response = next.call(request).await?;
    if let Some(content_type) = response.headers_mut().get_mut(CONTENT_TYPE) {
        *content_type = answer_type;
    }
    Ok(response)
}

/// What needs no token: it is the same for every directory, whether it exists or not. A token that is there is checked
/// even so, since some clients test their connection in this way.
fn is_open(request: &ServiceRequest) -> bool {
    let path = request.match_info();
    let named = path
        .query(DIRECTORY)
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    named && path.unprocessed() == OPEN_ENDPOINT && !request.headers().contains_key(AUTHORIZATION)
}

async fn caller(request: &ServiceRequest) -> Result<Caller, Error> {
    let state = State::of(request)?;
    let refused = Error::Unauthorized { presented: true };
    let presented = token(request.headers())?;
    let principal = state.tokens.authenticate(presented).await?;
    let directory = state
        .service
        .registry()
        .directory(request.match_info().query(DIRECTORY));
    let directory = directory
        .filter(|directory| directory.id == principal.directory_id)
        .ok_or(refused)?;
    let hints = Hints {
        ad_scim_version: request.headers().contains_key("adscimversion"),
        user_agent: request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()),
    };
    let context = Context {
        rules: directory.config.dialect.recognise(&hints),
        base_url: state.base_url(request.request())?,
        directory,
    };
    let service = state.service.clone();
    Ok(Caller {
        principal,
        context,
        service,
    })
}

/// One of the requests that the directory may have under way.
fn turn(request: &ServiceRequest, caller: &Caller) -> Result<Taken, Error> {
    let requests = &State::of(request)?.requests;
    let turn = requests.try_take(caller.context.directory.id, 1);
    turn.map_err(|_| Error::TooManyRequests)
}

fn check_query(query: &str) -> Result<(), Error> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(schemas::Error::new(414, None, "the query is too long; POST to .search has no such limit").into());
    }
    Ok(())
}

/// The token of the request. Some IdPs can send it only without a scheme, as the whole value of the header.
fn token(headers: &HeaderMap) -> Result<&str, Error> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next().ok_or(Error::Unauthorized { presented: false })?;
    let refused = Error::Unauthorized { presented: true };
    let (Ok(value), None) = (value.to_str(), values.next()) else {
        return Err(refused);
    };
    match value.trim().split_once(' ') {
        None => Ok(value.trim()),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        Some(_) => Err(refused),
    }
}

impl Caller {
    /// Of the request with these extensions, if it came through [`admit`].
    pub(crate) fn of(extensions: &Extensions) -> Result<&Self, Error> {
        extensions.get().ok_or(Error::Unauthorized { presented: false })
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(&request.extensions()).cloned())
    }
}
