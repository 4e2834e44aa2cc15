//! What the server keeps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config::GrantType;
use crate::twins::table::Row;

/// A registered client, as a seed describes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::twins) struct Client {
    pub(in crate::twins) id: String,
    /// None: the client is public, or signs its assertions.
    #[serde(default)]
    pub(in crate::twins) secret: Option<String>,
    /// The public keys of a client that signs its assertions: a JWK set.
    #[serde(default)]
    pub(in crate::twins) jwks: Option<Value>,
    /// Compared to the letter, but for the port of a loopback address.
    #[serde(default)]
    pub(in crate::twins) redirect_uris: Vec<String>,
    /// The scopes that it may be given; none: any that there is.
    #[serde(default)]
    pub(in crate::twins) scopes: Option<Vec<String>>,
    /// In place of the vendor's own lifetimes.
    #[serde(default)]
    pub(in crate::twins) code_seconds: Option<i64>,
    #[serde(default)]
    pub(in crate::twins) access_seconds: Option<i64>,
    #[serde(default)]
    pub(in crate::twins) refresh_seconds: Option<i64>,
    /// How many codes and pairs of tokens it was issued.
    #[serde(default)]
    pub(in crate::twins) issued: u64,
}

impl Row for Client {
    type Key = String;

    fn key(&self) -> String {
        self.id.clone()
    }
}

/// An authorization code.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Code {
    pub(super) code: String,
    pub(super) client: String,
    pub(super) redirect_uri: String,
    pub(super) scopes: Vec<String>,
    pub(super) challenge: Option<String>,
    pub(super) issued_at: Timestamp,
    pub(super) is_used: bool,
}

impl Row for Code {
    type Key = String;

    fn key(&self) -> String {
        self.code.clone()
    }
}

/// An access token, and the refresh token that came with it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(in crate::twins) struct Token {
    pub(in crate::twins) access: String,
    pub(in crate::twins) refresh: Option<Refresh>,
    /// The id of the client.
    pub(in crate::twins) client: String,
    pub(in crate::twins) scopes: Vec<String>,
    /// What it goes back to; a refreshed token is of the grant of the first one.
    pub(in crate::twins) grant: GrantType,
    /// The code it goes back to.
    pub(super) code: Option<String>,
    pub(in crate::twins) issued_at: Timestamp,
    /// How long the access token lives.
    pub(in crate::twins) seconds: i64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(in crate::twins) struct Refresh {
    pub(in crate::twins) token: String,
    pub(in crate::twins) issued_at: Timestamp,
    pub(in crate::twins) seconds: i64,
}

impl Row for Token {
    type Key = String;

    fn key(&self) -> String {
        self.access.clone()
    }
}

impl Token {
    pub(in crate::twins) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        is_live(now, self.issued_at, self.seconds)
    }

    /// Whether it can still be refreshed.
    pub(super) fn is_refreshable(&self, now: Timestamp) -> bool {
        self.refresh
            .as_ref()
            .is_some_and(|refresh| is_live(now, refresh.issued_at, refresh.seconds))
    }
}

/// Whether what lives so long is not over yet.
pub(super) fn is_live(now: Timestamp, issued_at: Timestamp, seconds: i64) -> bool {
    now.as_second().saturating_sub(issued_at.as_second()) < seconds
}
