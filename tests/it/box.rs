//! What only Box has: a service account that names its enterprise, and people who stay there when they go here.
use conformance::twins::r#box::BoxEnterprise;
use conformance::twins::{Twin as _, shell};
use serde_json::{Value, json};

use crate::harness::{Gateway, TWIN_TOKEN, Twin, directory, group, target, twin_options, until, user};

/// Waits until the target `box` is in this state.
async fn is(gateway: &Gateway, state: &str) {
    until(&format!("the target is {state}"), async || {
        let status = gateway.administration().status().await.expect("a status");
        status
            .iter()
            .any(|target| target.name == "box" && target.state == state)
            .then_some(())
    })
    .await;
}

/// A fresh enterprise, whose app has the tests' credential as its secret.
async fn enterprise() -> (shell::Running, Twin) {
    let running = shell::start(Box::new(BoxEnterprise::new(1)), twin_options()).await;
    let running = running.expect("the twin starts");
    let twin = Twin::new(running.base_url());
    let client = json!({ "id": "usherd", "secret": TWIN_TOKEN });
    twin.seed(json!({ "oauth": { "clients": [client] } })).await;
    (running, twin)
}

/// Gives the directory `plain` a target at the twin, of the enterprise of this id.
async fn declare(gateway: &Gateway, twin: &Twin, enterprise: &str) {
    let (pagerduty, at) = (&gateway.twin.base_url, &twin.base_url);
    let declared = format!(
        r#"
        [[target]]
        name = "box"
        directory = "plain"
        vendor = "box"
        base_url = "{at}"
        allow_private = ["127.0.0.1"]
        credential = "env:CARGO_PKG_NAME"
        read_lag_ms = 100
        auth = {{ client_id = "usherd", token_url = "/oauth2/token" }}
        settings = {{ enterprise = "{enterprise}" }}
        "#
    );
    let usual = target("pagerduty", "acme", pagerduty, "");
    let declared = [directory("acme", ""), directory("plain", ""), usual, declared].concat();
    gateway.declare(&declared).await;
}

async fn person(twin: &Twin, login: &str) -> Value {
    let users = twin.users().await;
    let found = users.into_iter().find(|user| user["login"] == login);
    found.expect("the person is at Box")
}

#[tokio::test]
async fn people_are_kept_by_a_service_account_and_stay_inactive_when_they_go() {
    let gateway = Gateway::start().await;
    let (running, twin) = enterprise().await;
    let settings = BoxEnterprise::new(1).settings();
    declare(&gateway, &twin, &settings["enterprise"]).await;
    is(&gateway, "working").await;
    let ann = gateway.plain.post("/Users", &user("ann")).await;
    assert_eq!(ann.status, 201, "{ann:?}");
    let id = ann.body["id"].as_str().expect("an id");
    let staff = gateway.plain.post("/Groups", &group("Staff", &[id])).await;
    assert_eq!(staff.status, 201, "{staff:?}");
    gateway.settled().await;
    let login = ann.body["emails"][0]["value"].as_str().expect("an address");
    let at_box = person(&twin, login).await;
    assert_eq!(at_box["values"]["name"], ann.body["displayName"], "{at_box}");
    let state = twin.state().await;
    assert_eq!(state["memberships"][0]["user"], at_box["id"], "{state}");
    assert_eq!(gateway.plain.delete(&format!("/Users/{id}")).await.status, 204);
    gateway.settled().await;
    assert_eq!(person(&twin, login).await["values"]["status"], "inactive");
    gateway.stop().await;
    running.stop().await;
}

#[tokio::test]
async fn a_wrong_enterprise_is_the_targets_state_and_nothing_is_lost() {
    let gateway = Gateway::start().await;
    let (running, twin) = enterprise().await;
    declare(&gateway, &twin, "1").await;
    is(&gateway, "unauthorized").await;
    let ann = gateway.plain.post("/Users", &user("ann")).await;
    assert_eq!(ann.status, 201, "{ann:?}");
    let settings = BoxEnterprise::new(1).settings();
    declare(&gateway, &twin, &settings["enterprise"]).await;
    gateway.settled().await;
    person(&twin, ann.body["emails"][0]["value"].as_str().expect("an address")).await;
    gateway.stop().await;
    running.stop().await;
}
