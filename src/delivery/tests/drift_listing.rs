//! A vendor whose listing fails, lacks much, or meets what is damaged here.
use adapters::ErrorKind;
use serde_json::Value;

use super::drift::{HOUR, SEEN, crew, give, is_active, switch, trio};
use super::fake::{Fault, SUSPENDING};
use super::room::{Room, person};
use crate::delivery::readings::STOPPED;
use crate::service::drift::{Error, Kind};

#[tokio::test(start_paused = true)]
async fn a_listing_that_fails_changes_nothing() {
    let room = trio("drift = { policy = 'correct', every_minutes = 60 }").await;
    switch(&room, "V3", true);
    room.vendor.fails(&["list"], &ErrorKind::Unauthorized);
    let error = room.drift(None).await.unwrap_err();
    assert!(matches!(&error, Error::Unread(reason) if reason == "down"), "{error}");
    tokio::time::sleep(2 * HOUR).await;
    assert!(is_active(&room, "V3"));
    room.vendor.heal();
    tokio::time::sleep(2 * HOUR).await;
    assert!(!is_active(&room, "V3"), "it goes on once it can");
}

/// Nobody is gone for the sake of a listing that lacks many; but who is in it and has left goes.
#[tokio::test(start_paused = true)]
async fn a_listing_that_lacks_too_much_is_believed_once_a_person_says_how_many_are_right() {
    for policy in ["report", "correct"] {
        let room = trio(&format!("drift = {{ policy = '{policy}', every_minutes = 60 }}")).await;
        switch(&room, "V3", true);
        {
            let mut state = room.vendor.state.lock().unwrap();
            for id in ["V1", "V2"] {
                state.accounts.remove(id).unwrap();
            }
        }
        for expect in [None, Some(2)] {
            let error = room.drift_expecting(expect, give(&[])).await.unwrap_err();
            assert!(matches!(error, Error::Shrunk { missing: 2, linked: 3 }), "{error}");
        }
        room.quiet().await;
        assert!(is_active(&room, "V3"), "nothing is changed");
        tokio::time::sleep(2 * HOUR).await;
        assert_eq!(is_active(&room, "V3"), policy == "report");
        let failure = room.last_drift().await.unwrap().failure.unwrap();
        assert!(
            failure.contains("lacks 2 of 3") && failure.ends_with("--expect 1"),
            "{failure}"
        );
        let fix = give(&["ann@example.com", "bob@example.com"]);
        let report = room.drift_expecting(Some(1), fix).await.unwrap();
        let back = u64::from(policy == "report");
        assert_eq!((report.found, report.corrected), (2 + back, 2 + back));
        room.quiet().await;
        assert!(!is_active(&room, "V3"));
        assert_eq!(room.vendor.people().len(), 3);
    }
}

/// A mass removal is under way while the pages are read, or its answers are still to come.
#[tokio::test(start_paused = true)]
async fn accounts_that_we_take_away_ourselves_are_not_missing() {
    for answers in [true, false] {
        let room = Room::of(&SUSPENDING, "on_delete = 'delete'").await;
        for id in 1..=9 {
            room.user(id, person(&format!("p{id}"))).await;
        }
        room.quiet().await;
        tokio::time::sleep(SEEN).await;
        room.vendor.fault("list", [Fault::Hang]);
        let silent = if answers { 0 } else { 4 };
        room.vendor
            .fault("delete", std::iter::repeat_n(Fault::DoAndHang, silent));
        let leave = async {
            room.until("it is listed", async || room.vendor.count("list") == 1)
                .await;
            for id in 1..=4 {
                room.user(id, Value::Null).await;
            }
            room.until("they are gone", async || room.vendor.people().len() == 5)
                .await;
            if answers {
                room.quiet().await;
            }
            room.vendor.let_go.notify_one();
        };
        let (report, ()) = tokio::join!(room.drift(None), leave);
        let report = report.unwrap();
        assert_eq!((report.found, report.compared), (0, 5), "{answers}");
    }
}

/// An account made by hand in the place of one that was deleted is another one, but nobody is missing.
#[tokio::test(start_paused = true)]
async fn accounts_made_anew_by_hand_are_gone_and_not_made_twice() {
    let room = trio("").await;
    {
        let mut state = room.vendor.state.lock().unwrap();
        for (old, new) in [("V1", "V8"), ("V2", "V9")] {
            let (kind, mut account) = state.accounts.remove(old).unwrap();
            account.id = new.to_owned();
            state.accounts.insert(new.to_owned(), (kind, account));
        }
    }
    let report = room.drift(give(&["ann@example.com"])).await.unwrap();
    let kinds: Vec<_> = report.differences.iter().map(|one| one.kind).collect();
    assert_eq!((kinds, report.corrected), (vec![Kind::Gone, Kind::Gone], 1));
    room.quiet().await;
    assert_eq!(
        room.link(1).await.unwrap().account.unwrap().id,
        "V8",
        "it is taken over"
    );
    assert_eq!(room.vendor.people().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_record_keeps_no_other_from_being_compared() {
    for damages in [Room::damage_resource as fn(&Room, u128), Room::damage] {
        let room = trio("").await;
        crew(&room).await;
        switch(&room, "V3", true);
        room.vendor.state.lock().unwrap().members.clear();
        damages(&room, 2);
        let report = room.drift(None).await.unwrap();
        let found: Vec<_> = report
            .differences
            .iter()
            .map(|one| (one.kind, one.name.as_str()))
            .collect();
        assert_eq!(
            found,
            [(Kind::LeaverBack, "eve@example.com"), (Kind::MemberMissing, "Ops")]
        );
        assert!(report.unsettled >= 1, "{report:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_has_no_vendor_listed_without_end() {
    let room = trio("drift = { policy = 'correct', every_minutes = 60 }").await;
    switch(&room, "V3", true);
    room.fill_disk(true);
    tokio::time::sleep(4 * HOUR).await;
    let listed = room.vendor.count("list");
    assert!((1..=4).contains(&listed), "{listed}");
    room.fill_disk(false);
    tokio::time::sleep(2 * HOUR).await;
    assert!(!is_active(&room, "V3"), "it goes on once it can");
}

/// Nobody waits for reads to show what was sent before, once the target is sent to no more.
#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_no_comparison() {
    let mut room = trio("read_lag_ms = 3600000").await;
    room.kill();
    room.restart();
    room.working().await;
    let mut comparing = room.drift_beside();
    let before = room.now();
    room.stop().await;
    let ended = comparing.join_next().await.unwrap();
    let error = ended.unwrap().unwrap_err();
    assert!(matches!(&error, Error::Unread(reason) if reason == STOPPED), "{error}");
    assert!(room.now() < before + HOUR / 2, "it ends at once");
}
