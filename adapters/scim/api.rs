//! How a service provider is called: media type, paths, lists.
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::attribute::Document;
use super::dialect::Resources;
use super::error::{Call, parse_error};
use super::manifest::Manifest;
use super::shown::Shown;
use crate::client::{Answer, Connection, Request};
use crate::descriptor::{Kind, KindDescriptor, Pages};
use crate::percent::{encoded, segment};
use crate::{Error, ErrorKind, Retry};

/// RFC 7644 section 3.1.
const MEDIA_TYPE: &str = "application/scim+json";

/// By how many a list may be shorter than it says. Some count who has just been deleted; a list that is cut off, as
/// deep pages are, lacks more, and whoever is missing would be taken for gone.
const SHORTFALL_MAX: u64 = 10;

/// One target's way to its service provider.
pub(super) struct Api {
    pub(super) manifest: &'static Manifest,
    pub(super) connection: Connection,
    pub(super) shown: Shown,
}

/// One resource type: where it is, and what is said of it.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub(super) kind: Kind,
    pub(super) described: &'static KindDescriptor,
    pub(super) resources: &'static Resources,
    pub(super) endpoint: &'static str,
    pub(super) urn: &'static str,
    /// The route of one resource, for logs.
    one: &'static str,
}

/// A ListResponse, RFC 7644 section 3.4.2.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    // Required, and left out by some: then nobody knows whether the list is whole.
    #[serde(default)]
    pub(super) total_results: Option<u64>,
    // Some leave it out when there is nothing.
    #[serde(default, rename = "Resources")]
    pub(super) resources: Option<Vec<Document>>,
    #[serde(default)]
    next_cursor: Option<String>,
}

impl Api {
    /// The resource type that is such accounts.
    ///
    /// # Errors
    /// `Rejected` where the vendor has none.
    pub(super) fn of(&self, kind: Kind) -> Result<Type, Error> {
        let dialect = &self.manifest.dialect;
        let (endpoint, one, urn, resources) = match kind {
            Kind::User => (
                "/Users",
                "/Users/{id}",
                "urn:ietf:params:scim:schemas:core:2.0:User",
                Some(&dialect.user),
            ),
            Kind::Group => (
                "/Groups",
                "/Groups/{id}",
                "urn:ietf:params:scim:schemas:core:2.0:Group",
                dialect.group.as_ref(),
            ),
        };
        let described = self.manifest.descriptor.kind(kind);
        let (Some(described), Some(resources)) = (described, resources) else {
            let reason = format!("{} has no groups", self.manifest.descriptor.title);
            return Err(Error::rejected(None, reason));
        };
        Ok(Type {
            kind,
            described,
            resources,
            endpoint,
            urn,
            one,
        })
    }

    /// Makes a call and gives its answer, which is one of success.
    pub(super) async fn send(&self, request: Request, call: &Call<'_>) -> Result<Answer, Error> {
        let answer = self.connection.call(request).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        Err(parse_error(&self.manifest.descriptor.title, call, &answer))
    }

