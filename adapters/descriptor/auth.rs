//! Ways to prove who calls.
use std::collections::BTreeMap;

use serde::Deserialize;

/// A way to prove who calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthMethod {
    /// Its name in a target's `auth` table.
    pub name: String,
    /// How a credential becomes an access token.
    pub grant: Grant,
    /// What stands before the secret or the access token in `Authorization`; a blank belongs to it.
    #[serde(default = "bearer")]
    pub prefix: String,
    /// Where people consent; may name settings in braces, and begins with a slash if it is below the base URL.
    #[serde(default)]
    pub authorize_url: Option<String>,
    /// Where tokens are given, in the same form.
    #[serde(default)]
    pub token_url: Option<String>,
    /// The least scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How long the vendor says that a refresh token holds; counts where its answers do not say. Nothing: nobody knows.
    #[serde(default)]
    pub refresh_seconds: Option<u32>,
    /// How the client proves itself where tokens are given.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// The media type in which tokens are asked for.
    #[serde(default)]
    pub token_request: TokenRequest,
    /// What the vendor wants to be told beyond the RFC when tokens are asked for; values may name settings in braces.
    #[serde(default)]
    pub token_parameters: BTreeMap<String, String>,
}

/// How a target's credential becomes what a call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The credential is sent as it is.
    Secret,
    /// A person consents; RFC 6749 section 4.1 with PKCE (RFC 7636). The credential is the client's secret.
    AuthorizationCode,
    /// RFC 6749 section 4.4. The credential is the client's secret.
    ClientCredentials,
    /// RFC 6749 section 4.4 with a signed assertion, RFC 7523 section 2.2. The credential is the client's private key.
    PrivateKeyJwt,
}

/// How a client proves itself where tokens are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the body.
    #[default]
    Body,
    /// HTTP Basic.
    Basic,
}

/// The media type in which tokens are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRequest {
    /// As RFC 6749 says.
    #[default]
    Form,
    /// As some vendors want it.
    Json,
}

fn bearer() -> String {
    "Bearer ".to_owned()
}
