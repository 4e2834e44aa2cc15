//! Who sends: one at a time, to the account that was seen first, whatever clocks say.
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};

use super::fake::{DELETING, Fault};
use super::room::{Room, person, with};
use crate::service::{Outcome, TargetState};

const MINUTE: Duration = Duration::from_secs(60);

fn limited() -> Fault {
    Fault::Fail(ErrorKind::RateLimited, Retry::Backoff)
}

/// A target is changed while a call is under way: nothing is sent beside it.
#[tokio::test(start_paused = true)]
async fn a_changed_target_has_one_sender_at_a_time() {
    let room = Room::new().await;
    room.vendor.state.lock().unwrap().takes_twice = true;
    room.vendor.fault("create ops", [Fault::Hang]);
    room.write("Group", 9, json!({"displayName": "ops"})).await;
    room.until("the call is under way", async || room.vendor.count("create") == 1)
        .await;
    room.apply().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    room.vendor.let_go.notify_one();
    room.quiet().await;
    assert_eq!(room.vendor.count("create"), 1, "{:?}", room.vendor.calls());
    room.working().await;
    let outcome = room.answered(1, person("ann")).await;
    assert_eq!(outcome, Outcome::Settled);
}

/// A call does not end in the time that a stop has. The next sender takes the call for one that may still arrive.
#[tokio::test(start_paused = true)]
async fn what_is_cut_off_at_a_stop_is_in_doubt() {
    let mut room = Room::new().await;
    room.vendor.state.lock().unwrap().takes_twice = true;
    room.vendor.fault("create", [Fault::DoAndHang]);
    room.user(1, person("ann")).await;
    room.until("the account is made", async || !room.vendor.people().is_empty())
        .await;
    room.stop().await;
    room.restart();
    room.quiet().await;
    assert_eq!(room.vendor.people(), ["ann@example.com"]);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_breaks_is_started_again() {
    let room = Room::new().await;
    room.vendor.fault("check", [Fault::Panic]);
    room.apply().await;
    room.until("it is noticed", async || room.state() != TargetState::Working)
        .await;
    room.working().await;
    let outcome = room.answered(1, person("ann")).await;
    assert_eq!(outcome, Outcome::Settled);
}

/// Somebody consents anew while the target works, and is signed in to another account.
#[tokio::test(start_paused = true)]
async fn a_new_consent_is_asked_for_its_account_though_the_former_one_works() {
    let room = Room::new().await;
    let outcome = room.answered(1, person("ann")).await;
    assert_eq!(outcome, Outcome::Settled);
    room.vendor.state.lock().unwrap().identity = 7;
    room.reopen().await;
    room.until("it is noticed", async || room.state() == TargetState::Repointed)
        .await;
    room.vendor.calls();
    room.user(1, Value::Null).await;
    tokio::time::sleep(MINUTE).await;
    assert_eq!(room.vendor.calls(), Vec::<String>::new());
    assert!(room.link(1).await.is_some(), "the leaver is not forgotten");
}

/// The vendor limits the very call that proves whose account it is.
#[tokio::test(start_paused = true)]
async fn a_limited_check_proves_nothing() {
    let mut room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.stop().await;
    room.vendor.state.lock().unwrap().identity = 7;
    room.vendor.fault("check", [limited()]);
    room.user(1, Value::Null).await;
    room.vendor.calls();
    room.restart();
    tokio::time::sleep(MINUTE).await;
    assert_eq!(room.vendor.calls(), Vec::<String>::new());
    assert_eq!(room.state(), TargetState::Repointed);
    assert!(room.link(1).await.is_some(), "the leaver is not forgotten");
}

#[tokio::test(start_paused = true)]
async fn a_limited_check_is_over_when_it_is_over() {
    let mut room = Room::new().await;
    room.stop().await;
    room.vendor.fault("check", [limited()]);
    room.restart();
    room.working().await;
    let outcome = room.answered(1, person("ann")).await;
    assert_eq!(outcome, Outcome::Settled);
}

/// Nothing was ever sent for Bob, whose address a foreign account has.
#[tokio::test(start_paused = true)]
async fn a_restart_makes_no_account_ours() {
    for killed in [false, true] {
        let mut room = Room::of(&DELETING, "on_existing = 'refuse'").await;
        room.vendor
            .put(Kind::User, &[("email", "bob@example.com"), ("name", "Robert")]);
        room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
        room.user(1, person("bob")).await;
        tokio::time::sleep(MINUTE).await;
        match killed {
            true => room.kill(),
            false => room.stop().await,
        }
        room.vendor.heal();
        room.restart();
        tokio::time::sleep(2 * MINUTE).await;
        let link = room.link(1).await.unwrap();
        assert!(link.account.is_none() && link.is_parked(), "{killed}: {link:?}");
        room.user(1, Value::Null).await;
        room.quiet().await;
        assert_eq!(room.vendor.people(), ["bob@example.com"], "{killed}");
    }
}

/// A kill between the vendor's work and ours, and what a call leaves behind that nobody heard the answer of.
#[tokio::test(start_paused = true)]
async fn a_kill_after_the_vendor_has_done_it() {
    let off = with(person("ann"), json!({"active": false}));
    let titled = with(person("ann"), json!({"title": "b"}));
    for (call, document, undone, people) in [
        ("create", person("ann"), Value::Null, &[][..]),
        ("create", person("ann"), person("ann"), &["ann@example.com -"]),
        ("update", titled, person("ann"), &["ann@example.com -"]),
        ("delete", off, person("ann"), &["ann@example.com -"]),
        ("delete", Value::Null, Value::Null, &[]),
    ] {
        let mut room = Room::new().await;
        room.vendor.state.lock().unwrap().takes_twice = true;
        if call != "create" {
            room.answered(1, person("ann")).await;
        }
        room.vendor.fault(call, [Fault::DoAndHang]);
        room.user(1, document.clone()).await;
        room.until("the call is under way", async || room.vendor.count(call) == 1)
            .await;
        room.kill();
        room.set_back(15 * MINUTE);
        if document != undone {
            room.user(1, undone.clone()).await;
        }
        room.restart();
        room.quiet().await;
        assert_eq!(room.vendor.titled(), people, "{call} {document} {undone}");
    }
}

/// The clock is set back while work waits for a later time.
#[tokio::test(start_paused = true)]
async fn a_clock_set_back_stalls_nothing() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.fails(&["delete"], &ErrorKind::Unavailable);
    room.user(1, Value::Null).await;
    tokio::time::sleep(MINUTE).await;
    room.vendor.heal();
    room.set_back(48 * 60 * MINUTE);
    room.quiet().await;
    assert_eq!(room.vendor.people().len(), 0);
}
