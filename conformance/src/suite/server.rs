//! The server under test, and the client that speaks to it.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::suite::expect;
use crate::suite::failure::{Outcome, Stop, failed};
use crate::suite::watch::Watch;

/// SCIM's own media type (RFC 7644 section 8.1).
pub(crate) const SCIM_JSON: &str = "application/scim+json";

/// The URN of error bodies (RFC 7644 section 3.12).
pub(crate) const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Longest time one request may take; Okta gives up after the same.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(60);

/// Longest part of a body that a failure shows.
const SHOWN_BODY_LENGTH_MAX: usize = 600;

/// A SCIM server under test: where it is and with which bearer token to speak to it.
#[derive(Clone)]
pub struct Server {
    /// The base URL, before `/Users`; a trailing slash does no harm.
    pub base_url: String,
    /// The bearer token.
    pub token: String,
}

/// Sends requests and shows every exchange to the standing checks.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base_url: String,
    token: String,
    watch: Arc<Watch>,
}

/// One request, not yet sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: BTreeMap<String, String>,
    body: Option<Vec<u8>>,
}

/// What the server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The request in one line, for failure texts.
    pub(crate) request: String,
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
    /// The body when it is JSON, else null.
    pub(crate) json: Value,
}

impl Client {
    /// A client of this server.
    ///
    /// # Errors
    /// When no TLS can be set up on this machine.
    pub(crate) fn new(server: &Server, watch: Arc<Watch>) -> anyhow::Result<Client> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(REQUEST_TIME_MAX)
            .build()?;
        Ok(Client {
            http,
            base_url: server.base_url.trim_end_matches('/').to_owned(),
            token: server.token.clone(),
            watch,
        })
    }

    /// The base URL without a slash at its end.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Sends; a request that gets no answer at all is a failure.
    pub(crate) async fn send(&self, request: Request) -> Result<Answer, Stop> {
        let line = request.line();
        let sent = self.transmit(&request).await;
        let answer = sent.map_err(|error| Stop::Failed(format!("{line}: no answer: {error:#}")))?;
        self.watch.see(&request, &answer);
        Ok(answer)
    }

    async fn transmit(&self, request: &Request) -> anyhow::Result<Answer> {
        let url = match request.path.starts_with("http://") || request.path.starts_with("https://") {
            true => request.path.clone(),
            false => format!("{}{}", self.base_url, request.path),
        };
        let method = Method::from_bytes(request.method.as_bytes())?;
        let mut builder = self.http.request(method, url);
        for (name, value) in self.all_headers(request) {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let response = builder.send().await?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let text = response.text().await?;
        Ok(Answer {
            request: request.line(),
            status,
            headers,
            json: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        })
    }

    /// The request's own headers over the defaults; an empty value stands for no such header.
    fn all_headers(&self, request: &Request) -> BTreeMap<String, String> {
        let mut headers = BTreeMap::from([
            ("accept".to_owned(), SCIM_JSON.to_owned()),
            ("authorization".to_owned(), format!("Bearer {}", self.token)),
        ]);
        if request.body.is_some() {
            headers.insert("content-type".to_owned(), SCIM_JSON.to_owned());
        }
        headers.extend(request.headers.clone());
        headers.retain(|_, value| !value.is_empty());
        headers
    }
}

impl Request {
    /// A request without a body. The path follows the base URL, query included, or is an absolute URL.
    pub(crate) fn new(method: &str, path: impl Into<String>) -> Request {
        Request {
            method: method.to_owned(),
            path: path.into(),
            headers: BTreeMap::new(),
            body: None,
        }
    }

    /// Sets a header; an empty value takes a default one away.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers.insert(name.to_lowercase(), value.into());
        self
    }

    /// Sets a JSON body.
    pub(crate) fn json(self, body: &Value) -> Request {
        self.bytes(body.to_string())
    }

    /// Sets a body as it is.
    pub(crate) fn bytes(mut self, body: impl Into<Vec<u8>>) -> Request {
        self.body = Some(body.into());
        self
    }

    /// A header that was set, by its lower-case name.
    pub(crate) fn header_value(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether path, query or body hold this word.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        self.path.contains(word) || body.contains(word)
    }

    fn line(&self) -> String {
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let line = format!("{} {} {}", self.method, self.path, shorten(&body));
        line.trim_end().to_owned()
    }
}

impl Answer {
    /// Fails unless the status is one of these.
    pub(crate) fn status(&self, allowed: &[u16]) -> Result<&Answer, Stop> {
        if allowed.contains(&self.status) {
            return Ok(self);
        }
        failed(format!(
            "{}: expected status {allowed:?}, got {} {}",
            self.request,
            self.status,
            shorten(&self.text)
        ))
    }

    /// Fails unless the body is like the expected one (see [`expect`]).
    pub(crate) fn like(&self, expected: &Value) -> Result<&Answer, Stop> {
        match expect::check(expected, Some(&self.json)) {
            Ok(()) => Ok(self),
            Err(text) => failed(format!("{}: {text}, status {}", self.request, self.status)),
        }
    }

    /// Fails unless this is a SCIM error with the status and one of the scimTypes; none given: any or none.
    pub(crate) fn error(&self, status: u16, scim_types: &[&str]) -> Outcome {
        self.status(&[status])?;
        let scim_type = self.json["scimType"].as_str().unwrap_or_default();
        if !scim_types.is_empty() && !scim_types.contains(&scim_type) {
            return failed(format!(
                "{}: expected scimType {scim_types:?}, got {}",
                self.request,
                shorten(&self.text)
            ));
        }
        let body = serde_json::json!({"schemas": {"$contains": [ERROR_URN]}, "status": status.to_string()});
        self.like(&body).map(|_| ())
    }

    /// The text at a JSON pointer; a failure when there is none.
    pub(crate) fn text_at(&self, pointer: &str) -> Result<String, Stop> {
        match self.json.pointer(pointer).and_then(Value::as_str) {
            Some(text) => Ok(text.to_owned()),
            None => failed(format!(
                "{}: expected a text at {pointer}, got {} {}",
                self.request,
                self.status,
                shorten(&self.text)
            )),
        }
    }

    /// A header by its lower-case name; a failure when it is not there.
    pub(crate) fn header(&self, name: &str) -> Result<&str, Stop> {
        match self.headers.get(name) {
            Some(value) => Ok(value),
            None => failed(format!("{}: expected a header {name}, got none", self.request)),
        }
    }

    /// The elements of `Resources`.
    pub(crate) fn resources(&self) -> &[Value] {
        self.json["Resources"].as_array().map_or(&[], Vec::as_slice)
    }

    /// A failure about this exchange.
    pub(crate) fn fail<T>(&self, text: impl std::fmt::Display) -> Result<T, Stop> {
        failed(format!(
            "{}: {text}, got {} {}",
            self.request,
            self.status,
            shorten(&self.text)
        ))
    }
}

fn shorten(text: &str) -> String {
    let line = text.replace(['\n', '\r'], " ");
    match line.char_indices().nth(SHOWN_BODY_LENGTH_MAX) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
