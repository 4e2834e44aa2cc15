//! Who is let in, and what is told to those who are not.
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use usherd::service::Limits;

use super::client::{Answer, Request};
use super::server::{Server, Setup};

/// What a client that is not let in may see of the answer: nothing in it may differ between directories.
fn visible(answer: &Answer) -> (u16, Option<&str>, &[u8]) {
    (answer.status, answer.header("www-authenticate"), &answer.body)
}

#[tokio::test]
async fn requests_need_a_token_of_the_directory() {
    let server = Server::start().await;
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    let missing = Some(r#"Bearer realm="scim""#);
    let invalid = Some(r#"Bearer realm="scim", error="invalid_token""#);
    let mut flipped = server.token.clone();
    let last = flipped.pop().expect("a token has characters");
    flipped.push(if last == 'A' { 'B' } else { 'A' });
    let rows: &[(&str, Option<String>, Option<&str>)] = &[
        ("none", None, missing),
        ("empty", Some(String::new()), missing),
        ("another scheme", Some(format!("Basic {}", server.token)), invalid),
        ("no token", Some("Bearer".into()), invalid),
        ("blanks", Some("Bearer   ".into()), invalid),
        ("nonsense", Some("non-token".into()), invalid),
        ("one character changed", bearer(&flipped), invalid),
        ("cut off", bearer(&server.token[..server.token.len() - 1]), invalid),
        ("with more behind it", bearer(&format!("{} x", server.token)), invalid),
        ("of another directory", bearer(&server.other_token), invalid),
        ("very long", bearer(&"x".repeat(10_000)), invalid),
        ("not text", Some("Bearer \u{fc}".into()), invalid),
        ("valid", bearer(&server.token), None),
        (
            "valid, scheme in capitals",
            Some(format!("BEARER {}", server.token)),
            None,
        ),
        ("valid, without a scheme", Some(server.token.clone()), None),
    ];
    for (name, authorization, challenge) in rows {
        let mut request = Request::new("GET", "/ResourceTypes");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let answer = server.call_bare(request).await;
        assert_eq!(answer.header("www-authenticate"), *challenge, "{name}");
        match challenge {
            Some(_) => answer.assert_error(401, None, name),
            None => assert_ne!(answer.status, 401, "{name}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn two_authorizations_are_none() {
    let server = Server::start().await;
    let bearer = format!("Bearer {}", server.token);
    let request = Request::new("GET", "/Users")
        .header("authorization", &bearer)
        .header("authorization", &bearer);
    server.call(request).await.assert_error(401, None, "twice");
}

#[tokio::test]
async fn nobody_learns_which_directories_exist() {
    let server = Server::start().await;
    for token in [None, Some(&server.other_token), Some(&"nonsense".to_owned())] {
        let ask = |directory: &str| {
            let request = Request::at("GET", &format!("/scim/{directory}/v2/Users"));
            match token {
                Some(token) => request.header("authorization", format!("Bearer {token}")),
                None => request,
            }
        };
        let there = server.call_bare(ask("acme")).await;
        there.assert_error(401, None, "acme");
        for directory in ["nowhere", "ACME", "a%2Fb", "%00", "acme%0a", "-", "%F0%9F"] {
            let answer = server.call_bare(ask(directory)).await;
            assert_eq!(visible(&answer), visible(&there), "{directory} {token:?}");
        }
    }
}

#[tokio::test]
async fn nothing_of_a_request_is_looked_at_before_its_token() {
    let server = Server::start().await;
    let refused = server.call_bare(Request::new("GET", "/Users")).await;
    refused.assert_error(401, None, "plain");
    let rows = [
        ("unknown endpoint", Request::new("GET", "/Nonsense")),
        ("wrong method", Request::new("DELETE", "/Users")),
        ("malformed filter", Request::new("GET", "/Users?filter=((")),
        ("malformed body", Request::new("POST", "/Users").json("{")),
        (
            "media type",
            Request::new("POST", "/Users")
                .header("content-type", "text/plain")
                .body("x"),
        ),
        (
            "not acceptable",
            Request::new("GET", "/Users").header("accept", "text/html"),
        ),
        (
            "long query",
            Request::new("GET", &format!("/Users?filter={}", "x".repeat(50_000))),
        ),
        (
            "large body",
            Request::new("POST", "/Users").header("content-length", "99999999999"),
        ),
        ("me", Request::new("GET", "/Me")),
        (
            "unknown id",
            Request::new("GET", "/Users/0196a1f0-7b2c-7d3e-8f40-123456789abc"),
        ),
    ];
    for (name, request) in rows {
        let answer = server.call_bare(request).await;
        assert_eq!(visible(&answer), visible(&refused), "{name}");
    }
}

#[tokio::test]
async fn service_provider_config_is_open() {
    let server = Server::start().await;
    let path = "/ServiceProviderConfig";
    let there = server.call_bare(Request::new("GET", path)).await;
    assert_eq!(there.status, 200, "{there:?}");
    there.assert_headers("open");
    let location = there.json()["meta"]["location"].clone();
    assert_eq!(location, format!("http://{}/scim/acme/v2{path}", server.addr));

    let nowhere = server
        .call_bare(Request::at("GET", &format!("/scim/nowhere/v2{path}")))
        .await;
    let text = String::from_utf8(nowhere.body).expect("JSON is text");
    assert_eq!(text.replace("/nowhere/", "/acme/").into_bytes(), there.body);

    let tested = Request::new("GET", path).header("authorization", "Bearer nonsense");
    server.call_bare(tested).await.assert_error(401, None, "a wrong token");
    let other = Request::new("GET", path).header("authorization", format!("Bearer {}", server.other_token));
    server
        .call_bare(other)
        .await
        .assert_error(401, None, "another directory's token");
    let written = server.call_bare(Request::new("POST", path).json("{}")).await;
    written.assert_error(401, None, "a write without a token");
    let odd = server
        .call_bare(Request::at("GET", &format!("/scim/a%22b/v2{path}")))
        .await;
    odd.assert_error(401, None, "a name that no directory can have");
}

#[tokio::test]
async fn a_directory_has_so_many_requests_under_way() {
    let limits = Limits {
        requests_max: 1,
        ..Limits::default()
    };
    let server = Server::with(Setup {
        limits,
        ..Setup::default()
    })
    .await;
    let users = || Request::new("GET", "/Users");
    let head = format!(
        "POST /scim/acme/v2/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 9\r\n\r\n{{",
        server.token
    );
    // Either may come first, and the other is refused then.
    let refused = until(async || {
        let mut slow = TcpStream::connect(server.addr).await.expect("the server listens");
        slow.write_all(head.as_bytes()).await.expect("the server reads");
        let answer = server.call(users()).await;
        (answer.status == 429).then_some((answer, slow))
    });
    let (refused, slow) = refused.await;
    refused.assert_error(429, None, "a second request");
    assert_eq!(refused.header("retry-after"), Some("1"));
    let foreign =
        Request::at("GET", "/scim/other/v2/Users").header("authorization", format!("Bearer {}", server.other_token));
    assert_eq!(server.call(foreign).await.status, 200, "another directory");
    drop(slow);
    until(async || (server.call(users()).await.status == 200).then_some(())).await;
}

/// What comes of trying again and again: what another connection does is seen a little later.
async fn until<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let attempts = async {
        loop {
            if let Some(done) = attempt().await {
                return done;
            }
        }
    };
    let within = std::time::Duration::from_secs(20);
    tokio::time::timeout(within, attempts).await.expect("it comes to that")
}
