//! Credentials, headers, rate limit, unknown paths.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, refusal};
use crate::twins::{Failure, Request, Twin};

const ANN: &str = "ann@x.example";

/// The request with these headers set, or taken away where there is no value.
fn with(mut request: Request, headers: &[(&str, Option<&str>)]) -> Request {
    for (name, value) in headers {
        request.headers.retain(|(other, _)| other != name);
        request
            .headers
            .extend(value.map(|value| ((*name).to_owned(), value.to_owned())));
    }
    request
}

#[test]
fn headers_decide_who_passes() {
    let tokens = json!({ "tokens": { "reader": "read_only", "lost": "scopeless", "second": "full" } });
    let new = json!({ "user": { "type": "user", "name": "New", "email": "new@x.example" } });
    let unauthenticated = "401 2006 Authentication failed";
    let passed = "2";
    let rows: &[(&str, &str, Option<&str>, &str)] = &[
        ("GET /users", "authorization", None, unauthenticated),
        (
            "GET /users",
            "authorization",
            Some("Token token=other"),
            unauthenticated,
        ),
        ("GET /users", "authorization", Some("Token token="), unauthenticated),
        ("GET /users", "authorization", Some("token=key"), unauthenticated),
        ("GET /users", "authorization", Some("key"), unauthenticated),
        ("GET /users", "authorization", Some("Bearer key"), passed),
        ("GET /users", "authorization", Some("Token token=second"), passed),
        ("GET /users", "authorization", Some("Token token=reader"), passed),
        (
            "POST /users",
            "authorization",
            Some("Token token=reader"),
            "403 2010 Access Denied: The credential may only read",
        ),
        (
            "GET /users",
            "authorization",
            Some("Bearer lost"),
            "403 2010 Access Denied: The credential lacks the scope for this",
        ),
        (
            "GET /users",
            "accept",
            None,
            "400 2002 Arguments Caused Error: Accept is missing",
        ),
        ("GET /users", "accept", Some("application/json"), passed),
        ("GET /users", "accept", Some("*/*"), passed),
        (
            "GET /users",
            "accept",
            Some("application/vnd.pagerduty+json;version=1"),
            "400 2002 Arguments Caused Error: Accept names a version that does not exist",
        ),
        (
            "POST /users",
            "content-type",
            None,
            "400 2002 Arguments Caused Error: Content-Type must be application/json",
        ),
        (
            "POST /users",
            "content-type",
            Some("text/json"),
            "400 2002 Arguments Caused Error: Content-Type must be application/json",
        ),
        (
            "POST /users",
            "content-type",
            Some("application/json; charset=utf-8"),
            passed,
        ),
        (
            "POST /users",
            "from",
            None,
            "400 2016 You must specify a user's email address in the \"From\" header to perform this action",
        ),
        (
            "POST /users",
            "from",
            Some("nobody@x.example"),
            "400 1008 Requester User Not Found",
        ),
        ("POST /users", "from", Some(ANN), passed),
        ("GET /users", "from", None, passed),
        (
            "PUT /incidents",
            "from",
            Some("nobody@x.example"),
            "400 1008 Requester User Not Found",
        ),
    ];
    for (line, name, value, expected) in rows {
        let mut desk = Desk::given(tokens.clone());
        let body = if line.starts_with("POST") { &new } else { &Value::Null };
        let request = with(desk.request(line, body), &[(name, *value)]);
        let answer = desk.twin.handle(desk.now, &request);
        let said = if answer.status < 300 {
            passed.to_owned()
        } else {
            refusal(&answer)
        };
        assert_eq!(&said, expected, "{line} {name}: {value:?}");
    }
}

