//! A first cycle of an identity provider that has no limiter of its own: everybody at once, with time-outs and retries of
//! its own, while the vendor does not answer.
use std::env;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Gateway, Options, Scim, user};

/// Requests that a directory may have under way.
const REQUESTS_MAX: usize = 256;

/// Connections of the identity provider. Who gives up and writes again leaves a request behind that still waits, so that
/// with those it is turned away should all of them wait for the vendor.
const CONNECTIONS: usize = 180;

/// People of the cycle, unless `USHERD_HERD` says how many.
const PEOPLE: usize = 540;

/// How long the identity provider waits for an answer. The gateway itself waits for the vendor longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// An identity provider that is told 429, or a failure, takes it for ours and pauses everybody, leavers as well.
#[tokio::test]
async fn nobody_is_turned_away_for_the_vendors_sake() {
    for fault in ["timeout-before", "429"] {
        let gateway = Gateway::with(Options {
            acme: "respond_within_ms = 8000".to_owned(),
            target: "call_deadline_ms = 5000\nread_lag_ms = 100\ncalls_per_minute = 60000".to_owned(),
            seed: json!({ "per_minute": 100_000 }),
            limits: usherd::service::Limits {
                requests_max: REQUESTS_MAX,
                ..usherd::service::Limits::default()
            },
            ..Options::default()
        })
        .await;
        gateway.twin.fail("*", fault, None).await;
        cycle(&gateway.acme, people()).await;
        gateway.twin.heal().await;
        gateway.settled().await;
        let mut emails: Vec<_> = gateway
            .twin
            .users()
            .await
            .iter()
            .map(|user| user["email"].to_string())
            .collect();
        emails.sort_unstable();
        emails.dedup();
        let accounts = gateway.twin.users().await.len();
        let report = gateway.report("pagerduty").await;
        // The owner has one as well.
        let owners = accounts - people();
        assert_eq!(
            (owners <= 1, emails.len(), report.parked),
            (true, accounts, 0),
            "{fault}: {report:?}"
        );
        gateway.stop().await;
    }
}

/// Each connection looks for a person, creates them, and goes on to the next.
async fn cycle(acme: &Scim, people: usize) {
    let mut connections = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let acme = acme.clone();
        connections.spawn(async move {
            for number in (connection..people).step_by(CONNECTIONS) {
                provision(&acme, &format!("herd-{number}")).await;
            }
        });
    }
    while let Some(ended) = connections.join_next().await {
        ended.expect("no answer but those that are expected");
    }
}

async fn provision(acme: &Scim, name: &str) {
    let filter = format!("/Users?filter=userName%20eq%20%22{name}@example.com%22");
    assert_eq!(acme.get(&filter).await.status, 200, "{name}");
    let mut is_again = false;
    loop {
        let answer = tokio::time::timeout(PATIENCE, acme.try_post("/Users", &user(name))).await;
        match answer {
            Ok(Some(answer)) => {
                // Whoever gave up may have been heard all the same.
                let expected = answer.status == 201 || (is_again && answer.status == 409);
                assert!(expected, "{name}: {answer:?}");
                return;
            }
            Ok(None) | Err(_) => is_again = true,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how large a test is, is for who starts it to say"
)]
fn people() -> usize {
    let asked = env::var("USHERD_HERD").ok();
    asked.map_or(PEOPLE, |asked| asked.parse().expect("a number of people"))
}
