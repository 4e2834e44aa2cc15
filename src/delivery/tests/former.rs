//! Who comes to an address, or a value, while the account that has it is being deleted.
use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};

use super::fake::Fault;
use super::room::{Room, person, with};

/// The delete is stuck at the vendor (open incidents) while the same person is created anew.
#[tokio::test(start_paused = true)]
async fn the_same_person_created_anew_while_the_delete_is_stuck() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.fault("delete", vec![open_incidents(); 6]);
    room.user(1, Value::Null).await;
    room.until("the delete was tried", async || {
        room.link(1).await.unwrap().attempts > 0
    })
    .await;
    room.user(2, person("ann")).await;
    room.until("the new person has the account", async || {
        room.link(1).await.is_none() && room.link(2).await.is_some_and(|link| !link.is_pending())
    })
    .await;
    assert_eq!(room.vendor.people(), ["ann@example.com"]);
    assert!(
        !room.vendor.calls()[1..].iter().any(|call| call.starts_with("create")),
        "taken over, not made again"
    );
}

/// Another person of that address must wait until the leaver's account is gone, and never gets it.
#[tokio::test(start_paused = true)]
async fn another_person_with_the_address_of_a_leaver() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.fault("delete", vec![open_incidents(); 3]);
    room.user(1, Value::Null).await;
    room.answered(2, with(person("ann"), json!({"externalId": "another"})))
        .await;
    room.quiet().await;
    let account = room.link(2).await.unwrap().account.unwrap();
    assert_eq!(
        (account.id.as_str(), room.vendor.people()),
        ("V2", vec!["ann@example.com".to_owned()])
    );
}

/// The same person comes again under another address while the former account, which is still there, has a value that
/// the vendor takes once only. It is no matter for a person; another one's refusal is.
#[tokio::test(start_paused = true)]
async fn a_value_that_the_former_account_has_is_waited_for() {
    let taken = Fault::Fail(
        ErrorKind::Rejected {
            field: Some("title".into()),
        },
        Retry::Never,
    );
    let unread = Fault::Fail(ErrorKind::Unavailable, Retry::Backoff);
    // A create whose answer was lost is looked for in vain at first, or found once its person has gone.
    for (external_id, is_lost, searches, parked) in [
        ("ann", false, 0, false),
        ("another", false, 0, true),
        ("ann", true, 2, false),
        ("ann", true, 0, false),
    ] {
        let room = Room::new().await;
        let ann = with(person("ann"), json!({"title": "once"}));
        room.vendor.fault("create ann", is_lost.then_some(Fault::LoseAnswer));
        room.vendor.fault("find ann", vec![unread.clone(); searches]);
        room.user(1, ann.clone()).await;
        room.until("the former account is there", async || !room.vendor.people().is_empty())
            .await;
        if !is_lost {
            room.quiet().await;
        }
        room.vendor.fault("delete", vec![open_incidents(); 2]);
        room.vendor.fault("create new@example.com", [taken.clone()]);
        room.user(1, Value::Null).await;
        if searches == 0 {
            room.until("it is known", async || {
                room.link(1).await.is_none_or(|link| link.account.is_some())
            })
            .await;
        }
        let again = json!({"userName": "new@example.com", "externalId": external_id});
        room.user(2, with(ann, again)).await;
        room.until("the former account is gone", async || room.link(1).await.is_none())
            .await;
        room.until("the new one is there, or rests", async || {
            let link = room.link(2).await.unwrap();
            link.is_parked() || !link.is_pending()
        })
        .await;
        let told = format!("{external_id} {is_lost} {searches}");
        assert_eq!(room.link(2).await.unwrap().is_parked(), parked, "{told}");
        assert_eq!(room.vendor.people().is_empty(), parked, "{told}");
    }
}

/// A rename into an address whose account is being deleted.
#[tokio::test(start_paused = true)]
async fn a_rename_into_the_address_of_a_leaver() {
    let room = Room::new().await;
    for (id, name) in [(1, "ann"), (2, "bob")] {
        room.answered(id, person(name)).await;
    }
    room.vendor.fault("delete", vec![open_incidents(); 3]);
    room.user(1, Value::Null).await;
    room.user(2, with(person("bob"), json!({"userName": "ann@example.com"})))
        .await;
    room.quiet().await;
    assert_eq!(room.vendor.people(), ["ann@example.com"]);
    assert_eq!(room.link(2).await.unwrap().account.unwrap().id, "V2");
}

fn open_incidents() -> Fault {
    Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Backoff)
}
