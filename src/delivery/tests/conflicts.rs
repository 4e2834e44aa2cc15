//! People who meet at one address: who keeps it, who waits, and who swaps.
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::fake::{DELETING, Fault};
use super::room::{Room, person, with};
use crate::service::{Outcome, TargetState};
use crate::store::ProblemKind;

/// Two people swap addresses, as after a marriage and its end.
#[tokio::test(start_paused = true)]
async fn two_people_swap_addresses() {
    let room = Room::new().await;
    two_people(&room).await;
    // The directory itself never has the same address twice, so the IdP goes through a third one; at the vendor these
    // writes come close enough together to be one.
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.user(1, addressed("ann", "other")).await;
    room.user(2, addressed("bob", "ann")).await;
    room.user(1, addressed("ann", "bob")).await;
    room.until("the outage is noticed", async || !room.vendor.calls().is_empty())
        .await;
    room.vendor.state.lock().unwrap().down = None;
    room.quiet().await;
    let email = |id: &str| room.vendor.state.lock().unwrap().accounts[id].1.fields["email"].clone();
    assert_eq!(
        (email("V1"), email("V2")),
        (json!("bob@example.com"), json!("ann@example.com"))
    );
    let calls = room.vendor.calls();
    assert_eq!(
        calls.iter().filter(|call| call.contains("usherd-swap")).count(),
        1,
        "{calls:?}"
    );
}

/// The same swap by an IdP that waits for each answer: its writes are never refused, since the first could never be
/// made.
#[tokio::test(start_paused = true)]
async fn two_people_swap_addresses_one_after_the_other() {
    for (first, second) in [((1, "ann"), (2, "bob")), ((2, "bob"), (1, "ann"))] {
        let room = Room::new().await;
        two_people(&room).await;
        for ((id, name), (_, other)) in [(first, second), (second, first)] {
            let outcome = room.answered(id, addressed(name, other)).await;
            assert!(!matches!(outcome, Outcome::Refused(_)), "{name}: {outcome:?}");
        }
        room.quiet().await;
        let email = |id: &str| room.vendor.state.lock().unwrap().accounts[id].1.fields["email"].clone();
        assert_eq!(
            (email("V1"), email("V2")),
            (json!("bob@example.com"), json!("ann@example.com")),
            "{first:?} first"
        );
    }
}

