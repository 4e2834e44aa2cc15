//! Lists in pages.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::Desk;
use crate::twins::Twin;

#[test]
fn users_come_by_marker_or_by_offset() {
    let mut desk = Desk::new();
    let (mut marker, mut logins) = (String::new(), Vec::new());
    for _ in 0..3 {
        let page = desk.body(&format!("GET /users?usemarker=true&limit=1{marker}"));
        assert!(page.get("total_count").is_none(), "{page}");
        logins.push(page["entries"][0]["login"].as_str().unwrap().to_owned());
        marker = page["next_marker"]
            .as_str()
            .map_or(String::new(), |next| format!("&marker={next}"));
    }
    assert_eq!(logins, ["admin@box.example", "ann@x.example", "bob@x.example"]);
    assert_eq!(marker, "", "the last page names no next one");
    desk.check(&[
        (
            "GET /users?offset=1&limit=1",
            Value::Null,
            json!({ "total_count": 3, "offset": 1, "limit": 1, "entries": [{ "id": "{ann}" }] }),
        ),
        (
            "GET /users?offset=9",
            Value::Null,
            json!({ "total_count": 3, "entries": [] }),
        ),
    ]);
}

#[test]
fn a_page_misses_nobody_when_another_goes() {
    let mut desk = Desk::new();
    let first = desk.body("GET /users?usemarker=true&limit=2");
    let next = first["next_marker"].as_str().unwrap().to_owned();
    desk.check(&[
        ("DELETE /users/{ann}", Value::Null, json!(204)),
        (
            &format!("GET /users?usemarker=true&limit=2&marker={next}"),
            Value::Null,
            json!({ "entries": [{ "id": "{bob}" }] }),
        ),
    ]);
}

#[test]
fn pages_are_asked_for_as_the_contract_says() {
    for (query, parameter) in [
        ("users?limit=0", "limit"),
        ("users?limit=1001", "limit"),
        ("groups?limit=x", "limit"),
        ("groups?offset=-1", "offset"),
        ("users?usemarker=yes", "usemarker"),
        ("users?marker=after-1", "marker"),
        ("users?usemarker=true&marker=1", "marker"),
        ("users?usemarker=true&offset=1", "offset"),
    ] {
        let expected = format!("400 bad_request {parameter}");
        Desk::new().check(&[(&format!("GET /{query}"), Value::Null, json!(expected))]);
    }
}

#[test]
fn lists_lag_and_single_reads_do_not() {
    let mut desk = Desk::new();
    desk.twin.set_lag(Duration::from_secs(60));
    desk.now += Duration::from_secs(90);
    desk.check(&[
        (
            "new = POST /users",
            json!({ "name": "N", "login": "n@x.example" }),
            json!(201),
        ),
        ("GET /users", Value::Null, json!({ "total_count": 3 })),
        ("GET /users/{new}", Value::Null, json!(200)),
    ]);
    desk.now += Duration::from_secs(61);
    desk.check(&[("GET /users", Value::Null, json!({ "total_count": 4 }))]);
}
