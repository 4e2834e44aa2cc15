//! Requests that are refused, and what is there before and after.
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::http::client::{Answer, Request};
use crate::http::server::Server;

pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Sends each request, checks its error, and that nobody came or went by it.
pub(super) async fn refused(server: &Server, rows: Vec<(&str, Request, u16, Option<&str>)>) {
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

pub(super) async fn create(server: &Server, user_name: &str) -> Answer {
    let body = json!({ "schemas": [USER], "userName": user_name }).to_string();
    let answer = server.call(Request::new("POST", "/Users").json(body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer
}

pub(super) fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().expect("an id").to_owned()
}

pub(super) fn post(body: impl AsRef<[u8]>) -> Request {
    Request::new("POST", "/Users").json(body)
}

pub(super) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}
