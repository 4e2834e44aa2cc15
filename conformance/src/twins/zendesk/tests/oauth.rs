//! Tokens from the twin's own authorization server, and what they open.

use serde_json::{Value, json};

use super::desk::{Desk, body, refusal};
use crate::twins::oauth::asking::{CALLBACK, CHALLENGE, VERIFIER, allowed, form, parameter};
use crate::twins::oauth::{CLIENT_ID, CLIENT_SECRET};
use crate::twins::{Answer, Twin};

/// A code from the consent page.
fn code(desk: &mut Desk, scope: &str) -> String {
    let request = form("/oauth/authorizations/new", &allowed(scope, CHALLENGE));
    parameter(&desk.twin.handle(desk.now, &request), "code").unwrap()
}

/// A token request with these fields.
fn token(desk: &mut Desk, fields: Value) -> Answer {
    let mut all = json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET });
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    desk.call("POST /oauth/tokens", &all)
}

fn redeem(desk: &mut Desk, code: &str) -> Answer {
    let fields = json!({
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
    });
    token(desk, fields)
}

fn status_with(desk: &mut Desk, line: &str, token: &Value) -> String {
    let mut request = desk.request(line, &Value::Null);
    request.headers = vec![("authorization".into(), format!("Bearer {}", token.as_str().unwrap()))];
    let answer = desk.twin.handle(desk.now, &request);
    if answer.status < 300 {
        answer.status.to_string()
    } else {
        refusal(&answer)
    }
}

const ENDED: &str = "401 invalid_token: -";

#[test]
fn a_token_lives_half_an_hour_and_a_refresh_ends_both() {
    let mut desk = Desk::new();
    let code = code(&mut desk, "read write");
    let first = body(&redeem(&mut desk, &code));
    assert_eq!(
        (first["expires_in"].as_u64(), first["refresh_token_expires_in"].as_u64()),
        (Some(1800), Some(2_592_000))
    );
    assert_eq!(status_with(&mut desk, "GET /users/me", &first["access_token"]), "200");
    desk.pass(60);
    let refresh = json!({ "grant_type": "refresh_token", "refresh_token": first["refresh_token"] });
    let second = body(&token(&mut desk, refresh.clone()));
    assert_eq!(status_with(&mut desk, "GET /users/me", &first["access_token"]), ENDED);
    assert_eq!(status_with(&mut desk, "GET /users/me", &second["access_token"]), "200");
    assert_eq!(refusal(&token(&mut desk, refresh)), "400 invalid_grant: -");
    desk.pass(1800);
    assert_eq!(status_with(&mut desk, "GET /users/me", &second["access_token"]), ENDED);
}

#[test]
fn a_code_is_good_for_two_minutes() {
    for (seconds, expected) in [(119, 201), (120, 400)] {
        let mut desk = Desk::new();
        let code = code(&mut desk, "read");
        desk.pass(seconds);
        assert_eq!(redeem(&mut desk, &code).status, expected, "after {seconds} s");
    }
}

/// Nobody says that a scope does not exist; calls are refused for lack of it.
#[test]
fn a_scope_that_does_not_exist_is_dropped() {
    let missing = |scope: &str| format!("403 Forbidden: You are missing the following required scopes: {scope}");
    for (asked, granted, read) in [
        ("read fly", "read", "200".to_owned()),
        ("user:read", "", missing("read")),
        ("users:read groups:write", "users:read", "200".to_owned()),
        ("impersonate", "impersonate", missing("read")),
    ] {
        let mut desk = Desk::new();
        let code = code(&mut desk, asked);
        let said = body(&redeem(&mut desk, &code));
        assert_eq!(said["scope"], granted, "{asked}");
        assert_eq!(
            status_with(&mut desk, "GET /users", &said["access_token"]),
            read,
            "{asked}"
        );
        assert_eq!(
            status_with(&mut desk, "DELETE /users/{ann}", &said["access_token"]),
            missing("write"),
            "{asked}"
        );
    }
}

#[test]
fn a_client_gets_a_token_of_its_own() {
    let mut desk = Desk::new();
    let ask = |fields: Value| {
        let mut all = json!({ "grant_type": "client_credentials", "scope": "users:read" });
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        all
    };
    let said = body(&token(&mut desk, ask(json!({ "expires_in": 300 }))));
    assert_eq!(
        (&said["expires_in"], &said["token_type"], said.get("refresh_token")),
        (&json!(300), &json!("bearer"), None)
    );
    assert_eq!(status_with(&mut desk, "GET /users", &said["access_token"]), "200");
    for (fields, expected) in [
        (json!({ "expires_in": 299 }), "400 invalid_request: -"),
        (json!({ "expires_in": 172_801 }), "400 invalid_request: -"),
        (json!({ "client_secret": "wrong" }), "401 invalid_client: -"),
        (json!({ "client_secret": null }), "401 invalid_client: -"),
        (json!({ "grant_type": "password" }), "400 unsupported_grant_type: -"),
    ] {
        assert_eq!(refusal(&token(&mut desk, ask(fields.clone()))), expected, "{fields}");
    }
}

#[test]
fn tokens_are_listed_and_revoked() {
    let mut desk = Desk::new();
    desk.learn("client", "GET /api/v2/oauth/clients", "/clients/0/id");
    let said = body(&token(
        &mut desk,
        json!({ "grant_type": "client_credentials", "scope": "read" }),
    ));
    let begin = &said["access_token"].as_str().unwrap()[..10];
    let listed =
        json!({ "tokens": [{ "token": begin, "scopes": ["read"], "client_id": "{client}", "user_id": "{me}" }] });
    desk.check(&[
        (
            "GET /api/v2/oauth/clients",
            Value::Null,
            json!({ "clients": [{ "identifier": CLIENT_ID, "kind": "confidential" }] }),
        ),
        ("GET /api/v2/oauth/tokens", Value::Null, listed.clone()),
        ("GET /api/v2/oauth/tokens?client_id={client}", Value::Null, listed),
        (
            "GET /api/v2/oauth/tokens?client_id=1",
            Value::Null,
            json!({ "tokens": [] }),
        ),
    ]);
    desk.learn("token", "GET /api/v2/oauth/tokens", "/tokens/0/id");
    desk.check(&[
        ("DELETE /api/v2/oauth/tokens/{token}", Value::Null, json!(204)),
        (
            "DELETE /api/v2/oauth/tokens/{token}",
            Value::Null,
            json!("404 RecordNotFound: Not found"),
        ),
    ]);
    assert_eq!(status_with(&mut desk, "GET /users", &said["access_token"]), ENDED);
}
