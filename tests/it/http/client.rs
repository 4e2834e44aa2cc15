//! A client that sends anything, also what no sane client would.
use std::fmt;
use std::io::Read;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request as it is written to the socket.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: &'static str,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    /// A request to `/scim/acme/v2` and this path.
    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        Self::at(method, &format!("/scim/acme/v2{path}"))
    }

    /// A request to this path of the server.
    pub(crate) fn at(method: &'static str, target: &str) -> Self {
        Self {
            method,
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// With one more header line.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// With a body of the usual type.
    pub(crate) fn json(self, body: impl AsRef<[u8]>) -> Self {
        self.header("content-type", "application/scim+json").body(body)
    }

    /// With a body and its length.
    pub(crate) fn body(self, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref().to_owned();
        let length = body.len().to_string();
        Self { body, ..self }.header("content-length", length)
    }

    /// With these bytes after the head, whatever the head says.
    pub(crate) fn raw_body(self, body: impl AsRef<[u8]>) -> Self {
        Self {
            body: body.as_ref().to_owned(),
            ..self
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(present, _)| present == name)
    }

    /// Sends it over a connection of its own.
    pub(crate) async fn send(&self, addr: SocketAddr) -> Answer {
        let mut stream = TcpStream::connect(addr).await.expect("the server listens");
        let head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let mut bytes = head.into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(b"connection: close\r\n\r\n");
        bytes.extend(&self.body);
        let (mut read, mut write) = stream.split();
        let mut answer = Vec::new();
        // A server that refuses a body may answer, and close, before it has taken all of it.
        let (_, received) = tokio::join!(write.write_all(&bytes), read.read_to_end(&mut answer));
        if let Err(error) = received {
            assert!(!answer.is_empty(), "{error}");
        }
        Answer::parse(&answer)
    }
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(formatter, "{} {:?} {body}", self.status, self.headers)
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("a head");
        let head = std::str::from_utf8(&bytes[..end]).expect("a head of text");
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .expect("a status line");
        let header = |line: &str| {
            let (name, value) = line.split_once(':').expect("a header");
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        Self {
            status: status.parse().expect("a status"),
            headers: lines.map(header).collect(),
            body: bytes[end + 4..].to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(present, _)| present == name)
            .map(|(_, value)| value.as_str())
    }

    /// All headers but those that differ from answer to answer by themselves, in order of names: the server has none.
    pub(crate) fn own_headers(&self) -> Vec<(&str, &str)> {
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut own: Vec<_> = headers
            .filter(|(name, _)| !["date", "x-request-id"].contains(name))
            .collect();
        own.sort_unstable();
        own
    }

    /// The body as JSON, `null` if there is none.
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body without gzip.
    pub(crate) fn inflated(&self) -> Vec<u8> {
        let mut inflated = Vec::new();
        flate2::read::GzDecoder::new(&self.body[..])
            .read_to_end(&mut inflated)
            .expect("the body is gzip");
        inflated
    }

    /// Asserts that this is an error as RFC 7644 section 3.12 has it, with headers that every answer has.
    pub(crate) fn assert_error(&self, status: u16, scim_type: Option<&str>, name: &str) {
        assert_eq!(self.status, status, "{name}: {self:?}");
        let body = self.json();
        assert_eq!(
            body["schemas"],
            serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
            "{name}"
        );
        assert_eq!(body["status"], status.to_string(), "{name}");
        assert_eq!(
            body.get("scimType").and_then(Value::as_str),
            scim_type,
            "{name}: {body}"
        );
        assert!(!body["detail"].as_str().expect("a detail").is_empty(), "{name}");
        self.assert_headers(name);
    }

    /// Asserts the headers that every answer has.
    pub(crate) fn assert_headers(&self, name: &str) {
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{name}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{name}");
        assert!(self.header("x-request-id").is_some(), "{name}");
        if !self.body.is_empty() {
            let kind = self.header("content-type").unwrap_or_default();
            assert!(
                ["application/scim+json", "application/json"].contains(&kind),
                "{name}: {kind}"
            );
        }
    }
}
