//! What the log says of requests, and what it never says.
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::client::Request;
use super::server::Server;

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Everything that this process logs from now on, in its finest detail.
    fn listen() -> Self {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_env_filter("usherd=trace")
            .with_writer(log.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("no other test listens to the whole process");
        log
    }

    /// The lines of one request.
    fn of(&self, request_id: &str) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&bytes);
        text.lines()
            .filter(|line| line.contains(request_id))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn requests_are_logged_without_people_and_secrets() {
    let log = Log::listen();
    let server = Server::start().await;
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@lovelace.example" });
    let logged = async |request: Request, id: &str| {
        server
            .call(request.header("x-request-id", id).header("user-agent", "Lovelace/1"))
            .await;
        let lines = log.of(id);
        for word in ["lovelace", &server.token, "Bearer", "nonsense"] {
            assert!(!lines.to_lowercase().contains(&word.to_lowercase()), "{word}: {lines}");
        }
        lines
    };
    let created = logged(Request::new("POST", "/Users").json(body.to_string()), "log-create").await;
    for part in [
        r#""http.method":"POST""#,
        r#""http.route":"/scim/{directory}/v2/{endpoint}""#,
        r#""http.status":201"#,
        r#""directory.name":"acme""#,
        r#""token.id":""#,
        r#""elapsed_ms":"#,
    ] {
        assert!(created.contains(part), "{part}: {created}");
    }
    let found = Request::new("GET", "/Users?filter=userName+eq+%22ada@lovelace.example%22");
    assert!(logged(found, "log-filter").await.contains(r#""http.status":200"#));
    let malformed = Request::new("POST", "/Users").json("{\"lovelace\": nonsense");
    assert!(
        logged(malformed, "log-malformed")
            .await
            .contains(r#""http.status":400"#)
    );
    let refused = Request::new("GET", "/Users").header("authorization", "Bearer lovelace");
    assert!(logged(refused, "log-refused").await.contains(r#""http.status":401"#));
    let taken = Request::new("POST", "/Users").json(body.to_string());
    assert!(logged(taken, "log-taken").await.contains(r#""http.status":409"#));
    server.break_clock(true);
    let broken = Request::new("POST", "/Users").json(body.to_string().replace("ada", "eve"));
    assert!(logged(broken, "log-panic").await.contains(r#""http.status":500"#));
}
