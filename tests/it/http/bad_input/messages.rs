//! Searches, patches and resources that the protocol forbids.
use serde_json::{Value, json};

use super::requests::{PATCH_OP, USER, create, id, post, refused};
use crate::http::client::Request;
use crate::http::server::Server;

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

#[tokio::test]
async fn illegal_searches() {
    let server = Server::start().await;
    let get = |query: &str| Request::new("GET", &format!("/Users?{query}"));
    let search = |body: Value| Request::new("POST", "/Users/.search").json(body.to_string());
    let (filter, value, cursor) = (Some("invalidFilter"), Some("invalidValue"), Some("invalidCursor"));
    let syntax = Some("invalidSyntax");
    let deep = format!("filter={}userName+pr{}", "(".repeat(2_000), ")".repeat(2_000));
    let long = format!("filter=userName+eq+%22{}%22", "x".repeat(9_000));
    let rows = vec![
        ("empty filter", get("filter="), 400, filter),
        ("half a filter", get("filter=userName+eq"), 400, filter),
        ("an open quote", get("filter=userName+eq+%22x"), 400, filter),
        ("unknown operator", get("filter=userName+is+%22x%22"), 400, filter),
        ("unknown attribute", get("filter=nonsense+eq+%22x%22"), 400, filter),
        ("password", get("filter=password+eq+%22x%22"), 400, filter),
        (
            "password, of all types",
            Request::new("GET", "?filter=password+pr"),
            400,
            filter,
        ),
        ("order of booleans", get("filter=active+gt+true"), 400, filter),
        ("deep", get(&deep), 400, filter),
        ("long", get(&long), 400, filter),
        ("broken encoding", get("filter=%ff%fe"), 400, filter),
        ("count", get("count=many"), 400, value),
        ("huge count", get("count=99999999999999999999"), 400, value),
        ("both lists", get("attributes=id&excludedAttributes=name"), 400, value),
        ("cursor", get("cursor=forged"), 400, cursor),
        ("cursor and index", get("cursor=&startIndex=1"), 400, cursor),
        ("no schemas", search(json!({ "count": 1 })), 400, syntax),
        (
            "bad filter in a body",
            search(json!({ "schemas": [SEARCH], "filter": "((" })),
            400,
            filter,
        ),
        (
            "wrong types",
            search(json!({ "schemas": [SEARCH], "count": {} })),
            400,
            syntax,
        ),
    ];
    refused(&server, rows).await;
}

#[tokio::test]
async fn illegal_patches() {
    let server = Server::start().await;
    let path = format!("/Users/{}", id(&create(&server, "patched").await));
    let message = |body: Value| Request::new("PATCH", &path).json(body.to_string());
    let patch = |operation: Value| message(json!({ "schemas": [PATCH_OP], "Operations": [operation] }));
    let replace = |path: &str, value: Value| patch(json!({ "op": "replace", "path": path, "value": value }));
    let (syntax, target) = (Some("invalidSyntax"), Some("noTarget"));
    let rows = vec![
        (
            "unknown op",
            patch(json!({ "op": "move", "path": "title", "value": "x" })),
            400,
            syntax,
        ),
        (
            "malformed path",
            replace("emails[", json!("x")),
            400,
            Some("invalidPath"),
        ),
        (
            "no target",
            replace("emails[type eq \"work\"].value", json!("a@b.c")),
            400,
            target,
        ),
        ("remove without a path", patch(json!({ "op": "remove" })), 400, target),
        ("read-only", replace("id", json!("x")), 400, Some("mutability")),
        ("wrong type", replace("active", json!({})), 400, Some("invalidValue")),
        (
            "without operations",
            message(json!({ "schemas": [PATCH_OP] })),
            400,
            syntax,
        ),
        ("empty", message(json!({})), 400, syntax),
    ];
    refused(&server, rows).await;
}

#[tokio::test]
async fn wrong_values() {
    let server = Server::start().await;
    create(&server, "taken").await;
    let user = |more: Value| {
        let mut body = json!({ "schemas": [USER] });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        post(body.to_string())
    };
    let value = Some("invalidValue");
    let rows = vec![
        ("no userName", user(json!({})), 400, value),
        ("userName of a wrong type", user(json!({ "userName": 1 })), 400, value),
        ("userName null", user(json!({ "userName": null })), 400, value),
        (
            "userName taken",
            user(json!({ "userName": "taken" })),
            409,
            Some("uniqueness"),
        ),
        (
            "userName taken, in other case",
            user(json!({ "userName": "TAKEN" })),
            409,
            Some("uniqueness"),
        ),
        (
            "active of a wrong type",
            user(json!({ "userName": "x", "active": "maybe" })),
            400,
            value,
        ),
        (
            "emails of a wrong type",
            user(json!({ "userName": "x", "emails": 5 })),
            400,
            value,
        ),
        (
            "two primaries",
            user(
                json!({ "userName": "x", "emails": [{"value": "a@b.c", "primary": true}, {"value": "d@e.f", "primary": true}] }),
            ),
            400,
            value,
        ),
        (
            "bulk of another schema",
            Request::new("POST", "/Bulk").json("{}"),
            400,
            Some("invalidSyntax"),
        ),
        (
            "bulk without operations",
            Request::new("POST", "/Bulk").json(json!({ "schemas": [BULK] }).to_string()),
            400,
            Some("invalidSyntax"),
        ),
    ];
    refused(&server, rows).await;
}
