//! Classic User OAuth, and the tokens that an app with Scoped OAuth asks for itself. PagerDuty's host for both is
//! another one than that of the API; the twin is both hosts.

use super::account::PagerDuty;
use super::records::Access;
use super::routes;
use crate::twins::oauth::{
    Authentication, Bodies, Config, GrantType, Lifetime, Own, Rotation, Scopes, Token, UnknownScope,
};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// What a token has if it was asked for with a scope that does not exist. It opens nothing.
const NO_SCOPE: &str = "openid";

/// Begins the scope that names the account whose app it is.
const AS_ACCOUNT: &str = "as_account-";

/// A code lives thirty seconds, tokens 30 and 210 days, and one day those of an app for itself. That a refresh ends the
/// former refresh token alone is not documented, and neither is the scope of who asks for none.
pub(super) static OAUTH: Config = Config {
    authorize: ["GET /oauth/authorize", "POST /oauth/authorize"],
    token: "POST /oauth/token",
    revoke: None,
    bodies: Bodies::Form,
    token_status: 200,
    grants: &[
        (GrantType::AuthorizationCode, AUTHENTICATION),
        (GrantType::RefreshToken, AUTHENTICATION),
        (GrantType::ClientCredentials, &[Authentication::Post]),
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
    own: Some(Own {
        scopes: Scopes {
            is_known: |scope| scope.starts_with(AS_ACCOUNT) || routes::is_scope(scope),
            unknown: UnknownScope::Replaces(NO_SCOPE),
            default: NO_SCOPE,
        },
        access: Lifetime {
            seconds: DAY_SECONDS,
            asked: None,
        },
    }),
};

const AUTHENTICATION: &[Authentication] = &[Authentication::Post, Authentication::Basic, Authentication::Public];

impl PagerDuty {
    /// What a token may do. Neither is documented that `write` is enough for reading as well, nor what a token does
    /// that names another account than this.
    pub(super) fn access_of(&self, token: &Token) -> Access {
        if token.grant == GrantType::ClientCredentials {
            let account = format!("{AS_ACCOUNT}us.{}", self.account.subdomain);
            return match token.has_scope(&account) {
                true => Access::Scoped(token.scopes.iter().cloned().collect()),
                false => Access::Scopeless,
            };
        }
        match (token.has_scope("write"), token.has_scope("read")) {
            (true, _) => Access::Full,
            (false, true) => Access::ReadOnly,
            (false, false) => Access::Scopeless,
        }
    }
}
