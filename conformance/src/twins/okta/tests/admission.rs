//! Who may pass: credentials, headers, paths, and limits.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, header, profile, refusal, wrapped};
use crate::twins::{Answer, Failure, Request, Twin};

const DENIED: &str = "403 E0000006 You do not have permission to perform the requested action";
const BAD_TOKEN: &str = "401 E0000011 Invalid token provided";
const LIMITED: &str = "429 E0000047 API call exceeded rate limit due to too many requests.";

/// A request with this header in place of what it had; an empty value is none.
fn with(mut request: Request, name: &str, value: &str) -> Request {
    request.headers.retain(|(key, _)| key != name);
    if !value.is_empty() {
        request.headers.push((name.into(), value.into()));
    }
    request
}

/// The status of an answer, or the refusal that it is.
fn outcome(answer: &Answer) -> String {
    match answer.status {
        400.. => refusal(answer),
        status => status.to_string(),
    }
}

/// What the headers say of the limit: all, left, and until when.
fn limits(answer: &Answer) -> [i64; 3] {
    ["limit", "remaining", "reset"].map(|name| {
        let value = header(answer, &format!("x-rate-limit-{name}"));
        value.unwrap().parse().unwrap()
    })
}

#[test]
fn a_refusal_has_all_its_parts() {
    let answer = Desk::new().call("GET /users/none", &Value::Null);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let names: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"]
    );
    let id = body["errorId"].as_str().unwrap();
    assert!(id.starts_with("oae") && id.len() > 10, "{id}");
    assert_eq!(body["errorCauses"], json!([]));
    assert_eq!(header(&answer, "content-type"), Some("application/json; charset=utf-8"));
}

#[test]
fn requests_need_a_credential() {
    let mut desk = Desk::given(json!({ "tokens": { "reads": "READ_ONLY_ADMIN", "second": "SUPER_ADMIN" } }));
    for (authorization, read, write) in [
        ("SSWS key", "200", "200"),
        ("SSWS second", "200", "200"),
        ("SSWS reads", "200", DENIED),
        ("SSWS other", BAD_TOKEN, BAD_TOKEN),
        ("SSWS ", BAD_TOKEN, BAD_TOKEN),
        ("Bearer key", BAD_TOKEN, BAD_TOKEN),
        (
            "ssws key",
            "403 E0000005 Invalid session",
            "403 E0000005 Invalid session",
        ),
        ("key", "403 E0000005 Invalid session", "403 E0000005 Invalid session"),
        ("", "403 E0000005 Invalid session", "403 E0000005 Invalid session"),
    ] {
        let request = with(desk.request("GET /users", &Value::Null), "authorization", authorization);
        assert_eq!(outcome(&desk.send(&request)), read, "{authorization}");
        let body = wrapped(json!({ "title": "SRE" }));
        let request = with(desk.request("POST /users/{ann}", &body), "authorization", authorization);
        assert_eq!(outcome(&desk.send(&request)), write, "{authorization}");
    }
    desk.twin.set_token("fresh");
    let request = desk.request("GET /users", &Value::Null);
    assert_eq!(outcome(&desk.send(&request)), BAD_TOKEN);
    desk.twin.set_token("");
    let request = with(request, "authorization", "SSWS ");
    assert_eq!(outcome(&desk.send(&request)), BAD_TOKEN);
}

/// A client that sends nothing must say so.
#[test]
fn a_write_without_a_body_needs_a_length() {
    for (line, expected) in [
        ("POST /users/{sam}/lifecycle/activate", 411),
        ("PUT /groups/{ops}/users/{ann}", 411),
        ("POST /nowhere", 411),
        ("DELETE /users/{ann}", 204),
        ("GET /users", 200),
    ] {
        let mut desk = Desk::new();
        let request = with(desk.request(line, &Value::Null), "content-length", "");
        let answer = desk.send(&request);
        assert_eq!(answer.status, expected, "{line}");
        let mut desk = Desk::new();
        let request = with(request, "transfer-encoding", "chunked");
        assert_ne!(desk.send(&request).status, 411, "{line}");
    }
    let mut desk = Desk::new();
    let request = with(
        desk.request("POST /groups", &wrapped(json!({ "name": "New" }))),
        "content-length",
        "",
    );
    assert_eq!(desk.send(&request).status, 200);
}

#[test]
fn media_types_are_json() {
    let wrong = "400 E0000021 Bad request.  Accept and/or Content-Type headers likely do not match supported values.";
    let unacceptable = "406 E0000122 Accept Header did not contain supported media type 'application/json'";
    for (name, value, expected) in [
        ("accept", "", "200"),
        ("accept", "*/*", "200"),
        ("accept", "text/html, application/json;q=0.9", "200"),
        ("accept", "application/*", "200"),
        ("accept", "text/html", unacceptable),
        ("content-type", "application/json; charset=UTF-8", "200"),
        ("content-type", "application/scim+json", wrong),
        ("content-type", "", wrong),
    ] {
        let mut desk = Desk::new();
        let request = desk.request("POST /groups", &wrapped(json!({ "name": "New" })));
        assert_eq!(
            outcome(&desk.send(&with(request, name, value))),
            expected,
            "{name}: {value}"
        );
    }
}

