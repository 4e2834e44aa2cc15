//! A process of its own that panics: what panics say may quote what people wrote, and stays unsaid.
use std::env;
use std::process::Command;
use std::thread;

use serde_json::json;
use tokio::task::JoinSet;
use usherd::config::{Log, LogFormat};
use usherd::telemetry;

use crate::http::client::Request;
use crate::http::server::Server;

/// What is said in a panic of a thread, and in one of a task.
const CANARY: &str = "ada@lovelace.example";

#[test]
fn panics_are_told_by_their_place_alone() {
    let mut process = Command::new(env::current_exe().expect("this test binary"));
    process.args([
        "--exact",
        "redaction::panics::a_process_that_panics",
        "--ignored",
        "--nocapture",
    ]);
    let ended = process.output().expect("it runs");
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{log}");
    let places = ["tests/it/redaction/panics.rs", "tests/it/http/server.rs"];
    for place in places {
        let told = |line: &&str| line.contains("\"message\":\"panicked\"") && line.contains(place);
        assert!(log.lines().any(|line| told(&line)), "{place}: {log}");
    }
    for unsaid in [CANARY, "the clock is broken"] {
        assert!(!log.contains(unsaid), "{log}");
    }
}

#[tokio::test]
#[ignore = "panics on purpose, as a process that another test starts"]
async fn a_process_that_panics() {
    let log = Log {
        format: LogFormat::Json,
        filter: "trace".to_owned(),
    };
    telemetry::start(&log, None).expect("a filter");
    let server = Server::start().await;
    server.break_clock(true);
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": CANARY });
    let answer = server.call(Request::new("POST", "/Users").json(body.to_string())).await;
    assert_eq!(answer.status, 500);
    assert!(thread::spawn(|| panic!("{CANARY}")).join().is_err());
    let mut tasks: JoinSet<()> = JoinSet::new();
    tasks.spawn(async { panic!("{CANARY}") });
    assert!(tasks.join_next().await.is_some_and(|ended| ended.is_err()));
}
