//! How Box is called: paths, pages, and whose enterprise it is.
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{Call, parse_error};
use super::settings::Choices;
use super::wire::{Listed, Me};
use crate::client::{Answer, Connection, Request};
use crate::percent::encoded;
use crate::{Error, ErrorKind, Identity, Retry};

/// The vendor's name, in its `vendor.toml` and in logs.
const NAME: &str = "box";

/// Entries on a page. Box gives up to 1,000; with all fields that would be megabytes.
pub(super) const PAGE_ENTRIES: &str = "100";

/// One target's way to Box.
pub(super) struct Api {
    pub(super) connection: Connection,
    pub(super) choices: Choices,
}

impl Api {
    /// Says whose enterprise the credential opens.
    pub(super) async fn identity(&self) -> Result<Identity, Error> {
        let path = with_query("/users/me", &[("fields", "enterprise")]);
        let me = self.read::<Me>(request("GET", "/users/me", path)).await?;
        let me = me.ok_or_else(|| unavailable("there is no Box API at the base URL"))?;
        let enterprise = me.enterprise.ok_or_else(|| {
            let reason = "the token is that of an account without enterprise";
            Error::new(ErrorKind::Unauthorized, Retry::Backoff, reason)
        })?;
        let name = match enterprise.name.is_empty() {
            true => format!("enterprise {}", enterprise.id),
            false => enterprise.name,
        };
        Ok(Identity {
            id: enterprise.id,
            name,
        })
    }

    /// Makes a call and gives its answer, which is one of success.
    pub(super) async fn send(&self, request: Request, call: &Call<'_>) -> Result<Answer, Error> {
        let answer = self.connection.call(request).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        Err(parse_error(call, &answer))
    }

    /// Reads one thing; `None` if there is none.
    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<Option<T>, Error> {
        match self.send(request, &Call::READ).await {
            Ok(answer) => decode(&answer, ErrorKind::Unavailable).map(Some),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a page of a list.
    pub(super) async fn read_page<T: DeserializeOwned>(&self, request: Request) -> Result<Listed<T>, Error> {
        let answer = self.send(request, &Call::READ).await?;
        decode(&answer, ErrorKind::Unavailable)
    }
}

impl<T> Listed<T> {
    /// The offset of the page after the one at `offset`. The contract does not promise a total: without one, only an
    /// empty page is the last.
    pub(super) fn next_offset(&self, offset: u64) -> Option<u64> {
        let entries = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        let next = offset.saturating_add(entries);
        (entries > 0 && self.total_count.is_none_or(|total| next < total)).then_some(next)
    }
}

pub(super) fn request(method: &'static str, route: &'static str, path: String) -> Request {
    Request::new(NAME, method, route, path).header("accept", "application/json")
}

/// A request with a body.
pub(super) fn with_body(request: Request, body: &Value) -> Request {
    request.header("content-type", "application/json").json(body)
}

/// A path with a query.
pub(super) fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = query
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

/// An id as part of a path. Box's ids are numbers; nothing goes by another one.
pub(super) fn number(id: &str) -> Result<&str, Error> {
    match !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(id),
        false => Err(Error::new(ErrorKind::NotFound, Retry::Never, "not an id of Box's")),
    }
}

/// Where a listing by offset goes on.
///
/// # Errors
/// `Rejected` for what no page named.
pub(super) fn offset(after: Option<&str>) -> Result<u64, Error> {
    let offset = after.map_or(Ok(0), str::parse);
    offset.map_err(|_| Error::rejected(None, "not a page of this listing"))
}

/// Reads a body; `unreadable` is what it means when it cannot be read.
pub(super) fn decode<T: DeserializeOwned>(answer: &Answer, unreadable: ErrorKind) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|_| {
        let reason = format!("Box's answer ({}) is not what its documentation says", answer.status);
        Error::new(unreadable, Retry::Backoff, reason)
    })
}

/// What is gone already was to go.
pub(super) fn gone(outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(error) if error.kind != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn unavailable(reason: &str) -> Error {
    Error::new(ErrorKind::Unavailable, Retry::Backoff, reason)
}
