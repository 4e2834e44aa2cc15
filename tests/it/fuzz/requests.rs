//! Whole requests: from the socket to the store and back. Whatever is sent, there is an answer, and it is not 500.
use super::hostile;
use crate::http::client::Request;
use crate::http::server::Server;

/// A person that each path with an id goes to.
const PERSON: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@example.com"}"#;

/// Bytes of a path or query that are sent: more is refused by the HTTP library itself.
const QUERY_BYTES: usize = 8 * 1024;

#[tokio::test]
async fn hostile_requests_are_answered() {
    let server = Server::start().await;
    let created = server.call(Request::new("POST", "/Users").json(PERSON)).await;
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    for (row, bytes) in hostile::rows() {
        let cut = &bytes[..bytes.len().min(QUERY_BYTES)];
        let query: String = cut.iter().map(|byte| format!("%{byte:02x}")).collect();
        let person = format!("/Users/{id}");
        let requests = [
            ("POST", "/Users".to_owned()),
            ("POST", "/Users/.search".to_owned()),
            ("POST", "/Bulk".to_owned()),
            ("PUT", person.clone()),
            ("PATCH", person),
        ];
        for (method, path) in requests {
            let answer = server.call(Request::new(method, &path).json(&bytes)).await;
            assert!(
                (200..500).contains(&answer.status),
                "{method} {path} {row}: {}",
                answer.status
            );
        }
        for path in [
            "/Users?filter=",
            "/Users?cursor=",
            "/Users?attributes=",
            "/Users?sortBy=",
            "/Users/",
            "/",
        ] {
            let answer = server.call(Request::new("GET", &format!("{path}{query}"))).await;
            assert!(
                (200..500).contains(&answer.status),
                "GET {path} {row}: {}",
                answer.status
            );
        }
    }
}
