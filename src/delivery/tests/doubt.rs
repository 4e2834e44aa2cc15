//! Calls of which nobody knows whether they were made: no second account, no leaver left.
use std::iter;
use std::time::Duration;

use adapters::ErrorKind;
use serde_json::{Value, json};

use super::fake::{DELETING, Fault, LAGGING, SUSPENDING};
use super::room::{Room, person, with};
use crate::service::Outcome;

/// The vendor has made the account, and our own commit fails or the adapter breaks.
#[tokio::test(start_paused = true)]
async fn an_account_is_made_once_though_we_fail_ourselves() {
    for panics in [false, true] {
        for settings in ["", "on_existing = 'refuse'"] {
            let room = Room::of(&DELETING, settings).await;
            room.vendor.state.lock().unwrap().takes_twice = true;
            match panics {
                true => room.vendor.fault("create", [Fault::DoAndPanic]),
                false => room.refuse_commit(|settle| settle.account.is_some()),
            }
            room.user(1, person("ann")).await;
            room.quiet().await;
            assert_eq!(room.vendor.people(), ["ann@example.com"], "{panics} {settings}");
            let account = room.link(1).await.unwrap().account;
            assert_eq!(account.unwrap().id, "V1", "{panics} {settings}");
            room.user(1, Value::Null).await;
            room.quiet().await;
            assert_eq!(room.vendor.people().len(), 0, "{panics} {settings}");
        }
    }
}

/// The vendor has done it, our own commit fails, and the IdP changes its mind.
#[tokio::test(start_paused = true)]
async fn what_is_undone_after_a_failed_commit_is_undone_at_the_vendor() {
    for (call, document) in [
        ("update", with(person("ann"), json!({"title": "b"}))),
        ("delete", with(person("ann"), json!({"active": false}))),
    ] {
        let room = Room::new().await;
        room.answered(1, person("ann")).await;
        room.vendor.calls();
        room.refuse_commit(|_| true);
        room.user(1, document).await;
        room.until("the call was made", async || room.vendor.count(call) == 1)
            .await;
        room.user(1, person("ann")).await;
        room.quiet().await;
        assert_eq!(room.vendor.titled(), ["ann@example.com -"], "{call}");
    }
}

/// A bug of the adapter shows with one person only, and always.
#[tokio::test(start_paused = true)]
async fn a_record_that_breaks_the_adapter_is_parked() {
    let room = Room::new().await;
    room.vendor.fault("create bad", vec![Fault::Panic; 1_000]);
    room.user(1, person("bad")).await;
    room.until("it is parked", async || room.link(1).await.unwrap().is_parked())
        .await;
    assert!(room.vendor.count("create bad") < 10, "{:?}", room.vendor.calls());
}

/// An administrator's account is protected, but not against who asked for it.
#[tokio::test(start_paused = true)]
async fn an_administrator_whose_create_was_lost_is_linked() {
    let room = Room::new().await;
    let admin = with(person("ann"), json!({"roles": [{"value": "admin"}]}));
    room.vendor.fault("create", [Fault::LoseAnswer]);
    room.user(1, admin).await;
    room.quiet().await;
    let link = room.link(1).await.unwrap();
    assert_eq!(link.account.map(|account| account.id).as_deref(), Some("V1"));
    room.user(1, Value::Null).await;
    room.quiet().await;
    assert_eq!(room.vendor.people().len(), 0);
}

/// The same, deleted before anybody looked: whose account it is nobody can say, so it waits for a person, with alarms,
/// and is looked at again.
#[tokio::test(start_paused = true)]
async fn a_leaver_who_may_be_an_administrator_stays_in_the_lane() {
    let room = Room::new().await;
    let admin = with(person("ann"), json!({"roles": [{"value": "admin"}]}));
    room.vendor.fault("create", [Fault::LoseAnswer]);
    room.user(1, admin).await;
    room.until("the account is made", async || !room.vendor.people().is_empty())
        .await;
    room.user(1, Value::Null).await;
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    let link = room.link(1).await.unwrap();
    assert!(link.is_pending() && link.waits_for_a_person(), "{link:?}");
    assert!(link.leaver_since.is_some() && link.due().is_some());
    assert!(room.vendor.calls().len() < 60);
    // Somebody takes the role away at the vendor.
    room.vendor
        .state
        .lock()
        .unwrap()
        .accounts
        .get_mut("V1")
        .unwrap()
        .1
        .protected = false;
    room.until("the leaver is out", async || room.vendor.people().is_empty())
        .await;
}

/// Switched off and on again while the deletion is under way, made anew, and deleted while the answer to that is lost.
#[tokio::test(start_paused = true)]
async fn a_leaver_whose_second_account_was_made_unseen() {
    for last in [
        Value::Null,
        with(person("ann"), json!({"userName": "ann2@example.com"})),
    ] {
        let room = Room::new().await;
        room.vendor.state.lock().unwrap().takes_twice = true;
        room.answered(1, person("ann")).await;
        room.vendor.calls();
        room.vendor.fault("delete", [Fault::Hang]);
        room.vendor.fault("create", [Fault::LoseAnswer]);
        room.user(1, with(person("ann"), json!({"active": false}))).await;
        room.until("the deletion is under way", async || room.vendor.count("delete") == 1)
            .await;
        room.user(1, person("ann")).await;
        room.vendor.let_go.notify_one();
        room.until("the account is made anew", async || room.vendor.count("create") == 1)
            .await;
        room.user(1, last.clone()).await;
        room.quiet().await;
        assert_eq!(room.vendor.people().len(), usize::from(!last.is_null()), "{last}");
    }
}

