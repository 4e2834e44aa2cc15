//! OAuth 2.0 by code. Calendly's host for it is another one than that of the API; the twin is both.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as NotAScope;

use super::account::Calendly;
use super::records::Scope;
use crate::twins::oauth::{Authentication, Bodies, Config, GrantType, Lifetime, Rotation, Scopes, Token, UnknownScope};
use crate::twins::{Answer, Request};

const TOKEN: &str = "POST /oauth/token";

/// The documented limit of tokens for one user. That refused requests count as well is not documented.
const TOKENS_PER_MINUTE: u64 = 8;

const HOUR_SECONDS: i64 = 60 * 60;

/// A refresh token is good until it is used, however late.
const FOREVER_SECONDS: i64 = 100 * 365 * 24 * HOUR_SECONDS;

/// An access token lives two hours, and a refresh token is good once. Who asks for no scope gets none. How long a code
/// lives is not documented, nor what becomes of scopes that do not exist.
pub(super) static OAUTH: Config = Config {
    authorize: ["GET /oauth/authorize", "POST /oauth/authorize"],
    token: TOKEN,
    revoke: None,
    bodies: Bodies::Form,
    token_status: 200,
    grants: &[
        (GrantType::AuthorizationCode, AUTHENTICATION),
        (GrantType::RefreshToken, AUTHENTICATION),
    ],
    pkce_required: false,
    issuer: false,
    scopes: Scopes {
        is_known: |scope| scope == "activity_log:read" || self::scope(scope).is_some(),
        unknown: UnknownScope::Refused,
        default: "",
    },
    code_seconds: 60,
    access: Lifetime {
        seconds: 2 * HOUR_SECONDS,
        asked: None,
    },
    refresh: Some(Lifetime {
        seconds: FOREVER_SECONDS,
        asked: None,
    }),
    tells_refresh_end: false,
    refresh_scope: None,
    rotation: Rotation::Refresh,
    own: None,
};

const AUTHENTICATION: &[Authentication] = &[Authentication::Basic, Authentication::Post, Authentication::Public];

impl Calendly {
    /// The answer of the authorization server, if the request is for it.
    pub(super) fn authorize(&mut self, now: Timestamp, request: &Request) -> Option<Answer> {
        if self.oauth.route(request) != Some(TOKEN) {
            return self.oauth.handle(now, request);
        }
        let budget = self.limiter.count(now, TOKEN, TOKENS_PER_MINUTE);
        match budget.check() {
            Ok(()) => self.oauth.handle(now, request),
            Err(refusal) => Some(budget.head(refusal.answer())),
        }
    }
}

/// What a token opens.
pub(super) fn scopes(token: &Token) -> BTreeSet<Scope> {
    token.scopes.iter().filter_map(|name| scope(name)).collect()
}

fn scope(name: &str) -> Option<Scope> {
    Scope::deserialize(IntoDeserializer::<NotAScope>::into_deserializer(name)).ok()
}
