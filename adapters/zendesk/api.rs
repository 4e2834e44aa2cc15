//! How Zendesk is called: paths, pages, errors.
use std::collections::BTreeMap;

use form_urlencoded::Serializer;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{Call, parse_error};
use super::remembered::Remembered;
use super::settings::Choices;
use super::wire::{CustomRole, Listing};
use crate::client::{Answer, Connection, Request};
use crate::{Error, ErrorKind, Retry};

/// The vendor's name, in its `vendor.toml` and in logs.
pub(super) const NAME: &str = "zendesk";

/// Entries on a page: the most that Zendesk gives.
pub(super) const PAGE_ENTRIES: &str = "100";

/// Pages of one thing's parts that are read in one verb: 10,000 identities or groups are a mistake, not an account.
const PAGES_MAX: usize = 100;

/// One target's way to Zendesk.
pub(super) struct Api {
    pub(super) connection: Connection,
    pub(super) choices: Choices,
    pub(super) custom_roles: Remembered<Vec<CustomRole>>,
    /// Ids of organizations by their names in lower case.
    pub(super) organizations: Remembered<BTreeMap<String, i64>>,
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
    fn at(&self, after: Option<&str>) -> String {
        let paging = [("page[size]", Some(PAGE_ENTRIES)), ("page[after]", after)];
        let paging = paging.into_iter().filter_map(|(name, value)| Some((name, value?)));
        with_query(&self.path, self.query.iter().copied().chain(paging))
    }
}

/// The entries of one page, and the cursor of the next.
pub(super) type Entries<T> = (Vec<T>, Option<String>);

impl Api {
    pub(super) fn new(connection: Connection, choices: Choices) -> Self {
        Self {
            connection,
            choices,
            custom_roles: Remembered::default(),
            organizations: Remembered::default(),
        }
    }

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

    /// Reads a page.
    pub(super) async fn page<L: Listing>(
        &self,
        place: &Place<'_>,
        after: Option<&str>,
    ) -> Result<Entries<L::Item>, Error> {
        let answer = self
            .send(request("GET", place.route, place.at(after)), &Call::READ)
            .await?;
        Ok(decode::<L>(&answer, ErrorKind::Unavailable)?.split())
    }

    /// The first wanted entries of a listing, no more than `most`.
    ///
    /// # Errors
    /// `Unavailable` when the listing does not end.
    pub(super) async fn seek<L: Listing>(
        &self,
        place: &Place<'_>,
        is_wanted: impl Fn(&L::Item) -> bool + Send + Sync,
        most: usize,
    ) -> Result<Vec<L::Item>, Error> {
        let (mut found, mut after) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let page = self.page::<L>(place, after.as_deref()).await?;
            found.extend(page.0.into_iter().filter(&is_wanted).take(most - found.len()));
            match page.1 {
                Some(next) if found.len() < most => after = Some(next),
                _ => return Ok(found),
            }
        }
        Err(unavailable("the listing is too long to be searched"))
    }
}

/// A request as Zendesk wants every one.
pub(super) fn request(method: &'static str, route: &'static str, path: String) -> Request {
    Request::new(NAME, method, route, path).header("accept", "application/json")
}

/// The same with a JSON body.
pub(super) fn writing(method: &'static str, route: &'static str, path: String, body: &Value) -> Request {
    request(method, route, path)
        .header("content-type", "application/json")
        .json(body)
}

/// A path with a query, percent-encoded.
pub(super) fn with_query<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

/// An id as Zendesk writes it; nothing goes by another one.
pub(super) fn number(id: &str) -> Result<i64, Error> {
    let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let number = id.parse().ok().filter(|_| digits);
    number.ok_or_else(|| Error::new(ErrorKind::NotFound, Retry::Never, "not an id of Zendesk's"))
}

/// The answer if it is one of success, otherwise what it says.
pub(super) fn accept(answer: Answer, call: &Call<'_>) -> Result<Answer, Error> {
    if answer.is_success() {
        Ok(answer)
    } else {
        Err(parse_error(call, &answer))
    }
}

/// What is gone already was to go.
pub(super) fn gone(outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(error) if error.kind != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Reads a body; `unreadable` is what it means when it cannot be read.
pub(super) fn decode<T: DeserializeOwned>(answer: &Answer, unreadable: ErrorKind) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|_| {
        let reason = format!(
            "Zendesk's answer ({}) is not what its documentation says",
            answer.status
        );
        Error::new(unreadable, Retry::Backoff, reason)
    })
}

/// The target's state.
pub(super) fn unavailable(reason: &str) -> Error {
    Error::new(ErrorKind::Unavailable, Retry::Backoff, reason)
}

/// The account is gone, though Zendesk still answers for it.
pub(super) fn deleted() -> Error {
    Error::new(ErrorKind::NotFound, Retry::Never, "the user is deleted")
}
