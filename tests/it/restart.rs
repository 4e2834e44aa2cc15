//! A start after a kill, while everybody is still to be delivered.
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::harness::{Installation, directory, start_twin, target, until};

/// People who wait for the vendor, unless `USHERD_PENDING` says how many.
const PENDING: usize = 500;

/// What waits is still there, what it takes to start does not grow with it, and each gets one account.
#[tokio::test]
async fn a_start_with_everybody_pending_loses_and_doubles_nobody() {
    let (count, twin) = (pending(), start_twin(1).await);
    twin.seed(json!({ "per_minute": 1_000_000 })).await;
    let target = target("pagerduty", "acme", &twin.base_url, "calls_per_minute = 60000");
    let declared = directory("acme", "respond_within_ms = 0") + &target;
    let mut installation = Installation::start(&declared).await;
    let token = installation.token("acme");
    let before = twin.users().await.len();
    twin.fail("*", "503", None).await;
    installation.scim("acme", &token).create_people(count).await;
    installation.kill();
    let began = Instant::now();
    installation.restart();
    let acme = installation.scim("acme", &token);
    let answer = acme.get("/Users?filter=userName%20eq%20%22p0@example.com%22").await;
    let ready = began.elapsed();
    assert_eq!(answer.body["totalResults"], 1, "{answer:?}");
    let size = std::fs::metadata(installation.store()).expect("the store").len() / 1024 / 1024;
    println!("{count} pending in {size} MiB: answers {ready:?} after the start");
    let status = installation.status();
    assert_eq!(status[0]["pending"], json!(count), "{status:?}");
    if count > PENDING {
        return;
    }
    twin.heal().await;
    let mut left = u64::try_from(count).expect("a number");
    while left > 0 {
        let fewer = async || {
            installation.status()[0]["pending"]
                .as_u64()
                .filter(|pending| *pending < left)
        };
        left = until("fewer are pending", fewer).await;
    }
    let mut emails: Vec<_> = twin
        .users()
        .await
        .iter()
        .map(|user: &Value| user["email"].to_string())
        .collect();
    emails.sort_unstable();
    emails.dedup();
    assert_eq!(
        (emails.len(), twin.users().await.len()),
        (before + count, before + count)
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "how large a test is, is for who starts it to say"
)]
fn pending() -> usize {
    std::env::var("USHERD_PENDING").map_or(PENDING, |count| count.parse().expect("a number"))
}
