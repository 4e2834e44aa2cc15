//! Tokens from the twin's own authorization server, and what they open.

use serde_json::{Value, json};

use super::super::Calendly;
use super::desk::{Desk, denied, refusal};
use crate::twins::oauth::asking::{CALLBACK, form, parameter};
use crate::twins::oauth::{CLIENT_ID, CLIENT_SECRET};
use crate::twins::{Answer, Twin};

const UNAUTHENTICATED: &str = "401 Unauthenticated: The access token is invalid";

fn post(desk: &mut Desk, path: &str, pairs: &[(&str, &str)]) -> Answer {
    desk.twin.handle(desk.now, &form(path, pairs))
}

/// What somebody's yes to these scopes is answered, without PKCE.
fn consent(desk: &mut Desk, scope: &str) -> Answer {
    let said = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", scope),
        ("decision", "allow"),
    ];
    post(desk, "/oauth/authorize", &said)
}

fn redeem(desk: &mut Desk, code: &str) -> Answer {
    let said = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("redirect_uri", CALLBACK),
        ("code", code),
    ];
    post(desk, "/oauth/token", &said)
}

fn refresh(desk: &mut Desk, token: &Value) -> Answer {
    let said = [
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("refresh_token", token.as_str().unwrap()),
    ];
    post(desk, "/oauth/token", &said)
}

/// The tokens that somebody is given who asks for these scopes.
fn tokens(desk: &mut Desk, scope: &str) -> Value {
    let code = parameter(&consent(desk, scope), "code").unwrap();
    let answer = redeem(desk, &code);
    assert_eq!(answer.status, 200);
    serde_json::from_slice(&answer.body).unwrap()
}

fn carry(desk: &mut Desk, tokens: &Value) {
    desk.token = tokens["access_token"].as_str().unwrap().to_owned();
}

#[test]
fn a_token_opens_what_its_scopes_say() {
    let invite = json!({ "email": "new@x.example" });
    for (scope, me, invited) in [
        ("users:read organizations:write", json!(200), json!(201)),
        ("users:read", json!(200), denied()),
        ("organizations:write", denied(), json!(201)),
        ("", denied(), denied()),
    ] {
        let mut desk = Desk::new();
        let tokens = tokens(&mut desk, scope);
        assert_eq!(
            (tokens["scope"].as_str(), &tokens["expires_in"]),
            (Some(scope), &json!(7200))
        );
        carry(&mut desk, &tokens);
        desk.check(&[
            ("GET /users/me", Value::Null, me),
            ("POST /organizations/{org}/invitations", invite.clone(), invited),
        ]);
    }
    let refused = consent(&mut Desk::new(), "users:read users:write");
    assert_eq!(parameter(&refused, "error").as_deref(), Some("invalid_scope"));
}

#[test]
fn an_access_token_lives_two_hours_and_a_refresh_token_is_good_once() {
    let mut desk = Desk::new();
    let first = tokens(&mut desk, "users:read");
    carry(&mut desk, &first);
    for (seconds, expected) in [(7199, json!(200)), (1, json!(UNAUTHENTICATED))] {
        desk.pass(seconds);
        desk.check(&[("GET /users/me", Value::Null, expected)]);
    }
    desk.pass(365 * 24 * 60 * 60);
    let answer = refresh(&mut desk, &first["refresh_token"]);
    let second: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &second["scope"]), (200, &json!("users:read")));
    carry(&mut desk, &second);
    desk.check(&[(
        "GET /users/me",
        Value::Null,
        json!({ "resource": { "email": Calendly::OWNER_EMAIL } }),
    )]);
    assert_eq!(refresh(&mut desk, &first["refresh_token"]).status, 400);
    assert_eq!(refresh(&mut desk, &second["refresh_token"]).status, 200);
}

#[test]
fn a_user_is_given_eight_tokens_a_minute() {
    let mut desk = Desk::new();
    let mut last = tokens(&mut desk, "users:read");
    for _ in 0..7 {
        last = serde_json::from_slice(&refresh(&mut desk, &last["refresh_token"]).body).unwrap();
    }
    let limited = refresh(&mut desk, &last["refresh_token"]);
    assert_eq!(refusal(&limited), "429 Too Many Requests: The rate limit is exceeded.");
    let reset = limited.headers.iter().find(|(name, _)| name == "x-ratelimit-reset");
    assert_eq!(reset.map(|(_, value)| value.as_str()), Some("60"));
    desk.pass(60);
    assert_eq!(refresh(&mut desk, &last["refresh_token"]).status, 200);
}

/// Clients, codes and tokens are part of the state, and a seed can end them.
#[test]
fn tokens_outlive_the_twin_and_end_with_the_consent() {
    let mut desk = Desk::new();
    let tokens = tokens(&mut desk, "users:read");
    carry(&mut desk, &tokens);
    let mut copy = Calendly::new(8);
    copy.restore(desk.twin.snapshot(), Vec::new()).unwrap();
    desk.twin = copy;
    desk.check(&[("GET /users/me", Value::Null, json!(200))]);
    desk.seed(json!({ "oauth": { "revoked": [CLIENT_ID] } }));
    desk.check(&[("GET /users/me", Value::Null, json!(UNAUTHENTICATED))]);
}