#[test]
fn paths_and_methods_that_do_not_exist_are_refused() {
    let no_path = "404 E0000008 The requested path was not found";
    let no_method = "405 E0000022 The endpoint does not support the provided HTTP method";
    for (line, expected) in [
        ("GET /org", no_path),
        ("GET /users/", no_path),
        ("GET /users/{ann}/", no_path),
        ("GET /users/{ann}/lifecycle/expire_password", no_path),
        ("DELETE /users", no_method),
        ("PATCH /users/{ann}", no_method),
        ("GET /users/{ann}/lifecycle/activate", no_method),
        ("POST /groups/{ops}", no_method),
        ("PUT /groups/{ops}/roles", no_method),
    ] {
        Desk::new().check(&[(line, json!({}), json!(expected))]);
    }
    let desk = Desk::new();
    let route = |line: &str| desk.twin.route(&desk.request(line, &Value::Null));
    assert_eq!(route("GET /users/{ann}"), Some("GET /api/v1/users/{id}"));
    assert_eq!(route("GET /groups/rules"), Some("GET /api/v1/groups/rules"));
    assert_eq!(route("GET /groups/{ops}"), Some("GET /api/v1/groups/{groupId}"));
    assert_eq!(route("PATCH /users/{ann}"), None);
    assert!(desk.twin.routes().contains(&"POST /oauth2/v1/token"));
}

#[test]
fn every_answer_tells_the_limit() {
    let mut desk = Desk::new();
    let end = desk.now.as_second() + 60;
    for (line, expected) in [
        ("GET /users", [300, 299, end]),
        ("GET /users", [300, 298, end]),
        ("GET /users/{ann}", [1000, 999, end]),
        ("GET /users/none", [1000, 998, end]),
        ("POST /users/{ann}", [300, 299, end]),
        ("GET /groups", [250, 249, end]),
        ("GET /groups/{ops}/users", [250, 248, end]),
        ("GET /groups/{ops}", [500, 499, end]),
        ("GET /users/{ann}/roles", [600, 599, end]),
        ("GET /meta/types/user", [600, 598, end]),
    ] {
        let answer = desk.call(line, &json!({}));
        assert_eq!(limits(&answer), expected, "{line}");
    }
    desk.pass(59_000);
    assert_eq!(limits(&desk.call("GET /users", &Value::Null)), [300, 297, end]);
    desk.pass(1000);
    assert_eq!(limits(&desk.call("GET /users", &Value::Null)), [300, 299, end + 60]);
}

#[test]
fn a_bucket_runs_dry() {
    let mut desk = Desk::given(json!({ "limits": { "users": 4 } }));
    for _ in 0..2 {
        desk.check(&[("GET /users", Value::Null, json!(200))]);
    }
    let end = desk.now.as_second() + 60;
    let answer = desk.call("POST /users", &wrapped(profile("New")));
    assert_eq!((refusal(&answer).as_str(), limits(&answer)), (LIMITED, [2, 0, end]));
    // Nothing was done, and the other buckets are as full as before.
    desk.check(&[
        ("GET /users/new@x.example", Value::Null, json!(404)),
        ("GET /groups", Value::Null, json!(200)),
    ]);
    // Another token has a part of its own, until nothing is left of the whole.
    desk.seed(json!({ "tokens": { "second": "SUPER_ADMIN" } }));
    let request = with(desk.request("GET /users", &Value::Null), "authorization", "SSWS second");
    assert_eq!(outcome(&desk.send(&request)), "200");
    assert_eq!(outcome(&desk.send(&request)), LIMITED);
    desk.pass(60_000);
    desk.check(&[("GET /users", Value::Null, json!(200))]);
}

#[test]
fn limits_can_be_set_for_one_bucket_or_all() {
    for (state, expected) in [
        (json!({ "per_minute": 10 }), [10, 10]),
        (json!({ "token_percent": 100 }), [600, 500]),
        (json!({ "limits": { "groups": 10 } }), [300, 5]),
        (
            json!({ "per_minute": 10, "limits": { "users": 20 }, "token_percent": 50 }),
            [10, 5],
        ),
    ] {
        let mut desk = Desk::given(state.clone());
        let found = ["GET /users", "GET /groups"].map(|line| limits(&desk.call(line, &Value::Null))[0]);
        assert_eq!(found, expected, "{state}");
    }
}

/// Whoever asks too much at the same time is told a limit of nothing, which says nothing of the bucket.
#[test]
fn too_many_at_the_same_time_is_another_limit() {
    let mut desk = Desk::given(json!({ "concurrency_refusals": 2 }));
    let soon = desk.now.as_second() + 1;
    for _ in 0..2 {
        let answer = desk.call("DELETE /users/{ann}", &Value::Null);
        assert_eq!((refusal(&answer).as_str(), limits(&answer)), (LIMITED, [0, 0, soon]));
    }
    desk.check(&[("GET /users/{ann}", Value::Null, json!({ "status": "ACTIVE" }))]);
    let answer = desk.call("DELETE /users/{ann}", &Value::Null);
    assert_eq!((answer.status, limits(&answer)[1]), (204, 299));
}

#[test]
fn an_unwell_vendor_answers_as_documented() {
    let mut desk = Desk::new();
    desk.call("GET /users", &Value::Null);
    let now = desk.now.as_second();
    for (failure, expected) in [
        (Failure::Internal, "500 E0000009 Internal Server Error"),
        (Failure::Unavailable, "503 E0000010 Service is in read only mode"),
    ] {
        assert_eq!(refusal(&desk.twin.fail(failure)), expected);
    }
    for (milliseconds, reset) in [(0, now + 1), (1500, now + 2), (30_000, now + 30)] {
        let reset_in = Duration::from_millis(milliseconds);
        let answer = desk.twin.fail(Failure::RateLimited { reset: reset_in });
        assert_eq!(refusal(&answer), LIMITED);
        assert_eq!((limits(&answer)[1], limits(&answer)[2]), (0, reset));
        assert_eq!(header(&answer, "date"), Some("Fri, 15 Jan 2027 08:00:00 GMT"));
    }
    let bare = desk.twin.fail(Failure::RateLimitedBare);
    assert_eq!(
        (bare.status, bare.body.len(), header(&bare, "x-rate-limit-reset")),
        (429, 0, None)
    );
}
