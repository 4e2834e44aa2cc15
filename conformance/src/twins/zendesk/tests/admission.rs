//! Credentials, scopes, rate limits, unknown paths.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, refusal};
use crate::twins::{Answer, Failure, Twin};

/// The answer to a request with this `Authorization`.
fn with(desk: &mut Desk, line: &str, authorization: Option<&str>) -> Answer {
    let body = match line.split_once(' ').unwrap().0 {
        "POST" | "PUT" => json!({ "user": {}, "identity": {}, "group": {}, "organization": {} }),
        _ => Value::Null,
    };
    let mut request = desk.request(line, &body);
    request.headers.retain(|(name, _)| name != "authorization");
    request
        .headers
        .extend(authorization.map(|value| ("authorization".to_owned(), value.to_owned())));
    desk.twin.handle(desk.now, &request)
}

#[test]
fn a_bearer_token_opens() {
    let nobody = "401 Couldn't authenticate you: -";
    let wrong = "401 invalid_token: -";
    for (header, expected) in [
        (Some("Bearer key"), "200"),
        (Some("Bearer other"), wrong),
        (Some("Bearer "), wrong),
        (None, nobody),
        (Some("Token token=key"), nobody),
        // owner@zendesk.example/token:key
        (Some("Basic b3duZXJAemVuZGVzay5leGFtcGxlL3Rva2VuOmtleQ=="), nobody),
    ] {
        let answer = with(&mut Desk::new(), "GET /users/me", header);
        let said = if answer.status == 200 {
            "200".to_owned()
        } else {
            refusal(&answer)
        };
        assert_eq!(said, expected, "{header:?}");
    }
}

#[test]
fn scopes_open_what_they_name() {
    let (read, write) = ("403 read", "403 write");
    let rows: &[(&str, &[&str], &str)] = &[
        ("GET /users", &["read"], "open"),
        ("GET /users", &["users:read"], "open"),
        ("GET /users", &["write"], read),
        ("GET /users", &["users:write"], read),
        ("GET /users", &["organizations:read", "tickets:read"], read),
        ("GET /users", &[], read),
        ("GET /users", &["impersonate"], read),
        ("GET /deleted_users", &["users:read"], "open"),
        ("PUT /users/{ann}", &["write"], "open"),
        ("PUT /users/{ann}", &["users:write"], "open"),
        ("PUT /users/{ann}", &["read", "users:read"], write),
        ("DELETE /users/{ann}", &["read"], write),
        // Identities and memberships are no part of the resource.
        ("GET /users/{ann}/identities", &["users:read"], read),
        ("POST /users/{ann}/identities", &["users:write"], write),
        ("POST /users/{ann}/identities", &["write"], "open"),
        ("GET /users/{ann}/group_memberships", &["users:read"], read),
        ("GET /groups", &["users:read"], read),
        ("GET /groups", &["read"], "open"),
        ("GET /organizations", &["organizations:read"], "open"),
        ("POST /organizations", &["organizations:write"], "open"),
        ("GET /organization_memberships", &["organizations:read"], read),
        ("GET /custom_roles", &["users:read"], read),
    ];
    for (line, scopes, expected) in rows {
        let mut desk = Desk::given(json!({ "tokens": { "t": scopes } }));
        let answer = with(&mut desk, line, Some("Bearer t"));
        let missing = "403 Forbidden: You are missing the following required scopes: ";
        let said = match refusal(&answer).strip_prefix(missing) {
            Some(scope) => format!("403 {scope}"),
            None => "open".to_owned(),
        };
        assert_eq!(&said, expected, "{line} {scopes:?}");
    }
}

#[test]
fn unknown_paths_and_methods_are_not_found() {
    let mut desk = Desk::new();
    for line in [
        "GET /nowhere",
        "GET /api/v1/users",
        "PATCH /users/{ann}",
        "PUT /users",
        "GET /users/{ann}/nothing/at/all",
        "GET /users.json",
        "POST /users/request_create",
    ] {
        desk.check(&[(line, Value::Null, json!("404 InvalidEndpoint: Not found"))]);
    }
}

