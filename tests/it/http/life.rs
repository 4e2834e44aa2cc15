//! The life of a resource, as far as HTTP shows it: statuses, headers, versions, encodings.
use serde_json::{Value, json};

use super::client::{Answer, Request};
use super::server::Server;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

fn tag(answer: &Answer) -> String {
    answer.header("etag").expect("a version").to_owned()
}

/// The location's path, and that header and body agree on it.
fn location(server: &Server, answer: &Answer) -> String {
    let location = answer.header("location").expect("a location").to_owned();
    assert_eq!(answer.json()["meta"]["location"], location);
    assert_eq!(answer.json()["meta"]["version"], tag(answer));
    let path = location.strip_prefix(&format!("http://{}/scim/acme/v2", server.addr));
    path.expect("a URL of this server").to_owned()
}

fn title(value: &str) -> String {
    let operation = json!({ "op": "replace", "path": "title", "value": value });
    json!({ "schemas": [PATCH_OP], "Operations": [operation] }).to_string()
}

#[tokio::test]
async fn a_person_comes_changes_and_goes() {
    let server = Server::start().await;
    let body = json!({ "schemas": [USER], "userName": "ada", "title": "one" }).to_string();
    let created = server.call(Request::new("POST", "/Users").json(&body)).await;
    assert_eq!(created.status, 201, "{created:?}");
    created.assert_headers("created");
    let path = &location(&server, &created);

    let got = server.call(Request::new("GET", path)).await;
    assert_eq!((got.status, got.json()), (200, created.json()));
    assert_eq!(location(&server, &got), *path);

    let fresh = server
        .call(Request::new("GET", path).header("if-none-match", tag(&got)))
        .await;
    assert_eq!((fresh.status, fresh.body.len()), (304, 0));
    assert_eq!(tag(&fresh), tag(&got));

    let patched = server
        .call(
            Request::new("PATCH", path)
                .header("if-match", tag(&got))
                .json(title("two")),
        )
        .await;
    assert_eq!(
        (patched.status, &patched.json()["title"]),
        (200, &json!("two")),
        "{patched:?}"
    );
    assert_ne!(tag(&patched), tag(&got));
    let stale = server
        .call(
            Request::new("PATCH", path)
                .header("if-match", tag(&got))
                .json(title("three")),
        )
        .await;
    stale.assert_error(412, None, "a version that is gone");
    let same = server.call(Request::new("PATCH", path).json(title("two"))).await;
    assert_eq!((same.status, tag(&same)), (200, tag(&patched)));

    let body = json!({ "schemas": [USER], "userName": "ada", "title": "four" }).to_string();
    let replaced = server
        .call(Request::new("PUT", path).header("if-match", "*").json(&body))
        .await;
    assert_eq!(
        (replaced.status, &replaced.json()["title"]),
        (200, &json!("four")),
        "{replaced:?}"
    );
    assert_eq!(location(&server, &replaced), *path);

    let gone = server
        .call(Request::new("DELETE", path).header("if-match", tag(&replaced)))
        .await;
    assert_eq!((gone.status, gone.body.len()), (204, 0), "{gone:?}");
    gone.assert_headers("deleted");
    for method in ["GET", "DELETE"] {
        server
            .call(Request::new(method, path))
            .await
            .assert_error(404, None, method);
    }
}

#[tokio::test]
async fn answers_have_the_asked_attributes() {
    let server = Server::start().await;
    let body = json!({ "schemas": [USER], "userName": "shaped", "title": "x", "nickName": "y" }).to_string();
    let post = Request::new("POST", "/Users?attributes=title").json(&body);
    let created = server.call(post).await.json();
    assert_eq!(
        (created.get("title"), created.get("nickName")),
        (Some(&json!("x")), None),
        "{created}"
    );
    let path = format!("/Users/{}", created["id"].as_str().expect("an id"));
    let rows: &[(&str, &[&str])] = &[
        ("attributes=title&nonsense=1", &["title"]),
        ("excludedAttributes=title,%20nickName", &["userName"]),
        ("Attributes=title&attributes=nickName", &["title", "nickName"]),
        ("count=many", &["userName", "title", "nickName"]),
    ];
    for (query, expected) in rows {
        let got = server
            .call(Request::new("GET", &format!("{path}?{query}")))
            .await
            .json();
        let names = ["userName", "title", "nickName"];
        let present: Vec<_> = names.into_iter().filter(|name| got.get(name).is_some()).collect();
        assert_eq!(present, *expected, "{query}");
    }
}

