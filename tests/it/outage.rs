//! A vendor that fails: writes go on, and the vendor catches up by itself.
use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::harness::{Gateway, Options, until, user};

/// How long a write waits for the vendor.
const RESPOND_WITHIN: Duration = Duration::from_millis(500);

/// What a busy machine may need besides.
const SLACK: Duration = Duration::from_secs(2);

async fn impatient() -> Gateway {
    Gateway::with(Options {
        acme: format!("respond_within_ms = {}", RESPOND_WITHIN.as_millis()),
        ..Options::default()
    })
    .await
}

/// Whatever the failure, nobody is turned away or parked, and afterwards the vendor has what was last written.
async fn check(fault: &str) {
    let gateway = impatient().await;
    let (acme, twin) = (&gateway.acme, &gateway.twin);
    let mut ids = Vec::new();
    for name in ["leaver", "renamed"] {
        ids.push(format!("/Users/{}", acme.create("/Users", &user(name)).await));
    }
    gateway.settled().await;

    twin.fail("*", fault, None).await;
    for name in ["ada", "grace", "joan", "mary"] {
        let began = Instant::now();
        acme.create("/Users", &user(name)).await;
        assert!(
            began.elapsed() < RESPOND_WITHIN + SLACK,
            "{fault}: {:?}",
            began.elapsed()
        );
    }
    for title in ["first", "last"] {
        let change = json!([{ "op": "replace", "path": "title", "value": title }]);
        assert_eq!(acme.patch(&ids[1], change).await.status, 200, "{fault}");
    }
    assert_eq!(acme.delete(&ids[0]).await.status, 204, "{fault}");
    let status = &gateway.administration().status().await.expect("a status")[0];
    assert!(status.pending > 0 && status.leavers == 1, "{fault}: {status:?}");

    twin.heal().await;
    gateway.settled().await;
    let status = &gateway.administration().status().await.expect("a status")[0];
    assert_eq!(
        (status.state.as_str(), status.parked),
        ("working", 0),
        "{fault}: {status:?}"
    );
    let users = twin.users().await;
    let emails: Vec<_> = users.iter().filter_map(|user| user["email"].as_str()).collect();
    let expected = ["ada", "grace", "joan", "mary", "renamed"].map(|name| format!("{name}@example.com"));
    assert_eq!(emails.len(), expected.len(), "{fault}: {emails:?}");
    let emails: BTreeSet<_> = emails.into_iter().collect();
    assert_eq!(emails, expected.iter().map(String::as_str).collect(), "{fault}");
    let renamed = twin.user("renamed@example.com").await.expect("it stays");
    assert_eq!(renamed["job_title"], "last", "{fault}");
    gateway.stop().await;
}

#[tokio::test]
async fn a_vendor_that_is_down_catches_up() {
    check("503").await;
}

#[tokio::test]
async fn a_vendor_that_breaks_catches_up() {
    check("500").await;
}

#[tokio::test]
async fn a_vendor_that_drops_connections_catches_up() {
    check("close-after").await;
}

#[tokio::test]
async fn a_vendor_that_does_not_answer_catches_up() {
    check("timeout-before").await;
}

#[tokio::test]
async fn a_vendor_that_limits_catches_up() {
    check("429").await;
}

#[tokio::test]
async fn a_vendor_that_limits_without_a_word_catches_up() {
    check("429-bare").await;
}

/// People that wait while the breaker is open: more of them make no more calls.
const WAITING: usize = 40;

/// Probes looked at.
const PROBES: u64 = 4;

/// What the waits between the probes are at least: the first is 50 ms, each is twice the one before.
const PROBES_TAKE: Duration = Duration::from_millis(300);

#[tokio::test]
async fn an_open_breaker_limits_the_calls() {
    let gateway = Gateway::with(Options {
        acme: "respond_within_ms = 0".into(),
        ..Options::default()
    })
    .await;
    gateway.twin.fail("*", "503", None).await;
    for number in 0..WAITING {
        gateway.acme.create("/Users", &user(&format!("n{number}"))).await;
    }
    until("the breaker is open", async || {
        let status = gateway.administration().status().await.expect("a status");
        (status[0].state == "down").then_some(())
    })
    .await;
    gateway.twin.forget_calls().await;
    let began = Instant::now();
    until("the vendor is probed", async || {
        let calls = gateway.twin.calls().await["total"].as_u64().expect("a count");
        assert!(calls < PROBES + 2, "{calls} calls in {:?}", began.elapsed());
        (calls >= PROBES).then_some(())
    })
    .await;
    assert!(
        began.elapsed() >= PROBES_TAKE,
        "{PROBES} probes in {:?}",
        began.elapsed()
    );

    gateway.twin.heal().await;
    gateway.settled().await;
    assert_eq!(gateway.twin.users().await.len(), WAITING);
    gateway.stop().await;
}
