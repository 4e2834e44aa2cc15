//! Tokens from the org authorization server, and what they open.

use serde_json::{Value, json};

use super::desk::{Desk, header, refusal};
use super::signing::Key;
use crate::twins::oauth::asking::{self, CALLBACK, CHALLENGE};
use crate::twins::oauth::{CLIENT_ID, CLIENT_SECRET};
use crate::twins::{Answer, Request, Twin};

const SERVICE: &str = "0oaservice";
const TOKEN_URL: &str = "http://okta.test/oauth2/v1/token";

fn post(desk: &mut Desk, path: &str, pairs: &[(&str, &str)]) -> Answer {
    let mut form = asking::form(path, pairs);
    let length = form.body.len().to_string();
    form.headers.push(("content-length".into(), length));
    form.headers.push(("host".into(), "okta.test".into()));
    desk.send(&form)
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// What a token opens: a read, and a write of a user.
fn opened(desk: &mut Desk, token: &str, line: &str) -> String {
    let body = if line.starts_with("GET") {
        Value::Null
    } else {
        json!({ "profile": { "title": "SRE" } })
    };
    let mut request = desk.request(line, &body);
    request.headers.retain(|(name, _)| name != "authorization");
    request
        .headers
        .push(("authorization".into(), format!("Bearer {token}")));
    let answer = desk.send(&request);
    match answer.status {
        200..300 => answer.status.to_string(),
        _ => {
            let challenge = header(&answer, "www-authenticate").unwrap_or("-").to_owned();
            format!("{} {challenge}", refusal(&answer))
        }
    }
}

const NO_SCOPE: &str =
    "403 E0000006 You do not have permission to perform the requested action Bearer error=\"insufficient_scope\"";
const NO_ROLE: &str = "403 E0000006 You do not have permission to perform the requested action -";
const NO_TOKEN: &str = "401 E0000011 Invalid token provided Bearer error=\"invalid_token\"";

/// A code for these scopes, or the error in its place.
fn code(desk: &mut Desk, scope: &str, challenge: &str) -> String {
    let answer = post(desk, "/oauth2/v1/authorize", &asking::allowed(scope, challenge));
    let said = |name| asking::parameter(&answer, name);
    said("code").unwrap_or_else(|| format!("error {}", said("error").unwrap()))
}

fn redeem(desk: &mut Desk, pairs: &[(&str, &str)]) -> Answer {
    let who = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
    post(desk, "/oauth2/v1/token", &[&who, pairs].concat())
}

fn by_code(desk: &mut Desk, code: &str) -> Answer {
    post(desk, "/oauth2/v1/token", &asking::redeemed(code))
}

#[test]
fn a_persons_consent_gives_a_token_for_an_hour() {
    let mut desk = Desk::new();
    let page = desk.request("GET /", &Value::Null);
    let page = Request {
        path: "/oauth2/v1/authorize".into(),
        query: vec![
            ("response_type".into(), "code".into()),
            ("client_id".into(), CLIENT_ID.into()),
            ("redirect_uri".into(), CALLBACK.into()),
            ("scope".into(), "okta.users.read".into()),
            ("code_challenge".into(), CHALLENGE.into()),
            ("code_challenge_method".into(), "S256".into()),
        ],
        ..page
    };
    let shown = desk.send(&page);
    assert_eq!(
        (shown.status, header(&shown, "content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let code = code(&mut desk, "okta.users.read okta.users.manage offline_access", CHALLENGE);
    let answer = by_code(&mut desk, &code);
    let said = json_of(&answer);
    assert_eq!((answer.status, &said["expires_in"]), (200, &json!(3600)));
    let (access, refresh) = (
        said["access_token"].as_str().unwrap(),
        said["refresh_token"].as_str().unwrap(),
    );
    // It acts for the person who consented.
    for (line, expected) in [
        ("GET /users/me", "200"),
        ("POST /users/{ann}", "200"),
        ("GET /groups", NO_SCOPE),
    ] {
        assert_eq!(opened(&mut desk, access, line), expected, "{line}");
    }
    desk.pass(3_600_000);
    assert_eq!(opened(&mut desk, access, "GET /users"), NO_TOKEN);
    // The refresh token stays what it is.
    for _ in 0..2 {
        let answer = redeem(
            &mut desk,
            &[("grant_type", "refresh_token"), ("refresh_token", refresh)],
        );
        let said = json_of(&answer);
        assert_eq!((answer.status, said["refresh_token"].as_str()), (200, Some(refresh)));
        assert_eq!(
            opened(&mut desk, said["access_token"].as_str().unwrap(), "GET /users"),
            "200"
        );
    }
}

#[test]
fn codes_are_short_and_bound() {
    for (milliseconds, expected) in [(299_000, 200), (300_000, 400)] {
        let mut desk = Desk::new();
        let code = code(&mut desk, "okta.users.read", CHALLENGE);
        desk.pass(milliseconds);
        let answer = by_code(&mut desk, &code);
        assert_eq!(answer.status, expected, "{milliseconds}");
        assert_eq!(json_of(&answer).get("refresh_token"), None);
    }
    let mut desk = Desk::new();
    assert_eq!(code(&mut desk, "okta.users.read", ""), "error invalid_request");
    for scope in ["okta.users.write", "okta.user.read", "users", ""] {
        assert_eq!(code(&mut desk, scope, CHALLENGE), "error invalid_scope", "{scope}");
    }
}

/// Each operation asks for the scope that the contract names, and for no other.
#[test]
fn each_operation_has_its_scope() {
    let scopes = [
        "okta.users.read",
        "okta.users.manage",
        "okta.groups.read",
        "okta.groups.manage",
        "okta.roles.read",
        "okta.roles.manage",
        "okta.userTypes.read",
        "okta.schemas.read",
    ];
    for (line, needed) in [
        ("GET /users", "okta.users.read"),
        ("GET /users/{ann}/groups", "okta.users.read"),
        ("POST /users/{ann}", "okta.users.manage"),
        ("DELETE /users/{ann}", "okta.users.manage"),
        ("GET /groups", "okta.groups.read"),
        ("GET /groups/{ops}/users", "okta.groups.read"),
        ("GET /groups/rules", "okta.groups.read"),
        ("DELETE /groups/{ops}", "okta.groups.manage"),
        ("GET /users/{ann}/roles", "okta.roles.read"),
        ("GET /groups/{ops}/roles", "okta.roles.read"),
        ("GET /iam/assignees/users", "okta.roles.read"),
        ("GET /meta/types/user", "okta.userTypes.read"),
        ("GET /meta/schemas/user/default", "okta.schemas.read"),
    ] {
        for scope in scopes {
            let mut desk = Desk::new();
            let code = code(&mut desk, scope, CHALLENGE);
            let said = json_of(&by_code(&mut desk, &code));
            let outcome = opened(&mut desk, said["access_token"].as_str().unwrap(), line);
            assert_eq!(outcome == NO_SCOPE, scope != needed, "{line} {scope}: {outcome}");
        }
    }
}

/// An org with a service application of these scopes and keys.
fn service(keys: &[Value], role: Value) -> Desk {
    Desk::given(json!({
        "oauth": { "clients": [{
            "id": SERVICE,
            "jwks": { "keys": keys },
            "scopes": ["okta.users.read", "okta.users.manage"],
        }]},
        "app_roles": role,
    }))
}

fn claims(desk: &Desk) -> Value {
    let now = desk.now.as_second();
    json!({ "iss": SERVICE, "sub": SERVICE, "aud": TOKEN_URL, "exp": now + 300, "iat": now })
}

fn by_assertion(desk: &mut Desk, assertion: &str, scope: &str) -> Answer {
    let said = [
        ("grant_type", "client_credentials"),
        ("scope", scope),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", assertion),
    ];
    post(desk, "/oauth2/v1/token", &said)
}

#[test]
fn a_service_application_signs_for_its_token() {
    for key in [Key::elliptic(), Key::rsa()] {
        let mut desk = service(&[key.public("k1")], json!({ SERVICE: "SUPER_ADMIN" }));
        let header = json!({ "alg": key.algorithm(), "kid": "k1" });
        let assertion = key.sign(&header, &claims(&desk));
        let answer = by_assertion(&mut desk, &assertion, "okta.users.read okta.users.manage");
        let said = json_of(&answer);
        assert_eq!((answer.status, &said["expires_in"]), (200, &json!(3600)), "{said}");
        assert_eq!(said.get("refresh_token"), None);
        let token = said["access_token"].as_str().unwrap();
        assert_eq!(opened(&mut desk, token, "POST /users/{ann}"), "200");
        assert_eq!(opened(&mut desk, token, "GET /groups"), NO_SCOPE);
        // It acts for nobody.
        let nobody = opened(&mut desk, token, "GET /users/me");
        assert!(nobody.starts_with("404 E0000007"), "{nobody}");
    }
}

/// Scopes alone open nothing: the application needs an administrator role.
#[test]
fn a_service_application_needs_a_role() {
    let key = Key::elliptic();
    for (role, read, write) in [
        (json!({}), NO_ROLE, NO_ROLE),
        (json!({ SERVICE: "READ_ONLY_ADMIN" }), "200", NO_ROLE),
        (json!({ SERVICE: "SUPER_ADMIN" }), "200", "200"),
    ] {
        let mut desk = service(&[key.public("k1")], role.clone());
        let assertion = key.sign(&json!({ "alg": "ES256", "kid": "k1" }), &claims(&desk));
        let said = json_of(&by_assertion(
            &mut desk,
            &assertion,
            "okta.users.read okta.users.manage",
        ));
        let token = said["access_token"].as_str().unwrap();
        assert_eq!(opened(&mut desk, token, "GET /users"), read, "{role}");
        assert_eq!(opened(&mut desk, token, "POST /users/{ann}"), write, "{role}");
    }
}

#[test]
fn scopes_that_the_application_was_not_granted_are_refused() {
    let key = Key::elliptic();
    for (scope, expected) in [
        ("okta.users.read", "200"),
        ("okta.groups.read", "400 invalid_scope"),
        ("okta.users.read okta.groups.read", "400 invalid_scope"),
        ("okta.users.mange", "400 invalid_scope"),
        ("", "400 invalid_scope"),
    ] {
        let mut desk = service(&[key.public("k1")], json!({}));
        let assertion = key.sign(&json!({ "alg": "ES256", "kid": "k1" }), &claims(&desk));
        assert_eq!(told(&by_assertion(&mut desk, &assertion, scope)), expected, "{scope}");
    }
}

/// 200, or the status and the error.
fn told(answer: &Answer) -> String {
    match json_of(answer)["error"].as_str() {
        Some(error) => format!("{} {error}", answer.status),
        None => answer.status.to_string(),
    }
}

#[test]
fn an_assertion_must_be_right_in_every_part() {
    let (key, other) = (Key::elliptic(), Key::elliptic());
    let keys = [key.public("k1"), other.public("k2")];
    let now = service(&keys, json!({})).now.as_second();
    let right = json!({ "alg": "ES256", "kid": "k1" });
    for (header, changes, expected) in [
        (right.clone(), json!({}), "200"),
        (
            right.clone(),
            json!({ "aud": ["https://elsewhere.example", TOKEN_URL] }),
            "200",
        ),
        (right.clone(), json!({ "exp": now + 3600 }), "200"),
        (right.clone(), json!({ "iat": null }), "200"),
        (right.clone(), json!({ "exp": now + 3601 }), "401 invalid_client"),
        (right.clone(), json!({ "exp": now }), "401 invalid_client"),
        (right.clone(), json!({ "exp": null }), "401 invalid_client"),
        (
            right.clone(),
            json!({ "exp": (now + 300).to_string() }),
            "401 invalid_client",
        ),
        (right.clone(), json!({ "iat": now + 1 }), "401 invalid_client"),
        (right.clone(), json!({ "iss": "somebody" }), "401 invalid_client"),
        (right.clone(), json!({ "sub": "somebody" }), "401 invalid_client"),
        (
            right.clone(),
            json!({ "aud": "http://okta.test" }),
            "401 invalid_client",
        ),
        (right, json!({ "aud": null }), "401 invalid_client"),
        (json!({ "alg": "ES256", "kid": "k2" }), json!({}), "401 invalid_client"),
        (json!({ "alg": "ES256", "kid": "k3" }), json!({}), "401 invalid_client"),
        (json!({ "alg": "ES256" }), json!({}), "401 invalid_client"),
        (json!({ "alg": "RS256", "kid": "k1" }), json!({}), "401 invalid_client"),
        (json!({ "alg": "HS256", "kid": "k1" }), json!({}), "401 invalid_client"),
        (json!({ "alg": "none", "kid": "k1" }), json!({}), "401 invalid_client"),
    ] {
        let mut desk = service(&keys, json!({}));
        let mut said = claims(&desk);
        for (name, value) in changes.as_object().unwrap() {
            said[name] = value.clone();
        }
        let answer = by_assertion(&mut desk, &key.sign(&header, &said), "okta.users.read");
        assert_eq!(told(&answer), expected, "{header} {changes}");
    }
}

/// One with an id is good once; one without could be sent again.
#[test]
fn an_assertion_with_an_id_is_good_once() {
    let key = Key::elliptic();
    let header = json!({ "alg": "ES256", "kid": "k1" });
    let mut desk = service(&[key.public("k1")], json!({}));
    let mut named = claims(&desk);
    named["jti"] = json!("one");
    let assertion = key.sign(&header, &named);
    assert_eq!(
        told(&by_assertion(&mut desk, &assertion, "okta.groups.read")),
        "400 invalid_scope"
    );
    assert_eq!(told(&by_assertion(&mut desk, &assertion, "okta.users.read")), "200");
    let again = by_assertion(&mut desk, &assertion, "okta.users.read");
    assert_eq!(told(&again), "401 invalid_client");
    assert_eq!(
        json_of(&again)["error_description"],
        "The client_assertion token has already been used."
    );
    let unnamed = key.sign(&header, &claims(&desk));
    for _ in 0..2 {
        assert_eq!(told(&by_assertion(&mut desk, &unnamed, "okta.users.read")), "200");
    }
}

/// No secret gets a token that acts for nobody.
#[test]
fn client_credentials_need_a_signature() {
    let mut desk = Desk::new();
    let answer = redeem(
        &mut desk,
        &[("grant_type", "client_credentials"), ("scope", "okta.users.read")],
    );
    assert_eq!(told(&answer), "401 invalid_client");
    let mut keyless = Desk::given(json!({ "oauth": { "clients": [{ "id": SERVICE }] } }));
    let key = Key::elliptic();
    let assertion = key.sign(&json!({ "alg": "ES256", "kid": "k1" }), &claims(&keyless));
    assert_eq!(
        told(&by_assertion(&mut keyless, &assertion, "okta.users.read")),
        "401 invalid_client"
    );
    let encrypting = json!({ "use": "enc" });
    let mut public = key.public("k1");
    public["use"] = encrypting["use"].clone();
    let mut desk = service(&[public], json!({}));
    let assertion = key.sign(&json!({ "alg": "ES256", "kid": "k1" }), &claims(&desk));
    assert_eq!(
        told(&by_assertion(&mut desk, &assertion, "okta.users.read")),
        "401 invalid_client"
    );
}

#[test]
fn the_authorization_server_has_a_limit_too() {
    let mut desk = Desk::given(json!({ "limits": { "oauth2": 2 } }));
    let first = redeem(&mut desk, &[]);
    assert_eq!(
        (first.status, header(&first, "x-rate-limit-remaining")),
        (400, Some("0"))
    );
    assert_eq!(
        refusal(&redeem(&mut desk, &[])),
        "429 E0000047 API call exceeded rate limit due to too many requests."
    );
}

#[test]
fn tokens_outlive_the_twin_and_end_with_the_consent() {
    let mut desk = Desk::new();
    let code = code(&mut desk, "okta.users.read", CHALLENGE);
    let said = json_of(&by_code(&mut desk, &code));
    let token = said["access_token"].as_str().unwrap();
    let mut copy = super::super::Okta::new(8);
    copy.restore(desk.twin.snapshot(), Vec::new()).unwrap();
    desk.twin = copy;
    assert_eq!(opened(&mut desk, token, "GET /users"), "200");
    desk.seed(json!({ "oauth": { "revoked": [CLIENT_ID] } }));
    assert_eq!(opened(&mut desk, token, "GET /users"), NO_TOKEN);
}
