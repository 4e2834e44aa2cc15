//! What every twin is.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

/// A request to a vendor's API.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The HTTP method, in capitals.
    pub method: String,
    /// The path, without the query, percent-encoded as it was sent.
    pub path: String,
    /// The query's pairs in order, decoded.
    pub query: Vec<(String, String)>,
    /// The headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// The first query parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// Every query parameter of this name, such as `team_ids[]`.
    pub fn parameters<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A vendor's answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes; empty if there is none.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer with a JSON body.
    pub fn json(status: u16, body: &Value) -> Answer {
        let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
        Answer {
            status,
            headers,
            body: body.to_string().into_bytes(),
        }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The same answer with one more header.
    pub fn with_header(mut self, name: &str, value: impl ToString) -> Answer {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// A failure that says nothing of the request: what the vendor answers when it is unwell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Too many requests; the vendor says when to come back.
    RateLimited {
        /// When to come back.
        reset: Duration,
    },
    /// Too many requests, from a machine in front of the vendor that says nothing else.
    RateLimitedBare,
    /// An internal error.
    Internal,
    /// The vendor is down.
    Unavailable,
}

/// A stateful stand-in for one account at one vendor.
///
/// Everything is a function of the arguments and of the state, and the whole state is in [`Twin::snapshot`], but for
/// the token, the lag, and what the vendor counts against its rate limit.
pub trait Twin: Send {
    /// The vendor's name, as the registry has it.
    fn vendor(&self) -> &'static str;

    /// What a target at a fresh account needs to be set to, by the names of the vendor's own settings.
    fn settings(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// Names the credential that requests must carry, in place of the former one.
    fn set_token(&mut self, token: &str);

    /// Makes lists and searches miss what changed within this time; zero makes them exact.
    fn set_lag(&mut self, lag: Duration);

    /// Every route of the twin, written `POST /users` or `PUT /users/{id}`.
    fn routes(&self) -> Vec<&'static str>;

    /// The route that a request belongs to; none if the vendor knows no such path.
    fn route(&self, request: &Request) -> Option<&'static str>;

    /// Does what the request asks and answers as the vendor would.
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer;

    /// The vendor's answer to any request while it fails so.
    fn fail(&self, failure: Failure) -> Answer;

    /// Brings about a state that no API call can, such as an open incident; answers the ids it made.
    ///
    /// # Errors
    /// What is wrong with the description; nothing is changed then.
    fn seed(&mut self, now: Timestamp, state: &Value) -> anyhow::Result<Value>;

    /// The whole state, for [`Twin::restore`].
    fn snapshot(&self) -> Value;

    /// What changed since the last call, for [`Twin::restore`]; none if nothing did.
    fn changes(&mut self) -> Option<Value>;

    /// Takes over a saved state and then, in order, the changes that were made to it.
    ///
    /// # Errors
    /// The saved state is not one of this twin.
    fn restore(&mut self, state: Value, changes: Vec<Value>) -> anyhow::Result<()>;
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}
