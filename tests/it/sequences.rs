//! Sequences of writes that break gateways which replay events.
use serde_json::{Value, json};

use crate::harness::{Gateway, Options, Twin, until, user};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

/// A gateway whose writes do not wait for the vendor.
async fn hasty() -> Gateway {
    Gateway::with(Options {
        acme: "respond_within_ms = 0".into(),
        ..Options::default()
    })
    .await
}

async fn create(gateway: &Gateway, body: &Value) -> String {
    let path = format!("/Users/{}", gateway.acme.create("/Users", body).await);
    gateway.settled().await;
    path
}

/// With ada and bob, by their paths.
async fn with_two() -> (Gateway, [String; 2]) {
    let gateway = hasty().await;
    let people = [
        create(&gateway, &user("ada")).await,
        create(&gateway, &user("bob")).await,
    ];
    (gateway, people)
}

fn address(email: &str) -> Value {
    json!([{ "op": "replace", "path": "emails", "value": [{ "value": email, "type": "work", "primary": true }] }])
}

async fn account(twin: &Twin, email: &str) -> Value {
    twin.user(email)
        .await
        .unwrap_or_else(|| panic!("no account of {email}"))
}

/// Waits until the vendor has refused to delete the account.
async fn refused_to_delete(gateway: &Gateway) {
    until("the vendor refuses to delete", async || {
        let status = gateway.administration().status().await.expect("a status");
        let problem = status[0].problems.first()?;
        (problem.kind == "retrying" && problem.reason.contains("incidents")).then_some(())
    })
    .await;
}

/// The vendor keeps an account because of open incidents, and the person comes back meanwhile.
#[tokio::test]
async fn who_comes_back_while_the_deletion_is_stuck_gets_the_account_back() {
    let gateway = hasty().await;
    let path = create(&gateway, &user("ada")).await;
    let before = account(&gateway.twin, ADA).await;
    gateway.twin.open_incident(&before).await;
    assert_eq!(gateway.acme.delete(&path).await.status, 204);
    refused_to_delete(&gateway).await;
    assert_eq!(gateway.acme.get(&path).await.status, 404);

    let mut anew = user("ada");
    anew["title"] = json!("Countess");
    let anew = create(&gateway, &anew).await;
    assert_ne!(anew, path);
    gateway.twin.close_incidents().await;
    gateway.settled().await;
    let after = account(&gateway.twin, ADA).await;
    assert_eq!((&after["id"], &after["job_title"]), (&before["id"], &json!("Countess")));
    assert_eq!(gateway.twin.users().await.len(), 1);
    assert_eq!(gateway.twin.calls().await["routes"]["POST /users"], 1);
    gateway.stop().await;
}

/// Another person of the same address must not get the account of the one who left.
#[tokio::test]
async fn another_person_of_the_address_waits_until_the_deletion_is_through() {
    let gateway = hasty().await;
    let path = create(&gateway, &user("ada")).await;
    let before = account(&gateway.twin, ADA).await;
    gateway.twin.open_incident(&before).await;
    assert_eq!(gateway.acme.delete(&path).await.status, 204);
    refused_to_delete(&gateway).await;

    let mut other = user("ada");
    (other["externalId"], other["displayName"]) = (json!("another"), json!("Another Ada"));
    let other = format!("/Users/{}", gateway.acme.create("/Users", &other).await);
    let id = other.strip_prefix("/Users/").expect("a path of a person");
    until("the other one waits", async || {
        let status = gateway.administration().status().await.expect("a status");
        let mut problems = status[0].problems.iter();
        problems.find(|problem| problem.resource == id && problem.reason.starts_with("waits for resource"))?;
        Some(())
    })
    .await;
    assert_eq!(
        account(&gateway.twin, ADA).await["name"],
        "ada",
        "nothing is changed meanwhile"
    );

    gateway.twin.close_incidents().await;
    gateway.settled().await;
    let after = account(&gateway.twin, ADA).await;
    assert_ne!(after["id"], before["id"]);
    assert_eq!(after["name"], "Another Ada");
    assert_eq!(gateway.twin.users().await.len(), 1);
    gateway.stop().await;
}

