//! How PagerDuty is called: headers, paths, pages, errors.
use form_urlencoded::Serializer;
use serde::de::DeserializeOwned;

use super::error::{Call, parse_error};
use super::settings::Choices;
use super::wire::Listing;
use crate::client::{Answer, Connection, Request};
use crate::{Error, ErrorKind, Retry};

/// The vendor's name, in its `vendor.toml` and in logs.
pub(super) const NAME: &str = "pagerduty";

/// The version of the API that this adapter speaks.
const ACCEPT: &str = "application/vnd.pagerduty+json;version=2";

/// Entries on a page: the most that PagerDuty gives.
const PAGE_ENTRIES: u32 = 100;

/// PagerDuty answers 400 to pages that reach beyond this entry.
const LISTED_MAX: u32 = 10_000;

/// One target's way to PagerDuty.
pub(super) struct Api {
    pub(super) connection: Connection,
    pub(super) choices: Choices,
}

/// Where a listing is.
pub(super) struct Place<'a> {
    /// The path with placeholders.
    pub(super) route: &'static str,
    /// The path.
    pub(super) path: String,
    /// The query, but for the paging.
    pub(super) query: &'a [(&'a str, &'a str)],
}

impl Place<'_> {
    fn at(&self, offset: u32) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.query);
        query.append_pair("limit", &PAGE_ENTRIES.to_string());
        query.append_pair("offset", &offset.to_string());
        format!("{}?{}", self.path, query.finish())
    }
}

/// The entries of one page, and where the next one begins.
pub(super) type Entries<T> = (Vec<T>, Option<u32>);

impl Api {
    /// Makes a call and gives its answer, which is one of success.
    pub(super) async fn send(&self, request: Request, call: &Call<'_>) -> Result<Answer, Error> {
        let answer = self.connection.call(request).await?;
        accept(answer, call)
    }

    /// Reads one thing; `None` if there is none.
    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<Option<T>, Error> {
        match self.send(request, &Call::READ).await {
            Ok(answer) => decode(&answer, ErrorKind::Unavailable).map(Some),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads the page that begins at `offset`.
    ///
    /// # Errors
    /// `Rejected` beyond PagerDuty's bound, without a call.
    pub(super) async fn page<L: Listing>(&self, place: &Place<'_>, offset: u32) -> Result<Entries<L::Item>, Error> {
        if offset.saturating_add(PAGE_ENTRIES) > LISTED_MAX {
            let reason = format!("PagerDuty lists no more than {LISTED_MAX} entries");
            return Err(Error::rejected(None, reason));
        }
        let answer = self
            .send(request("GET", place.route, place.at(offset)), &Call::READ)
            .await?;
        let (entries, more) = decode::<L>(&answer, ErrorKind::Unavailable)?.split();
        Ok((entries, more.then_some(offset + PAGE_ENTRIES)))
    }

    /// The first wanted entries among those that PagerDuty's fuzzy search finds, no more than `most`.
    ///
    /// # Errors
    /// `Unavailable` when the search finds more than can be listed.
    pub(super) async fn search<L: Listing>(
        &self,
        place: &Place<'_>,
        is_wanted: impl Fn(&L::Item) -> bool + Send + Sync,
        most: usize,
    ) -> Result<Vec<L::Item>, Error> {
        let (mut found, mut next) = (Vec::new(), Some(0));
        while let Some(offset) = next {
            let page = self.page::<L>(place, offset).await.map_err(unsearchable)?;
            found.extend(page.0.into_iter().filter(&is_wanted).take(most - found.len()));
            next = page.1.filter(|_| found.len() < most);
        }
        Ok(found)
    }
}

/// A request with the headers that PagerDuty wants with every one.
pub(super) fn request(method: &'static str, route: &'static str, path: String) -> Request {
    Request::new(NAME, method, route, path)
        .header("accept", ACCEPT)
        .header("content-type", "application/json")
}

/// An id as part of a path. PagerDuty's ids are letters and digits; nothing goes by another one.
pub(super) fn segment(id: &str) -> Result<&str, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !id.is_empty() && id.bytes().all(plain) {
        return Ok(id);
    }
    Err(Error::new(
        ErrorKind::NotFound,
        Retry::Never,
        "not an id of PagerDuty's",
    ))
}

/// The answer if it is one of success, otherwise what it says.
pub(super) fn accept(answer: Answer, call: &Call<'_>) -> Result<Answer, Error> {
    if answer.is_success() {
        Ok(answer)
    } else {
        Err(parse_error(call, &answer))
    }
}

/// Reads a body; `unreadable` is what it means when it cannot be read.
pub(super) fn decode<T: DeserializeOwned>(answer: &Answer, unreadable: ErrorKind) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|_| {
        let reason = format!(
            "PagerDuty's answer ({}) is not what its documentation says",
            answer.status
        );
        Error::new(unreadable, Retry::Backoff, reason)
    })
}

/// Where a listing goes on.
///
/// # Errors
/// `Rejected` for what no page named.
pub(super) fn offset(after: Option<&str>) -> Result<u32, Error> {
    let offset = after.map_or(Ok(0), str::parse);
    offset.map_err(|_| Error::rejected(None, "not a page of this listing"))
}

fn unsearchable(error: Error) -> Error {
    match error.kind {
        ErrorKind::Rejected { .. } => Error::new(
            ErrorKind::Unavailable,
            Retry::Backoff,
            format!("the search finds too much: {}", error.reason),
        ),
        _ => error,
    }
}