/// An address that somebody keeps: who wants it as well waits, is seen by name, and costs no call for it.
#[tokio::test(start_paused = true)]
async fn two_people_of_one_address() {
    let room = Room::new().await;
    two_people(&room).await;
    let outcome = room.answered(2, addressed("bob", "ann")).await;
    assert!(!matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    let problem = room.link(2).await.unwrap().problem.unwrap();
    assert_eq!(
        (problem.kind, problem.field.as_deref()),
        (ProblemKind::Retrying, Some("email"))
    );
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(room.vendor.calls(), ["update V2 contact=ann@example.com"], "all else");
}

/// Ann's account is made, and its answer is on its way: whoever is mapped to the same address must not adopt it
/// meanwhile, since nobody knows yet whose it is.
#[tokio::test(start_paused = true)]
async fn who_comes_while_an_account_of_the_address_is_made_waits() {
    let room = Room::new().await;
    room.vendor.fault("create ann", [Fault::CreateAndWait]);
    room.user(1, person("ann")).await;
    room.until("the vendor has made it", async || !room.vendor.people().is_empty())
        .await;
    room.user(2, addressed("bob", "ann")).await;
    sleep(Duration::from_secs(60)).await;
    room.vendor.let_go.notify_waiters();
    room.until("Ann is settled", async || !room.link(1).await.unwrap().is_pending())
        .await;
    sleep(Duration::from_secs(600)).await;
    for (id, expected) in [(1, Some("V1")), (2, None)] {
        let account = room.link(id).await.unwrap().account;
        assert_eq!(account.map(|account| account.id).as_deref(), expected, "{id}");
    }
}

/// The answer to Ann's creation is lost, and before anybody has looked for the account she gets another address, or
/// goes. Whoever has hers now, with an account or without one, waits until it is found, also where accounts that are
/// there are adopted.
#[tokio::test(start_paused = true)]
async fn the_address_of_a_lost_create_is_waited_for() {
    let unread = Fault::Fail(ErrorKind::Unavailable, Retry::Backoff);
    let all = [
        (addressed("ann", "else"), 1),
        (Value::Null, 1),
        (addressed("ann", "else"), 3),
        (Value::Null, 3),
    ];
    let stories = [("refuse", false), ("adopt", false), ("adopt", true)];
    let rows = stories
        .into_iter()
        .flat_map(|story| all.clone().map(|row| (story, row)));
    for ((policy, killed), (ann_after, other)) in rows {
        let mut room = Room::of(&DELETING, &format!("on_existing = '{policy}'")).await;
        room.answered(1, person("bob")).await;
        room.vendor.fault("create ann", [Fault::LoseAnswer]);
        room.vendor.fault("find ann", vec![unread.clone(); 4]);
        room.user(2, person("ann")).await;
        room.until("the vendor has made it", async || room.vendor.people().len() == 2)
            .await;
        if killed {
            room.kill();
            room.restart();
            room.until("it works again", async || room.state() == TargetState::Working)
                .await;
        }
        room.user(2, ann_after.clone()).await;
        room.user(other, addressed("bob", "ann")).await;
        room.quiet().await;
        let link = room.link(other).await.unwrap();
        assert!(!link.is_parked(), "{ann_after} {other}: {:?}", link.problem);
        let people = room.vendor.people();
        assert!(
            people.contains(&"ann@example.com".to_owned()),
            "{ann_after} {other}: {people:?}"
        );
        assert_eq!(
            people.contains(&"else@example.com".to_owned()),
            !ann_after.is_null(),
            "{people:?}"
        );
        let account = link.account.unwrap();
        assert_eq!(account.unique.as_deref(), Some("ann@example.com"));
        assert_ne!(
            account.id, "V2",
            "the account that was made for Ann: {policy} {killed} {ann_after} {other}"
        );
    }
}

/// Ann wants what Bob keeps, and Carl what Ann has.
#[tokio::test(start_paused = true)]
async fn who_waits_for_somebody_who_waits_calls_nobody() {
    let room = Room::new().await;
    three_people(&room).await;
    room.user(1, addressed("ann", "bob")).await;
    room.user(3, addressed("carl", "ann")).await;
    sleep(Duration::from_secs(3600)).await;
    let calls = room.vendor.calls();
    assert!(calls.len() < 30, "{}", calls.len());
    let began = Instant::now();
    room.user(2, addressed("bob", "else")).await;
    room.quiet().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(
        room.vendor.people(),
        ["ann@example.com", "bob@example.com", "else@example.com"]
    );
}

/// A rename into an address that somebody keeps: all else of the write comes through, at once.
#[tokio::test(start_paused = true)]
async fn a_kept_address_keeps_no_other_field_back() {
    let room = Room::new().await;
    three_people(&room).await;
    // The vendor's account has it, and no link of ours says so.
    for other in ["bob", "foreign"] {
        room.vendor.put(Kind::User, &[("email", "foreign@example.com")]);
        let renamed = with(addressed("ann", other), json!({"displayName": format!("Anna {other}")}));
        room.user(1, renamed).await;
        sleep(Duration::from_secs(3600)).await;
        let state = room.vendor.state.lock().unwrap();
        assert_eq!(state.accounts["V1"].1.fields["name"], format!("Anna {other}"));
        assert_eq!(state.accounts["V1"].1.fields["email"], "ann@example.com");
        drop(state);
        let calls = room.vendor.calls();
        assert!(calls.len() < 10, "{calls:?}");
    }
}

/// Whoever keeps an address lets go of it: who was refused because of it gets it soon.
#[tokio::test(start_paused = true)]
async fn an_address_that_becomes_free_is_taken_soon() {
    for (id, name, restarts) in [
        (4, "dora", false),
        (4, "dora", true),
        (1, "ann", false),
        (1, "ann", true),
    ] {
        let mut room = Room::new().await;
        three_people(&room).await;
        room.answered(id, addressed(name, "bob")).await;
        if restarts {
            room.stop().await;
            room.restart();
            room.working().await;
        }
        sleep(Duration::from_secs(600)).await;
        room.user(2, addressed("bob", "else")).await;
        let began = Instant::now();
        room.until("the address has its new owner", async || {
            let link = room.link(id).await.unwrap();
            link.account
                .is_some_and(|account| account.unique.as_deref() == Some("bob@example.com"))
        })
        .await;
        assert!(began.elapsed() < Duration::from_secs(301), "{id} {restarts}");
    }
}

async fn two_people(room: &Room) {
    for (id, name) in [(1, "ann"), (2, "bob")] {
        room.answered(id, person(name)).await;
    }
    room.vendor.calls();
}

async fn three_people(room: &Room) {
    two_people(room).await;
    room.answered(3, person("carl")).await;
    room.vendor.calls();
}

fn addressed(name: &str, address: &str) -> Value {
    with(person(name), json!({"userName": format!("{address}@example.com")}))
}
