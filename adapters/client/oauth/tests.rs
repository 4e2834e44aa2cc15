//! A client against an authorization server in process.
mod session;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::*;
use crate::client::{Answer, InProcess, Lost, Request};
use crate::descriptor::{AuthMethod, ClientAuth, Grant, TokenRequest};
use crate::{Error, ErrorKind, Retry};

const NOON: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Keeps tokens in memory, unless it is full, and the time.
struct Desk {
    kept: Mutex<Option<Tokens>>,
    saved: AtomicUsize,
    is_full: AtomicBool,
    now: Mutex<Timestamp>,
}

#[async_trait]
impl Vault for Desk {
    async fn load(&self) -> Result<Option<Tokens>, Error> {
        Ok(self.kept.lock().unwrap().clone())
    }

    async fn replace(&self, former: Option<&Tokens>, tokens: &Tokens) -> Result<bool, Error> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Unavailable, Retry::Backoff, "full"));
        }
        let mut kept = self.kept.lock().unwrap();
        if !Tokens::are_same(former, kept.as_ref()) {
            return Ok(false);
        }
        *kept = Some(tokens.clone());
        self.saved.fetch_add(1, Ordering::Relaxed);
        Ok(true)
    }

    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
}

impl Desk {
    fn at(&self, now: Timestamp) {
        *self.now.lock().unwrap() = now;
    }
}

fn desk(kept: Option<Tokens>) -> Arc<Desk> {
    Arc::new(Desk {
        kept: Mutex::new(kept),
        saved: AtomicUsize::new(0),
        is_full: AtomicBool::new(false),
        now: Mutex::new(NOON),
    })
}

fn method(grant: Grant) -> &'static AuthMethod {
    Box::leak(Box::new(AuthMethod {
        name: "oauth".into(),
        grant,
        prefix: "Bearer ".into(),
        authorize_url: None,
        token_url: None,
        scopes: Vec::new(),
        refresh_seconds: None,
        client_auth: ClientAuth::Body,
        token_request: TokenRequest::Form,
        token_parameters: BTreeMap::new(),
    }))
}

type Server = Box<dyn Fn(&Request) -> Result<Answer, Lost> + Send + Sync>;

/// The server sees token requests at `/token` and the vendor's calls elsewhere.
fn transport(server: Server) -> Arc<InProcess> {
    Arc::new(InProcess::new(move |request, _| {
        let answer = server(&request);
        Box::pin(async move {
            tokio::task::yield_now().await;
            answer
        })
    }))
}

fn client(method: &'static AuthMethod, server: Server) -> Client {
    Client {
        vendor: "v",
        method,
        token_url: "https://id.vendor.example/token".into(),
        client_id: "usherd".into(),
        secret: "s3cret".into(),
        key_id: None,
        scopes: vec!["users:write".into()],
        token_parameters: Vec::new(),
        transport: transport(server),
        deadline: Duration::from_secs(1),
    }
}

fn answer(status: u16, body: &Value) -> Result<Answer, Lost> {
    Ok(Answer {
        status,
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    })
}

fn parameters(request: &Request) -> Vec<(String, String)> {
    let body = request.body.clone().unwrap_or_default();
    form_urlencoded::parse(&body).into_owned().collect()
}

fn parameter(request: &Request, name: &str) -> String {
    let found = parameters(request).into_iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value).unwrap_or_default()
}

/// Tokens given at noon for an hour.
fn tokens(access: &str, refresh: Option<&str>) -> Tokens {
    Tokens {
        access: access.into(),
        refresh: refresh.map(SecretString::from),
        given: NOON,
        expires: Some(NOON + SignedDuration::from_hours(1)),
        refresh_expires: None,
        scopes: None,
    }
}

fn session(client: Client, desk: Arc<Desk>) -> Arc<Session> {
    Arc::new(Session::new(client, desk, Arc::default()))
}

async fn access(session: &Arc<Session>) -> Result<String, ErrorKind> {
    let access = session.access().await;
    access
        .map(|access| access.expose_secret().to_owned())
        .map_err(|error| error.kind)
}

/// Gives `A1` for the refresh token `R0`, `A2` for `R1`, and so on: each works once.
fn rotating() -> Server {
    let next = AtomicUsize::new(0);
    Box::new(move |request| {
        let n = next.load(Ordering::Relaxed);
        if parameter(request, "refresh_token") != format!("R{n}") {
            return answer(400, &json!({ "error": "invalid_grant" }));
        }
        next.store(n + 1, Ordering::Relaxed);
        let (access, refresh) = (format!("A{}", n + 1), format!("R{}", n + 1));
        answer(
            200,
            &json!({ "access_token": access, "refresh_token": refresh, "expires_in": 3600, "token_type": "bearer" }),
        )
    })
}

