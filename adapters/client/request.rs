//! What goes to a vendor and what comes back.
use std::fmt;

use serde_json::Value;

/// Bytes of a vendor's answer that are read; more is an error. Vendors' pages of 100 accounts stay far below.
pub const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Characters from which on a credential is looked for in answers. Vendors' are longer; shorter texts are parts of
/// words.
const SECRET_LENGTH_MIN: usize = 16;

/// A request to a vendor.
///
/// Its `Debug` form shows neither header values nor path nor body, since they carry credentials and personal data.
#[derive(Clone)]
pub struct Request {
    /// The vendor's name, for logs.
    pub vendor: &'static str,
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The path with its ids as placeholders (`/users/{id}`), for logs.
    pub route: &'static str,
    /// Path and query below the target's base URL, percent-encoded.
    pub path: String,
    /// Further headers, names in lower case; authorization is the client's own.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON body.
    pub body: Option<Vec<u8>>,
}

/// A vendor's answer.
///
/// Its `Debug` form shows neither header values nor body.
#[derive(Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`ANSWER_BYTES_MAX`] long.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    pub fn new(vendor: &'static str, method: &'static str, route: &'static str, path: String) -> Self {
        Self {
            vendor,
            method,
            route,
            path,
            headers: Vec::new(),
            body: None,
        }
    }

    /// The request with one more header; `name` in lower case.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The request with a JSON body; its media type is a header of the vendor's choice.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string().into_bytes());
        self
    }

    /// The request with a body; its media type is a header.
    #[must_use]
    pub fn body(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    /// Whether it changes nothing at the vendor, so that a lost answer is no doubt.
    pub fn is_read(&self) -> bool {
        self.method == "GET"
    }

    /// Whether it could have a body and has none. Some vendors refuse it unless it says so (RFC 9110 section 8.6).
    pub(super) fn is_bare_write(&self) -> bool {
        self.body.is_none() && ["POST", "PUT", "PATCH"].contains(&self.method)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.vendor, self.method, self.route)
    }
}

impl Answer {
    /// The value of a header, whose `name` is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Takes a secret that was sent out of what the vendor says to refuse or to fail: its words are shown to people.
    pub(super) fn conceal(&mut self, secret: &str) {
        if self.is_success() || secret.len() < SECRET_LENGTH_MIN {
            return;
        }
        let words = String::from_utf8_lossy(&self.body);
        if words.contains(secret) {
            self.body = words.replace(secret, "…").into_bytes();
        }
    }

    /// Whether the vendor did what it was asked to.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} with {} bytes", self.status, self.body.len())
    }
}
