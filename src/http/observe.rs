//! What happens to every request, whatever it is: an id, an entry in the access log, headers of safety, and an answer
//! even if a handler panics.
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use tokio::time::Instant;
use tracing::Instrument;

use super::admit::Caller;
use super::error::Error;
use super::server::State;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A UUID has 36 characters; the ids that proxies make are not much longer.
const REQUEST_ID_CHARS_MAX: usize = 64;

/// Answers a request with all that is the same for every endpoint. The outermost layer.
pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let seen = Seen::new(&request);
    let span = tracing::info_span!("request", request.id = seen.id.to_str().unwrap_or_default());
    let answered = unwound(next.call(request)).instrument(span.clone()).await;
    span.in_scope(|| seen.answer(answered))
}

/// A request on its way.
struct Seen {
    id: HeaderValue,
    method: Method,
    started: Instant,
}

impl Seen {
    fn new(request: &ServiceRequest) -> Self {
        Self {
            id: request_id(request),
            method: request.method().clone(),
            started: Instant::now(),
        }
    }

    fn answer(
        self,
        answered: Result<Result<ServiceResponse<BoxBody>, actix_web::Error>, Panicked>,
    ) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
        match answered {
            Ok(Ok(mut response)) => {
                self.log(response.status(), Some(response.request()));
                self.mark(response.response_mut());
                Ok(response)
            }
            Ok(Err(error)) => Err(self.close(error.error_response())),
            Err(Panicked) => {
                tracing::error!("a handler panicked");
                Err(self.close(Error::Unexpected.error_response()))
            }
        }
    }

    /// The answer to a request that got lost on its way.
    fn close(self, mut response: HttpResponse) -> actix_web::Error {
        self.log(response.status(), None);
        self.mark(&mut response);
        InternalError::from_response("the request got lost", response).into()
    }

    fn mark(self, response: &mut HttpResponse) {
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, self.id);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }

    /// Never logs what the URL, the headers or the body hold: filters name people.
    fn log(&self, status: StatusCode, request: Option<&HttpRequest>) {
        let route = request.and_then(HttpRequest::match_pattern);
        let extensions = request.map(HttpMessage::extensions);
        let caller = extensions.as_ref().and_then(|extensions| extensions.get::<Caller>());
        tracing::info!(
            http.method = self.method.as_str(),
            http.route = route.as_deref(),
            http.status = status.as_u16(),
            directory.name = caller.map(|caller| caller.principal.directory.as_str()),
            token.id = caller.map(|caller| caller.principal.token_id.as_str()),
            elapsed_ms = self.started.elapsed().as_secs_f64() * 1000.0,
            "answered"
        );
    }
}

/// The id that a proxy gave the request, if it is one that can stand in a log, else a new one.
fn request_id(request: &ServiceRequest) -> HeaderValue {
    let given = request
        .headers()
        .get(REQUEST_ID)
        .filter(|id| is_request_id(id.as_bytes()));
    given.cloned().unwrap_or_else(|| {
        let id = State::of(request).map(State::new_id).unwrap_or_default();
        HeaderValue::from_str(&id.to_string()).expect("a UUID is ASCII")
    })
}

fn is_request_id(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    !id.is_empty() && id.len() <= REQUEST_ID_CHARS_MAX && id.iter().all(allowed)
}

/// The future panicked.
#[derive(Debug)]
struct Panicked;

async fn unwound<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(|context| {
        // The future is dropped after a panic and never polled again, so nobody sees what it left half-done.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => std::task::Poll::Ready(Err(Panicked)),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_safe_to_log() {
        let check = |id: &[u8], expected: bool| assert_eq!(is_request_id(id), expected, "{id:?}");
        check(b"0196a1f0-7b2c-7d3e-8f40-123456789abc", true);
        check(b"Root_1.67891233", true);
        check(b"", false);
        check(b"a b", false);
        check(b"a\"b", false);
        check(b"a\x1b[31m", false);
        check(&[b'a'; REQUEST_ID_CHARS_MAX + 1], false);
    }

    #[tokio::test]
    async fn panics_end_at_the_edge() {
        assert!(matches!(unwound(async { 1 }).await, Ok(1)));
        let late = async {
            tokio::task::yield_now().await;
            panic!("expected in this test");
        };
        let answered: Result<(), Panicked> = unwound(late).await;
        assert!(answered.is_err());
    }
}
