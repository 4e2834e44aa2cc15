//! Tokens, scopes, rate limit, unknown paths.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, denied, not_found, refusal};
use crate::twins::{Answer, Failure, Twin};

#[test]
fn the_token_decides_who_passes() {
    let refused = Some("401 Unauthenticated: The access token is invalid");
    for (header, expected) in [
        (None, refused),
        (Some("Bearer other"), refused),
        (Some("Bearer "), refused),
        (Some("Bearer"), refused),
        (Some("key"), refused),
        (Some("Token token=key"), refused),
        (Some("Bearer ann"), None),
        (Some("Bearer key"), None),
    ] {
        let mut desk = Desk::new();
        let mut request = desk.request("GET /users/me", &Value::Null);
        request.headers.retain(|(name, _)| name != "authorization");
        let header = header.map(|header| ("authorization".to_owned(), header.to_owned()));
        request.headers.extend(header.clone());
        let answer = desk.twin.handle(desk.now, &request);
        let refused = (answer.status != 200).then(|| refusal(&answer));
        assert_eq!(refused.as_deref(), expected, "{header:?}");
    }
}

#[test]
fn the_token_of_somebody_who_left_opens_nothing() {
    let mut desk = Desk::new();
    desk.check(&[("DELETE /organization_memberships/{ann-m}", Value::Null, json!(204))]);
    desk.token = "ann".into();
    desk.check(&[("GET /users/me", Value::Null, json!(401))]);
}

#[test]
fn every_route_needs_its_scope() {
    let organization = "organization=https://api.calendly.com/organizations/{org}";
    let (members, groups) = (
        format!("GET /organization_memberships?{organization}"),
        format!("GET /groups?{organization}"),
    );
    let scopes = ["users:read", "organizations:read", "organizations:write", "groups:read"];
    for (line, scope) in [
        ("GET /users/me", "users:read"),
        ("GET /users/{ann}", "users:read"),
        (members.as_str(), "organizations:read"),
        ("GET /organization_memberships/{ann-m}", "organizations:read"),
        ("DELETE /organization_memberships/{ann-m}", "organizations:write"),
        ("GET /organizations/{org}/invitations", "organizations:read"),
        ("POST /organizations/{org}/invitations", "organizations:write"),
        ("GET /organizations/{org}/invitations/{it}", "organizations:read"),
        ("DELETE /organizations/{org}/invitations/{it}", "organizations:write"),
        (groups.as_str(), "groups:read"),
        ("GET /groups/{sales}", "groups:read"),
        ("GET /group_relationships", "groups:read"),
    ] {
        for granted in scopes {
            let mut desk = Desk::new();
            let it = json!({ "email": "it@x.example" });
            desk.check(&[("it = POST /organizations/{org}/invitations", it, json!(201))]);
            let made = desk.seed(json!({
                "groups": [{ "name": "Sales" }],
                "tokens": { "scoped": { "email": "bob@x.example", "scopes": [granted] } },
            }));
            desk.name("sales", &made["groups"][0]);
            desk.token = "scoped".into();
            let answer = desk.call(line, &json!({ "email": "new@x.example" }));
            let said = match answer.status {
                200..300 => json!("passed"),
                _ => json!(refusal(&answer)),
            };
            let expected = if granted == scope { json!("passed") } else { denied() };
            assert_eq!(said, expected, "{line} {granted}");
        }
    }
}

/// New apps and tokens have no scopes.
#[test]
fn a_token_without_scopes_opens_nothing() {
    let mut desk = Desk::given(json!({ "tokens": { "bare": { "email": "bob@x.example", "scopes": [] } } }));
    desk.token = "bare".into();
    desk.check(&[("GET /users/me", Value::Null, denied())]);
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let found = answer.headers.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn requests_are_limited_for_each_user() {
    let mut desk = Desk::given(json!({ "per_minute": 2 }));
    for (token, pass, status, remaining, reset) in [
        ("key", 0, 200, "1", "60"),
        ("key", 20, 200, "0", "40"),
        ("key", 0, 429, "0", "40"),
        ("bob", 0, 200, "1", "60"),
        ("key", 39, 429, "0", "1"),
        ("key", 1, 200, "1", "60"),
    ] {
        desk.pass(pass);
        desk.token = token.into();
        let answer = desk.call("GET /users/me", &Value::Null);
        let said =
            ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"].map(|name| header(&answer, name));
        let expected = (status, [Some("2"), Some(remaining), Some(reset)]);
        assert_eq!((answer.status, said), expected, "{token} {pass}");
    }
    let usual = Desk::new().call("GET /users/me", &Value::Null);
    assert_eq!(header(&usual, "x-ratelimit-limit"), Some("500"));
}

#[test]
fn unknown_paths_are_not_found() {
    for line in [
        "GET /",
        "GET /users",
        "GET /v2/users/me",
        "GET /organizations/{org}",
        "PATCH /users/me",
    ] {
        Desk::new().check(&[(line, Value::Null, not_found())]);
    }
}

#[test]
fn failures_are_the_vendors_own() {
    let reset = Duration::from_millis(1500);
    let unexpected = "Internal Server Error: The server encountered an unexpected condition that prevented it from \
                      fulfilling the request.";
    for (failure, expected, reset) in [
        (
            Failure::RateLimited { reset },
            "429 Too Many Requests: The rate limit is exceeded.".to_owned(),
            Some("2"),
        ),
        (Failure::RateLimitedBare, "429 -: -".to_owned(), None),
        (Failure::Internal, format!("500 {unexpected}"), None),
        (Failure::Unavailable, format!("503 {unexpected}"), None),
    ] {
        let answer = Desk::new().twin.fail(failure);
        assert_eq!(refusal(&answer), expected, "{failure:?}");
        assert_eq!(header(&answer, "x-ratelimit-reset"), reset, "{failure:?}");
    }
}
