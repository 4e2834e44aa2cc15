//! How Okta is called: headers, paths, pages, errors.
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use form_urlencoded::Serializer;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{Call, parse_error};
use super::link::{next_page, path};
use super::settings::Choices;
use super::wire::Role;
use crate::client::{Answer, Connection, Request};
use crate::{Error, ErrorKind, Retry};

/// The vendor's name, in its `vendor.toml` and in logs.
pub(super) const NAME: &str = "okta";

/// Entries on a page: the most that Okta gives of users.
const PAGE_ENTRIES: &str = "200";

/// Pages of a search that are looked through. One that finds so much was not for a unique value.
const SEARCHED_PAGES_MAX: usize = 10;

const MEDIA_TYPE: &str = "application/json";

/// One target's way to Okta.
pub(super) struct Api {
    pub(super) connection: Connection,
    pub(super) choices: Choices,
    /// Ids of all who hold an administrator role, as read with the first page of the last listing.
    pub(super) administrators: Mutex<Option<Arc<BTreeSet<String>>>>,
}

/// The entries of one page, and where the next one is.
pub(super) type Entries<T> = (Vec<T>, Option<String>);

/// Who can hold administrator roles: where their roles are.
#[derive(Debug)]
pub(super) struct Holder {
    /// The path with placeholders.
    pub(super) route: &'static str,
    /// The path.
    pub(super) path: String,
}

impl Api {
    /// Makes a call and gives its answer, which is one of success.
    pub(super) async fn send(&self, request: Request, call: &Call<'_>) -> Result<Answer, Error> {
        let answer = self.connection.call(request).await?;
        accept(answer, call)
    }

    /// Makes a writing call about someone or something that can hold administrator roles.
    pub(super) async fn write(&self, request: Request, call: &Call<'_>, holder: &Holder) -> Result<Answer, Error> {
        let answer = self.connection.call(request).await?;
        self.judge(answer, call, holder).await
    }

    /// The answer to a writing call if it is one of success. Okta lets nobody but super administrators change those who
    /// hold administrator roles, and says the same as to a credential without rights. After such a refusal the holder's
    /// roles are read: if there are any, it is the record that is refused, otherwise the credential.
    pub(super) async fn judge(&self, answer: Answer, call: &Call<'_>, holder: &Holder) -> Result<Answer, Error> {
        let is_doubtful = answer.status == 403 && !lacks_scope(&answer);
        match accept(answer, call) {
            Err(error) if is_doubtful && error.kind == ErrorKind::Unauthorized => {
                let roles = self.roles_of(holder).await?.unwrap_or_default();
                let reason = format!(
                    "{}; administrators are changed by super administrators only",
                    error.reason
                );
                Err(if roles.is_empty() {
                    error
                } else {
                    Error::rejected(None, reason)
                })
            }
            outcome => outcome,
        }
    }

    /// Reads one thing; `None` if there is none.
    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<Option<T>, Error> {
        match self.send(request, &Call::READ).await {
            Ok(answer) => decode(&answer, ErrorKind::Unavailable).map(Some),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The assignments of roles that someone holds; `None` if there is no such holder.
    pub(super) async fn roles_of(&self, holder: &Holder) -> Result<Option<Vec<Role>>, Error> {
        self.read(request("GET", holder.route, holder.path.clone())).await
    }

    /// Reads a page of a listing.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        route: &'static str,
        place: String,
    ) -> Result<Entries<T>, Error> {
        let answer = self.send(request("GET", route, place.clone()), &Call::READ).await?;
        let entries = decode(&answer, ErrorKind::Unavailable)?;
        Ok((entries, next_page(&answer, &place)?))
    }

    /// The entry that fits best, among those that a search finds.
    ///
    /// # Errors
    /// `Unavailable` when the search finds too much.
    pub(super) async fn search<T: DeserializeOwned>(
        &self,
        route: &'static str,
        expression: &str,
        fits: impl Fn(&T) -> Fit + Send + Sync,
    ) -> Result<Option<T>, Error> {
        let (mut next, mut near, mut last) = (Some(listing(route, &[("search", expression)])), None, None);
        for _ in 0..SEARCHED_PAGES_MAX {
            let Some(place) = next else { return Ok(near.or(last)) };
            let (entries, after) = self.page::<T>(route, place).await?;
            for entry in entries {
                match fits(&entry) {
                    Fit::Exact => return Ok(Some(entry)),
                    Fit::ButForCase => near = near.or(Some(entry)),
                    Fit::ForWantOfOthers => last = last.or(Some(entry)),
                    Fit::No => {}
                }
            }
            next = after;
        }
        Err(unavailable("the search finds too much"))
    }
}

/// Whether an entry is the one that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Exact,
    /// It is, unless there is one that fits exactly.
    ButForCase,
    /// It is, unless there is one that fits better.
    ForWantOfOthers,
    No,
}

impl Fit {
    /// How a name fits the wanted one.
    pub(super) fn of(name: &str, wanted: &str) -> Self {
        match name == wanted {
            true => Self::Exact,
            false if name.to_lowercase() == wanted.to_lowercase() => Self::ButForCase,
            false => Self::No,
        }
    }
}

/// A request without a body.
pub(super) fn request(method: &'static str, route: &'static str, path: String) -> Request {
    Request::new(NAME, method, route, path).header("accept", MEDIA_TYPE)
}

/// The request with a body.
pub(super) fn with_body(request: Request, body: &Value) -> Request {
    request.header("content-type", MEDIA_TYPE).json(body)
}

/// The first page of a listing.
pub(super) fn listing(path: &str, query: &[(&str, &str)]) -> String {
    let mut serializer = Serializer::new(String::new());
    serializer.extend_pairs(query);
    serializer.append_pair("limit", PAGE_ENTRIES);
    format!("{path}?{}", serializer.finish())
}

/// The page that a listing of this path has named.
///
/// # Errors
/// `Rejected` for what no page named.
pub(super) fn named_page(after: &str, listed: &str) -> Result<String, Error> {
    match path(after) == listed {
        true => Ok(after.to_owned()),
        false => Err(Error::rejected(None, "not a page of this listing")),
    }
}

/// An id as part of a path. Okta's ids are letters and digits; nothing goes by another one.
pub(super) fn segment(id: &str) -> Result<&str, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !id.is_empty() && id.bytes().all(plain) {
        return Ok(id);
    }
    Err(Error::new(ErrorKind::NotFound, Retry::Never, "not an id of Okta's"))
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
        let reason = format!("Okta's answer ({}) is not what its documentation says", answer.status);
        Error::new(unreadable, Retry::Backoff, reason)
    })
}

/// What is gone already was to go.
pub(super) fn gone<T>(outcome: Result<T, Error>) -> Result<Option<T>, Error> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn unavailable(reason: &str) -> Error {
    Error::new(ErrorKind::Unavailable, Retry::Backoff, reason)
}

/// Whether a value is none.
pub(super) fn is_empty(value: &Value) -> bool {
    value.is_null() || value == ""
}

/// RFC 6750 section 3.1.
fn lacks_scope(answer: &Answer) -> bool {
    let challenge = answer.header("www-authenticate");
    challenge.is_some_and(|challenge| challenge.contains("insufficient_scope"))
}

/// Okta's expressions put texts in quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
