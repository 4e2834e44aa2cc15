//! A client against an authorization server in process.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
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
use crate::client::{Answer, Connection, Credential, Gate, InProcess, Limits, Lost, Request};
use crate::descriptor::{AuthMethod, ClientAuth, Grant, TokenRequest};
use crate::{Error, ErrorKind};

const NOON: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Keeps tokens in memory, and the time.
struct Desk {
    kept: Mutex<Option<Tokens>>,
    saved: AtomicUsize,
    now: Mutex<Timestamp>,
}

#[async_trait]
impl Vault for Desk {
    async fn load(&self) -> Result<Option<Tokens>, Error> {
        Ok(self.kept.lock().unwrap().clone())
    }

    async fn save(&self, tokens: &Tokens) -> Result<(), Error> {
        *self.kept.lock().unwrap() = Some(tokens.clone());
        self.saved.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
}

fn desk(kept: Option<Tokens>) -> Arc<Desk> {
    Arc::new(Desk {
        kept: Mutex::new(kept),
        saved: AtomicUsize::new(0),
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

async fn access(session: &Session) -> Result<String, ErrorKind> {
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

#[tokio::test]
async fn a_token_is_renewed_early_and_by_one_caller_only() {
    let desk = desk(Some(tokens("A0", Some("R0"))));
    let session = Session::new(client(method(Grant::AuthorizationCode), rotating()), desk.clone());
    assert_eq!(access(&session).await.as_deref(), Ok("A0"));
    *desk.now.lock().unwrap() = NOON + SignedDuration::from_mins(56);
    let all = [(); 8].map(|()| access(&session));
    for renewed in futures_join(all).await {
        assert_eq!(renewed.as_deref(), Ok("A1"));
    }
    assert_eq!(desk.saved.load(Ordering::Relaxed), 1, "kept once, before it was used");
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
        let session = Session::new(client(method, server), desk.clone());
        assert_eq!(access(&session).await.as_deref(), Ok("A1"));
        let kept = desk.load().await.expect("they are kept").expect("there are some");
        assert_eq!(kept.refresh_expires, expected, "{told:?} {usual:?} {given}");
    }
}

async fn futures_join<const N: usize>(
    all: [impl Future<Output = Result<String, ErrorKind>>; N],
) -> Vec<Result<String, ErrorKind>> {
    let mut running: Vec<_> = all.into_iter().map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        running.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(result) => {
                done.push(result);
                false
            }
            std::task::Poll::Pending => true,
        });
        match running.is_empty() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done
}

#[tokio::test]
async fn a_failed_renewal_leaves_what_still_works() {
    let down = || -> Server { Box::new(|_| answer(503, &json!({}))) };
    let desk = desk(Some(tokens("A0", Some("R0"))));
    let session = Session::new(client(method(Grant::AuthorizationCode), down()), desk.clone());
    *desk.now.lock().unwrap() = NOON + SignedDuration::from_mins(56);
    assert_eq!(access(&session).await.as_deref(), Ok("A0"));
    *desk.now.lock().unwrap() = NOON + SignedDuration::from_mins(61);
    assert_eq!(access(&session).await, Err(ErrorKind::Unavailable));
}

#[tokio::test]
async fn who_has_not_consented_is_asked_to() {
    for kept in [None, Some(tokens("A0", Some("spent"))), Some(tokens("A0", None))] {
        let desk = desk(kept.clone());
        let session = Session::new(client(method(Grant::AuthorizationCode), rotating()), desk.clone());
        *desk.now.lock().unwrap() = NOON + SignedDuration::from_hours(2);
        let error = session.access().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unauthorized, "{kept:?}");
        assert!(error.reason.contains("usherd target authorize"), "{error}");
    }
}

/// The answer to a renewal was lost and the server has spent the refresh token: what another process kept is taken, and
/// a client that acts for itself asks anew.
#[tokio::test]
async fn a_lost_answer_to_a_renewal() {
    let lost = AtomicUsize::new(0);
    let server: Server = Box::new(move |request| match parameter(request, "grant_type").as_str() {
        "refresh_token" if lost.fetch_add(1, Ordering::Relaxed) == 0 => Err(Lost::AfterSending),
        "refresh_token" => answer(400, &json!({ "error": "invalid_grant" })),
        _ => answer(200, &json!({ "access_token": "own", "expires_in": 3600 })),
    });
    let desk = desk(Some(tokens("A0", Some("R0"))));
    let session = Session::new(client(method(Grant::ClientCredentials), server), desk.clone());
    *desk.now.lock().unwrap() = NOON + SignedDuration::from_hours(2);
    assert_eq!(access(&session).await, Err(ErrorKind::Ambiguous));
    assert_eq!(access(&session).await.as_deref(), Ok("own"));
}

/// The refresh token is spent while access still lives: access is used to its end, the server is not asked with each
/// call, and what is kept says when the end is. A new consent is taken up, whether what was before can be renewed or
/// not.
#[tokio::test]
async fn a_spent_refresh_token_is_forgotten() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let server: Server = Box::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        answer(400, &json!({ "error": "invalid_grant" }))
    });
    let desk = desk(Some(tokens("A0", Some("spent"))));
    let session = Session::new(client(method(Grant::AuthorizationCode), server), desk.clone());
    *desk.now.lock().unwrap() = NOON + SignedDuration::from_mins(56);
    for _ in 0..3 {
        assert_eq!(access(&session).await.as_deref(), Ok("A0"));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let kept = desk.kept.lock().unwrap().clone().unwrap();
    assert!(kept.refresh.is_none() && kept.expires == Some(NOON + SignedDuration::from_hours(1)));
    *desk.now.lock().unwrap() = NOON + SignedDuration::from_mins(61);
    assert_eq!(access(&session).await, Err(ErrorKind::Unauthorized));
    *desk.kept.lock().unwrap() = Some(Tokens {
        expires: None,
        ..tokens("anew", None)
    });
    assert_eq!(access(&session).await.as_deref(), Ok("anew"));
}

