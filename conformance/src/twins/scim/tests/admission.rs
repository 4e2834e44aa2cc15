//! Tokens, rate limits, media types, unknown paths, failures.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Scim;
use super::super::desk::{Desk, refusal, strict, user};
use crate::twins::{Answer, Failure, Twin};

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let found = answer.headers.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn the_token_decides_who_passes() {
    for (authorization, status) in [
        (None, 401),
        (Some("Bearer other"), 401),
        (Some("Bearer "), 401),
        (Some("key"), 401),
        (Some("Token token=key"), 401),
        (Some("Bearer key"), 200),
    ] {
        let mut desk = strict();
        let mut request = desk.request("GET /Users", &Value::Null);
        request.headers.retain(|(name, _)| name != "authorization");
        let authorization = authorization.map(|value| ("authorization".to_owned(), value.to_owned()));
        request.headers.extend(authorization.clone());
        let answer = desk.twin.handle(desk.now, &request);
        assert_eq!(answer.status, status, "{authorization:?}");
        if status == 401 {
            let said = "401 - The bearer token is missing, unknown or expired";
            assert_eq!(
                (refusal(&answer).as_str(), header(&answer, "www-authenticate")),
                (said, Some("Bearer"))
            );
        }
    }
}

#[test]
fn a_token_expires() {
    let mut desk = strict();
    desk.seed(json!({ "token_expires_at": "2027-01-15T08:00:10Z" }));
    for (seconds, status) in [(0, 200), (9, 200), (1, 401), (3600, 401)] {
        desk.pass(seconds);
        desk.check(&[("GET /Users", Value::Null, json!(status))]);
    }
    // A new one is copied from the vendor's web page.
    desk.seed(json!({ "token_expires_at": "2028-01-01T00:00:00Z" }));
    desk.check(&[("GET /Users", Value::Null, json!(200))]);
}

#[test]
fn requests_are_limited_by_seed() {
    for (vendor, retry_after) in [("scim", Some("50")), ("scim-aws", None), ("scim-slack", Some("50"))] {
        let mut desk = Desk::new(vendor, json!([]));
        desk.seed(json!({ "per_minute": 2 }));
        for (pass, status) in [(0, 200), (10, 200), (0, 429), (49, 429), (1, 200)] {
            desk.pass(pass);
            let answer = desk.call("GET /Users", &Value::Null);
            assert_eq!(answer.status, status, "{vendor} {pass}");
            if (pass, status) == (0, 429) {
                assert_eq!(header(&answer, "retry-after"), retry_after, "{vendor}");
            }
        }
    }
}

#[test]
fn a_body_must_be_said_to_be_json() {
    for (content_type, status) in [
        (None, 400),
        (Some("text/plain"), 400),
        (Some("application/json"), 201),
        (Some("application/scim+json; charset=utf-8"), 201),
    ] {
        let mut desk = strict();
        let mut request = desk.request("POST /Users", &user(json!({ "userName": "new@x.example" })));
        request.headers.retain(|(name, _)| name != "content-type");
        let content_type = content_type.map(|value| ("content-type".to_owned(), value.to_owned()));
        request.headers.extend(content_type.clone());
        assert_eq!(desk.twin.handle(desk.now, &request).status, status, "{content_type:?}");
    }
}

#[test]
fn unknown_paths_and_methods_are_refused() {
    let path = "404 - There is no such endpoint";
    let method = "405 - The endpoint has no such method";
    let aws = "400 - Request is unparsable, syntactically incorrect, or violates schema";
    for (vendor, line, expected) in [
        ("scim", "GET /", path),
        ("scim", "GET /Me", path),
        ("scim", "POST /Bulk", path),
        ("scim", "POST /.search", path),
        ("scim", "GET /users", path),
        ("scim", "DELETE /Users", method),
        ("scim", "POST /Users/{ann}", method),
        ("scim-aws", "PUT /Groups/x", aws),
        ("scim-aws", "GET /Me", "404 - Resource not found"),
        ("scim-blogin", "PUT /Groups/x", method),
        ("scim-planmyleave", "PATCH /Users/x", method),
        ("scim-planmyleave", "GET /Groups", path),
        ("scim-slack", "GET /Me", "404? - bad_endpoint"),
        ("scim-slack", "DELETE /Users", "405? - method_not_allowed"),
        ("calendly-scim", "GET /Groups", path),
        ("calendly-scim", "GET /ServiceProviderConfig", path),
    ] {
        Desk::new(vendor, json!([])).check(&[(line, json!({}), json!(expected))]);
    }
}

#[test]
fn failures_are_the_vendors_own() {
    let reset = Duration::from_millis(1500);
    for (vendor, failure, expected, retry_after) in [
        (
            "scim",
            Failure::RateLimited { reset },
            "429 - Too many requests",
            Some("2"),
        ),
        ("scim", Failure::RateLimitedBare, "429? - -", None),
        ("scim", Failure::Internal, "500 - The service is unwell", None),
        ("scim", Failure::Unavailable, "503 - The service is unwell", None),
        (
            "scim-aws",
            Failure::RateLimited { reset },
            "429 - Too many requests exceeded the limits",
            None,
        ),
        (
            "scim-aws",
            Failure::Internal,
            "500 - Service failed to process the request",
            None,
        ),
        (
            "scim-slack",
            Failure::RateLimited { reset },
            "429? - too_many_requests",
            Some("2"),
        ),
    ] {
        let answer = Scim::new(vendor, 1).unwrap().fail(failure);
        assert_eq!(refusal(&answer), expected, "{vendor} {failure:?}");
        assert_eq!(header(&answer, "retry-after"), retry_after, "{vendor} {failure:?}");
    }
}
