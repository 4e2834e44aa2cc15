//! Failures of ours: answered, and no more of them told than the client can use.
use serde_json::json;

use super::client::{Answer, Request};
use super::server::Server;

fn post(user_name: &str) -> Request {
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name });
    Request::new("POST", "/Users").json(body.to_string())
}

fn assert_silent(answer: &Answer, words: &[&str]) {
    let text = String::from_utf8_lossy(&answer.body).to_lowercase();
    for word in words {
        assert!(!text.contains(word), "{text}");
    }
}

#[tokio::test]
async fn panics_are_answered() {
    let server = Server::start().await;
    server.break_clock(true);
    let answer = server.call(post("unlucky")).await;
    answer.assert_error(500, None, "a handler that panics");
    assert_silent(&answer, &["clock", "panic"]);
    server.break_clock(false);
    assert_eq!(server.call(post("unlucky")).await.status, 201);
}
