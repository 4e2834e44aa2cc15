//! Paths and methods: what is there, what is not, and in which spellings.
use super::client::Request;
use super::server::{Server, Setup};

#[tokio::test]
async fn other_methods_are_refused() {
    let server = Server::start().await;
    let id = "0196a1f0-7b2c-7d3e-8f40-123456789abc";
    let rows: &[(&str, &str, &[&'static str])] = &[
        ("", "GET, HEAD", &["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
        ("/Users", "GET, HEAD, POST", &["PUT", "PATCH", "DELETE"]),
        ("/Groups", "GET, HEAD, POST", &["PUT", "PATCH", "DELETE", "BREW"]),
        (
            &format!("/Users/{id}"),
            "GET, HEAD, PUT, PATCH, DELETE",
            &["POST", "OPTIONS"],
        ),
        ("/Users/.search", "POST", &["GET", "PUT", "PATCH", "DELETE"]),
        ("/.search", "POST", &["GET", "PUT", "PATCH", "DELETE"]),
        ("/Bulk", "POST", &["GET", "PUT", "PATCH", "DELETE"]),
        (
            "/ServiceProviderConfig",
            "GET, HEAD",
            &["POST", "PUT", "PATCH", "DELETE"],
        ),
        ("/ResourceTypes", "GET, HEAD", &["POST", "PUT", "PATCH", "DELETE"]),
        ("/ResourceTypes/User", "GET, HEAD", &["POST", "PUT", "PATCH", "DELETE"]),
        ("/Schemas", "GET, HEAD", &["POST", "PUT", "PATCH", "DELETE"]),
        (
            "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
            "GET, HEAD",
            &["POST", "PUT", "PATCH", "DELETE"],
        ),
    ];
    for (path, allow, methods) in rows {
        for method in *methods {
            let answer = server.call(Request::new(method, path)).await;
            answer.assert_error(405, None, &format!("{method} {path}"));
            assert_eq!(answer.header("allow"), Some(*allow), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let server = Server::start().await;
    let paths = [
        "/scim/acme/v2/Nonsense",
        "/scim/acme/v2/Nonsense/1",
        "/scim/acme/v2/Nonsense/.search",
        "/scim/acme/v2/Users/1/2",
        "/scim/acme/v2/Users/1/2/3",
        "/scim/acme/v2/%00",
        "/scim/acme/v2/..%2f..%2fetc",
        "/scim/acme/v2/serviceproviderconfig",
        "/",
        "/scim",
        "/scim/acme",
        "/Users",
        "/healthz/x",
    ];
    for path in paths {
        for method in ["GET", "POST", "DELETE"] {
            let answer = server.call(Request::at(method, path)).await;
            answer.assert_error(404, None, &format!("{method} {path}"));
        }
    }
}

#[tokio::test]
async fn spellings_of_clients_are_understood() {
    let server = Server::start().await;
    let paths = [
        "/Users",
        "/Users/",
        "/users",
        "/USERS?",
        "/Users?&",
        "/Users/?count=1&",
        "//Users",
        "/Users?filter=userName+eq+%22x%22&",
        "/Users?filter=userName%20eq%20%22a%40b%22&startIndex=1&count=100",
        "/Users?filter=userName%20eq%20%22a+b@c%22",
        "/Users?attributes=userName,%20name.givenName&attributes=id",
        "/Users?nonsense=1&Count=1",
        "",
        "/",
        "/ResourceTypes/",
        "/Schemas/urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3AUser",
        "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group/",
    ];
    for path in paths {
        let answer = server.call(Request::new("GET", path)).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.assert_headers(path);
    }
}

#[tokio::test]
async fn other_versions_are_refused() {
    let server = Server::start().await;
    for path in [
        "/scim/acme/v1/Users",
        "/scim/nowhere/v1",
        "/scim/acme/v22/Users?x",
        "/scim/acme/v2.1/Users",
        "/scim/acme/V2/Users",
    ] {
        for method in ["GET", "POST"] {
            let answer = server.call_bare(Request::at(method, path)).await;
            answer.assert_error(400, Some("invalidVers"), &format!("{method} {path}"));
        }
    }
}

#[tokio::test]
async fn no_version_is_the_newest() {
    let server = Server::start().await;
    let check = async |path: &str, expected: &str| {
        for method in ["GET", "POST", "DELETE"] {
            let answer = server.call_bare(Request::at(method, path)).await;
            assert_eq!(
                (answer.status, answer.header("location")),
                (308, Some(expected)),
                "{method} {path}"
            );
            answer.assert_headers(path);
        }
    };
    check("/scim/acme/Users", "/scim/acme/v2/Users").await;
    check("/scim/acme//Users/1/?a=%20b&c", "/scim/acme/v2/Users/1?a=%20b&c").await;
    check("/scim/a%0d%0ab/views", "/scim/a%0d%0ab/v2/views").await;
    check("/scim//evil.example/Users", "/scim/evil.example/v2/Users").await;
    let behind = Server::with(Setup {
        public_url: Some("https://example.com/usherd"),
        ..Setup::default()
    })
    .await;
    let answer = behind.call_bare(Request::at("GET", "/scim/acme/Users?a=b")).await;
    assert_eq!(
        answer.header("location"),
        Some("https://example.com/usherd/scim/acme/v2/Users?a=b")
    );
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = Server::start().await;
    for path in ["/Users", "/ServiceProviderConfig", "/Schemas", "/Users/1"] {
        let get = server.call(Request::new("GET", path)).await;
        let head = server.call(Request::new("HEAD", path)).await;
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        assert!(head.body.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn nobody_is_me() {
    let server = Server::start().await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        server
            .call(Request::new(method, "/Me"))
            .await
            .assert_error(501, None, method);
    }
}

#[tokio::test]
async fn discovery_takes_no_filter() {
    let server = Server::start().await;
    for path in ["/ResourceTypes?filter=id+pr", "/Schemas?FILTER=x", "/Schemas?filter"] {
        server
            .call(Request::new("GET", path))
            .await
            .assert_error(403, None, path);
    }
    for path in [
        "/ResourceTypes?sortBy=id&count=0",
        "/Schemas?startIndex=9&attributes=id",
    ] {
        let answer = server.call(Request::new("GET", path)).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_ne!(answer.json()["totalResults"], 0, "{path}");
    }
}

#[tokio::test]
async fn health_needs_no_token() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = server.call_bare(Request::at("GET", path)).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.assert_headers(path);
        let posted = server.call_bare(Request::at("POST", path)).await;
        posted.assert_error(405, None, path);
    }
}

#[tokio::test]
async fn request_ids_are_echoed_or_made() {
    let server = Server::start().await;
    let check = async |given: Option<&str>, echoed: bool| {
        let mut request = Request::at("GET", "/healthz");
        if let Some(given) = given {
            request = request.header("x-request-id", given);
        }
        let answer = server.call_bare(request).await;
        let id = answer.header("x-request-id").expect("every answer has an id");
        assert_eq!(Some(id) == given, echoed, "{given:?} {id}");
        assert!(!id.is_empty());
    };
    check(Some("from-proxy_1.2"), true).await;
    check(Some("a b"), false).await;
    check(Some(&"x".repeat(65)), false).await;
    check(None, false).await;
}
