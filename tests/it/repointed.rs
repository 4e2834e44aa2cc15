//! A target whose credential opens another account than before: nothing is sent there, and nothing is forgotten.
use serde_json::json;

use crate::harness::{Gateway, Twin, directory, start_twin, target, user};

async fn point(gateway: &Gateway, twin: &Twin) {
    let usual = "call_deadline_ms = 1000\nread_lag_ms = 100";
    let target = target("pagerduty", "acme", &twin.base_url, usual);
    gateway
        .declare(&(directory("acme", "respond_within_ms = 0") + &target))
        .await;
}

/// Ann has an account at both. Her leaving is "gone already" at neither.
#[tokio::test]
async fn another_account_is_left_alone_until_the_right_one_is_back() {
    let gateway = Gateway::start().await;
    let (acme, other) = (&gateway.acme, start_twin(2).await);
    let ann = format!("/Users/{}", acme.create("/Users", &user("ann")).await);
    let bob = format!("/Users/{}", acme.create("/Users", &user("bob")).await);
    gateway.settled().await;
    other
        .seed(json!({ "users": [{ "name": "Ann", "email": "ann@example.com" }] }))
        .await;
    let before = other.users().await;

    point(&gateway, &other).await;
    gateway.is("repointed").await;
    assert_eq!(acme.delete(&ann).await.status, 204);
    let change = json!([{ "op": "replace", "path": "title", "value": "boss" }]);
    assert_eq!(acme.patch(&bob, change).await.status, 200);
    let waits = gateway.report("pagerduty").await;
    assert_eq!(
        (waits.state.as_str(), waits.pending, waits.leavers),
        ("repointed", 2, 1)
    );
    assert_eq!(other.users().await, before);

    point(&gateway, &gateway.twin).await;
    gateway.is("working").await;
    gateway.settled().await;
    assert_eq!(gateway.twin.user("ann@example.com").await, None);
    assert_eq!(
        gateway.twin.user("bob@example.com").await.expect("he stays")["job_title"],
        "boss"
    );
    assert_eq!(other.users().await, before);
    gateway.stop().await;
}
