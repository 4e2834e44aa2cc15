//! A server, calls to it, and what is expected of the answers.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::asking::{self, CALLBACK, CHALLENGE, VERIFIER, parameter};
use super::super::{
    Assertion, Authentication, Bodies, CLIENT_ID, CLIENT_SECRET, Config, GrantType, Lifetime, Rotation, Scopes, Seed,
    Server, UnknownScope,
};
use crate::twins::{Answer, Request};

const WITH_SECRET: &[Authentication] = &[
    Authentication::Basic,
    Authentication::Post,
    Authentication::PrivateKeyJwt(verify),
];
const ANY: &[Authentication] = &[
    Authentication::Basic,
    Authentication::Post,
    Authentication::PrivateKeyJwt(verify),
    Authentication::Public,
];

/// Stands for a signature: the third part of the JWT must be the client's key.
fn verify(assertion: &Assertion) -> Result<(), &'static str> {
    let key = assertion.client.jwks.as_ref().and_then(Value::as_str);
    let right = key.is_some() && assertion.jwt.rsplit('.').next() == key;
    let here = assertion.audience == "http://vendor.example/token" && assertion.now >= Timestamp::UNIX_EPOCH;
    if right && here { Ok(()) } else { Err("wrong") }
}

pub(crate) const CONFIG: Config = Config {
    authorize: ["GET /authorize", "POST /authorize"],
    token: "POST /token",
    revoke: Some("POST /revoke"),
    bodies: Bodies::Form,
    token_status: 200,
    grants: &[
        (GrantType::AuthorizationCode, ANY),
        (GrantType::RefreshToken, ANY),
        (GrantType::ClientCredentials, WITH_SECRET),
    ],
    pkce_required: false,
    issuer: true,
    scopes: Scopes {
        is_known: |scope| matches!(scope, "read" | "write" | "admin"),
        unknown: UnknownScope::Refused,
        default: "read",
    },
    code_seconds: 60,
    access: Lifetime {
        seconds: 600,
        asked: None,
    },
    refresh: Some(Lifetime {
        seconds: 6000,
        asked: None,
    }),
    tells_refresh_end: true,
    refresh_scope: None,
    rotation: Rotation::Refresh,
    own: None,
};

pub(crate) type Pairs<'a> = &'a [(&'a str, &'a str)];

pub(crate) struct Desk {
    pub(crate) server: Server,
    pub(crate) now: Timestamp,
}

impl Desk {
    pub(crate) fn new(config: &'static Config) -> Desk {
        Desk {
            server: Server::new(config, "account"),
            now: Timestamp::from_second(1_800_000_000).unwrap(),
        }
    }

    pub(crate) fn seed(&mut self, seed: Value) {
        let seed: Seed = serde_json::from_value(seed).unwrap();
        self.server.check(&seed).unwrap();
        self.server.sow(self.now, seed);
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    pub(crate) fn send(&mut self, request: Request) -> Answer {
        self.server.handle(self.now, &request).unwrap()
    }

    /// A form to one of the endpoints.
    pub(crate) fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.send(form(path, pairs))
    }

    /// What the consent page's `Allow` sends.
    pub(crate) fn consent(&mut self, changes: &[(&str, &str)]) -> Answer {
        self.post("/authorize", &with(&with(ASKED, &[("decision", "allow")]), changes))
    }

    pub(crate) fn code(&mut self) -> String {
        parameter(&self.consent(&[]), "code").unwrap()
    }

    /// A token request of the client that every server knows.
    pub(crate) fn token(&mut self, changes: &[(&str, &str)]) -> Answer {
        let who = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
        self.post("/token", &with(&who, changes))
    }

    pub(crate) fn redeem(&mut self, code: &str) -> Answer {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
    }

    pub(crate) fn refresh(&mut self, token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Whether the token opens anything.
    pub(crate) fn opens(&self, token: &str) -> bool {
        self.server.access(self.now, token).is_some()
    }
}

/// A sound authorization request.
pub(crate) const ASKED: &[(&str, &str)] = &[
    ("response_type", "code"),
    ("client_id", CLIENT_ID),
    ("redirect_uri", CALLBACK),
    ("scope", "read write"),
    ("state", "a&b"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// The pairs with others set.
pub(crate) fn with<'a>(pairs: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = pairs
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
    kept.chain(changes).copied().collect()
}

pub(crate) fn form(path: &str, pairs: &[(&str, &str)]) -> Request {
    let mut form = asking::form(path, pairs);
    form.headers.push(("host".into(), "vendor.example".into()));
    form
}

pub(crate) fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// The status, and the error if there is one.
pub(crate) fn outcome(answer: &Answer) -> String {
    match body(answer)["error"].as_str() {
        Some(error) => format!("{} {error}", answer.status),
        None => answer.status.to_string(),
    }
}

/// The access and the refresh token.
pub(crate) fn tokens(answer: &Answer) -> (String, String) {
    let said = body(answer);
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    (text("access_token"), text("refresh_token"))
}

/// A client without a secret, and one that signs.
pub(crate) fn others() -> Value {
    json!({ "clients": [
        { "id": "public", "redirect_uris": [CALLBACK] },
        { "id": "signer", "jwks": "signature", "scopes": ["read"] },
    ] })
}
