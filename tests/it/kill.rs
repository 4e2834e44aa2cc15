//! The real command is killed at bad moments and started again over the same folder.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Server, until, user};

/// A short deadline: the next holder of the lease waits it out.
const TARGET: &str = "call_deadline_ms = 2000\nread_lag_ms = 100\non_existing = \"refuse\"";

/// A tail of digits tells people apart.
const WRITES: usize = 60;

/// How many writes are acknowledged before the kill.
const ACKNOWLEDGED: usize = 15;

/// The vendor created the account and we never learned it. An account that nobody made for us would not be adopted here,
/// so only the look-up of a lost create finds it.
async fn check_lost_create(fault: &str) {
    let mut server = Server::start("", TARGET).await;
    server.twin.fail("POST /users", fault, Some(1)).await;
    let acme = server.acme.clone();
    let mut requests = JoinSet::new();
    requests.spawn(async move { acme.try_post("/Users", &user("ada")).await });
    let account = until("the vendor has created the account", async || {
        server.twin.user("ada@example.com").await
    })
    .await;
    server.kill();
    let lost = requests
        .join_next()
        .await
        .expect("one request")
        .expect("it does not panic");
    assert!(lost.is_none(), "{fault}: nobody was told: {lost:?}");

    server.restart();
    server.settled().await;
    assert_eq!(
        server.twin.calls().await["routes"]["POST /users"],
        1,
        "{fault}: never created again"
    );
    let found = server
        .acme
        .get("/Users?filter=userName%20eq%20%22ada@example.com%22")
        .await;
    let path = format!(
        "/Users/{}",
        found.body["Resources"][0]["id"]
            .as_str()
            .expect("the write was durable")
    );
    server.twin.forget_calls().await;
    let change = json!([{ "op": "replace", "path": "title", "value": "Countess" }]);
    assert_eq!(server.acme.patch(&path, change).await.status, 200);
    let changed = until("the change is at the vendor", async || {
        let account = server.twin.user("ada@example.com").await?;
        (account["job_title"] == "Countess").then_some(account)
    })
    .await;
    assert_eq!(changed["id"], account["id"], "{fault}: linked");
    assert_eq!(
        server.twin.calls().await["routes"],
        json!({ "PUT /users/{id}": 1 }),
        "{fault}"
    );
    assert_eq!(server.twin.users().await.len(), 1, "{fault}");
}

#[tokio::test]
async fn a_create_whose_answer_comes_after_the_kill_is_one_account() {
    check_lost_create("timeout-after").await;
}

#[tokio::test]
async fn acknowledged_writes_outlive_a_kill_and_reach_the_vendor_once() {
    let mut server = Server::start("respond_within_ms = 0", TARGET).await;
    let mut requests = JoinSet::new();
    for number in 0..WRITES {
        let acme = server.acme.clone();
        requests.spawn(async move {
            let answer = acme.try_post("/Users", &user(&format!("n{number}"))).await?;
            assert_eq!(answer.status, 201, "{answer:?}");
            Some((format!("n{number}@example.com"), answer.id()))
        });
    }
    let mut acknowledged = BTreeMap::new();
    while acknowledged.len() < ACKNOWLEDGED {
        let answer = requests.join_next().await.expect("there are more");
        acknowledged.extend(answer.expect("it does not panic"));
    }
    server.kill();
    while let Some(answer) = requests.join_next().await {
        acknowledged.extend(answer.expect("it does not panic"));
    }

    server.restart();
    for (email, id) in &acknowledged {
        let read = server.acme.get(&format!("/Users/{id}")).await;
        assert_eq!(
            (read.status, read.body["userName"].as_str()),
            (200, Some(email.as_str()))
        );
    }
    server.settled().await;
    let users = server.twin.users().await;
    let emails: BTreeSet<_> = users.iter().filter_map(|user| user["email"].as_str()).collect();
    assert_eq!(emails.len(), users.len(), "nobody has two accounts");
    assert!(acknowledged.keys().all(|email| emails.contains(email.as_str())));
    let listed = server.acme.get("/Users?count=100").await.body;
    assert_eq!(
        listed["totalResults"],
        emails.len(),
        "and nobody has one without being in the directory"
    );
    assert_eq!(server.status()["parked"], 0);
    let created = server.twin.calls().await["routes"]["POST /users"].clone();
    assert_eq!(created, emails.len(), "each was created by one call");
}

/// What a request that the vendor refuses leaves behind when the gateway is killed around its undo.
async fn check_undo(after_undo: bool, expected: Value) {
    let mut server = Server::start("", TARGET).await;
    let path = format!("/Users/{}", server.acme.create("/Users", &user("ada")).await);
    server.twin.forget_calls().await;
    let change = json!([{ "op": "replace", "path": "timezone", "value": "Mars/Olympus" }]);
    if after_undo {
        assert_eq!(server.acme.patch(&path, change).await.status, 400);
        server.kill();
    } else {
        server.twin.fail("PUT /users/{id}", "timeout-after", Some(1)).await;
        let (acme, path) = (server.acme.clone(), path.clone());
        let mut requests = JoinSet::new();
        requests.spawn(async move { acme.try_patch(&path, change).await });
        until("the vendor is asked", async || {
            (server.twin.calls().await["total"] == 1).then_some(())
        })
        .await;
        server.kill();
    }
    server.restart();
    let seen = async || {
        let (read, status) = (server.acme.get(&path).await, server.status());
        let account = server.twin.user("ada@example.com").await?;
        Some(json!({
            "stored": read.body["timezone"],
            "at the vendor": account["time_zone"],
            "link": [status["pending"], status["parked"], status["problems"][0]["field"]],
        }))
    };
    until("the link is as expected", async || {
        seen().await.filter(|seen| seen["link"] == expected["link"])
    })
    .await;
    assert_eq!(seen().await, Some(expected));
}

#[tokio::test]
async fn a_refusal_that_nobody_waits_for_after_a_kill_is_parked() {
    let parked = json!({ "stored": "Mars/Olympus", "at the vendor": "Etc/UTC", "link": [0, 1, "time_zone"] });
    check_undo(false, parked).await;
}

#[tokio::test]
async fn an_undone_change_stays_undone_after_a_kill() {
    check_undo(
        true,
        json!({ "stored": null, "at the vendor": "Etc/UTC", "link": [0, 0, null] }),
    )
    .await;
}
