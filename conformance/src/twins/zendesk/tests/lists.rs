//! Lists and their pages.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, body};
use crate::twins::Twin;

#[test]
fn lists_are_filtered() {
    let mut desk = Desk::new();
    desk.check(&[
        (
            "PUT /users/{ann}",
            json!({ "user": { "custom_role_id": "{light}", "external_id": "E1" } }),
            json!(200),
        ),
        (
            "GET /users",
            Value::Null,
            json!({ "users": [{ "id": "{me}" }, {}, {}, {}], "count": 4, "next_page": null }),
        ),
        (
            "GET /users?role=end-user",
            Value::Null,
            json!({ "users": [{ "id": "{eve}" }] }),
        ),
        (
            "GET /users?role[]=admin&role[]=end-user",
            Value::Null,
            json!({ "users": [{ "id": "{me}" }, { "id": "{eve}" }] }),
        ),
        (
            "GET /users?role=owner",
            Value::Null,
            json!("400 InvalidParameter: There is no such role"),
        ),
        (
            "GET /users?permission_set={light}",
            Value::Null,
            json!({ "users": [{ "id": "{ann}" }] }),
        ),
        (
            "GET /users?external_id=e1",
            Value::Null,
            json!({ "users": [{ "id": "{ann}" }] }),
        ),
        ("GET /users/count", Value::Null, json!({ "count": { "value": 4 } })),
        (
            "GET /users/count?role=agent",
            Value::Null,
            json!({ "count": { "value": 2 } }),
        ),
        (
            "GET /users/show_many?ids={eve},{ann},1",
            Value::Null,
            json!({ "users": [{ "id": "{ann}" }, { "id": "{eve}" }] }),
        ),
        (
            "GET /users/show_many?external_ids=E1,none",
            Value::Null,
            json!({ "users": [{ "id": "{ann}" }] }),
        ),
        (
            "GET /users/show_many",
            Value::Null,
            json!("400 InvalidParameter: Either ids or external_ids must be there"),
        ),
    ]);
    let many = vec!["1"; 101].join(",");
    let line = format!("GET /users/show_many?ids={many}");
    desk.check(&[(
        &line,
        Value::Null,
        json!("422 TooManyValues: No more than 100 are taken at once"),
    )]);
}

/// The owner and so many others.
fn crowd(count: u32) -> Desk {
    let mut desk = Desk::new();
    let users: Vec<_> = (0..count)
        .map(|n| json!({ "name": format!("N{n}"), "email": format!("n{n}@x.example") }))
        .collect();
    desk.seed(json!({ "users": users }));
    desk
}

#[test]
fn pages_go_by_cursor() {
    let mut desk = crowd(246);
    let mut query = "page[size]=100".to_owned();
    let mut seen = Vec::new();
    for (count, more) in [(100, true), (100, true), (50, false)] {
        let said = body(&desk.call(&format!("GET /users?{query}"), &Value::Null));
        assert_eq!(said["users"].as_array().unwrap().len(), count);
        assert_eq!(said["meta"]["has_more"], more);
        assert_eq!(said["links"]["next"].is_string(), more);
        seen.extend(
            said["users"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["id"].as_u64().unwrap()),
        );
        let cursor = form_urlencoded::byte_serialize(said["meta"]["after_cursor"].as_str().unwrap().as_bytes());
        query = format!("page[size]=100&page[after]={}", cursor.collect::<String>());
    }
    assert!(seen.is_sorted() && seen.len() == 250);
    // Back from the last page.
    let said = body(&desk.call(&format!("GET /users?{query}"), &Value::Null));
    assert_eq!(
        (said["users"].as_array().unwrap().len(), &said["meta"]["after_cursor"]),
        (0, &Value::Null)
    );
    let last = body(&desk.call("GET /users?page[size]=100", &Value::Null));
    let before = last["meta"]["before_cursor"].as_str().unwrap();
    let said = body(&desk.call(&format!("GET /users?page[size]=10&page[before]={before}"), &Value::Null));
    assert_eq!(said["users"], json!([]));
    let after = last["meta"]["after_cursor"].as_str().unwrap();
    let said = body(&desk.call(&format!("GET /users?page[size]=10&page[before]={after}"), &Value::Null));
    let ids: Vec<_> = said["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, seen[89..99]);
    assert_eq!(said["meta"]["has_more"], true);
}

#[test]
fn a_link_leads_to_the_next_page() {
    let mut desk = crowd(10);
    let said = body(&desk.call("GET /users?role=end-user&page[size]=3", &Value::Null));
    let next = said["links"]["next"].as_str().unwrap();
    let target = next.strip_prefix("https://twin-7.zendesk.com").unwrap();
    let second = body(&desk.call(&format!("GET {target}"), &Value::Null));
    let id = |said: &Value, index: usize| said["users"][index]["id"].as_u64().unwrap();
    assert!(id(&second, 0) > id(&said, 2), "{second}");
    let said = body(&desk.call("GET /users?page=2&per_page=5", &Value::Null));
    assert_eq!(
        said["next_page"],
        "https://twin-7.zendesk.com/api/v2/users?per_page=5&page=3"
    );
    assert_eq!(
        said["previous_page"],
        "https://twin-7.zendesk.com/api/v2/users?per_page=5&page=1"
    );
    assert_eq!(
        (said["count"].as_u64(), said["users"].as_array().unwrap().len()),
        (Some(14), 5)
    );
}

#[test]
fn pages_are_asked_for_in_one_way() {
    let mut desk = Desk::new();
    for (query, expected) in [
        (
            "page=1&page[size]=10",
            json!("400 InvalidParameter: Cursor and offset pagination exclude each other"),
        ),
        (
            "per_page=1&page[after]=x",
            json!("400 InvalidParameter: Cursor and offset pagination exclude each other"),
        ),
        (
            "page[size]=101",
            json!("400 InvalidParameter: page[size] must be from 1 to 100"),
        ),
        (
            "page[size]=0",
            json!("400 InvalidParameter: page[size] must be from 1 to 100"),
        ),
        (
            "page[size]=x",
            json!("400 InvalidParameter: page[size] must be a whole number"),
        ),
        (
            "page[after]=x",
            json!("400 InvalidParameter: page[after] is none of the cursors that were given out"),
        ),
        (
            "page=0",
            json!("400 InvalidParameter: page and per_page must be greater than 0"),
        ),
        ("per_page=500", json!({ "users": [{}, {}, {}, {}] })),
        ("page=3&per_page=2", json!({ "users": [], "count": 4 })),
    ] {
        desk.check(&[(&format!("GET /users?{query}"), Value::Null, expected)]);
    }
}

#[test]
fn a_lagging_list_misses_recent_changes_and_a_read_by_id_does_not() {
    let mut desk = Desk::new();
    desk.pass(60);
    desk.check(&[(
        "new = POST /users",
        json!({ "user": { "name": "New", "email": "new@x.example" } }),
        json!(201),
    )]);
    desk.twin.set_lag(Duration::from_secs(10));
    desk.check(&[
        ("GET /users", Value::Null, json!({ "count": 4 })),
        ("GET /users/{new}", Value::Null, json!(200)),
    ]);
    desk.pass(10);
    desk.check(&[("GET /users", Value::Null, json!({ "count": 5 }))]);
}
