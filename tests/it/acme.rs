//! People and groups on their whole way: from the IdP's requests to the accounts at PagerDuty's twin.
use std::time::Duration;

use serde_json::{Value, json};

use tokio::time::Instant;

use crate::harness::{Gateway, Options, group, until, user};

/// How long writes wait in an outage. Twice as long is more than a busy machine takes for the rest.
const RESPOND_WITHIN: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_person_comes_and_changes_by_the_calls_that_the_vendor_needs() {
    let gateway = Gateway::start().await;
    let acme = &gateway.acme;
    let (calls, account) = (async || calls(&gateway).await, async || account(&gateway).await);
    let ada = ada();
    let id = acme.create("/Users", &ada).await;
    let path = format!("/Users/{id}");
    let first = account().await.expect("created");
    assert_eq!((&first["name"], &first["role"]), (&json!("ada"), &json!("user")));
    assert_eq!(calls().await, json!({ "POST /users": 1 }));

    let replaced = acme
        .patch(
            &path,
            json!([{ "op": "replace", "path": "title", "value": "Countess" }]),
        )
        .await;
    assert_eq!(
        (replaced.status, &replaced.body["title"]),
        (200, &json!("Countess")),
        "{replaced:?}"
    );
    assert_eq!(account().await.expect("changed")["job_title"], "Countess");
    assert_eq!(calls().await, json!({ "PUT /users/{id}": 1 }));

    let again = acme
        .patch(
            &path,
            json!([{ "op": "replace", "path": "title", "value": "Countess" }]),
        )
        .await;
    assert_eq!((again.status, again.etag), (200, replaced.etag), "nothing changed");
    assert_eq!(calls().await, json!({}));

    let roles = json!([{ "op": "replace", "path": "roles", "value": [{ "value": "limited_user", "primary": true }] }]);
    assert_eq!(acme.patch(&path, roles).await.status, 200);
    assert_eq!(account().await.expect("changed")["role"], "limited_user");
    let counted = calls().await;
    assert_eq!(counted["PUT /users/{id}"], 1, "{counted}");
    gateway.stop().await;
}

#[tokio::test]
async fn a_person_leaves_and_returns_by_the_calls_that_the_vendor_needs() {
    let gateway = Gateway::start().await;
    let (acme, twin) = (&gateway.acme, &gateway.twin);
    let (calls, account) = (async || calls(&gateway).await, async || account(&gateway).await);
    let ada = ada();
    let id = acme.create("/Users", &ada).await;
    let path = format!("/Users/{id}");
    let first = account().await.expect("created");
    assert_eq!(calls().await, json!({ "POST /users": 1 }));

    let team = acme.create("/Groups", &group("Engines", &[&id])).await;
    gateway.settled().await;
    let teams = twin.state().await["teams"].clone();
    assert_eq!(teams[0]["name"], "Engines", "{teams}");
    let counted = calls().await;
    assert_eq!(
        (&counted["POST /teams"], &counted["PUT /teams/{id}/users/{user_id}"]),
        (&json!(1), &json!(1)),
        "{counted}"
    );

    let switch = |active: bool| json!([{ "op": "replace", "path": "active", "value": active }]);
    assert_eq!(acme.patch(&path, switch(false)).await.status, 200);
    gateway.settled().await;
    assert_eq!(account().await, None, "PagerDuty has no suspension");
    assert_eq!(acme.get(&path).await.body["active"], false);
    assert_eq!(calls().await["DELETE /users/{id}"], 1);

    assert_eq!(acme.patch(&path, switch(true)).await.status, 200);
    gateway.settled().await;
    let second = account().await.expect("created anew");
    assert_ne!(second["id"], first["id"]);
    let counted = calls().await;
    let needed = (&counted["POST /users"], &counted["PUT /teams/{id}/users/{user_id}"]);
    assert_eq!(
        needed,
        (&json!(1), &json!(1)),
        "the membership follows the account: {counted}"
    );

    assert_eq!(acme.delete(&format!("/Groups/{team}")).await.status, 204);
    assert_eq!(acme.delete(&path).await.status, 204);
    gateway.settled().await;
    assert_eq!(
        (account().await, twin.state().await["teams"].clone()),
        (None, json!([]))
    );
    let anew = acme.create("/Users", &ada).await;
    assert_ne!(anew, id);
    gateway.settled().await;
    assert_eq!(account().await.expect("created anew")["name"], "ada");
    gateway.stop().await;
}

