//! Accounts that exist already, and people who meet at one.
use adapters::ErrorKind;
use adapters::Retry;
use adapters::descriptor::Kind;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

use super::fake::{DELETING, Fault};
use super::room::{Room, person, with};
use crate::service::{Outcome, TargetState};
use crate::store::{LinkChange, ProblemKind};

fn open_incidents() -> Fault {
    Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Backoff)
}

#[tokio::test(start_paused = true)]
async fn an_existing_account_is_adopted_or_left_as_the_target_says() {
    let calls = ["create ann@example.com", "find ann@example.com"];
    for (settings, more, kind) in [
        ("", &["update V1 name=ann"][..], None),
        ("on_existing = 'refuse'", &[], Some(ProblemKind::Parked)),
        ("protected = ['Ann@example.com']", &[], Some(ProblemKind::Held)),
    ] {
        let room = Room::of(&DELETING, settings).await;
        room.vendor.put(
            Kind::User,
            &[("email", "Ann@Example.com"), ("name", "Annie"), ("title", "kept")],
        );
        let wait = room
            .user(1, with(person("ann"), json!({"userName": "ann@example.com"})))
            .await;
        room.outcome(wait).await;
        let made = room.vendor.calls();
        assert_eq!(made[..2], calls, "{settings}");
        let updates: Vec<_> = made[2..].iter().filter(|call| call.contains("name")).collect();
        assert_eq!(updates.len(), more.len(), "{settings}: {made:?}");
        assert_eq!(
            room.link(1).await.unwrap().problem.map(|problem| problem.kind),
            kind,
            "{settings}"
        );
        assert_eq!(room.vendor.people().len(), 1, "{settings}");
    }
}

/// An account that the settings protect is taken over, changed and deleted when a person says yes, and not before.
#[tokio::test(start_paused = true)]
async fn a_person_says_yes_to_a_protected_account() {
    let room = Room::of(&DELETING, "protected = ['ann@example.com']").await;
    room.vendor
        .put(Kind::User, &[("email", "ann@example.com"), ("name", "Annie")]);
    let renamed = with(person("ann"), json!({ "displayName": "Anna" }));
    for (written, unasked, asked) in [
        (
            person("ann"),
            &["create ann@example.com", "find ann@example.com", "get V1"][..],
            "update V1 name=ann",
        ),
        (renamed, &[], "update V1 name=Anna"),
        (Value::Null, &[], "delete V1"),
    ] {
        room.user(1, written).await;
        room.quiet().await;
        let link = room.link(1).await.unwrap();
        let kind = link.problem.map(|problem| problem.kind);
        assert_eq!(
            (kind, room.vendor.calls()),
            (Some(ProblemKind::Held), texts(unasked)),
            "{asked}"
        );
        room.write_link(1, LinkChange::Approve(link.marked, room.now())).await;
        room.quiet().await;
        let made = room.vendor.calls();
        assert!(made.iter().any(|call| call == asked), "{asked}: {made:?}");
    }
    assert!(room.vendor.people().is_empty());
}

