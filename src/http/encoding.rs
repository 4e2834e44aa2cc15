//! Content codings (RFC 9110 section 8.4.1): gzip both ways.
use std::io::{Read, Write};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, VARY};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::error::Error;
use super::media::accepts;

/// Answers shorter than this are sent as they are: they fit a packet either way.
const COMPRESSED_BYTES_MIN: usize = 1024;

/// Answers up to this size are compressed where they were made, which takes about a millisecond.
const INLINE_BYTES_MAX: usize = 64 * 1024;

/// How a request's body is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
}

impl Coding {
    /// Of the request with these headers.
    ///
    /// # Errors
    /// 415 for codings other than gzip, and for one applied twice.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Coding, Error> {
        let Some(value) = headers.get(CONTENT_ENCODING) else {
            return Ok(Coding::Identity);
        };
        match value.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "identity" | "" => Ok(Coding::Identity),
            "gzip" | "x-gzip" => Ok(Coding::Gzip),
            _ => Err(Error::ContentCoding),
        }
    }
}

/// The body without gzip. Never takes memory for more than `limit` bytes, whatever the body inflates to.
///
/// # Errors
/// 413 beyond `limit`; 400 if it is not gzip.
pub(crate) fn inflate(body: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let mut inflated = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body)
        .take(bound)
        .read_to_end(&mut inflated)
        .map_err(|_| schemas::Error::invalid_syntax("the body is not gzip, as its Content-Encoding says"))?;
    if inflated.len() > limit {
        return Err(too_large(limit));
    }
    Ok(inflated)
}

/// 413, for a body over `limit` bytes.
pub(crate) fn too_large(limit: usize) -> Error {
    schemas::Error::too_large(format!("the body is larger than {limit} bytes")).into()
}

/// Compresses answers for clients that take it.
pub(crate) async fn compress(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (request, response) = next.call(request).await?.into_parts();
    let (mut response, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) if wanted(request.headers(), body.len()) => {
            let headers = response.headers_mut();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            BoxBody::new(deflate_aside(body).await?)
        }
        Ok(body) => BoxBody::new(body),
        Err(body) => body,
    };
    response
        .headers_mut()
        .insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    Ok(ServiceResponse::new(request, response.set_body(body)))
}

fn wanted(headers: &HeaderMap, bytes: usize) -> bool {
    bytes >= COMPRESSED_BYTES_MIN && accepts(headers, &ACCEPT_ENCODING, &["gzip", "*"])
}

async fn deflate_aside(body: Bytes) -> Result<Vec<u8>, Error> {
    if body.len() <= INLINE_BYTES_MAX {
        return deflate(&body);
    }
    web::block(move || deflate(&body))
        .await
        .map_err(|_| Error::Unexpected)?
}

fn deflate(body: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).map_err(|_| Error::Unexpected)?;
    encoder.finish().map_err(|_| Error::Unexpected)
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use super::*;

    #[test]
    fn codings_other_than_gzip_are_refused() {
        let check = |value: Option<&'static str>, expected: Option<Coding>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            assert_eq!(Coding::of(&headers).ok(), expected, "{value:?}");
        };
        check(None, Some(Coding::Identity));
        check(Some("identity"), Some(Coding::Identity));
        check(Some("GZip"), Some(Coding::Gzip));
        check(Some("x-gzip"), Some(Coding::Gzip));
        check(Some("deflate"), None);
        check(Some("br"), None);
        check(Some("gzip, gzip"), None);
    }

    #[test]
    fn inflating_is_bounded() {
        let check = |body: &[u8], limit: usize, expected: Result<usize, StatusCode>| {
            let inflated = inflate(body, limit).map(|inflated| inflated.len());
            assert_eq!(inflated.map_err(|error| error.status()), expected);
        };
        let zeros = |length: usize| deflate(&vec![0; length]).expect("it is compressed");
        check(&zeros(0), 0, Ok(0));
        check(&zeros(1000), 1000, Ok(1000));
        check(&zeros(1001), 1000, Err(StatusCode::PAYLOAD_TOO_LARGE));
        check(&zeros(50_000_000), 1000, Err(StatusCode::PAYLOAD_TOO_LARGE));
        check(&zeros(500).repeat(2), 1000, Ok(1000));
        check(&zeros(501).repeat(2), 1001, Err(StatusCode::PAYLOAD_TOO_LARGE));
        check(b"{}", 1000, Err(StatusCode::BAD_REQUEST));
        check(b"", 1000, Err(StatusCode::BAD_REQUEST));
        check(
            zeros(1000).get(..20).unwrap_or_default(),
            1000,
            Err(StatusCode::BAD_REQUEST),
        );
    }

    #[test]
    fn answers_are_compressed_when_asked_for() {
        let check = |value: &'static str, bytes: usize, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(wanted(&headers, bytes), expected, "{value}");
        };
        check("gzip,deflate", COMPRESSED_BYTES_MIN, true);
        check("gzip,deflate", COMPRESSED_BYTES_MIN - 1, false);
        check("br;q=1, *;q=0.1", COMPRESSED_BYTES_MIN, true);
        check("br", COMPRESSED_BYTES_MIN, false);
        check("gzip;q=0", COMPRESSED_BYTES_MIN, false);
        check("gzip;Q=0, *", COMPRESSED_BYTES_MIN, false);
        assert!(!wanted(&HeaderMap::new(), COMPRESSED_BYTES_MIN));
    }
}
