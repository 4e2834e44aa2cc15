use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::*;
use crate::twins::pagerduty::PagerDuty;

/// Long enough for an answer to come that will come.
const PATIENCE: Duration = Duration::from_millis(500);

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("twin-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Folder(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A twin and a client of it.
struct Served {
    running: Running,
    client: Client,
}

impl Served {
    async fn new(account: u64, data: Option<PathBuf>) -> Served {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let options = Options {
            listen,
            token: "key".into(),
            data,
        };
        let running = start(Box::new(PagerDuty::new(account)), options).await.unwrap();
        // No certificates are needed, and not every machine has some.
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Served { running, client }
    }

    fn request(&self, line: &str) -> RequestBuilder {
        let (method, path) = line.split_once(' ').unwrap();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client
            .request(method, format!("{}{path}", self.running.base_url()))
    }

    /// A call to the vendor's API.
    fn call(&self, line: &str) -> RequestBuilder {
        let request = self
            .request(line)
            .header("accept", "application/vnd.pagerduty+json;version=2");
        request
            .header("authorization", "Token token=key")
            .header("from", PagerDuty::OWNER_EMAIL)
    }

    fn create(&self) -> RequestBuilder {
        let new = json!({ "user": { "type": "user", "name": "New", "email": "new@x.example" } });
        self.call("POST /users")
            .header("content-type", "application/json")
            .body(new.to_string())
    }

    /// The users found, by the name and id of each.
    async fn found(&self, query: &str) -> Vec<String> {
        let said = json_of(self.call(&format!("GET /users?query={query}"))).await;
        let users = said["users"].as_array().unwrap().iter();
        users.map(|user| format!("{} {}", user["name"], user["id"])).collect()
    }

    /// A request to the twin itself; its status.
    async fn control(&self, line: &str, body: Value) -> u16 {
        self.request(line)
            .body(body.to_string())
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }
}

async fn json_of(request: RequestBuilder) -> Value {
    serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap()
}

/// What a client sees: the status, whether there is a body, and when to come back; or that no answer came.
async fn seen(request: RequestBuilder) -> String {
    match request.send().await {
        Err(error) if error.is_timeout() => "nothing".to_owned(),
        Err(_) => "closed".to_owned(),
        Ok(response) => {
            let reset = response
                .headers()
                .get("ratelimit-reset")
                .map(|value| value.to_str().unwrap().to_owned());
            let (status, reset) = (response.status().as_u16(), reset.unwrap_or("-".into()));
            let body = if response.bytes().await.unwrap().is_empty() {
                "empty"
            } else {
                "full"
            };
            format!("{status} {body} {reset}")
        }
    }
}

#[tokio::test]
async fn a_client_sees_the_fault_and_then_whether_the_work_was_done() {
    for (fault, expected, done) in [
        ("429", "429 full 2", false),
        ("429-bare", "429 empty -", false),
        ("500", "500 full -", false),
        ("503", "503 full -", false),
        ("timeout-before", "nothing", false),
        ("timeout-after", "nothing", true),
        ("close-after", "closed", true),
    ] {
        let served = Served::new(1, None).await;
        let script = json!({ "route": "POST /users", "fault": fault, "times": 1, "delay_ms": 1500 });
        assert_eq!(served.control("POST /__twin/faults", script).await, 204);
        assert_eq!(seen(served.create()).await, expected, "{fault}");
        assert_eq!(served.found("new@x.example").await.len(), usize::from(done), "{fault}");
        // The fault is used up.
        assert_eq!(
            served.create().send().await.unwrap().status(),
            if done { 400 } else { 201 },
            "{fault}"
        );
        served.running.stop().await;
    }
}

#[tokio::test]
async fn a_slow_answer_comes_late_and_a_lagging_list_catches_up() {
    let served = Served::new(1, None).await;
    let slow = json!({ "route": "*", "fault": "slow", "times": 1, "delay_ms": 50 });
    served.control("POST /__twin/faults", slow).await;
    let before = tokio::time::Instant::now();
    assert_eq!(served.create().send().await.unwrap().status(), 201);
    assert!(before.elapsed() >= Duration::from_millis(50));
    let lag = json!({ "route": "GET /users", "fault": "lag", "delay_ms": 600_000 });
    served.control("POST /__twin/faults", lag).await;
    assert_eq!(served.found("new@x.example").await.len(), 0);
    served.control("DELETE /__twin/faults", Value::Null).await;
    assert_eq!(served.found("new%40x.example").await.len(), 1);
    served.running.stop().await;
}

#[tokio::test]
async fn a_held_answer_comes_once_the_faults_are_cleared() {
    let served = Served::new(1, None).await;
    served
        .control(
            "POST /__twin/faults",
            json!({ "route": "POST /users", "fault": "hold" }),
        )
        .await;
    let held = tokio::spawn(served.create().timeout(SILENCE_MAX).send());
    while served.found("new@x.example").await.is_empty() {}
    assert!(!held.is_finished(), "the work is done, and not answered");
    served.control("DELETE /__twin/faults", Value::Null).await;
    assert_eq!(held.await.unwrap().unwrap().status(), 201);
    assert_eq!(served.create().send().await.unwrap().status(), 400, "held no more");
    served.running.stop().await;
}

#[tokio::test]
async fn the_state_outlives_the_twin() {
    let folder = Folder::new();
    let served = Served::new(1, Some(folder.0.clone())).await;
    served.create().send().await.unwrap();
    served.control("POST /__twin/rate", json!({ "per_minute": 77 })).await;
    let (users, state) = (
        served.found("").await,
        json_of(served.request("GET /__twin/state")).await,
    );
    // Nothing is written at the end, so this is no other than a kill.
    served.running.stop().await;

    // What a kill cut short was never answered.
    let file = folder.0.join("pagerduty.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}{{\"users\":[{{\"id\"")).unwrap();

    for account in [2, 3] {
        let served = Served::new(account, Some(folder.0.clone())).await;
        assert_eq!(json_of(served.request("GET /__twin/state")).await, state);
        assert_eq!(served.found("").await, users);
        assert_eq!(served.create().send().await.unwrap().status(), 400);
        served.running.stop().await;
    }
}

#[tokio::test]
async fn a_damaged_state_is_refused() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    for damaged in ["", "{}\n", "nonsense\n"] {
        std::fs::write(folder.0.join("pagerduty.jsonl"), damaged).unwrap();
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            token: "key".into(),
            data: Some(folder.0.clone()),
        };
        assert!(
            start(Box::new(PagerDuty::new(1)), options).await.is_err(),
            "{damaged:?}"
        );
    }
}

#[tokio::test]
async fn the_twin_itself_asks_for_no_token() {
    let served = Served::new(1, None).await;
    assert_eq!(served.request("GET /users").send().await.unwrap().status(), 401);
    assert_eq!(served.call("DELETE /users/PNOBODY").send().await.unwrap().status(), 404);
    let calls = json_of(served.request("GET /__twin/calls")).await;
    assert_eq!(
        calls,
        json!({ "total": 2, "routes": { "DELETE /users/{id}": 1, "GET /users": 1 } })
    );
    assert_eq!(served.control("GET /__twin/nothing", Value::Null).await, 404);
    served.running.stop().await;
}
