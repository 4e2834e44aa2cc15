//! A clock that jumps, ahead and back, at any moment: what is durable goes on at once, and nobody twice.
use std::time::Duration;

use adapters::ErrorKind;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::room::{Room, person, with};
use crate::store::Store;

/// Within which a leaver is out who was never tried, however the clock went meanwhile: a restart, a look around, a call.
const OUT_WITHIN: Duration = Duration::from_secs(60);

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Longer than a lease, a look for a lost create and the longest pause between two tries take together.
const SOON: Duration = Duration::from_secs(15 * 60);

const MINUTE: Duration = Duration::from_secs(60);

/// Where a clock goes.
#[derive(Debug, Clone, Copy)]
enum Jump {
    Ahead,
    Back,
}

impl Jump {
    fn of(self, room: &Room) {
        match self {
            Self::Ahead => room.set_ahead(DAY),
            Self::Back => room.set_back(DAY),
        }
    }
}

/// When the clock jumps for the first time.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// Before anything is written.
    Before,
    /// While the vendor is down.
    Outage,
}

/// One is created, one changed, and one shown out, and with each the clock jumps twice.
#[tokio::test(start_paused = true)]
async fn a_jump_at_any_moment_delays_and_doubles_nothing() {
    let (ahead, back) = (Jump::Ahead, Jump::Back);
    let mut wrong = Vec::new();
    for jumps in [[ahead, back], [back, ahead], [ahead, ahead], [back, back]] {
        for moment in [Moment::Before, Moment::Outage] {
            let (took, people) = life(jumps, moment).await;
            if took > SOON || people != ["p2@example.com x", "p3@example.com -"] {
                wrong.push(format!("{jumps:?} {moment:?}: {took:?} {people:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// How long it takes until nothing is pending, and who is there then.
async fn life([first, second]: [Jump; 2], moment: Moment) -> (Duration, Vec<String>) {
    let room = Room::new().await;
    // So that it can be set ahead twice.
    room.set_back(2 * DAY);
    room.vendor.state.lock().unwrap().takes_twice = true;
    for id in [1, 2] {
        room.answered(id, person(&format!("p{id}"))).await;
    }
    match moment {
        Moment::Before => first.of(&room),
        Moment::Outage => room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable),
    }
    room.user(1, Value::Null).await;
    room.user(2, with(person("p2"), json!({"title": "x"}))).await;
    room.user(3, person("p3")).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    if !matches!(moment, Moment::Before) {
        first.of(&room);
    }
    tokio::time::sleep(MINUTE).await;
    room.vendor.heal();
    second.of(&room);
    let began = Instant::now();
    tokio::time::timeout(2 * SOON, quiet(&room)).await.ok();
    (began.elapsed(), room.vendor.titled())
}

/// Who sends holds a lease by the clock: another one that takes over too early would send beside it.
#[tokio::test(start_paused = true)]
async fn a_jump_lets_nobody_send_beside_the_holder() {
    let room = Room::new().await;
    room.set_back(DAY);
    room.vendor.state.lock().unwrap().takes_twice = true;
    for hour in 0..24_u32 {
        match hour % 2 {
            0 => room.set_ahead(DAY),
            _ => room.set_back(DAY),
        }
        room.user(u128::from(hour) + 1, person(&format!("p{hour}"))).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    room.quiet().await;
    assert_eq!((room.vendor.people().len(), room.vendor.count("create")), (24, 24));
}

/// The clock was ahead when somebody left and another one changed. Beside them there is always other work: somebody joins
/// each second, and of one whose record is damaged no turn gets anywhere.
#[tokio::test(start_paused = true)]
async fn what_was_written_in_the_future_is_not_hidden_by_other_work() {
    for (ahead, is_tried) in [(DAY, true), (DAY, false), (3 * MINUTE, false)] {
        let mut room = Room::new().await;
        room.set_back(2 * DAY);
        for id in 1..=3 {
            room.user(id, person(&format!("p{id}"))).await;
        }
        room.quiet().await;
        room.vendor.fails(&["update", "delete"], &ErrorKind::Unavailable);
        room.user(3, with(person("p3"), json!({"title": "x"}))).await;
        room.until("it is tried", async || room.vendor.count("update") > 0)
            .await;
        room.damage(3);
        if !is_tried {
            room.kill();
        }
        room.set_ahead(ahead);
        room.user(1, Value::Null).await;
        room.user(2, with(person("p2"), json!({"title": "x"}))).await;
        if is_tried {
            room.until("both are tried", async || {
                room.vendor.count("delete") > 0 && room.vendor.count("update") > 1
            })
            .await;
        }
        room.set_back(ahead);
        room.vendor.heal();
        if !is_tried {
            room.restart();
        }
        let is_out = || !room.vendor.people().contains(&"p1@example.com".to_owned());
        let is_changed = || room.vendor.titled().contains(&"p2@example.com x".to_owned());
        let out = while_others_join(&room, 100, is_out).await;
        assert!(out < OUT_WITHIN, "{ahead:?} {is_tried}: out after {out:?}");
        let changed = while_others_join(&room, 5_000, is_changed).await;
        assert!(changed < SOON, "{ahead:?} {is_tried}: changed after {changed:?}");
    }
}

/// How long it takes until it is so, or an hour, while somebody joins each second.
async fn while_others_join(room: &Room, first: u128, is_so: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    for id in first..first + 3_600 {
        if is_so() {
            break;
        }
        room.user(id, person(&format!("p{id}"))).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    began.elapsed()
}

/// Who left under a clock that was ahead leaves since tomorrow.
#[tokio::test(start_paused = true)]
async fn a_leaver_of_the_future_is_told_of_all_the_same() {
    let room = Room::new().await;
    room.set_back(2 * DAY);
    room.user(1, person("p1")).await;
    room.quiet().await;
    room.vendor.fails(&["delete"], &ErrorKind::Unavailable);
    room.set_ahead(DAY);
    room.user(1, Value::Null).await;
    room.until("it is tried", async || room.vendor.count("delete") > 0)
        .await;
    room.set_back(DAY);
    let told = || {
        let heard = room.heard.types();
        heard.iter().filter(|alarm| *alarm == "leaver_overdue").count()
    };
    for (minutes, expected) in [(4, 0), (2, 1), (8, 0), (2, 1), (60, 0)] {
        tokio::time::sleep(minutes * MINUTE).await;
        assert_eq!(told(), expected, "{minutes}");
    }
}

async fn quiet(room: &Room) {
    while room.store.backlog(room.key(1).target).await.unwrap().pending > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