#[tokio::test]
async fn a_scope_that_was_not_granted_is_named() {
    for (scope, lacks) in [
        (Some("users:write users:read"), false),
        (Some("openid"), true),
        (None, false),
    ] {
        let server: Server = Box::new(move |_| answer(200, &json!({ "access_token": "A", "scope": scope })));
        let session = Session::new(client(method(Grant::ClientCredentials), server), desk(None));
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
        access(&Session::new(client, desk(None))).await.unwrap();
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
    access(&Session::new(client, desk(None))).await.unwrap();
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

#[derive(Default)]
struct Open;

#[async_trait]
impl Gate for Open {
    async fn pass(&self) {}

    fn observe(&self, _: u16, _: Limits) {}
}

/// A call whose token the vendor has withdrawn is made once more with a new one, and not a third time.
#[tokio::test]
async fn a_call_is_made_again_with_a_renewed_token() {
    for (accepted, expected) in [("Bearer A1", Ok(200)), ("Bearer none", Err(ErrorKind::Unauthorized))] {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = calls.clone();
        let vendor: Server = Box::new(move |request| {
            count.fetch_add(1, Ordering::Relaxed);
            let accepted = request.headers.contains(&("authorization", accepted.to_owned()));
            answer(if accepted { 200 } else { 401 }, &json!({}))
        });
        let desk = desk(Some(tokens("A0", Some("R0"))));
        let session = Session::new(client(method(Grant::AuthorizationCode), rotating()), desk);
        let connection = Connection {
            base_url: "https://api.vendor.example".into(),
            credential: Credential::session(Arc::new(session)),
            transport: transport(vendor),
            gate: Arc::new(Open),
            deadline: Duration::from_secs(1),
        };
        let answer = connection.call(Request::new("v", "POST", "/x", "/x".into())).await;
        assert_eq!(answer.map(|answer| answer.status).map_err(|error| error.kind), expected);
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }
}