/// Status, and what the headers say of the account's limit, or of the endpoint's.
fn budget(desk: &mut Desk, line: &str) -> String {
    let body = if line.starts_with("PUT") {
        json!({ "user": {} })
    } else {
        Value::Null
    };
    let answer = desk.call(line, &body);
    let told = |(name, value): &(String, String)| format!("{name}={value}");
    let told: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name != "content-type")
        .map(told)
        .collect();
    format!("{} {}", answer.status, told.join(" "))
}

fn account(limit: u64, remaining: u64, reset: u64) -> String {
    format!(
        "x-rate-limit={limit} x-rate-limit-remaining={remaining} ratelimit-limit={limit} \
         ratelimit-remaining={remaining} ratelimit-reset={reset}"
    )
}

#[test]
fn requests_are_limited_by_the_minute() {
    assert_eq!(
        budget(&mut Desk::new(), "GET /groups").split(' ').nth(1),
        Some("x-rate-limit=700")
    );
    let mut desk = Desk::given(json!({ "per_minute": 10 }));
    for (seconds, expected) in [
        // The desk made eight requests itself.
        (0, format!("200 {}", account(10, 1, 60))),
        (20, format!("200 {}", account(10, 0, 40))),
        (39, format!("429 retry-after=1 {}", account(10, 0, 1))),
        (1, format!("200 {}", account(10, 9, 60))),
    ] {
        desk.pass(seconds);
        assert_eq!(budget(&mut desk, "GET /groups"), expected, "after {seconds} s");
    }
    let mut desk = Desk::given(json!({ "per_minute": 8 }));
    let limited = json!("429 APIRateLimitExceeded: Number of allowed API requests per minute exceeded");
    desk.check(&[("GET /groups", Value::Null, limited)]);
}

#[test]
fn some_endpoints_have_limits_of_their_own() {
    let mut desk = Desk::given(json!({ "user_updates_per_minute": 2, "per_minute": 1000 }));
    let of = |rest: &str| format!("zendesk-ratelimit-{rest}");
    for (line, status, expected) in [
        (
            "PUT /users/{ann}",
            "200",
            of("users-update=total=2; remaining=1; resets=60"),
        ),
        (
            "PUT /users/{ann}",
            "200",
            of("users-update=total=2; remaining=0; resets=60"),
        ),
        (
            "PUT /users/{ann}",
            "429",
            of("users-update=total=2; remaining=0; resets=60"),
        ),
        (
            "PUT /users/{bob}",
            "200",
            of("users-update=total=2; remaining=1; resets=60"),
        ),
        (
            "GET /users?page=10001",
            "200",
            of("users-index=total=100; remaining=99; resets=60"),
        ),
        ("DELETE /users/{bob}", "200", String::new()),
        (
            "DELETE /deleted_users/{bob}",
            "200",
            of("deleted-users-destroy=total=700; remaining=699; resets=600"),
        ),
    ] {
        let said = budget(&mut desk, line);
        let own = said
            .split_once(" zendesk-")
            .map(|(_, own)| format!("zendesk-{own}"))
            .unwrap_or_default();
        assert_eq!((&said[..3], own.as_str()), (status, expected.as_str()), "{line}");
    }
    desk.pass(60);
    desk.check(&[("PUT /users/{ann}", json!({ "user": {} }), json!(200))]);
}

#[test]
fn failures_have_the_bodies_of_the_vendor() {
    let twin = Desk::new().twin;
    for (failure, expected, retry_after) in [
        (
            Failure::RateLimited {
                reset: Duration::from_millis(2500),
            },
            "429 APIRateLimitExceeded: Number of allowed API requests per minute exceeded",
            Some("3"),
        ),
        (
            Failure::RateLimited { reset: Duration::ZERO },
            "429 APIRateLimitExceeded: Number of allowed API requests per minute exceeded",
            Some("1"),
        ),
        (Failure::RateLimitedBare, "429 -: -", None),
        (Failure::Internal, "500 InternalError: Something went wrong", None),
        (
            Failure::Unavailable,
            "503 ServiceUnavailable: The service is unavailable",
            None,
        ),
    ] {
        let answer = twin.fail(failure);
        let header = answer.headers.iter().find(|(name, _)| name == "retry-after");
        assert_eq!(header.map(|(_, value)| value.as_str()), retry_after, "{failure:?}");
        assert_eq!(refusal(&answer), expected, "{failure:?}");
    }
}