/// Each wants the address that the other one has at the vendor.
#[tokio::test]
async fn two_people_swap_their_addresses() {
    let (gateway, [ada, bob]) = with_two().await;
    let before = [
        account(&gateway.twin, ADA).await["id"].clone(),
        account(&gateway.twin, BOB).await["id"].clone(),
    ];
    // Both are written before the vendor is asked, as in one Bulk request or during an outage.
    gateway.twin.fail("*", "503", None).await;
    assert_eq!(gateway.acme.patch(&ada, address(BOB)).await.status, 200);
    assert_eq!(gateway.acme.patch(&bob, address(ADA)).await.status, 200);
    gateway.twin.heal().await;
    gateway.settled().await;
    let after = [
        account(&gateway.twin, BOB).await["id"].clone(),
        account(&gateway.twin, ADA).await["id"].clone(),
    ];
    assert_eq!(after, before, "each account went with its person");
    let status = &gateway.administration().status().await.expect("a status")[0];
    assert_eq!((status.parked, gateway.twin.users().await.len()), (0, 2));
    gateway.stop().await;
}

/// The address is free in the directory, but its account is still there.
#[tokio::test]
async fn a_rename_waits_for_the_account_that_is_being_deleted() {
    let (gateway, [ada, bob]) = with_two().await;
    let (leaver, renamed) = (account(&gateway.twin, ADA).await, account(&gateway.twin, BOB).await);
    gateway.twin.open_incident(&leaver).await;
    assert_eq!(gateway.acme.delete(&ada).await.status, 204);
    refused_to_delete(&gateway).await;
    let mut body = user("ada");
    body["externalId"] = json!("bob");
    assert_eq!(gateway.acme.put(&bob, &body).await.status, 200);
    until("the rename waits", async || {
        let status = gateway.administration().status().await.expect("a status");
        (status[0].problems.len() == 2 && status[0].parked == 0).then_some(())
    })
    .await;
    assert_eq!(account(&gateway.twin, ADA).await["id"], leaver["id"]);

    gateway.twin.close_incidents().await;
    gateway.settled().await;
    assert_eq!(account(&gateway.twin, ADA).await["id"], renamed["id"]);
    assert_eq!(gateway.twin.users().await.len(), 1);
    gateway.stop().await;
}

/// What the vendor has is unknown once an answer is lost; that it was last known to be right proves nothing.
#[tokio::test]
async fn a_change_undone_while_its_answer_was_lost_is_undone_at_the_vendor() {
    for fault in ["close-after", "timeout-after"] {
        let gateway = hasty().await;
        let mut body = user("ada");
        body["title"] = json!("before");
        let ada = create(&gateway, &body).await;
        let title = |title: &str| json!([{ "op": "replace", "path": "title", "value": title }]);
        gateway.twin.fail("PUT /users/{id}", fault, Some(1)).await;
        assert_eq!(gateway.acme.patch(&ada, title("between")).await.status, 200);
        until("the vendor has the change", async || {
            (account(&gateway.twin, ADA).await["job_title"] == "between").then_some(())
        })
        .await;
        assert_eq!(gateway.acme.patch(&ada, title("before")).await.status, 200);
        gateway.settled().await;
        assert_eq!(account(&gateway.twin, ADA).await["job_title"], "before", "{fault}");
        gateway.stop().await;
    }
}

/// Who is switched off goes, whatever else is wrong with the same request; who only loses a role loses it.
#[tokio::test]
async fn a_leaver_goes_even_if_another_field_of_the_request_is_refused() {
    let gateway = Gateway::start().await;
    for (path, value) in [("timezone", json!("Mars/Olympus")), ("title", json!("x".repeat(101)))] {
        let mut body = user("ada");
        body["roles"] = json!([{ "value": "admin", "primary": true }]);
        let ada = create(&gateway, &body).await;
        let role = json!([
            { "op": "replace", "path": path, "value": value },
            { "op": "remove", "path": "roles" },
        ]);
        assert_eq!(gateway.acme.patch(&ada, role).await.status, 200, "{path}");
        until("the role is taken away", async || {
            (account(&gateway.twin, ADA).await["role"] == "limited_user").then_some(())
        })
        .await;
        let off = json!([
            { "op": "replace", "path": path, "value": value },
            { "op": "replace", "path": "active", "value": false },
        ]);
        assert_eq!(gateway.acme.patch(&ada, off).await.status, 200, "{path}");
        gateway.settled().await;
        assert_eq!(gateway.twin.user(ADA).await, None, "{path}");
        assert_eq!(gateway.acme.delete(&ada).await.status, 204);
        gateway.settled().await;
    }
    gateway.stop().await;
}
