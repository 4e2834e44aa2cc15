//! The only mapping from failures to HTTP. What an answer says is for the client; sources and reasons of ours go to the
//! log.
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, ResponseError};

use super::media::SCIM_JSON;
use crate::{auth, service};

/// When a store that heals itself is worth another try.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(5);
/// When a burst of writes to one resource is over.
const CONFLICTS_RETRY: Duration = Duration::from_secs(1);

/// When room for a request is likely to be free again.
const BUSY_RETRY: Duration = Duration::from_secs(1);

/// Why a request gets no 2xx.
#[derive(Debug)]
pub(crate) enum Error {
    /// What the client did wrong, in the protocol's words.
    Scim(schemas::Error),
    /// 304.
    NotModified {
        /// The version that the client has.
        version: String,
    },
    /// 401. Whether a directory exists makes no difference to it.
    Unauthorized {
        /// Whether there was a token at all.
        presented: bool,
    },
    /// 405.
    MethodNotAllowed {
        /// The methods there are.
        allow: &'static str,
    },
    /// 406.
    NotAcceptable,
    /// 415 for the body's type.
    MediaType,
    /// 415 for the body's coding.
    ContentCoding,
    /// 429.
    TooManyRequests,
    /// 503.
    Unavailable {
        /// When to try again.
        after: Duration,
    },
    /// 500.
    Unexpected,
}

impl Error {
    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Error::Scim(error) => StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Error::NotModified { .. } => StatusCode::NOT_MODIFIED,
            Error::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Error::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Error::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Error::MediaType | Error::ContentCoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Error::Unexpected => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> &str {
        match self {
            Error::Scim(error) => &error.detail,
            Error::NotModified { .. } => "the resource has not changed",
            Error::Unauthorized { presented: false } => "a bearer token is required",
            Error::Unauthorized { presented: true } => "the bearer token is not valid here",
            Error::MethodNotAllowed { .. } => "the endpoint does not have this method",
            Error::NotAcceptable => "answers are application/scim+json or application/json",
            Error::MediaType => "bodies are application/scim+json or application/json, in UTF-8",
            Error::ContentCoding => "bodies may be coded in gzip and nothing else",
            Error::TooManyRequests => "too many requests of this directory are under way",
            Error::Unavailable { .. } => "the service cannot answer at present; try again",
            Error::Unexpected => "the service failed; the request id of this answer is in its log",
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let (name, value) = match self {
            Error::NotModified { version } => (ETAG, HeaderValue::from_str(version).ok()?),
            Error::Unauthorized { presented } => (WWW_AUTHENTICATE, challenge(*presented)),
            Error::MethodNotAllowed { allow } => (ALLOW, HeaderValue::from_static(allow)),
            Error::ContentCoding => (ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
            Error::TooManyRequests => (RETRY_AFTER, BUSY_RETRY.as_secs().into()),
            Error::Unavailable { after } => (RETRY_AFTER, after.as_secs().into()),
            Error::Scim(_) | Error::NotAcceptable | Error::MediaType | Error::Unexpected => return None,
        };
        Some((name, value))
    }
}

/// RFC 6750 section 3: without a token no error is told.
fn challenge(presented: bool) -> HeaderValue {
    HeaderValue::from_static(match presented {
        false => r#"Bearer realm="scim""#,
        true => r#"Bearer realm="scim", error="invalid_token""#,
    })
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.detail())
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        if let Some(header) = self.header() {
            response.insert_header(header);
        }
        let body = match self {
            Error::NotModified { .. } => return response.finish(),
            Error::Scim(error) => error.to_json(),
            other => schemas::Error::new(other.status().as_u16(), None, other.detail()).to_json(),
        };
        response.insert_header((CONTENT_TYPE, SCIM_JSON)).body(body.to_string())
    }
}

impl From<schemas::Error> for Error {
    fn from(error: schemas::Error) -> Self {
        Error::Scim(error)
    }
}

impl From<auth::Denied> for Error {
    /// A token that has expired is told no more than one that never was.
    fn from(denied: auth::Denied) -> Self {
        match denied {
            auth::Denied::Missing => Error::Unauthorized { presented: false },
            auth::Denied::Invalid | auth::Denied::Expired => Error::Unauthorized { presented: true },
            auth::Denied::Store(error) => service::Error::Store(error).into(),
        }
    }
}

impl From<service::Error> for Error {
    fn from(error: service::Error) -> Self {
        error.log();
        match error {
            service::Error::NotModified { version } => Error::NotModified { version },
            service::Error::TooManyConflicts => Error::Unavailable { after: CONFLICTS_RETRY },
            service::Error::Busy => Error::Unavailable { after: BUSY_RETRY },
            service::Error::Store(_) if error.is_temporary() => Error::Unavailable {
                after: UNAVAILABLE_RETRY,
            },
            service::Error::Store(_) => Error::Unexpected,
            service::Error::Scim(_) | service::Error::PreconditionFailed => error.to_scim().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn answers_say_what_the_client_can_use() {
        let check = async |error: Error, status: u16, header: Option<(&str, &str)>| {
            let response = error.error_response();
            assert_eq!(response.status().as_u16(), status);
            if let Some((name, value)) = header {
                assert_eq!(
                    response.headers().get(name).and_then(|value| value.to_str().ok()),
                    Some(value)
                );
            }
            let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
            if status == 304 {
                assert!(body.is_empty());
                return;
            }
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["schemas"], json!([schemas::urn::ERROR]));
            assert_eq!(body["status"], status.to_string());
            assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        };
        check(schemas::Error::uniqueness("taken").into(), 409, None).await;
        check(service::Error::PreconditionFailed.into(), 412, None).await;
        check(service::Error::TooManyConflicts.into(), 503, Some(("retry-after", "1"))).await;
        check(service::Error::Busy.into(), 503, Some(("retry-after", "1"))).await;
        check(Error::TooManyRequests, 429, Some(("retry-after", "1"))).await;
        check(
            Error::Unavailable {
                after: UNAVAILABLE_RETRY,
            },
            503,
            Some(("retry-after", "5")),
        )
        .await;
        let version = "W/\"7\"".to_owned();
        check(
            service::Error::NotModified { version }.into(),
            304,
            Some(("etag", "W/\"7\"")),
        )
        .await;
        check(
            auth::Denied::Expired.into(),
            401,
            Some(("www-authenticate", r#"Bearer realm="scim", error="invalid_token""#)),
        )
        .await;
        check(
            auth::Denied::Missing.into(),
            401,
            Some(("www-authenticate", r#"Bearer realm="scim""#)),
        )
        .await;
        check(Error::MethodNotAllowed { allow: "GET" }, 405, Some(("allow", "GET"))).await;
        check(Error::NotAcceptable, 406, None).await;
        check(Error::MediaType, 415, None).await;
        check(Error::ContentCoding, 415, Some(("accept-encoding", "gzip"))).await;
        check(Error::Unexpected, 500, None).await;
    }
}
