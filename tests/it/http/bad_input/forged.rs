//! Ids and versions of nothing, or of others.
use serde_json::json;

use super::requests::{PATCH_OP, USER, create, id, refused};
use crate::http::client::Request;
use crate::http::server::Server;

#[tokio::test]
async fn forged_ids_and_versions() {
    let server = Server::start().await;
    let mine = create(&server, "mine").await;
    let person = id(&mine);
    let body = json!({ "schemas": [USER], "userName": "theirs" }).to_string();
    let theirs = Request::at("POST", "/scim/other/v2/Users")
        .header("authorization", format!("Bearer {}", server.other_token))
        .json(&body);
    let theirs = id(&server.call(theirs).await);
    let patch = json!({ "schemas": [PATCH_OP], "Operations": [{ "op": "replace", "path": "title", "value": "x" }] })
        .to_string();
    let mut rows = Vec::new();
    let ids = [
        "1",
        "0",
        "-1",
        "%00",
        "null",
        "../Users",
        "0196a1f0-7b2c-7d3e-8f40-123456789abc",
        &theirs,
        &"9".repeat(5_000),
    ];
    for forged in ids {
        let path = &format!("/Users/{}", forged.replace('/', "%2F"));
        rows.push(("get", Request::new("GET", path), 404, None));
        rows.push(("put", Request::new("PUT", path).json(&body), 404, None));
        rows.push(("patch", Request::new("PATCH", path).json(&patch), 404, None));
        rows.push(("delete", Request::new("DELETE", path), 404, None));
    }
    rows.push((
        "of another type",
        Request::new("GET", &format!("/Groups/{person}")),
        404,
        None,
    ));
    let at = |method| Request::new(method, &format!("/Users/{person}"));
    for tag in ["W/\"0\"", "\"x\"", "x", "W/", "", "\u{fc}", "W/\"1\u{fc}\""] {
        rows.push((
            "put of another version",
            at("PUT").header("if-match", tag).json(&body),
            412,
            None,
        ));
        rows.push((
            "patch of another version",
            at("PATCH").header("if-match", tag).json(&patch),
            412,
            None,
        ));
        rows.push((
            "delete of another version",
            at("DELETE").header("if-match", tag),
            412,
            None,
        ));
    }
    refused(&server, rows).await;
    let theirs = Request::at("GET", &format!("/scim/other/v2/Users/{theirs}"))
        .header("authorization", format!("Bearer {}", server.other_token));
    assert_eq!(server.call(theirs).await.status, 200);
}