    /// Reads one resource; `None` if there is none. `query` begins with a question mark, or is empty.
    pub(super) async fn read(&self, of: &Type, id: &str, query: &str) -> Result<Option<Document>, Error> {
        let Some(request) = self.one("GET", of, id) else {
            return Ok(None);
        };
        let request = Request {
            path: format!("{}{query}", request.path),
            ..request
        };
        match self.send(request, &Call::READ).await {
            Ok(answer) => self.decode(&answer, ErrorKind::Unavailable).map(Some),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a list.
    pub(super) async fn read_list(&self, of: &Type, query: &str) -> Result<List, Error> {
        let path = format!("{}?{query}", of.endpoint);
        let answer = self.send(self.request("GET", of.endpoint, path), &Call::LIST).await?;
        self.decode(&answer, ErrorKind::Unavailable)
    }

    /// Reads the page of a list that `after` names, and says where it goes on.
    ///
    /// # Errors
    /// `Rejected` for what no page named.
    pub(super) async fn page(
        &self,
        of: &Type,
        filter: &str,
        after: Option<&str>,
    ) -> Result<(Vec<Document>, Option<String>), Error> {
        let dialect = &self.manifest.dialect;
        let count = dialect.page_count;
        let first: u64 = match dialect.pages {
            Pages::Index => after.map_or(Ok(1), str::parse).map_err(|_| no_page())?,
            Pages::Cursor => 0,
        };
        let place = match dialect.pages {
            Pages::Index => format!("startIndex={first}&count={count}"),
            Pages::Cursor => format!("count={count}&cursor={}", encoded(after.unwrap_or_default())),
        };
        let excluded = of.excluded().map(|excluded| format!("&{excluded}")).unwrap_or_default();
        let list = self.read_list(of, &format!("{place}{excluded}{filter}")).await?;
        let resources = list.resources.unwrap_or_default();
        let read = u64::try_from(resources.len()).unwrap_or(u64::MAX);
        let next = match dialect.pages {
            Pages::Index => self.next_index(first, read, list.total_results)?,
            Pages::Cursor => list.next_cursor.filter(|cursor| !cursor.is_empty()),
        };
        Ok((resources, next))
    }

    /// Where a list goes on after the page that begins with `first` and shows `read`.
    fn next_index(&self, first: u64, read: u64, total: Option<u64>) -> Result<Option<String>, Error> {
        let total = total.ok_or_else(|| self.unfit("does not say how many there are (totalResults)"))?;
        let next = first.saturating_add(read);
        if read > 0 || next > total {
            return Ok((next <= total).then(|| next.to_string()));
        }
        let before = first.saturating_sub(1);
        match before > 0 && total.saturating_sub(before) <= SHORTFALL_MAX {
            true => Ok(None),
            false => Err(self.unfit(&format!("says that there are {total} and ends after {before}"))),
        }
    }

    /// A request without a body.
    pub(super) fn request(&self, method: &'static str, route: &'static str, path: String) -> Request {
        let name = self.manifest.descriptor.name.as_str();
        Request::new(name, method, route, path).header("accept", MEDIA_TYPE)
    }

    /// A request with a body.
    pub(super) fn with_body(&self, request: Request, body: &Value) -> Request {
        request.header("content-type", MEDIA_TYPE).json(body)
    }

    /// A request for one resource; `None` if nothing can have this id.
    pub(super) fn one(&self, method: &'static str, of: &Type, id: &str) -> Option<Request> {
        let path = format!("{}/{}", of.endpoint, segment(id)?);
        Some(self.request(method, of.one, path))
    }

    /// Reads a body; `unreadable` is what it means when it cannot be read.
    pub(super) fn decode<T: DeserializeOwned>(&self, answer: &Answer, unreadable: ErrorKind) -> Result<T, Error> {
        serde_json::from_slice(&answer.body).map_err(|_| self.not_scim(answer.status, unreadable))
    }

    /// A list that cannot be taken for whole.
    pub(super) fn unfit(&self, why: &str) -> Error {
        let reason = format!("the list of {} {why}", self.manifest.descriptor.title);
        Error::new(ErrorKind::Unavailable, Retry::Backoff, reason)
    }

    /// An answer that is no SCIM.
    pub(super) fn not_scim(&self, status: u16, kind: ErrorKind) -> Error {
        let reason = format!("the answer of {} ({status}) is no SCIM", self.manifest.descriptor.title);
        Error::new(kind, Retry::Backoff, reason)
    }
}

impl Type {
    /// The parameter that leaves out what need not be read.
    pub(super) fn excluded(&self) -> Option<String> {
        let excluded = self.resources.excluded.as_deref()?;
        Some(format!("excludedAttributes={excluded}"))
    }
}

/// The filter that one attribute has this value. A text in a filter is one of JSON (RFC 7644 section 3.4.2.2).
pub(super) fn equals(attribute: &str, value: &str) -> String {
    format!("filter={}", encoded(&format!("{attribute} eq {}", Value::from(value))))
}

fn no_page() -> Error {
    Error::rejected(None, "not a page of this list")
}

/// A resource that is gone, or whose id cannot be one.
pub(super) fn gone() -> Error {
    Error::new(ErrorKind::NotFound, Retry::Never, "there is no resource of this id")
}