#[tokio::test]
async fn searches_find_the_same_in_every_form() {
    let server = Server::start().await;
    for name in ["a@example.com", "b+c@example.com"] {
        let body = json!({ "schemas": [USER], "userName": name }).to_string();
        assert_eq!(server.call(Request::new("POST", "/Users").json(body)).await.status, 201);
    }
    let body = json!({ "schemas": [GROUP], "displayName": "staff" }).to_string();
    assert_eq!(
        server.call(Request::new("POST", "/Groups").json(body)).await.status,
        201
    );
    let check = async |request: Request, expected: &[&str]| {
        let answer = server.call(request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let resources = answer.json()["Resources"].as_array().cloned().unwrap_or_default();
        let name = |each: &Value| {
            each.get("userName")
                .or(each.get("displayName"))
                .cloned()
                .unwrap_or_default()
        };
        assert_eq!(resources.iter().map(name).collect::<Vec<_>>(), expected);
    };
    let get = |query: &str| Request::new("GET", &format!("/Users?{query}"));
    check(get("filter=userName+eq+%22a@example.com%22"), &["a@example.com"]).await;
    check(
        get("filter=userName%20eq%20%22b%2Bc%40example.com%22&"),
        &["b+c@example.com"],
    )
    .await;
    check(get("filter=userName%20eq%20%22A%40EXAMPLE.COM%22"), &["a@example.com"]).await;
    check(get("filter=userName+eq+%22nobody%22"), &[]).await;
    check(get("startIndex=2&count=1"), &["b+c@example.com"]).await;
    check(
        Request::new("GET", "?filter=userName+pr"),
        &["a@example.com", "b+c@example.com"],
    )
    .await;
    let search = json!({ "schemas": [SEARCH], "filter": "userName co \"b+\"" }).to_string();
    check(
        Request::new("POST", "/Users/.search").json(&search),
        &["b+c@example.com"],
    )
    .await;
    check(Request::new("POST", "/.search").json(&search), &["b+c@example.com"]).await;
    let search = json!({ "schemas": [SEARCH], "filter": "displayName eq \"staff\"" }).to_string();
    check(Request::new("POST", "/.search").json(&search), &["staff"]).await;
}

#[tokio::test]
async fn bulk_is_answered_in_one() {
    let server = Server::start().await;
    let operation = json!({ "method": "POST", "path": "/Users", "bulkId": "1", "data": { "schemas": [USER], "userName": "bulky" } });
    let body = json!({ "schemas": [BULK], "Operations": [operation] }).to_string();
    let answer = server.call(Request::new("POST", "/Bulk").json(body)).await;
    assert_eq!(
        (answer.status, &answer.json()["Operations"][0]["status"]),
        (200, &json!("201")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn long_answers_are_compressed_when_asked_for() {
    let server = Server::start().await;
    let plain = server.call(Request::new("GET", "/Schemas")).await;
    let zipped = server
        .call(Request::new("GET", "/Schemas").header("accept-encoding", "gzip,deflate"))
        .await;
    assert_eq!(
        (plain.header("content-encoding"), zipped.header("content-encoding")),
        (None, Some("gzip"))
    );
    assert_eq!(zipped.inflated(), plain.body);
    assert!(zipped.body.len() < plain.body.len());
    for answer in [&plain, &zipped] {
        assert_eq!(answer.header("vary"), Some("Accept, Accept-Encoding"));
        answer.assert_headers("Schemas");
    }
    let short = server
        .call(Request::new("GET", "/ResourceTypes/Nobody").header("accept-encoding", "gzip"))
        .await;
    short.assert_error(404, None, "short");
    assert_eq!(short.header("content-encoding"), None);
}

#[tokio::test]
async fn dialects_are_recognised_from_headers() {
    let server = Server::start().await;
    let body = json!({ "schemas": [USER], "userName": "dialect" }).to_string();
    let created = server.call(Request::new("POST", "/Users").json(body)).await;
    let path = location(&server, &created);
    let operation = json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@b.c" });
    let patch = || {
        let body = json!({ "schemas": [PATCH_OP], "Operations": [operation] });
        Request::new("PATCH", &path).json(body.to_string())
    };
    server
        .call(patch())
        .await
        .assert_error(400, Some("noTarget"), "nobody in particular");
    let patched = server.call(patch().header("ADSCIMVersion", "Date:2026-01-01")).await;
    assert_eq!(
        (patched.status, &patched.json()["emails"][0]["value"]),
        (200, &json!("a@b.c")),
        "{patched:?}"
    );
}
