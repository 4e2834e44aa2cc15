//! The org authorization server: the only one that gives tokens for the Management API.

use jiff::Timestamp;
use serde_json::json;

use super::account::Okta;
use super::assertion;
use super::jwt::Jwt;
use super::limits::{Bucket, Claim};
use super::records::UsedAssertion;
use super::refusal::Refusal;
use crate::twins::oauth::{Authentication, Bodies, Config, GrantType, Lifetime, Rotation, Scopes, UnknownScope};
use crate::twins::table::Row;
use crate::twins::{Answer, Request};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// No such scope exists, so that a request without scopes is refused like one with a wrong one.
const MISSING_SCOPE: &str = "none";

/// Access tokens live an hour. How long codes and refresh tokens live, that a refresh token stays what it is, and that
/// every client needs a code challenge, is not documented.
pub(super) static OAUTH: Config = Config {
    authorize: ["GET /oauth2/v1/authorize", "POST /oauth2/v1/authorize"],
    token: "POST /oauth2/v1/token",
    revoke: None,
    bodies: Bodies::Form,
    token_status: 200,
    grants: &[
        (GrantType::AuthorizationCode, AUTHENTICATION),
        (GrantType::RefreshToken, AUTHENTICATION),
        (GrantType::ClientCredentials, SERVICE_AUTHENTICATION),
    ],
    pkce_required: true,
    issuer: false,
    scopes: Scopes {
        is_known: |scope| is_known(scope),
        unknown: UnknownScope::Refused,
        default: MISSING_SCOPE,
    },
    code_seconds: 300,
    access: Lifetime {
        seconds: 60 * 60,
        asked: None,
    },
    refresh: Some(Lifetime {
        seconds: 100 * DAY_SECONDS,
        asked: None,
    }),
    tells_refresh_end: false,
    refresh_scope: Some("offline_access"),
    rotation: Rotation::Kept,
    own: None,
};

const AUTHENTICATION: &[Authentication] = &[
    Authentication::Basic,
    Authentication::Post,
    Authentication::PrivateKeyJwt(assertion::verify),
    Authentication::Public,
];

/// An application that acts for nobody must sign what it asks.
const SERVICE_AUTHENTICATION: &[Authentication] = &[Authentication::PrivateKeyJwt(assertion::verify)];

/// What there are scopes for, to read and to manage.
const RESOURCES: [&str; 8] = [
    "apps",
    "groups",
    "logs",
    "orgs",
    "roles",
    "schemas",
    "userTypes",
    "users",
];

fn is_known(scope: &str) -> bool {
    let resource = scope.strip_prefix("okta.").and_then(|rest| rest.split_once('.'));
    match resource {
        Some((resource, action)) => RESOURCES.contains(&resource) && matches!(action, "read" | "manage"),
        None => matches!(scope, "openid" | "profile" | "email" | "offline_access"),
    }
}

impl Okta {
    /// The authorization server's answer to a request, if it is for that.
    pub(super) fn authorize(&mut self, now: Timestamp, request: &Request) -> Option<Answer> {
        self.oauth.route(request)?;
        let claim = Claim {
            bucket: Bucket::Oauth2,
            credential: "",
        };
        let budget = self.budget(now, claim);
        if budget.is_exceeded() {
            return Some(budget.head(Refusal::too_many_requests().answer(now)));
        }
        let assertion = assertion(request);
        let is_used = |assertion: &UsedAssertion| self.assertions.rows().contains_key(&assertion.key());
        if assertion.as_ref().is_some_and(is_used) {
            return Some(budget.head(replayed()));
        }
        let answer = self.oauth.handle(now, request)?;
        if let Some(assertion) = assertion.filter(|_| answer.status == 200) {
            self.remember(now, assertion);
        }
        Some(budget.head(answer))
    }

    /// Keeps an assertion in mind as long as it could be sent again.
    fn remember(&mut self, now: Timestamp, assertion: UsedAssertion) {
        let rows = self.assertions.rows().values();
        let expired = rows.filter(|assertion| assertion.expires <= now.as_second());
        for key in expired.map(|assertion| assertion.key()).collect::<Vec<_>>() {
            self.assertions.remove(now, &key);
        }
        self.assertions.put(now, assertion);
    }
}

/// The assertion in a token request, if it has an id by which it can be told from others.
fn assertion(request: &Request) -> Option<UsedAssertion> {
    let (_, text) = form_urlencoded::parse(&request.body).find(|(name, _)| name == "client_assertion")?;
    let claims = Jwt::read(&text)?.claims;
    Some(UsedAssertion {
        client: claims.get("iss")?.as_str()?.to_owned(),
        id: claims.get("jti")?.as_str()?.to_owned(),
        expires: claims.get("exp")?.as_i64()?,
    })
}

fn replayed() -> Answer {
    let description = "The client_assertion token has already been used.";
    Answer::json(
        401,
        &json!({ "error": "invalid_client", "error_description": description }),
    )
}
