//! Lists come in pages, and may lag.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::desk::{Desk, strict, user};
use crate::twins::Twin;

fn crowd(vendor: &str, size: usize) -> Desk {
    let person = |n: usize| {
        json!({
            "userName": format!("n{n:03}@x.example"),
            "displayName": "N",
            "name": { "givenName": "N", "familyName": "N" },
            "emails": [{ "value": format!("n{n:03}@x.example"), "primary": true }],
        })
    };
    Desk::new(vendor, (0..size).map(person).collect())
}

/// RFC 7644 section 3.4.2.4.
#[test]
fn pages_go_by_index() {
    let mut desk = crowd("scim", 250);
    for (query, first, size, index) in [
        ("", "n000", 100, 1),
        ("startIndex=1&count=1", "n000", 1, 1),
        ("startIndex=101", "n100", 100, 101),
        ("startIndex=249&count=10", "n248", 2, 249),
        ("startIndex=0", "n000", 100, 1),
        ("startIndex=-5", "n000", 100, 1),
        ("count=1000", "n000", 200, 1),
        ("filter=userName+ge+%22n2%22&startIndex=11", "n210", 40, 11),
        ("count=0", "", 0, 1),
        ("count=-1", "", 0, 1),
        ("startIndex=251", "", 0, 251),
    ] {
        let body = desk.body(&format!("GET /Users?{query}"));
        let resources = body["Resources"].as_array().unwrap();
        let name = resources
            .first()
            .map_or("", |one| one["userName"].as_str().unwrap().split('@').next().unwrap());
        assert_eq!(
            (name, resources.len(), &body["startIndex"]),
            (first, size, &json!(index)),
            "{query}"
        );
        let total = if query.contains("filter") { 50 } else { 250 };
        assert_eq!(
            (&body["totalResults"], &body["itemsPerPage"]),
            (&json!(total), &json!(size)),
            "{query}"
        );
        assert_eq!(
            body["schemas"],
            json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"])
        );
    }
    desk.check(&[
        (
            "GET /Users?count=many",
            Value::Null,
            json!("400 invalidValue count must be a whole number"),
        ),
        (
            "GET /Users?startIndex=x",
            Value::Null,
            json!("400 invalidValue startIndex must be a whole number"),
        ),
    ]);
}

/// RFC 9865, and AWS's developer guide: without a cursor there is no way to a second page.
#[test]
fn pages_go_by_cursor() {
    let mut desk = crowd("scim-aws", 250);
    let body = desk.body("GET /Users");
    assert_eq!(body["Resources"].as_array().map(Vec::len), Some(100));
    assert_eq!((&body["startIndex"], body.get("nextCursor")), (&json!(1), None));
    let (mut cursor, mut sizes, mut last) = (String::new(), Vec::new(), String::new());
    loop {
        let body = desk.body(&format!("GET /Users?count=90&cursor={cursor}"));
        let resources = body["Resources"].as_array().unwrap();
        let first = resources[0]["userName"].as_str().unwrap().to_owned();
        assert!(first > last && body.get("startIndex").is_none(), "{body}");
        last = first;
        sizes.push(resources.len());
        match body["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(sizes, [90, 90, 70]);
    let refused = "400 - Request is unparsable, syntactically incorrect, or violates schema";
    for query in [
        "count=0",
        "count=101",
        "cursor=x",
        "startIndex=1",
        "attributes=userName",
        "excludedAttributes=name",
    ] {
        desk.check(&[(&format!("GET /Users?{query}"), Value::Null, json!(refused))]);
    }
}

#[test]
fn lists_lag_and_reads_by_id_do_not() {
    let mut desk = strict();
    desk.twin.set_lag(Duration::from_secs(10));
    desk.check(&[(
        "new = POST /Users",
        user(json!({ "userName": "new@x.example" })),
        json!(201),
    )]);
    for (seconds, found) in [(0, 0), (9, 0), (1, 1)] {
        desk.pass(seconds);
        let names = desk.listed("GET /Users?filter=userName+eq+%22new@x.example%22", "userName");
        assert_eq!(names.len(), found, "{seconds}");
        desk.check(&[("GET /Users/{new}", Value::Null, json!(200))]);
    }
}

#[test]
fn somebody_is_found_by_user_name_whatever_happened_before() {
    let mut desk = strict();
    let found = |desk: &mut Desk, name: &str| {
        desk.listed(&format!("GET /Users?filter=userName+eq+%22{name}%22"), "id")
            .len()
    };
    assert_eq!(found(&mut desk, "ANN@x.example"), 1);
    desk.check(&[(
        "PUT /Users/{ann}",
        user(json!({ "userName": "anna@x.example" })),
        json!(200),
    )]);
    assert_eq!(
        (found(&mut desk, "ann@x.example"), found(&mut desk, "anna@x.example")),
        (0, 1)
    );
    desk.check(&[("DELETE /Users/{ann}", Value::Null, json!(204))]);
    assert_eq!(found(&mut desk, "anna@x.example"), 0);
}
