//! Requests that are larger than the limits, or as large.
use usherd::service::Limits;

use super::requests::{USER, gzip, post, refused};
use crate::http::client::Request;
use crate::http::server::{Server, Setup};

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
