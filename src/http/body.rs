//! Bodies of requests: bounded before they are read, and read strictly.
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{self, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt as _;
use serde_json::Value;

use super::admit::Caller;
use super::encoding::{Coding, inflate, too_large};
use super::error::Error;
use super::server::State;
use super::{json, media};
use crate::service::{DirectoryId, Taken};

/// How long a body may be on its way. The largest allowed one takes 13 s on a slow line of 5 Mbit/s.
const ARRIVAL_MAX: Duration = Duration::from_secs(60);

/// Bodies up to this size are read where they arrive, which takes less than a millisecond, and need no room of what large
/// ones share. Larger ones and compressed ones must not keep other requests of the worker waiting.
const INLINE_BYTES_MAX: usize = 64 * 1024;

/// How many bytes a byte of gzip becomes at most (RFC 1951: 258 bytes in two bits).
const INFLATION_MAX: usize = 1032;

/// Which limit an endpoint's bodies have; one of a resource unless the endpoint says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Resource,
    Bulk,
}

/// The JSON body of an admitted request.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) value: Value,
    /// Of a large one, until the request is answered.
    _room: Option<Taken>,
}

impl FromRequest for Body {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let arriving = Arriving::of(request);
        let payload = web::Payload::from_request(request, payload);
        Box::pin(async move {
            let mut arriving = arriving?;
            let payload = payload.await.map_err(|_| incomplete())?;
            let arrived = tokio::time::timeout(ARRIVAL_MAX, arriving.read(payload)).await;
            let bytes = arrived.map_err(|_| schemas::Error::new(408, None, "the body took too long to arrive"))??;
            arriving.parse(bytes).await
        })
    }
}

/// A body on its way.
struct Arriving {
    state: web::Data<State>,
    directory: DirectoryId,
    coding: Coding,
    /// As the headers say.
    announced: Option<usize>,
    /// Bytes, inflated.
    limit: usize,
    room: Option<Taken>,
}

impl Arriving {
    /// What the headers say of the body, and how large it may be.
    fn of(request: &HttpRequest) -> Result<Self, Error> {
        let extensions = request.extensions();
        let caller = Caller::of(&extensions)?;
        let limits = caller.service.limits();
        let limit = match request.app_data::<Size>().unwrap_or(&Size::Resource) {
            Size::Resource => limits.body_bytes,
            Size::Bulk => limits.bulk_payload_bytes,
        };
        media::check_content_type(request.headers())?;
        let coding = Coding::of(request.headers())?;
        let length = request.headers().get(CONTENT_LENGTH);
        let announced = length.and_then(|length| length.to_str().ok()?.parse().ok());
        if announced.is_some_and(|announced| announced > limit) {
            return Err(too_large(limit));
        }
        Ok(Self {
            state: request.app_data::<web::Data<State>>().ok_or(Error::Unexpected)?.clone(),
            directory: caller.context.directory.id,
            coding,
            announced,
            limit,
            room: None,
        })
    }

    async fn read(&mut self, mut payload: web::Payload) -> Result<BytesMut, Error> {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| incomplete())?;
            if bytes.len() + chunk.len() > self.limit {
                return Err(too_large(self.limit));
            }
            if bytes.len() + chunk.len() > INLINE_BYTES_MAX {
                self.take(self.announced.unwrap_or(self.limit)).await?;
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    async fn parse(mut self, bytes: BytesMut) -> Result<Body, Error> {
        let values_max = self.state.service.limits().body_values;
        if self.coding == Coding::Identity && bytes.len() <= INLINE_BYTES_MAX {
            return Ok(Body {
                value: json::parse(&bytes, values_max)?,
                _room: None,
            });
        }
        let (coding, limit) = (self.coding, self.limit);
        if coding == Coding::Gzip {
            self.take(bytes.len().saturating_mul(INFLATION_MAX)).await?;
        }
        let parsed = web::block(move || parse(&bytes, coding, (limit, values_max)));
        let (value, length) = parsed.await.map_err(|_| Error::Unexpected)??;
        let mut room = self.room.filter(|_| length > INLINE_BYTES_MAX);
        room.iter_mut().for_each(|room| room.shrink(length));
        Ok(Body { value, _room: room })
    }

    /// Takes room once, as much as the body can need: who held some while it waits for more might keep others from
    /// getting done.
    async fn take(&mut self, bytes: usize) -> Result<(), Error> {
        if self.room.is_none() {
            let bytes = bytes.min(self.limit);
            self.room = Some(self.state.bodies.take(self.directory, bytes).await?);
        }
        Ok(())
    }
}

fn incomplete() -> Error {
    schemas::Error::invalid_syntax("the body did not arrive in full").into()
}

/// The body as JSON, and how many bytes it has, inflated.
fn parse(bytes: &[u8], coding: Coding, (limit, values_max): (usize, usize)) -> Result<(Value, usize), Error> {
    match coding {
        Coding::Identity => Ok((json::parse(bytes, values_max)?, bytes.len())),
        Coding::Gzip => {
            let inflated = inflate(bytes, limit)?;
            Ok((json::parse(&inflated, values_max)?, inflated.len()))
        }
    }
}
