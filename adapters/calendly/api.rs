//! How Calendly is called: paths, pages, and whose organization it is.
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::error::{Call, parse_error};
use super::people::is_plain;
use super::wire::{Collection, Me, Resource, last_segment};
use crate::client::{Answer, Connection, Request};
use crate::percent::encoded;
use crate::{Error, ErrorKind, Identity, Retry};

/// The vendor's name, in its `vendor.toml` and in logs.
const NAME: &str = "calendly";

/// Calendly's own address. Ids are URIs below it, whatever address the API is called by.
pub(super) const ORIGIN: &str = "https://api.calendly.com";

/// Entries on a page: the most that Calendly gives.
pub(super) const PAGE_ENTRIES: u32 = 100;

/// One target's way to Calendly.
pub(super) struct Api {
    pub(super) connection: Connection,
    /// The id of the organization, which every call names and which never changes for one connection.
    pub(super) organization: OnceCell<String>,
}

impl Api {
    /// Says whose organization the credential opens. Its name cannot be read.
    pub(super) async fn identity(&self) -> Result<Identity, Error> {
        let id = self.read_organization().await?;
        self.organization.get_or_init(|| async { id.clone() }).await;
        Ok(Identity {
            name: format!("organization {id}"),
            id,
        })
    }

    /// The id of the organization, asked for once.
    pub(super) async fn organization(&self) -> Result<&str, Error> {
        let known = self.organization.get_or_try_init(|| self.read_organization()).await?;
        Ok(known)
    }

    /// Makes a call and gives its answer, which is one of success.
    pub(super) async fn send(&self, request: Request, call: Call<'_>) -> Result<Answer, Error> {
        let answer = self.connection.call(request).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        Err(parse_error(call, &answer))
    }

    /// Reads one thing; `None` if there is none.
    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<Option<T>, Error> {
        match self.send(request, Call::Read).await {
            Ok(answer) => decode::<Resource<T>>(&answer, ErrorKind::Unavailable).map(|found| Some(found.resource)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a page of a list.
    pub(super) async fn read_page<T: DeserializeOwned>(&self, request: Request) -> Result<Collection<T>, Error> {
        match self.send(request, Call::Read).await {
            Ok(answer) => decode(&answer, ErrorKind::Unavailable),
            Err(error) if error.kind == ErrorKind::NotFound => Err(elsewhere()),
            Err(error) => Err(error),
        }
    }

    async fn read_organization(&self) -> Result<String, Error> {
        let me = self.read::<Me>(request("GET", "/users/me", "/users/me".into())).await?;
        let me = me.ok_or_else(elsewhere)?;
        let id = last_segment(&me.current_organization).filter(|id| is_plain(id));
        id.map(str::to_owned).ok_or_else(elsewhere)
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

/// Reads a body; `unreadable` is what it means when it cannot be read.
pub(super) fn decode<T: DeserializeOwned>(answer: &Answer, unreadable: ErrorKind) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|_| {
        let reason = format!(
            "Calendly's answer ({}) is not what its documentation says",
            answer.status
        );
        Error::new(unreadable, Retry::Backoff, reason)
    })
}

fn elsewhere() -> Error {
    let reason = "there is no Calendly API at the base URL, or not this organization's";
    Error::new(ErrorKind::Unavailable, Retry::Backoff, reason)
}
