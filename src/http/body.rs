//! Bodies of requests: bounded before they are read, and read strictly.
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde_json::Value;

use super::admit::Caller;
use super::encoding::{Coding, inflate, too_large};
use super::error::Error;
use super::{json, media};

/// How long a body may be on its way. The largest allowed one takes 13 s on a slow line of 5 Mbit/s.
const ARRIVAL_MAX: Duration = Duration::from_secs(60);

/// Bodies up to this size are read where they arrive, which takes less than a millisecond; larger ones and compressed ones
/// must not keep other requests of the worker waiting.
const INLINE_BYTES_MAX: usize = 64 * 1024;

/// Which limit an endpoint's bodies have; one of a resource unless the endpoint says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Resource,
    Bulk,
}

/// The JSON body of an admitted request.
#[derive(Debug)]
pub(crate) struct Body(pub(crate) Value);

impl FromRequest for Body {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let plan = plan(request);
        let payload = web::Payload::from_request(request, payload);
        Box::pin(async move {
            let (coding, limit) = plan?;
            let payload = payload.await.map_err(|_| incomplete())?;
            let bytes = read(payload, limit).await?;
            if coding == Coding::Identity && bytes.len() <= INLINE_BYTES_MAX {
                return Ok(Body(json::parse(&bytes)?));
            }
            let parsed = web::block(move || parse(&bytes, coding, limit));
            parsed.await.map_err(|_| Error::Unexpected)?.map(Body)
        })
    }
}

/// What the headers say of the body, and how large it may be.
fn plan(request: &HttpRequest) -> Result<(Coding, usize), Error> {
    let extensions = request.extensions();
    let limits = Caller::of(&extensions)?.service.limits();
    let limit = match request.app_data::<Size>().unwrap_or(&Size::Resource) {
        Size::Resource => limits.body_bytes,
        Size::Bulk => limits.bulk_payload_bytes,
    };
    media::check_content_type(request.headers())?;
    let coding = Coding::of(request.headers())?;
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    let announced: usize = announced.and_then(|length| length.parse().ok()).unwrap_or(0);
    if announced > limit {
        Err(too_large(limit))
    } else {
        Ok((coding, limit))
    }
}

async fn read(payload: web::Payload, limit: usize) -> Result<Bytes, Error> {
    let arrived = tokio::time::timeout(ARRIVAL_MAX, payload.to_bytes_limited(limit)).await;
    match arrived {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(_))) => Err(incomplete()),
        Ok(Err(_)) => Err(too_large(limit)),
        Err(_) => Err(schemas::Error::new(408, None, "the body took too long to arrive").into()),
    }
}

fn incomplete() -> Error {
    schemas::Error::invalid_syntax("the body did not arrive in full").into()
}

fn parse(bytes: &[u8], coding: Coding, limit: usize) -> Result<Value, Error> {
    match coding {
        Coding::Identity => Ok(json::parse(bytes)?),
        Coding::Gzip => Ok(json::parse(&inflate(bytes, limit)?)?),
    }
}