/// The end of a consent is known from the answer, else from the vendor's documentation; a refresh token that stays keeps
/// its end.
#[tokio::test]
async fn the_end_of_a_refresh_token_is_kept_with_it() {
    let noon_and = |seconds| NOON + SignedDuration::from_secs(seconds);
    for (told, usual, given, expected) in [
        (Some(60), Some(600), true, Some(noon_and(60))),
        (Some(60), None, true, Some(noon_and(60))),
        (None, Some(600), true, Some(noon_and(600))),
        (None, None, true, None),
        (None, Some(600), false, Some(noon_and(7))),
        (Some(60), None, false, Some(noon_and(60))),
    ] {
        let server: Server = Box::new(move |_| {
            let mut body = json!({ "access_token": "A1", "expires_in": 3600, "refresh_token_expires_in": told });
            if given {
                body["refresh_token"] = json!("R1");
            }
            answer(200, &body)
        });
        let method = Box::leak(Box::new(AuthMethod {
            refresh_seconds: usual,
            ..method(Grant::AuthorizationCode).clone()
        }));
        let former = Tokens {
            expires: Some(NOON),
            refresh_expires: Some(noon_and(7)),
            ..tokens("A0", Some("R0"))
        };
        let desk = desk(Some(former));
        let session = session(client(method, server), desk.clone());
        assert_eq!(access(&session).await.as_deref(), Ok("A1"));
        let kept = desk.load().await.expect("they are kept").expect("there are some");
        assert_eq!(kept.refresh_expires, expected, "{told:?} {usual:?} {given}");
    }
}

#[tokio::test]
async fn a_scope_that_was_not_granted_is_named() {
    for (scope, lacks) in [
        (Some("users:write users:read"), false),
        (Some("openid"), true),
        (None, false),
    ] {
        let server: Server = Box::new(move |_| answer(200, &json!({ "access_token": "A", "scope": scope })));
        let session = session(client(method(Grant::ClientCredentials), server), desk(None));
        let result = session.access().await;
        assert_eq!(result.is_err(), lacks, "{scope:?}");
        if let Err(error) = result {
            assert_eq!(error.reason, "the token lacks users:write");
        }
    }
}

#[tokio::test]
async fn token_requests_take_the_vendors_form() {
    for (auth, request_form) in [
        (ClientAuth::Body, TokenRequest::Form),
        (ClientAuth::Body, TokenRequest::Json),
        (ClientAuth::Basic, TokenRequest::Form),
    ] {
        let method: &'static AuthMethod = Box::leak(Box::new(AuthMethod {
            client_auth: auth,
            token_request: request_form,
            ..method(Grant::ClientCredentials).clone()
        }));
        let seen = Arc::new(Mutex::new(None));
        let keep = seen.clone();
        let server: Server = Box::new(move |request| {
            *keep.lock().unwrap() = Some(request.clone());
            answer(200, &json!({ "access_token": "A" }))
        });
        let client = Client {
            token_parameters: vec![("subject", "enterprise 1".into())],
            ..client(method, server)
        };
        access(&session(client, desk(None))).await.unwrap();
        let request = seen.lock().unwrap().take().unwrap();
        let text = String::from_utf8(request.body.clone().unwrap()).unwrap();
        let authorization = request.headers.iter().find(|(name, _)| *name == "authorization");
        assert_eq!(text.contains("s3cret"), auth == ClientAuth::Body, "{text}");
        assert_eq!(authorization.is_some(), auth == ClientAuth::Basic);
        let told = ["subject=enterprise+1", r#""subject":"enterprise 1""#];
        assert!(told.iter().any(|told| text.contains(told)), "{text}");
        assert_eq!(text.starts_with('{'), request_form == TokenRequest::Json, "{text}");
        assert!(!format!("{request:?}").contains("s3cret"));
    }
}

/// A fresh private key in PEM.
fn key() -> SecretString {
    let random = aws_lc_rs::rand::SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let body = STANDARD.encode(key.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n").into()
}

#[tokio::test]
async fn an_assertion_is_signed_for_the_server() {
    let seen = Arc::new(Mutex::new(String::new()));
    let keep = seen.clone();
    let server: Server = Box::new(move |request| {
        *keep.lock().unwrap() = parameter(request, "client_assertion");
        answer(200, &json!({ "access_token": "A" }))
    });
    let client = Client {
        secret: key(),
        key_id: Some("k1".into()),
        ..client(method(Grant::PrivateKeyJwt), server)
    };
    access(&session(client, desk(None))).await.unwrap();
    let assertion = seen.lock().unwrap().clone();
    let header = jsonwebtoken::decode_header(&assertion).unwrap();
    assert_eq!(header.kid.as_deref(), Some("k1"));
    let claims: Value = jsonwebtoken::dangerous::insecure_decode(&assertion).unwrap().claims;
    assert_eq!(
        (&claims["iss"], &claims["sub"], &claims["aud"]),
        (
            &json!("usherd"),
            &json!("usherd"),
            &json!("https://id.vendor.example/token")
        )
    );
}

#[test]
fn a_consent_carries_state_challenge_and_exact_redirect() {
    let verifier = Verifier::draw().unwrap();
    let consent = Consent {
        authorize_url: "https://id.vendor.example/authorize?tenant=a",
        client_id: "usherd",
        redirect_uri: "https://usherd.example/provision/oauth/callback",
        scopes: &["read".into(), "write".into()],
    };
    let url = consent.url("the-state", &verifier);
    let (_, query) = url.split_once('?').unwrap();
    let get = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    for (name, expected) in [
        ("tenant", "a"),
        ("response_type", "code"),
        ("client_id", "usherd"),
        ("redirect_uri", "https://usherd.example/provision/oauth/callback"),
        ("state", "the-state"),
        ("code_challenge_method", "S256"),
        ("scope", "read write"),
    ] {
        assert_eq!(get(name).as_deref(), Some(expected), "{name}");
    }
    assert_eq!(get("code_challenge").unwrap().len(), 43);
    assert!(!url.contains(verifier.expose()), "the verifier stays here");
}