#[test]
fn a_deleted_user_can_no_longer_be_named_as_requester() {
    let mut desk = Desk::new();
    desk.check(&[("DELETE /users/{ann}", Value::Null, json!(204))]);
    let new = json!({ "user": { "type": "user", "name": "New", "email": "new@x.example" } });
    let request = with(desk.request("POST /users", &new), &[("from", Some(ANN))]);
    assert_eq!(
        refusal(&desk.twin.handle(desk.now, &request)),
        "400 1008 Requester User Not Found"
    );
}

#[test]
fn only_an_oauth_token_is_somebody() {
    let mut desk = Desk::new();
    desk.check(&[(
        "GET /users/me",
        Value::Null,
        json!("400 2002 Arguments Caused Error: The credential does not act for a user"),
    )]);
    let request = with(
        desk.request("GET /users/me", &Value::Null),
        &[("authorization", Some("Bearer key"))],
    );
    let answer = desk.twin.handle(desk.now, &request);
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(said["user"]["role"], "owner");
}

#[test]
fn unknown_paths_and_methods_are_not_found() {
    let not_found = json!("404 2100 Not Found");
    let mut desk = Desk::new();
    for line in [
        "GET /",
        "GET /user",
        "GET /users/",
        "PATCH /users/{ann}",
        "GET /users/{ann}/nothing",
        "GET /users/PNOBODY",
    ] {
        desk.check(&[(line, Value::Null, not_found.clone())]);
    }
}

/// What the rate limit's headers say, after the status.
fn budget(desk: &mut Desk) -> String {
    let answer = desk.call("GET /users", &Value::Null);
    let headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("ratelimit-"))
        .collect();
    let values: Vec<_> = headers.iter().map(|(_, value)| value.as_str()).collect();
    format!("{} {}", answer.status, values.join("/"))
}

#[test]
fn requests_are_limited_by_the_minute() {
    let mut desk = Desk::new();
    assert_eq!(budget(&mut desk), "200 960/959/60");
    let mut desk = Desk::given(json!({ "per_minute": 2 }));
    for (seconds, expected) in [
        (0, "200 2/1/60"),
        (20, "200 2/0/40"),
        (39, "429 2/0/1"),
        (1, "200 2/1/60"),
    ] {
        desk.pass(seconds);
        assert_eq!(budget(&mut desk), expected, "after {seconds} s");
    }
}

#[test]
fn each_credential_has_a_limit_of_its_own() {
    let mut desk = Desk::given(json!({ "per_minute": 1, "tokens": { "other": "full" } }));
    desk.check(&[
        ("GET /users", Value::Null, json!(200)),
        ("GET /users", Value::Null, json!("429 2020 Rate Limit Exceeded")),
    ]);
    let request = with(
        desk.request("GET /users", &Value::Null),
        &[("authorization", Some("Token token=other"))],
    );
    assert_eq!(desk.twin.handle(desk.now, &request).status, 200);
}

#[test]
fn failures_have_the_bodies_of_the_vendor() {
    let twin = Desk::new().twin;
    for (failure, expected, headers) in [
        (
            Failure::RateLimited {
                reset: Duration::from_millis(2500),
            },
            "429 2020 Rate Limit Exceeded",
            vec!["960", "0", "3"],
        ),
        (
            Failure::RateLimited { reset: Duration::ZERO },
            "429 2020 Rate Limit Exceeded",
            vec!["960", "0", "1"],
        ),
        (Failure::RateLimitedBare, "429 null -", vec![]),
        (
            Failure::Internal,
            "500 2000 An internal error has occurred. PagerDuty team has been notified.",
            vec![],
        ),
        (
            Failure::Unavailable,
            "503 2000 An internal error has occurred. PagerDuty team has been notified.",
            vec![],
        ),
    ] {
        let answer = twin.fail(failure);
        let limits = answer.headers.iter().filter(|(name, _)| name.starts_with("ratelimit-"));
        assert_eq!(
            limits.map(|(_, value)| value.as_str()).collect::<Vec<_>>(),
            headers,
            "{failure:?}"
        );
        assert_eq!(refusal(&answer), expected, "{failure:?}");
    }
}
