//! Tokens from the twin's own authorization server, and what they open.

use serde_json::{Value, json};

use super::desk::{Desk, refusal};
use crate::twins::oauth::asking::{CHALLENGE, allowed, form, parameter, redeemed};
use crate::twins::oauth::{CLIENT_ID, CLIENT_SECRET};
use crate::twins::{Answer, Twin};

fn post(desk: &mut Desk, path: &str, pairs: &[(&str, &str)]) -> Answer {
    desk.twin.handle(desk.now, &form(path, pairs))
}

/// A code for these scopes.
fn code(desk: &mut Desk, scope: &str) -> String {
    let answer = post(desk, "/oauth/authorize", &allowed(scope, CHALLENGE));
    parameter(&answer, "code").unwrap()
}

fn redeem(desk: &mut Desk, code: &str) -> Answer {
    post(desk, "/oauth/token", &redeemed(code))
}

fn status_of(desk: &mut Desk, line: &str, authorization: &str) -> String {
    let new = json!({ "user": { "type": "user", "name": "New", "email": "new@x.example" } });
    let mut request = desk.request(line, if line.starts_with("POST") { &new } else { &Value::Null });
    request.headers.retain(|(name, _)| name != "authorization");
    request.headers.push(("authorization".into(), authorization.into()));
    let answer = desk.twin.handle(desk.now, &request);
    match answer.status {
        200..300 => answer.status.to_string(),
        _ => refusal(&answer),
    }
}

#[test]
fn a_token_opens_what_its_scopes_say() {
    let unscoped = "403 2010 Access Denied: The credential lacks the scope for this";
    let reading = "403 2010 Access Denied: The credential may only read";
    for (asked, granted, read, write) in [
        ("read", "read", "200", reading),
        ("read write", "read write", "200", "201"),
        ("users.write", "openid", unscoped, unscoped),
        ("read users.write", "openid", unscoped, unscoped),
    ] {
        let mut desk = Desk::new();
        let code = code(&mut desk, asked);
        let answer = redeem(&mut desk, &code);
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, said["scope"].as_str()), (200, Some(granted)), "{asked}");
        assert_eq!(said["expires_in"], 30 * 24 * 60 * 60);
        let bearer = format!("Bearer {}", said["access_token"].as_str().unwrap());
        assert_eq!(status_of(&mut desk, "GET /users/me", &bearer), read, "{asked}");
        assert_eq!(status_of(&mut desk, "POST /users", &bearer), write, "{asked}");
        // It is no account key.
        let key = bearer.replace("Bearer ", "Token token=");
        let unknown = "401 2006 Authentication failed";
        assert_eq!(status_of(&mut desk, "GET /users", &key), unknown);
        desk.pass(30 * 24 * 60 * 60);
        assert_eq!(status_of(&mut desk, "GET /users", &bearer), unknown);
    }
}

/// A token of an app for itself lives a day, opens what its scopes say, and nothing if one of them is wrong.
#[test]
fn an_app_asks_for_itself() {
    let unscoped = "403 2010 Access Denied: The credential lacks the scope for this";
    for (scopes, are_known, read, write) in [
        ("users.read", true, "200", unscoped),
        ("users.write users.read", true, "200", "201"),
        ("teams.read teams.write", true, unscoped, unscoped),
        ("users.read read", false, unscoped, unscoped),
        ("users.read users.manage", false, unscoped, unscoped),
    ] {
        let mut desk = Desk::new();
        let account = format!("as_account-{}", desk.twin.settings()["account"]);
        let asked = format!("{account} {scopes}");
        let answer = for_itself(&mut desk, &asked);
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        let granted = if are_known { asked.as_str() } else { "openid" };
        assert_eq!((answer.status, said["scope"].as_str()), (200, Some(granted)));
        assert_eq!(
            (&said["expires_in"], &said["refresh_token"]),
            (&json!(86_400), &Value::Null)
        );
        let bearer = format!("Bearer {}", said["access_token"].as_str().unwrap());
        assert_eq!(status_of(&mut desk, "GET /users", &bearer), read, "{asked}");
        assert_eq!(status_of(&mut desk, "POST /users", &bearer), write, "{asked}");
    }
    let mut desk = Desk::new();
    let answer = for_itself(&mut desk, "as_account-us.other users.read");
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    let bearer = format!("Bearer {}", said["access_token"].as_str().unwrap());
    assert_eq!(
        status_of(&mut desk, "GET /users", &bearer),
        unscoped,
        "of another account"
    );
}

fn for_itself(desk: &mut Desk, scope: &str) -> Answer {
    let said = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("scope", scope),
    ];
    post(desk, "/oauth/token", &said)
}

#[test]
fn a_code_is_good_for_thirty_seconds() {
    for (seconds, expected) in [(29, 200), (30, 400)] {
        let mut desk = Desk::new();
        let code = code(&mut desk, "read");
        desk.pass(seconds);
        assert_eq!(redeem(&mut desk, &code).status, expected, "after {seconds} s");
    }
}

/// Clients, codes and tokens are part of the state, and a seed can end them.
#[test]
fn tokens_outlive_the_twin_and_end_with_the_consent() {
    let mut desk = Desk::new();
    let code = code(&mut desk, "read write");
    let said: Value = serde_json::from_slice(&redeem(&mut desk, &code).body).unwrap();
    let bearer = format!("Bearer {}", said["access_token"].as_str().unwrap());
    let mut copy = super::super::PagerDuty::new(8);
    copy.restore(desk.twin.snapshot(), Vec::new()).unwrap();
    desk.twin = copy;
    assert_eq!(status_of(&mut desk, "GET /users", &bearer), "200");
    desk.seed(json!({ "oauth": { "revoked": [CLIENT_ID] } }));
    assert_eq!(
        status_of(&mut desk, "GET /users", &bearer),
        "401 2006 Authentication failed"
    );
}
