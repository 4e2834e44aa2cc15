//! What differs from one vendor's authorization server to the other.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::client::Verifier;

/// How a vendor's authorization server behaves.
pub(in crate::twins) struct Config {
    /// The routes of the consent page, such as `GET /oauth/authorize`, and of the decision taken there. The paths must
    /// be the same.
    pub(in crate::twins) authorize: [&'static str; 2],
    /// The route of the token endpoint, such as `POST /oauth/token`.
    pub(in crate::twins) token: &'static str,
    /// The route of the revocation endpoint, if there is one.
    pub(in crate::twins) revoke: Option<&'static str>,
    /// How the bodies of the token and revocation endpoints are written.
    pub(in crate::twins) bodies: Bodies,
    /// The status of a token response: 200 by RFC 6749, which not every vendor follows.
    pub(in crate::twins) token_status: u16,
    /// The grants there are, and how a client may authenticate for each.
    pub(in crate::twins) grants: &'static [(GrantType, &'static [Authentication])],
    /// Whether every client must send a code challenge; else only those without a secret must.
    pub(in crate::twins) pkce_required: bool,
    /// Whether authorization responses carry `iss`: the URL of the server's own root.
    pub(in crate::twins) issuer: bool,
    pub(in crate::twins) scopes: Scopes,
    /// How long a code can be used.
    pub(in crate::twins) code_seconds: i64,
    pub(in crate::twins) access: Lifetime,
    /// None: no refresh tokens are issued.
    pub(in crate::twins) refresh: Option<Lifetime>,
    /// Whether answers say how long the refresh token lives, by `refresh_token_expires_in`.
    pub(in crate::twins) tells_refresh_end: bool,
    /// The scope without which no refresh token is issued, if there is one.
    pub(in crate::twins) refresh_scope: Option<&'static str>,
    pub(in crate::twins) rotation: Rotation,
    /// The tokens that clients ask for themselves (RFC 6749 section 4.4), where they differ from the others.
    pub(in crate::twins) own: Option<Own>,
}

/// What differs in the tokens that clients ask for themselves.
pub(in crate::twins) struct Own {
    pub(in crate::twins) scopes: Scopes,
    pub(in crate::twins) access: Lifetime,
}

/// How long tokens of a kind live.
pub(in crate::twins) struct Lifetime {
    pub(in crate::twins) seconds: i64,
    /// What a client may ask for by `expires_in`, or by `refresh_token_expires_in`; none: it cannot ask.
    pub(in crate::twins) asked: Option<RangeInclusive<i64>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::twins) enum Bodies {
    Form,
    Json,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::twins) enum GrantType {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
}

/// How a client authenticates at the token endpoint.
#[derive(Clone, Copy)]
pub(in crate::twins) enum Authentication {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
    /// None: the client has no secret.
    Public,
    /// `private_key_jwt` (RFC 7523), checked by the vendor's rules.
    PrivateKeyJwt(Verifier),
}

/// Which scopes there are.
pub(in crate::twins) struct Scopes {
    pub(in crate::twins) is_known: fn(&str) -> bool,
    /// What becomes of a scope that does not exist, or that the client was not given.
    pub(in crate::twins) unknown: UnknownScope,
    /// What a request without scopes gets.
    pub(in crate::twins) default: &'static str,
}

#[derive(Clone, Copy)]
pub(in crate::twins) enum UnknownScope {
    /// The request is refused: `invalid_scope`.
    Refused,
    /// The token is granted without it, and nobody says so but the token response.
    Dropped,
    /// The token is granted with this scope alone.
    Replaces(&'static str),
}

/// What a refresh does to the tokens before it.
#[derive(Clone, Copy)]
pub(in crate::twins) enum Rotation {
    /// The refresh token stays as it is.
    Kept,
    /// The refresh token is replaced.
    Refresh,
    /// The refresh token is replaced, and the access token ends as well.
    Both,
}
