//! Who is let in, for what, and how often.

use serde_json::{Value, json};

use super::desk::Desk;
use crate::twins::{Answer, Failure, Twin};

#[test]
fn a_token_opens_what_its_scopes_say() {
    let tokens = json!({ "people": ["manage_managed_users"], "groups": ["manage_groups"], "none": [] });
    let mut desk = Desk::given(json!({ "tokens": tokens }));
    for (token, users, groups, me) in [
        ("key", "200", "200", "200"),
        ("people", "200", "403", "200"),
        ("groups", "403", "200", "200"),
        ("none", "403", "403", "200"),
        ("other", "401", "401", "401"),
        ("", "401", "401", "401"),
    ] {
        desk.token = token.into();
        for (path, expected) in [("/users", users), ("/groups", groups), ("/users/me", me)] {
            let answer = desk.call(&format!("GET {path}"), &Value::Null);
            assert_eq!(answer.status.to_string(), expected, "{token} {path}");
            let said = String::from_utf8(answer.body).unwrap();
            assert_eq!(said.contains("insufficient_scope"), expected == "403", "{said}");
        }
    }
}

#[test]
fn the_limit_is_told_with_when_to_come_back() {
    let mut desk = Desk::given(json!({ "per_minute": 2 }));
    for _ in 0..2 {
        desk.check(&[("GET /users/me", Value::Null, json!(200))]);
    }
    desk.now += std::time::Duration::from_secs(20);
    let answer = desk.call("GET /users/me", &Value::Null);
    assert_eq!((answer.status, retry(&answer)), (429, Some("40")));
    desk.now += std::time::Duration::from_secs(40);
    desk.check(&[("GET /users/me", Value::Null, json!(200))]);
}

#[test]
fn failures_have_the_vendors_form() {
    let desk = Desk::new();
    let reset = std::time::Duration::from_millis(1500);
    for (failure, status, retry_after) in [
        (Failure::RateLimited { reset }, 429, Some("2")),
        (Failure::RateLimitedBare, 429, None),
        (Failure::Internal, 500, None),
        (Failure::Unavailable, 503, None),
    ] {
        let answer = desk.twin.fail(failure);
        assert_eq!((answer.status, retry(&answer)), (status, retry_after), "{failure:?}");
    }
}

#[test]
fn there_are_no_other_routes() {
    let mut desk = Desk::new();
    for line in ["GET /teams", "PATCH /users/{ann}", "GET /users/{ann}/", "POST /invites"] {
        desk.check(&[(line, json!({}), json!("404 not_found"))]);
    }
}

fn retry(answer: &Answer) -> Option<&str> {
    let found = answer.headers.iter().find(|(name, _)| name == "retry-after");
    found.map(|(_, value)| value.as_str())
}