#[tokio::test]
async fn writes_succeed_while_the_vendor_is_down_and_reach_it_afterwards() {
    let gateway = Gateway::with(Options {
        acme: format!("respond_within_ms = {}", RESPOND_WITHIN.as_millis()),
        ..Options::default()
    })
    .await;
    gateway.twin.fail("*", "503", None).await;
    let mut ids = Vec::new();
    for name in ["ada", "grace", "joan"] {
        let began = Instant::now();
        let answer = gateway.acme.post("/Users", &user(name)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert!(began.elapsed() < 2 * RESPOND_WITHIN, "{:?}", began.elapsed());
        ids.push(answer.id());
    }
    let title = json!([{ "op": "add", "path": "title", "value": "Countess" }]);
    assert_eq!(
        gateway.acme.patch(&format!("/Users/{}", ids[0]), title).await.status,
        200
    );
    assert_eq!(gateway.acme.delete(&format!("/Users/{}", ids[1])).await.status, 204);
    assert!(gateway.twin.users().await.is_empty());

    gateway.twin.heal().await;
    gateway.settled().await;
    let mut found: Vec<_> = gateway.twin.users().await.iter().map(told).collect();
    found.sort();
    assert_eq!(found, ["ada@example.com Countess", "joan@example.com -"]);
    gateway.stop().await;
}

#[tokio::test]
async fn a_vendors_rule_is_an_error_that_names_attribute_field_and_rule() {
    let gateway = Gateway::start().await;
    let mut nameless = user("ada");
    nameless["userName"] = json!("ada");
    nameless["emails"] = json!([]);
    let mut owner = user("ada");
    owner["roles"] = json!([{ "value": "owner", "primary": true }]);
    for (body, parts) in [(nameless, ["emails", "`email`"]), (owner, ["roles", "`role`"])] {
        let answer = gateway.acme.post("/Users", &body).await;
        assert_eq!(
            (answer.status, &answer.body["scimType"]),
            (400, &json!("invalidValue")),
            "{answer:?}"
        );
        let detail = answer.body["detail"].as_str().expect("a detail");
        assert!(parts.iter().all(|part| detail.contains(part)), "{detail}");
        assert_eq!(
            gateway.plain.post("/Users", &body).await.status,
            201,
            "a plain directory has no such rule"
        );
        assert_eq!(gateway.plain.get("/Users").await.body["totalResults"], 1);
        let id = gateway.plain.get("/Users").await.body["Resources"][0]["id"].clone();
        gateway
            .plain
            .delete(&format!("/Users/{}", id.as_str().expect("an id")))
            .await;
    }
    assert_eq!(gateway.acme.get("/Users").await.body["totalResults"], 0);
    assert_eq!(gateway.twin.calls().await["total"], 0);
    gateway.stop().await;
}

#[tokio::test]
async fn a_stopped_gateway_has_ended_what_it_began() {
    let gateway = Gateway::start().await;
    let created = until("a person is there", async || {
        let answer = gateway.acme.post("/Users", &user("ada")).await;
        (answer.status == 201).then_some(answer)
    })
    .await;
    assert_eq!(created.body["userName"], "ada@example.com");
    let socket = gateway.socket();
    assert!(socket.exists());
    let put = gateway
        .acme
        .put(&format!("/Users/{}", created.id()), &user("ada"))
        .await;
    assert_eq!(put.status, 200);
    gateway.stop().await;
    assert!(!socket.exists());
}

/// An account's address and job title.
fn told(account: &Value) -> String {
    let text = |field: &str| account[field].as_str().unwrap_or("-").to_owned();
    format!("{} {}", text("email"), text("job_title"))
}

/// A person with a role.
fn ada() -> Value {
    let mut ada = user("ada");
    ada["roles"] = json!([{ "value": "user", "primary": true }]);
    ada
}

async fn account(gateway: &Gateway) -> Option<Value> {
    gateway.twin.user("ada@example.com").await
}

/// The calls that the vendor got since they were last asked for, once nothing is pending.
async fn calls(gateway: &Gateway) -> Value {
    gateway.settled().await;
    let routes = gateway.twin.calls().await["routes"].clone();
    gateway.twin.forget_calls().await;
    routes
}
