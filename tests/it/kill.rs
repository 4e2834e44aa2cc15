//! The real command is killed at bad moments, or stopped, and started again over the same folder.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::{Server, until, user};

/// A short deadline: the next holder of the lease waits it out.
const TARGET: &str = "call_deadline_ms = 2000\nread_lag_ms = 100\non_existing = \"refuse\"";

/// A deadline that a test would not survive if the next holder of the lease had to wait it out.
const UNHURRIED: &str = "call_deadline_ms = 60000";

/// A tail of digits tells people apart.
const WRITES: usize = 60;

/// How many writes are acknowledged before the kill.
const ACKNOWLEDGED: usize = 15;

/// The vendor created the account and we never learned it. An account that nobody made for us would not be adopted
/// here, so only the look-up of a lost create finds it.
#[tokio::test]
async fn a_create_whose_answer_comes_after_the_kill_is_one_account() {
    let mut server = Server::start("", TARGET).await;
    server.twin.fail("POST /users", "timeout-after", Some(1)).await;
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
    assert!(lost.is_none(), "nobody was told: {lost:?}");

    server.restart();
    server.settled().await;
    assert_eq!(
        server.twin.calls().await["routes"]["POST /users"],
        1,
        "never created again"
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
    assert_eq!(changed["id"], account["id"], "linked");
    assert_eq!(server.twin.calls().await["routes"], json!({ "PUT /users/{id}": 1 }),);
    assert_eq!(server.twin.users().await.len(), 1);
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

/// A stop is no kill: what was begun is ended, and the next start has nothing to wait out.
#[tokio::test]
async fn a_stopped_gateway_has_ended_what_it_began() {
    let mut server = Server::start("", UNHURRIED).await;
    server.twin.fail("POST /users", "hold", Some(1)).await;
    let acme = server.acme.clone();
    let mut asked = JoinSet::new();
    asked.spawn(async move { acme.try_post("/Users", &user("ada")).await });
    until("the vendor is asked", async || {
        server.twin.user("ada@example.com").await
    })
    .await;
    let (twin, addr) = (server.twin.clone(), server.addr());
    let release = async {
        until("nothing new is taken", async || TcpStream::connect(&addr).await.err()).await;
        twin.heal().await;
    };
    let (code, ()) = tokio::join!(server.stop(), release);
    assert_eq!(code, Some(0));
    let answer = asked.join_all().await.swap_remove(0).expect("it is answered");
    assert_eq!(answer.status, 201, "{answer:?}");

    server.restart();
    server.working().await;
    let status = server.status();
    assert_eq!(
        (&status["pending"], &status["parked"]),
        (&json!(0), &json!(0)),
        "{status}"
    );
    assert_eq!(server.twin.calls().await["routes"]["POST /users"], 1);
}
