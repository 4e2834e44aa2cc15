//! Lists come in pages.

use serde_json::{Value, json};

use super::desk::{Desk, invalid};

const MEMBERS: &str = "/organization_memberships?organization=https://api.calendly.com/organizations/{org}";

/// The sizes of the pages from the first to the last, following `next_page_token`.
fn sizes(desk: &mut Desk, path: &str) -> Vec<usize> {
    let (mut sizes, mut token) = (Vec::new(), String::new());
    loop {
        let body = desk.body(&format!("GET {path}{token}"));
        let size = body["collection"].as_array().unwrap().len();
        sizes.push(size);
        let pagination = &body["pagination"];
        assert_eq!(pagination["count"], json!(size));
        let Some(next) = pagination["next_page_token"].as_str() else {
            assert_eq!(pagination["next_page"], Value::Null);
            return sizes;
        };
        let page = pagination["next_page"].as_str().unwrap();
        let begins = page.starts_with("https://api.calendly.com/organization_memberships?organization=https%3A");
        assert!(begins && page.ends_with(&format!("&page_token={next}")), "{page}");
        token = format!("&page_token={next}");
    }
}

#[test]
fn every_item_is_on_one_page() {
    let users = (0..45).map(|n| json!({ "name": "N", "email": format!("n{n}@x.example") }));
    let mut desk = Desk::given(json!({ "users": users.collect::<Vec<_>>() }));
    for (count, expected) in [
        ("", vec![20, 20, 8]),
        ("&count=48", vec![48]),
        ("&count=24", vec![24, 24]),
        ("&count=100", vec![48]),
    ] {
        assert_eq!(sizes(&mut desk, &format!("{MEMBERS}{count}")), expected, "{count}");
    }
}

#[test]
fn pages_go_on_though_the_last_item_is_gone() {
    let mut desk = Desk::new();
    let body = desk.body(&format!("GET {MEMBERS}&count=2"));
    let token = body["pagination"]["next_page_token"].as_str().unwrap();
    let next = format!("GET {MEMBERS}&count=2&page_token={token}");
    let bob = json!({ "collection": [{ "user": { "name": "Bob" } }], "pagination": { "next_page_token": null } });
    desk.check(&[
        ("DELETE /organization_memberships/{ann-m}", Value::Null, json!(204)),
        (&next, Value::Null, bob),
    ]);
}

#[test]
fn the_newest_can_come_first() {
    let mut desk = Desk::new();
    for name in ["a", "b", "c"] {
        let new = json!({ "email": format!("{name}@x.example") });
        desk.check(&[("POST /organizations/{org}/invitations", new, json!(201))]);
    }
    let path = "/organizations/{org}/invitations?sort=created_at:desc&count=2";
    let body = desk.body(&format!("GET {path}"));
    let token = body["pagination"]["next_page_token"].as_str().unwrap();
    let rest = desk.body(&format!("GET {path}&page_token={token}"));
    let emails = [&body["collection"][0], &body["collection"][1], &rest["collection"][0]];
    assert_eq!(
        emails.map(|it| it["email"].as_str().unwrap()),
        ["c@x.example", "b@x.example", "a@x.example"]
    );
    assert_eq!(rest["pagination"]["next_page"], Value::Null);
}

#[test]
fn pages_that_do_not_exist_are_refused() {
    for (query, expected) in [
        ("count=0", "count must be a number from 1 to 100"),
        ("count=101", "count must be a number from 1 to 100"),
        ("count=many", "count must be a number from 1 to 100"),
        ("page_token=2", "page_token is invalid"),
    ] {
        let line = format!("GET /organizations/{{org}}/invitations?{query}");
        Desk::new().check(&[(&line, Value::Null, invalid(expected))]);
    }
}
