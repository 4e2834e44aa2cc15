//! The server's file, `usherd.toml`.
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use adapters::client::is_allowed;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::document::{Document, Step};
use super::place::Faults;

/// The smallest cache that can be set. Below it, redb reads the same pages again and again within one commit.
const CACHE_BYTES_MIN: usize = 1 << 20;

/// The largest body that can be set: a request is held in memory whole.
const BODY_BYTES_MAX: usize = 256 << 20;

/// What a server is to be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Where it listens.
    #[serde(default = "Server::listen")]
    pub listen: SocketAddr,
    /// The URL under which clients see it, such as `https://scim.example.com`; else the Host of each request.
    #[serde(default)]
    pub public_url: Option<String>,
    /// The folder of the store and of the socket for commands.
    pub data: PathBuf,
    /// Bytes of the store kept in memory at most.
    #[serde(default)]
    pub cache_bytes: Option<usize>,
    /// Where the key is read that seals vendors' credentials: `env:NAME` or `file:PATH`.
    #[serde(default)]
    pub key: Option<String>,
    /// Files of further schemas, each one JSON object (RFC 7643 section 7).
    #[serde(default)]
    pub schemas: Vec<PathBuf>,
    /// Files of further resource types, each one JSON object (RFC 7643 section 6).
    #[serde(default)]
    pub resource_types: Vec<PathBuf>,
    /// Certificate and key; plain HTTP without.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Limits of requests and answers.
    #[serde(default)]
    pub limits: Limits,
    /// Logs.
    #[serde(default)]
    pub log: Log,
    /// Where alarms go, beside the log.
    #[serde(default)]
    pub alarms: Option<Alarms>,
}

/// The webhook that alarms are sent to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarms {
    /// Its URL.
    pub url: String,
    /// Where the secret is read that signs alarms: `env:NAME` or `file:PATH`.
    pub secret: String,
    /// Hosts and addresses of `url` that may be private, loopback or plain HTTP.
    #[serde(default)]
    pub allow_private: Vec<String>,
}

/// What TLS is served with; both files are PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate and those that lead from it to the authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Limits of requests and answers; what is not set has its usual value.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a request's body, inflated.
    pub body_bytes: Option<usize>,
    /// JSON values of a request's body.
    pub body_values: Option<usize>,
    /// Bytes of large bodies that are held at once.
    pub bodies_bytes: Option<usize>,
    /// Requests of one directory under way at once.
    pub requests_max: Option<usize>,
    /// Searches that look at everything, at once.
    pub searches_max: Option<usize>,
    /// Bytes of a resource, memberships not counted.
    pub document_bytes: Option<usize>,
    /// Operations of one Bulk request.
    pub bulk_operations: Option<usize>,
    /// Bytes of a Bulk request's body, inflated.
    pub bulk_payload_bytes: Option<usize>,
    /// Resources on a page when the request names no `count`.
    pub page_default: Option<usize>,
    /// Resources on a page at most.
    pub page_max: Option<usize>,
    /// Bytes of a page: one that has so many ends.
    pub page_bytes: Option<usize>,
    /// Resources and rows that a search without an index may look at.
    pub scan_resources_max: Option<u64>,
    /// Matches that may be sorted.
    pub sort_matches_max: Option<usize>,
    /// Members of a group up to which a PATCH answers with the resource.
    pub patch_members_max: Option<usize>,
    /// How long a cursor may be used.
    pub cursor_timeout_seconds: Option<u64>,
}

/// Logs, written to stderr.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// What is logged: a level, or parts with levels such as `info,usherd::delivery=debug`.
    pub filter: String,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".into(),
        }
    }
}

impl Server {
    /// Reads a file's text. `file` is its name in messages.
    ///
    /// # Errors
    /// What is wrong with it, each fault with its place.
    pub fn parse(text: &str, file: &str) -> Result<Self, Faults> {
        let mut document = Document::parse(text, file)?;
        let server = document.value::<Self>();
        if let Some(server) = &server {
            server.check(&mut document);
        }
        document.finish()?;
        Ok(server.expect("a document without faults has a value"))
    }

