//! Classic User OAuth. PagerDuty's host for it is another one than that of the API; the twin is both.

use super::account::PagerDuty;
use super::records::Access;
use crate::twins::oauth::{Authentication, Bodies, Config, GrantType, Lifetime, Rotation, Scopes, Token, UnknownScope};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// What a token has if it was asked for with a scope that does not exist. It opens nothing.
const NO_SCOPE: &str = "openid";

/// A code lives thirty seconds, tokens 30 and 210 days. That a refresh ends the former refresh token alone is not
/// documented, and neither is the scope of who asks for none.
pub(super) static OAUTH: Config = Config {
    authorize: ["GET /oauth/authorize", "POST /oauth/authorize"],
    token: "POST /oauth/token",
    revoke: None,
    bodies: Bodies::Form,
    token_status: 200,
    grants: &[
        (GrantType::AuthorizationCode, AUTHENTICATION),
        (GrantType::RefreshToken, AUTHENTICATION),
    ],
    pkce_required: true,
    issuer: false,
    scopes: Scopes {
        is_known: |scope| matches!(scope, "read" | "write" | NO_SCOPE),
        unknown: UnknownScope::Replaces(NO_SCOPE),
        default: "read",
    },
    code_seconds: 30,
    access: Lifetime {
        seconds: 30 * DAY_SECONDS,
        asked: None,
    },
    refresh: Some(Lifetime {
        seconds: 210 * DAY_SECONDS,
        asked: None,
    }),
    tells_refresh_end: false,
    refresh_scope: None,
    rotation: Rotation::Refresh,
};

const AUTHENTICATION: &[Authentication] = &[Authentication::Post, Authentication::Basic, Authentication::Public];

impl PagerDuty {
    /// That `write` is enough for reading as well is not documented.
    pub(super) fn access_of(token: &Token) -> Access {
        match (token.has_scope("write"), token.has_scope("read")) {
            (true, _) => Access::Full,
            (false, true) => Access::ReadOnly,
            (false, false) => Access::Scopeless,
        }
    }
}
