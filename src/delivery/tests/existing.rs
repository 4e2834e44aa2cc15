//! Accounts that exist already: whether they are adopted, and by whose word.
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::fake::{DELETING, Fault, SUSPENDING};
use super::room::{Room, person, with};
use crate::service::Outcome;
use crate::store::{LinkChange, ProblemKind};

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
        room.answered(1, with(person("ann"), json!({"userName": "ann@example.com"})))
            .await;
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

/// Whoever is switched off when their account is found has it taken over as it is: what the directory does not say of it
/// is not taken away once they are back.
#[tokio::test(start_paused = true)]
async fn what_others_gave_to_who_is_switched_off_stays() {
    let room = Room::of(&SUSPENDING, "").await;
    let kept = [("email", "ann@example.com"), ("name", "ann"), ("title", "kept")];
    room.vendor.put(Kind::User, &kept);
    room.vendor.fault("create ann@example.com", [Fault::LoseRequest]);
    room.user(1, person("ann")).await;
    room.until("the create is in doubt", async || {
        room.link(1).await.is_some_and(|link| link.sought.is_some())
    })
    .await;
    room.user(1, with(person("ann"), json!({ "active": false }))).await;
    room.quiet().await;
    assert!(
        room.link(1)
            .await
            .unwrap()
            .account
            .is_some_and(|account| !account.active)
    );
    room.user(1, person("ann")).await;
    room.quiet().await;
    let written: Vec<_> = room
        .vendor
        .calls()
        .into_iter()
        .filter(|call| call.contains("V1"))
        .collect();
    let expected = ["get V1", "active V1 false", "get V1", "active V1 true"];
    assert_eq!(written, expected);
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

/// What has the value is for nobody here: whatever was lost has not made it, and the next create is told of it.
#[tokio::test(start_paused = true)]
async fn a_create_in_doubt_ends_where_its_value_is_nobodys() {
    let room = Room::new().await;
    let field = Some("name".to_owned());
    room.vendor.fault("create ops", [Fault::LoseRequest]);
    let nobodys = Fault::Fail(ErrorKind::Rejected { field }, Retry::Never);
    room.vendor.fault("find ops", [nobodys]);
    room.write("Group", 8, json!({"displayName": "ops"})).await;
    room.quiet().await;
    let link = room.link(8).await.unwrap();
    assert!(!link.is_parked() && link.account.is_some(), "{link:?}");
}

/// The group that the vendor means is shown a moment later: until then only one is, which is nobody's.
#[tokio::test(start_paused = true)]
async fn what_is_made_a_moment_ago_is_waited_for_beside_what_is_nobodys() {
    let room = Room::of(&DELETING, "read_lag_ms = 60000").await;
    let nobodys = Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Never);
    room.vendor.put(Kind::Group, &[("name", "ops")]);
    room.vendor.fault("find ops", [nobodys.clone(), nobodys]);
    room.write("Group", 8, json!({"displayName": "ops"})).await;
    room.quiet().await;
    let link = room.link(8).await.unwrap();
    assert!(!link.is_parked() && link.account.is_some(), "{link:?}");
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
            sleep(Duration::from_millis(100)).await;
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

/// An account that somebody made by hand a moment ago: the vendor refuses a second one, and its search does not show it
/// yet.
#[tokio::test(start_paused = true)]
async fn an_account_that_is_not_found_yet_is_waited_for() {
    for lags in [true, false] {
        let room = Room::of(&SUSPENDING, "read_lag_ms = 300000").await;
        room.vendor.put(Kind::User, &[("email", "ann@example.com")]);
        room.vendor.state.lock().unwrap().hides = true;
        room.user(1, person("ann")).await;
        sleep(Duration::from_secs(290)).await;
        let link = room.link(1).await.unwrap();
        assert!(link.is_pending() && !link.is_parked(), "{link:?}");
        let calls = room.vendor.count("create");
        assert!((2..40).contains(&calls), "{calls}");
        room.vendor.state.lock().unwrap().hides = !lags;
        sleep(Duration::from_secs(3_600)).await;
        let link = room.link(1).await.unwrap();
        assert_eq!((link.account.is_some(), link.is_parked()), (lags, !lags), "{link:?}");
    }
}