    fn listen() -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 8080).into()
    }

    fn check(&self, document: &mut Document<'_>) {
        if self.public_url.as_ref().is_some_and(|url| !is_public_url(url)) {
            let rule = "must be a URL such as `https://scim.example.com`, without user, query and slash at the end";
            document.fault(&[Step::Key("public_url")], rule);
        }
        if self
            .key
            .as_ref()
            .is_some_and(|key| key.parse::<super::Reference>().is_err())
        {
            let rule = super::SecretError::NoReference.to_string();
            document.fault(&[Step::Key("key")], rule);
        }
        if self.cache_bytes.is_some_and(|bytes| bytes < CACHE_BYTES_MIN) {
            document.fault(
                &[Step::Key("cache_bytes")],
                format!("must be at least {CACHE_BYTES_MIN}"),
            );
        }
        if !is_filter(&self.log.filter) {
            let rule = "must be a level (`error`, `warn`, `info`, `debug`, `trace`, `off`), or parts with levels \
                        (`info,usherd::delivery=debug`)";
            document.fault(&[Step::Key("log"), Step::Key("filter")], rule);
        }
        self.alarms.iter().for_each(|alarms| alarms.check(document));
        self.limits.check(document);
    }
}

impl Alarms {
    fn check(&self, document: &mut Document<'_>) {
        if !is_allowed(&self.url, &self.allow_private) {
            let rule = "must be https and a public host; other hosts are allowed by name in `allow_private`";
            document.fault(&[Step::Key("alarms"), Step::Key("url")], rule);
        }
        if self.secret.parse::<super::Reference>().is_err() {
            let rule = super::SecretError::NoReference.to_string();
            document.fault(&[Step::Key("alarms"), Step::Key("secret")], rule);
        }
    }
}

impl Limits {
    fn check(&self, document: &mut Document<'_>) {
        let from_one = [
            ("body_values", self.body_values),
            ("bodies_bytes", self.bodies_bytes),
            ("requests_max", self.requests_max),
            ("searches_max", self.searches_max),
            ("page_bytes", self.page_bytes),
            ("bulk_operations", self.bulk_operations),
            ("page_default", self.page_default),
            ("page_max", self.page_max),
            ("sort_matches_max", self.sort_matches_max),
        ];
        let bytes = [
            ("body_bytes", self.body_bytes),
            ("bulk_payload_bytes", self.bulk_payload_bytes),
            ("document_bytes", self.document_bytes),
        ];
        let from_one = from_one.map(|(key, value)| (key, value, usize::MAX));
        let bytes = bytes.map(|(key, value)| (key, value, BODY_BYTES_MAX));
        for (key, value, max) in from_one.into_iter().chain(bytes) {
            if value.is_some_and(|value| !(1..=max).contains(&value)) {
                let bound = if max == usize::MAX {
                    String::new()
                } else {
                    format!(" and at most {max}")
                };
                document.fault(
                    &[Step::Key("limits"), Step::Key(key)],
                    format!("must be at least 1{bound}"),
                );
            }
        }
        if self
            .page_default
            .zip(self.page_max)
            .is_some_and(|(default, max)| default > max)
        {
            let steps = [Step::Key("limits"), Step::Key("page_default")];
            document.fault(&steps, "must not be greater than page_max");
        }
    }
}

/// Whether a log can be filtered so. A lone word that is no level would be taken for a part of the program, of which
/// nothing is known, and nothing else would be logged.
fn is_filter(text: &str) -> bool {
    let is_level = |text: &str| !text.is_empty() && text.parse::<LevelFilter>().is_ok();
    let is_meant = |part: &str| match part.contains(['[', ']', '{', '}']) {
        // Spans and their fields may stand for a level.
        true => !part.ends_with('='),
        false => is_level(part.rsplit_once('=').map_or(part, |(_, level)| level)),
    };
    text.parse::<EnvFilter>().is_ok() && text.split(',').all(is_meant)
}

fn is_public_url(text: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(text) else {
        return false;
    };
    matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.username().is_empty()
        && url.password().is_none()
        && !text.contains(['?', '#'])
        && !text.ends_with('/')
}
