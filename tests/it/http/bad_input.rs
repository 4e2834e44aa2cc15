//! What must be refused: precisely, with nothing changed, nothing leaked and no panic.
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use usherd::service::Limits;

use super::client::{Answer, Request};
use super::server::{Server, Setup};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// Sends each request, checks its error, and that nobody came or went by it.
async fn refused(server: &Server, rows: Vec<(&str, Request, u16, Option<&str>)>) {
    let before = everything(server).await;
    for (name, request, status, scim_type) in rows {
        server.call(request).await.assert_error(status, scim_type, name);
    }
    assert_eq!(everything(server).await, before);
}

async fn everything(server: &Server) -> Value {
    let answer = server.call(Request::new("GET", "")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

async fn create(server: &Server, user_name: &str) -> Answer {
    let body = json!({ "schemas": [USER], "userName": user_name }).to_string();
    let answer = server.call(Request::new("POST", "/Users").json(body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().expect("an id").to_owned()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn post(body: impl AsRef<[u8]>) -> Request {
    Request::new("POST", "/Users").json(body)
}

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

/// Bodies of half a megabyte fit, of one do not.
fn small() -> Setup {
    let limits = Limits {
        body_bytes: 1 << 20,
        body_values: 100_000,
        bulk_payload_bytes: 1 << 16,
        // Less than one body has: one at a time is taken all the same.
        bodies_bytes: 1,
        ..Limits::default()
    };
    Setup {
        limits,
        ..Setup::default()
    }
}

#[tokio::test]
async fn sizes() {
    let server = Server::with(small()).await;
    let large = format!(
        r#"{{"schemas":["{USER}"],"userName":"x","title":"{}"}}"#,
        "y".repeat(1 << 20)
    );
    let zeros = gzip(&vec![b' '; 5 << 20]);
    let many = format!("{{\"x\":[{}0]}}", "{},".repeat(100_000));
    let zipped = |body: &[u8]| post(body).header("content-encoding", "gzip");
    let announced = Request::new("POST", "/Users").header("content-length", "1048577");
    let chunk = format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    let chunked = Request::new("POST", "/Users")
        .header("transfer-encoding", "chunked")
        .raw_body(&chunk);
    let rows = vec![
        ("large", post(&large), 413, None),
        ("announced", announced, 413, None),
        ("chunked", chunked, 413, None),
        ("inflated", zipped(&gzip(large.as_bytes())), 413, None),
        ("a bomb", zipped(&zeros), 413, None),
        ("many values", post(&many), 413, None),
        ("many values, compressed", zipped(&gzip(many.as_bytes())), 413, None),
        (
            "a bomb behind a small one",
            zipped(&[gzip(b" "), zeros.clone()].concat()),
            413,
            None,
        ),
        (
            "a search",
            Request::new("POST", "/Users/.search").json(&large),
            413,
            None,
        ),
        (
            "a long query",
            Request::new("GET", &format!("/Users?x={}", "y".repeat(40_000))),
            414,
            None,
        ),
        (
            "bulk",
            Request::new("POST", "/Bulk").json(format!("[\"{}\"]", "y".repeat(1 << 16))),
            413,
            None,
        ),
        (
            "a long name",
            post(format!(
                r#"{{"schemas":["{USER}"],"userName":"{}"}}"#,
                "u".repeat(1_000_000)
            )),
            400,
            Some("invalidValue"),
        ),
    ];
    refused(&server, rows).await;
}

#[tokio::test]
async fn sizes_that_fit() {
    let server = Server::with(small()).await;
    let zipped = |body: &[u8]| post(body).header("content-encoding", "gzip");
    let fits = |name: &str| {
        format!(
            r#"{{"schemas":["{USER}"],"userName":"{name}","x":"{}"}}"#,
            "y".repeat(1 << 19)
        )
    };
    for (name, request) in [
        ("plain", post(fits("plain"))),
        ("zipped", zipped(&gzip(fits("zipped").as_bytes()))),
    ] {
        assert_eq!(server.call(request).await.status, 201, "{name}");
    }
}

#[tokio::test]
async fn broken_requests_end_their_connection_and_nothing_else() {
    let server = Server::start().await;
    let rows = [
        Request::new("GET", "/Users").header("x", "y".repeat(200_000)),
        Request::at("GET", "no-slash"),
        Request::at("GET", &format!("/{}", "x".repeat(70_000))),
        Request::new("GET", "/Users").header("bad name", "x"),
        Request::new("POST", "/Users")
            .header("content-length", "x")
            .raw_body("{}"),
        Request::new("POST", "/Users")
            .header("content-length", "1")
            .header("content-length", "2")
            .raw_body("{}"),
        Request::new("POST", "/Users")
            .header("transfer-encoding", "chunked")
            .raw_body("zz\r\n"),
    ];
    for request in rows {
        let answer = server.call(request).await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    assert_eq!(server.call(Request::new("GET", "/Users")).await.status, 200);
}

#[tokio::test]
async fn hosts_that_are_none() {
    let server = Server::start().await;
    for host in ["", "evil/path", "user@evil", "a b", "evil?x", "evil\"", "\u{fc}"] {
        let answer = server.call(Request::new("GET", "/Users").header("host", host)).await;
        answer.assert_error(400, None, host);
    }
}

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
