//! The roles that a vendor lists: when they are read, and what is made of them in between.
use std::time::Duration;

use adapters::{ErrorKind, LiveRole, Retry};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::fake::{COUNTING, DELETING, Fault, PACED};
use super::room::{Room, person, with};
use crate::delivery::Settings;
use crate::service::Outcome;

/// A vendor with so many licences for administrators, after the first reading.
async fn room(left: u64) -> Room {
    let room = Room::of(&COUNTING, "").await;
    licence(&room, left);
    sleep(Settings::default().live_roles_interval).await;
    assert_eq!(room.left("admin"), Some(Some(left)));
    room.vendor.calls();
    room
}

fn licence(room: &Room, left: u64) {
    room.vendor.state.lock().unwrap().roles = vec![LiveRole {
        name: "admin".to_owned(),
        available: Some(left),
        licences: vec!["Full".to_owned()],
    }];
}

fn admin(name: &str) -> Value {
    with(person(name), json!({"roles": [{"value": "admin"}]}))
}

#[tokio::test(start_paused = true)]
async fn they_are_read_at_the_start_and_then_by_the_schedule() {
    let room = Room::of(&COUNTING, "").await;
    assert_eq!(room.vendor.count("roles"), 0, "the room forgets the calls of the start");
    assert_eq!(room.left("admin"), None, "there are none");
    licence(&room, 3);
    for readings in 1..4 {
        sleep(Settings::default().live_roles_interval).await;
        assert_eq!(
            (room.vendor.count("roles"), room.left("admin")),
            (readings, Some(Some(3)))
        );
    }
    let other = Room::of(&DELETING, "").await;
    sleep(3 * Settings::default().live_roles_interval).await;
    assert_eq!(other.vendor.count("roles"), 0, "a vendor that lists none is not asked");
}

#[tokio::test(start_paused = true)]
async fn who_needs_to_know_has_them_read_and_nobody_twice_within_seconds() {
    let room = room(3).await;
    sleep(Settings::default().live_roles_fresh).await;
    licence(&room, 1);
    assert_eq!(room.left("admin"), Some(Some(3)), "it is not known yet");
    for _ in 0..10 {
        assert_eq!(room.just_left("admin").await, Some(Some(1)));
        sleep(Settings::default().live_roles_fresh / 20).await;
    }
    assert_eq!(room.vendor.calls(), ["roles"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_given_is_counted_without_a_reading() {
    let room = room(3).await;
    for (id, document, left) in [
        (1, admin("ann"), 2),
        (1, with(admin("ann"), json!({"title": "boss"})), 2),
        (2, person("bob"), 2),
        (2, admin("bob"), 1),
    ] {
        let outcome = room.answered(id, document.clone()).await;
        assert_eq!(outcome, Outcome::Settled);
        assert_eq!(room.left("admin"), Some(Some(left)), "{document}");
    }
    assert_eq!(room.vendor.count("roles"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refused_role_is_a_reason_to_read() {
    let room = room(3).await;
    sleep(Settings::default().live_roles_fresh).await;
    licence(&room, 0);
    for (field, readings) in [(Some("title"), 0), (Some("role"), 1)] {
        let kind = ErrorKind::Rejected {
            field: field.map(str::to_owned),
        };
        room.vendor.fault("create", [Fault::Fail(kind, Retry::Never)]);
        let outcome = room.answered(1, admin("ann")).await;
        assert!(matches!(outcome, Outcome::Refused(_)));
        sleep(Duration::from_secs(1)).await;
        assert_eq!(room.vendor.count("roles"), readings, "{field:?}");
        room.user(1, Value::Null).await;
        room.quiet().await;
    }
    assert_eq!(room.left("admin"), Some(Some(0)));
}

/// Somebody gets one of five licences while they are counted.
#[tokio::test(start_paused = true)]
async fn what_is_given_during_a_reading_is_taken_off_it() {
    let room = room(0).await;
    licence(&room, 5);
    room.vendor.fault("roles", [Fault::Hang]);
    let reading = async {
        sleep(Settings::default().live_roles_fresh).await;
        room.just_left("admin").await
    };
    let giving = async {
        sleep(2 * Settings::default().live_roles_fresh).await;
        let outcome = room.answered(1, admin("ann")).await;
        assert_eq!(outcome, Outcome::Settled);
        room.vendor.let_go.notify_one();
    };
    let (left, ()) = tokio::join!(reading, giving);
    assert_eq!(left, Some(Some(4)));
}

/// A token that may not read licences, or a vendor that is down: nothing is known, and nothing else suffers.
#[tokio::test(start_paused = true)]
async fn a_reading_that_fails_proves_nothing() {
    let room = room(0).await;
    sleep(Settings::default().live_roles_fresh).await;
    room.vendor.fails(&["roles", "find"], &ErrorKind::Unauthorized);
    for _ in 0..3 {
        assert_eq!(room.just_left("admin").await, None);
    }
    assert_eq!(room.vendor.calls(), ["roles"], "nor is it asked again at once");
    assert_eq!(room.has_account("ann@example.com").await, None);
    let outcome = room.answered(1, admin("ann")).await;
    assert_eq!(outcome, Outcome::Settled, "the target works");
    room.vendor.heal();
    assert_eq!(room.has_account("ann@example.com").await, Some(true));
    assert_eq!(room.has_account("bob@example.com").await, Some(false));
}

/// Five hundred requests ask at a time whether their joiner has an account: who leaves does not wait behind them.
#[tokio::test(start_paused = true)]
async fn questions_leave_the_pace_to_leavers() {
    let room = Room::of(&PACED, "").await;
    room.answered(1, person("ann")).await;
    let asked = join_all((0..500).map(|id| {
        let room = &room;
        async move {
            let unique = format!("p{id}@example.com");
            let asked = timeout(Duration::from_secs(30), room.has_account(&unique));
            asked.await.ok().flatten()
        }
    }));
    let leave = async {
        sleep(Duration::from_secs(1)).await;
        let began = Instant::now();
        room.user(1, Value::Null).await;
        room.until("the leaver is out", async || room.vendor.people().is_empty())
            .await;
        began.elapsed()
    };
    let (asked, waited) = join(asked, leave).await;
    assert!(waited < Duration::from_secs(1), "{waited:?}");
    assert!(asked.contains(&Some(false)), "the others are answered");
}
