//! Bodies that are no JSON, or of other media.
use serde_json::json;

use super::requests::{USER, gzip, post, refused};
use crate::http::client::Request;
use crate::http::server::Server;

#[tokio::test]
async fn malformed_json() {
    let server = Server::start().await;
    let syntax = Some("invalidSyntax");
    let user = |more: &str| format!(r#"{{"schemas":["{USER}"],"userName":"x"{more}}}"#);
    let rows = vec![
        ("empty", post(""), 400, syntax),
        ("no body", Request::new("POST", "/Users"), 400, syntax),
        ("cut off", post(r#"{"userName":"#), 400, syntax),
        ("two values", post(format!("{}{}", user(""), user(""))), 400, syntax),
        ("not UTF-8", post(b"{\"userName\":\"\xff\"}"), 400, syntax),
        (
            "UTF-16",
            post("{}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
            400,
            syntax,
        ),
        ("a lone surrogate", post(user(r#","title":"\ud800""#)), 400, syntax),
        ("a control character", post(user(",\"title\":\"\n\"")), 400, syntax),
        ("key twice", post(user(r#","userName":"y""#)), 400, syntax),
        (
            "key twice, inside",
            post(user(r#","name":{"givenName":"a","givenName":"b"}"#)),
            400,
            syntax,
        ),
        ("a number too large", post(user(r#","x":1e999"#)), 400, syntax),
        ("nested arrays", post("[".repeat(500_000)), 400, syntax),
        ("nested objects", post("{\"a\":".repeat(100_000)), 400, syntax),
        (
            "nested, complete",
            post(format!("{}{}", "[".repeat(40), "]".repeat(40))),
            400,
            syntax,
        ),
        (
            "nested in a search",
            Request::new("POST", "/.search").json("[".repeat(100_000)),
            400,
            syntax,
        ),
        (
            "nested in bulk",
            Request::new("POST", "/Bulk").json("[".repeat(100_000)),
            400,
            syntax,
        ),
        ("an array", post("[]"), 400, syntax),
        ("null", post("null"), 400, syntax),
        ("text", post("\"x\""), 400, syntax),
    ];
    refused(&server, rows).await;
    let answer = server.call(post("{\n \"a\": 1,\n \"b\": x\n}")).await;
    let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.contains("line 3 column 7"), "{detail}");
}

#[tokio::test]
async fn other_media() {
    let server = Server::start().await;
    let body = json!({ "schemas": [USER], "userName": "media" }).to_string();
    let typed = |value: &str| Request::new("POST", "/Users").header("content-type", value).body(&body);
    let coded = |value: &str| post(gzip(body.as_bytes())).header("content-encoding", value);
    let accepting = |value: &str| Request::new("GET", "/Users").header("accept", value);
    let rows = vec![
        ("text", typed("text/plain"), 415, None),
        ("form", typed("application/x-www-form-urlencoded"), 415, None),
        ("latin", typed("application/json; charset=iso-8859-1"), 415, None),
        ("deflate", coded("deflate"), 415, None),
        ("brotli", coded("br"), 415, None),
        ("twice", coded("gzip, gzip"), 415, None),
        ("html", accepting("text/html"), 406, None),
        ("refusing", accepting("application/scim+json;q=0"), 406, None),
        (
            "no gzip",
            post("{}").header("content-encoding", "gzip"),
            400,
            Some("invalidSyntax"),
        ),
        (
            "half a gzip",
            post(&gzip(body.as_bytes())[..20]).header("content-encoding", "gzip"),
            400,
            Some("invalidSyntax"),
        ),
    ];
    refused(&server, rows).await;
    assert_eq!(server.call(coded("br")).await.header("accept-encoding"), Some("gzip"));
    for (index, kind) in ["application/json", "application/scim+json; charset=utf-8"]
        .iter()
        .enumerate()
    {
        let body = json!({ "schemas": [USER], "userName": format!("media{index}") }).to_string();
        let request = Request::new("POST", "/Users").header("content-type", kind).body(&body);
        assert_eq!(server.call(request).await.status, 201, "{kind}");
    }
    let answer = server.call(coded("gzip")).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (201, Some("application/scim+json"))
    );
    let answer = server.call(accepting("application/json")).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/json"))
    );
}
