//! Requests that are no HTTP, or name no host.
use crate::http::client::Request;
use crate::http::server::Server;

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