/// The old account was deleted unseen, and the same person is created anew before its deletion could be repeated.
#[tokio::test(start_paused = true)]
async fn an_account_that_may_be_gone_is_read_before_it_is_taken_over() {
    let mut room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.fault("delete", [Fault::DoAndHang]);
    room.user(1, Value::Null).await;
    room.until("the account is gone", async || room.vendor.people().is_empty())
        .await;
    room.kill();
    room.vendor.fails(&["delete"], &ErrorKind::Unavailable);
    room.restart();
    room.until("the deletion is tried again", async || room.vendor.count("delete") == 2)
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    room.user(2, person("ann")).await;
    room.quiet().await;
    assert_eq!(room.vendor.people(), ["ann@example.com"]);
}

/// What was sought and never made is another one's by now.
#[tokio::test(start_paused = true)]
async fn a_look_up_that_finds_another_persons_account_finds_nothing() {
    for last in [
        Value::Null,
        with(person("ann"), json!({"userName": "ann2@example.com"})),
    ] {
        let room = Room::new().await;
        room.vendor.fault("create", [Fault::LoseRequest]);
        room.vendor.fails(&["find"], &ErrorKind::Unavailable);
        room.user(1, person("ann")).await;
        room.until("the create was sent", async || room.vendor.count("create") == 1)
            .await;
        room.user(1, last.clone()).await;
        let wait = room
            .user(2, with(person("bob"), json!({"userName": "ann@example.com"})))
            .await;
        assert!(!matches!(room.outcome(wait).await, Outcome::Refused(_)));
        room.until("another one has the address", async || {
            room.link(2).await.unwrap().account.is_some()
        })
        .await;
        room.vendor.heal();
        room.quiet().await;
        let expected = match last.is_null() {
            true => &["ann@example.com"][..],
            false => &["ann2@example.com", "ann@example.com"],
        };
        assert_eq!(room.vendor.people(), expected);
        if last.is_null() {
            assert_eq!(room.link(1).await, None);
        }
    }
}

/// An account is made, its removal is lost, and the vendor's reads do not show it yet: it seems to be gone.
#[tokio::test(start_paused = true)]
async fn a_leaver_whom_the_vendor_does_not_show_yet_is_not_taken_for_gone() {
    for (fault, dies) in [
        (Fault::LoseRequest, false),
        (Fault::LoseRequest, true),
        // As when a vendor that lags says that there is nothing to delete.
        (Fault::Ignore, false),
    ] {
        let mut room = Room::of(&LAGGING, "").await;
        room.answered(1, person("ann")).await;
        room.vendor.calls();
        room.vendor.state.lock().unwrap().hides = true;
        room.vendor.fault("delete", [fault.clone()]);
        room.user(1, Value::Null).await;
        room.until("it is read", async || room.vendor.count("get V1") == 1)
            .await;
        if dies {
            room.kill();
            room.restart();
            room.until("it is read again", async || room.vendor.count("get V1") == 2)
                .await;
        }
        room.vendor.state.lock().unwrap().hides = false;
        room.quiet().await;
        assert!(room.vendor.people().is_empty(), "{fault:?} {dies}");
        assert_eq!(room.link(1).await, None, "{fault:?} {dies}");
        assert!(room.vendor.calls().len() < 8, "{fault:?} {dies}");
    }
}

/// Where reads by id do not lag, one that shows nothing is believed.
#[tokio::test(start_paused = true)]
async fn a_leaver_is_out_at_the_first_exact_read() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.calls();
    room.vendor.fault("delete", [Fault::LoseAnswer]);
    room.user(1, Value::Null).await;
    room.quiet().await;
    assert_eq!(room.vendor.calls(), ["delete V1", "get V1"]);
}

/// The answer to a new title was lost, and the title was taken back as its owner was switched off: nobody is sent it
/// then, and yet it is known on coming back that the vendor may have it.
#[tokio::test(start_paused = true)]
async fn what_is_in_doubt_of_who_is_switched_off_is_sent_on_coming_back() {
    let room = Room::of(&SUSPENDING, "").await;
    let titled = |title: &str| with(person("ann"), json!({"title": title}));
    room.user(1, titled("a")).await;
    room.quiet().await;
    room.vendor.fault("update V1 title=b", [Fault::LoseAnswer]);
    room.user(1, titled("b")).await;
    room.until("it is sent", async || room.vendor.count("update V1 title=b") == 1)
        .await;
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.user(1, with(titled("a"), json!({"active": false}))).await;
    room.vendor.heal();
    room.quiet().await;
    assert_eq!(room.vendor.titled(), ["ann@example.com b"]);
    room.user(1, titled("a")).await;
    room.quiet().await;
    assert_eq!(room.vendor.titled(), ["ann@example.com a"]);
}

/// The vendor fails on the creation of one person, and of nobody else: it never answers, and has not made the account.
#[tokio::test(start_paused = true)]
async fn who_is_never_created_is_parked() {
    let room = Room::new().await;
    room.vendor
        .fault("create ann@example.com", iter::repeat_n(Fault::LoseRequest, 500));
    room.user(1, person("ann")).await;
    for id in 2..300 {
        room.answered(id, person(&format!("p{id}"))).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        if room.link(1).await.is_some_and(|link| link.is_parked()) {
            break;
        }
    }
    let link = room.link(1).await.unwrap();
    assert!(link.is_parked() && link.sought.is_none(), "{link:?}");
    // Those with nobody beside them do not count.
    assert!((8..20).contains(&room.vendor.count("create ann")));
}
