//! OAuth 2.0: the consent of an administrator, and the Client Credentials Grant of a service account.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as NotAScope;
use serde_json::json;

use super::account::BoxEnterprise;
use super::records::Scope;
use crate::twins::oauth::{Authentication, Bodies, Config, GrantType, Lifetime, Rotation, Scopes, Token, UnknownScope};
use crate::twins::{Answer, Request};

const TOKEN: &str = "POST /oauth2/token";

const HOUR_SECONDS: i64 = 60 * 60;

/// The scopes of the contract.
const SCOPES: [&str; 9] = [
    "root_readonly",
    "root_readwrite",
    "manage_app_users",
    "manage_managed_users",
    "manage_groups",
    "manage_webhook",
    "manage_enterprise_properties",
    "manage_data_retention",
    "manage_legal_hold",
];

/// A code lives thirty seconds, an access token about an hour, a refresh token sixty days and is good once. Who names
/// no scope gets those of the app; what becomes of scopes that do not exist is not documented.
pub(super) static OAUTH: Config = Config {
    authorize: ["GET /api/oauth2/authorize", "POST /api/oauth2/authorize"],
    token: TOKEN,
    revoke: Some("POST /oauth2/revoke"),
    bodies: Bodies::Form,
    token_status: 200,
    grants: &[
        (GrantType::AuthorizationCode, AUTHENTICATION),
        (GrantType::RefreshToken, AUTHENTICATION),
        (GrantType::ClientCredentials, AUTHENTICATION),
    ],
    pkce_required: false,
    issuer: false,
    scopes: Scopes {
        is_known: |scope| SCOPES.contains(&scope),
        unknown: UnknownScope::Refused,
        default: "root_readwrite manage_managed_users manage_groups",
    },
    code_seconds: 30,
    access: Lifetime {
        seconds: HOUR_SECONDS,
        asked: None,
    },
    refresh: Some(Lifetime {
        seconds: 60 * 24 * HOUR_SECONDS,
        asked: None,
    }),
    tells_refresh_end: false,
    refresh_scope: None,
    rotation: Rotation::Refresh,
    own: None,
};

const AUTHENTICATION: &[Authentication] = &[Authentication::Post];

impl BoxEnterprise {
    /// The answer of the authorization server, if the request is for it.
    pub(super) fn authorize(&mut self, now: Timestamp, request: &Request) -> Option<Answer> {
        if self.oauth.route(request) == Some(TOKEN) && !self.names_itself(request) {
            return Some(nobodys());
        }
        self.oauth.handle(now, request)
    }

    /// A service account is that of an enterprise, which the client must name.
    fn names_itself(&self, request: &Request) -> bool {
        let asked: Vec<_> = form_urlencoded::parse(&request.body).collect();
        let is = |name: &str, value: &str| asked.iter().any(|(key, said)| key == name && said == value);
        let enterprise = self.account.enterprise.to_string();
        !is("grant_type", "client_credentials")
            || (is("box_subject_type", "enterprise") && is("box_subject_id", &enterprise))
    }
}

/// The words are not documented.
fn nobodys() -> Answer {
    let description = "Grant credentials are invalid";
    let body = json!({ "error": "invalid_grant", "error_description": description });
    Answer::json(400, &body)
}

/// What a token opens.
pub(super) fn scopes(token: &Token) -> BTreeSet<Scope> {
    token.scopes.iter().filter_map(|name| scope(name)).collect()
}

fn scope(name: &str) -> Option<Scope> {
    Scope::deserialize(IntoDeserializer::<NotAScope>::into_deserializer(name)).ok()
}