/// What a person decided against is not looked at again: the role may be gone by now, the decision is not.
#[tokio::test(start_paused = true)]
async fn a_person_says_no_to_a_protected_leaver() {
    let mut room = Room::of(&DELETING, "protected = ['ann@example.com']").await;
    room.user(1, person("bob")).await;
    room.quiet().await;
    room.user(2, person("ann")).await;
    room.quiet().await;
    room.user(2, Value::Null).await;
    room.quiet().await;
    let link = room.link(2).await.unwrap();
    assert!(link.waits_for_a_person() && link.due().is_some(), "{link:?}");
    room.write_link(2, LinkChange::Withhold(link.marked)).await;
    room.stop().await;
    room.restart();
    sleep(Duration::from_secs(3600)).await;
    let kind = room.link(2).await.unwrap().problem.map(|problem| problem.kind);
    assert_eq!(kind, Some(ProblemKind::Withheld));
    assert_eq!(room.vendor.people().len(), 2);
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

/// The delete is stuck at the vendor (open incidents) while the same person is created anew.
#[tokio::test(start_paused = true)]
async fn the_same_person_created_anew_while_the_delete_is_stuck() {
    let room = Room::new().await;
    let wait = room.user(1, person("ann")).await;
    room.outcome(wait).await;
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
    let wait = room.user(1, person("ann")).await;
    room.outcome(wait).await;
    room.vendor.fault("delete", vec![open_incidents(); 3]);
    room.user(1, Value::Null).await;
    let wait = room
        .user(2, with(person("ann"), json!({"externalId": "another"})))
        .await;
    room.outcome(wait).await;
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
    for (external_id, is_lost, parked) in [("ann", false, false), ("another", false, true), ("ann", true, false)] {
        let room = Room::new().await;
        let ann = with(person("ann"), json!({"title": "once"}));
        room.vendor.fault("create ann", is_lost.then_some(Fault::LoseAnswer));
        room.vendor.fault("find ann", vec![unread.clone(); 2]);
        room.user(1, ann.clone()).await;
        room.until("the former account is there", async || !room.vendor.people().is_empty())
            .await;
        if !is_lost {
            room.quiet().await;
        }
        room.vendor.fault("delete", vec![open_incidents(); 2]);
        room.vendor.fault("create new@example.com", [taken.clone()]);
        room.user(1, Value::Null).await;
        let again = json!({"userName": "new@example.com", "externalId": external_id});
        room.user(2, with(ann, again)).await;
        room.until("the former account is gone", async || room.link(1).await.is_none())
            .await;
        room.until("the new one is there, or rests", async || {
            let link = room.link(2).await.unwrap();
            link.is_parked() || !link.is_pending()
        })
        .await;
        let told = format!("{external_id} {is_lost}");
        assert_eq!(room.link(2).await.unwrap().is_parked(), parked, "{told}");
        assert_eq!(room.vendor.people().is_empty(), parked, "{told}");
    }
}

/// A rename into an address whose account is being deleted.
#[tokio::test(start_paused = true)]
async fn a_rename_into_the_address_of_a_leaver() {
    let room = Room::new().await;
    for (id, name) in [(1, "ann"), (2, "bob")] {
        let wait = room.user(id, person(name)).await;
        room.outcome(wait).await;
    }
    room.vendor.fault("delete", vec![open_incidents(); 3]);
    room.user(1, Value::Null).await;
    room.user(2, with(person("bob"), json!({"userName": "ann@example.com"})))
        .await;
    room.quiet().await;
    assert_eq!(room.vendor.people(), ["ann@example.com"]);
    assert_eq!(room.link(2).await.unwrap().account.unwrap().id, "V2");
}

/// Two people swap addresses, as after a marriage and its end.
#[tokio::test(start_paused = true)]
async fn two_people_swap_addresses() {
    let room = Room::new().await;
    for (id, name) in [(1, "ann"), (2, "bob")] {
        let wait = room.user(id, person(name)).await;
        room.outcome(wait).await;
    }
    room.vendor.calls();
    // The directory itself never has the same address twice, so the IdP goes through a third one; at the vendor these
    // writes come close enough together to be one.
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.user(1, with(person("ann"), json!({"userName": "other@example.com"})))
        .await;
    room.user(2, with(person("bob"), json!({"userName": "ann@example.com"})))
        .await;
    room.user(1, with(person("ann"), json!({"userName": "bob@example.com"})))
        .await;
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
        for (id, name) in [(1, "ann"), (2, "bob")] {
            let wait = room.user(id, person(name)).await;
            room.outcome(wait).await;
        }
        for ((id, name), (_, other)) in [(first, second), (second, first)] {
            let address = format!("{other}@example.com");
            let wait = room.user(id, with(person(name), json!({ "userName": address }))).await;
            let outcome = room.outcome(wait).await;
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
    for (id, name) in [(1, "ann"), (2, "bob")] {
        let wait = room.user(id, person(name)).await;
        room.outcome(wait).await;
    }
    room.vendor.calls();
    let wait = room
        .user(2, with(person("bob"), json!({"userName": "ann@example.com"})))
        .await;
    let outcome = room.outcome(wait).await;
    assert!(!matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    let problem = room.link(2).await.unwrap().problem.unwrap();
    assert_eq!(
        (problem.kind, problem.field.as_deref()),
        (ProblemKind::Retrying, Some("email"))
    );
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    assert_eq!(room.vendor.calls(), ["update V2 contact=ann@example.com"], "all else");
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
        let wait = room.user(1, person("bob")).await;
        room.outcome(wait).await;
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

async fn three_people(room: &Room) {
    for (id, name) in [(1, "ann"), (2, "bob"), (3, "carl")] {
        let wait = room.user(id, person(name)).await;
        room.outcome(wait).await;
    }
    room.vendor.calls();
}

fn addressed(name: &str, address: &str) -> Value {
    with(person(name), json!({"userName": format!("{address}@example.com")}))
}

/// Ann wants what Bob keeps, and Carl what Ann has.
#[tokio::test(start_paused = true)]
async fn who_waits_for_somebody_who_waits_calls_nobody() {
    let room = Room::new().await;
    three_people(&room).await;
    room.user(1, addressed("ann", "bob")).await;
    room.user(3, addressed("carl", "ann")).await;
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    let calls = room.vendor.calls();
    assert!(calls.len() < 30, "{}", calls.len());
    let began = tokio::time::Instant::now();
    room.user(2, addressed("bob", "else")).await;
    room.quiet().await;
    assert!(
        began.elapsed() < std::time::Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
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
        room.vendor
            .put(adapters::descriptor::Kind::User, &[("email", "foreign@example.com")]);
        let renamed = with(addressed("ann", other), json!({"displayName": format!("Anna {other}")}));
        room.user(1, renamed).await;
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
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
        let wait = room.user(id, addressed(name, "bob")).await;
        room.outcome(wait).await;
        if restarts {
            room.stop().await;
            room.restart();
            room.working().await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(600)).await;
        room.user(2, addressed("bob", "else")).await;
        let began = tokio::time::Instant::now();
        room.until("the address has its new owner", async || {
            let link = room.link(id).await.unwrap();
            link.account
                .is_some_and(|account| account.unique.as_deref() == Some("bob@example.com"))
        })
        .await;
        assert!(began.elapsed() < std::time::Duration::from_secs(301), "{id} {restarts}");
    }
}

/// Teams that differ in case only are two at this vendor.
#[tokio::test(start_paused = true)]
async fn values_are_compared_as_the_vendor_does() {
    let room = Room::new().await;
    room.vendor.fault(
        "create ops",
        [Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Never)],
    );
    let wait = room.write("Group", 8, json!({"displayName": "Ops"})).await;
    assert_eq!(room.outcome(wait).await, Outcome::Settled);
    let wait = room.write("Group", 9, json!({"displayName": "ops"})).await;
    assert!(
        matches!(room.outcome(wait).await, Outcome::Refused(_)),
        "the vendor was asked"
    );
}

/// The search still shows an account that is deleted, or has another address by now.
#[tokio::test(start_paused = true)]
async fn who_is_found_and_no_longer_there_is_not_adopted() {
    for fault in [Some(Fault::LoseRequest), Some(Fault::LoseAnswer), None] {
        for renamed in [false, true] {
            let room = Room::new().await;
            room.vendor.put(Kind::User, &[("email", "ann@example.com")]);
            room.vendor.grow_stale("V1", renamed.then_some("ann2@example.com"));
            match fault.clone() {
                Some(fault) => room.vendor.fault("create", [fault]),
                None => drop(room.vendor.put(Kind::User, &[("email", "ann@example.com")])),
            }
            room.user(1, person("ann")).await;
            room.until("the search was asked", async || room.vendor.count("find") == 1)
                .await;
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            room.vendor.state.lock().unwrap().stale = None;
            room.quiet().await;
            let account = room.link(1).await.unwrap().account;
            assert_eq!(
                account.map(|account| account.id).as_deref(),
                Some("V2"),
                "{fault:?} {renamed}"
            );
            let people = room.vendor.people();
            let of_ann = people.iter().filter(|person| *person == "ann@example.com");
            assert_eq!(of_ann.count(), 1, "{fault:?} {renamed}");
        }
    }
}
