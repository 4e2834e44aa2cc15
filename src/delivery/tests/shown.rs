//! What a person is shown of a target, and what a target sets.
use std::time::Duration;

use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};

use super::fake::{DELETING, Fault, PACED};
use super::guard::{joiner, six_leave};
use super::room::{Room, person, with};
use crate::service::administration::TargetReport;

fn someone(id: u128) -> Value {
    person(&format!("p{id}"))
}

async fn report(room: &Room) -> TargetReport {
    room.administration().status().await.unwrap().remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_pause_and_the_next_try_are_shown() {
    let room = Room::of(&PACED, "").await;
    let pace = report(&room).await.pace.unwrap();
    assert_eq!(
        (pace.calls_per_minute, pace.paused_until, pace.is_down),
        (960, None, false)
    );
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    for id in 1..=4 {
        room.user(id, someone(id)).await;
    }
    room.until("it counts as down", async || report(&room).await.pace.unwrap().is_down)
        .await;
    room.until("the next try is known", async || {
        let next = report(&room).await.pace.unwrap().next_probe;
        next.is_some_and(|next| next > room.now())
    })
    .await;
    let shown = report(&room).await;
    let first = room.link(1).await.unwrap().pending_since;
    assert_eq!(
        (shown.pending, shown.oldest_pending, shown.oldest_leaver),
        (4, first, None)
    );
}

#[tokio::test(start_paused = true)]
async fn what_rests_is_counted_by_kind() {
    let room = six_leave(9).await;
    let refused = Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Never);
    room.vendor.fault("update", [refused]);
    room.user(9, with(joiner(9), json!({"title": "x"}))).await;
    room.quiet().await;
    let shown = report(&room).await;
    assert_eq!((shown.parked, shown.held, shown.withheld), (1, 4, 0));
    let third = room.link(3).await.unwrap();
    assert!(third.is_parked() && third.leaver_since.is_some(), "{third:?}");
    assert_eq!(
        (shown.pending, shown.oldest_pending, shown.oldest_leaver),
        (0, None, third.leaver_since)
    );
    let guard = shown.guard;
    assert_eq!((guard.accounts, guard.allowed, guard.going), (9, Some(2), 6));
}

/// How many resources fail before the target counts as down, and how often it is tried then.
#[tokio::test(start_paused = true)]
async fn a_target_that_fails_is_tried_as_it_is_set() {
    for (settings, is_down, tries) in [
        ("", false, 60..400),
        ("breaker = { resources = 1 }", true, 60..400),
        ("breaker = { resources = 1, probe_max_seconds = 600 }", true, 5..40),
    ] {
        let room = Room::of(&DELETING, settings).await;
        room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
        room.user(1, someone(1)).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(report(&room).await.pace.unwrap().is_down, is_down, "{settings}");
        room.vendor.calls();
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        let tried = room.vendor.calls().len();
        assert!(tries.contains(&tried), "{settings}: {tried}");
    }
}

/// Each setting does what it says, and only at the target that has it.
#[tokio::test(start_paused = true)]
async fn a_target_is_as_patient_as_it_is_set() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    for (settings, tries, alarmed) in [
        ("", 8, [5, 15]),
        ("parking = { tries = 3 }\nleaver_alarm_minutes = [2, 40]", 3, [2, 40]),
    ] {
        let room = Room::of(&DELETING, settings).await;
        for id in 1..=2 {
            room.user(id, someone(id)).await;
        }
        room.quiet().await;
        room.vendor.fault("update", std::iter::repeat_n(Fault::Panic, 20));
        room.vendor.calls();
        room.user(1, with(someone(1), json!({"title": "x"}))).await;
        room.until("it rests", async || room.link(1).await.unwrap().is_parked())
            .await;
        assert_eq!(room.vendor.count("update"), tries, "{settings}");
        room.heard.take();
        room.vendor.fails(&["delete"], &ErrorKind::Unavailable);
        room.user(2, Value::Null).await;
        let mut heard = 0;
        for minute in 1..=60 {
            tokio::time::sleep(minutes(1)).await;
            let times = room.heard.types().len();
            heard += times;
            // It is looked four times a minute.
            let due = alarmed.iter().filter(|age| **age < minute).count();
            assert!(
                heard >= due && heard <= alarmed.iter().filter(|age| **age <= minute).count(),
                "{settings} {minute}"
            );
        }
        assert_eq!(heard, 2);
    }
}
