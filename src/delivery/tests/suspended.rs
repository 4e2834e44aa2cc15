//! Accounts that are switched off and stay, and the addresses that they have.
use std::time::Duration;

use adapters::ErrorKind;
use adapters::Retry;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::fake::{Fault, SUSPENDING};
use super::room::{Room, person, with};
use crate::store::ProblemKind;

/// Ann and Bob, of whom each has an account, and only those of the title `in` belong to the target.
async fn two_people() -> Room {
    let room = Room::of(&SUSPENDING, "assignment = 'title eq \"in\"'").await;
    for (id, name) in [(1, "ann"), (2, "bob")] {
        room.answered(id, there(name)).await;
    }
    room.vendor.calls();
    room
}

fn there(name: &str) -> Value {
    with(person(name), json!({"title": "in"}))
}

/// Not let in any more, for this reason.
fn away(name: &str, changes: Value) -> Value {
    with(there(name), changes)
}

impl Room {
    fn address(&self, account: &str) -> Value {
        self.vendor.state.lock().unwrap().accounts[account].1.fields["email"].clone()
    }
}

/// However somebody who is let in no more comes to another address, the one that they had is free for others.
#[tokio::test(start_paused = true)]
async fn whoever_is_let_in_no_more_keeps_no_former_address() {
    let (off, out) = (json!({"active": false}), json!({"title": "out"}));
    let renamed = |gone: &Value| with(gone.clone(), json!({"userName": "else@example.com"}));
    let histories: [(&str, Vec<Value>); 4] = [
        ("off, then renamed", vec![off.clone(), renamed(&off)]),
        ("renamed as switched off", vec![renamed(&off)]),
        ("out, then renamed", vec![out.clone(), renamed(&out)]),
        ("renamed as sent out", vec![renamed(&out)]),
    ];
    for (history, writes) in histories {
        let room = two_people().await;
        for changes in writes {
            room.user(1, away("ann", changes)).await;
            room.quiet().await;
        }
        room.user(2, with(there("bob"), json!({"userName": "ann@example.com"})))
            .await;
        room.quiet().await;
        let addresses = (room.address("V1"), room.address("V2"));
        assert_eq!(
            addresses,
            (json!("else@example.com"), json!("ann@example.com")),
            "{history}"
        );
        let state = room.vendor.state.lock().unwrap();
        assert!(!state.accounts["V1"].1.active, "{history}");
    }
}

/// The same two addresses the other way round.
#[tokio::test(start_paused = true)]
async fn one_who_is_let_in_no_more_swaps_addresses_with_another() {
    for (gone, other) in [((1, "ann"), (2, "bob")), ((2, "bob"), (1, "ann"))] {
        let room = two_people().await;
        room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
        for ((id, name), user_name, active) in [(gone, "third", false), (other, gone.1, true), (gone, other.1, false)] {
            let changes = json!({"userName": format!("{user_name}@example.com"), "active": active});
            room.user(id, away(name, changes)).await;
        }
        room.vendor.heal();
        room.quiet().await;
        let addresses = (room.address("V1"), room.address("V2"));
        assert_eq!(
            addresses,
            (json!("bob@example.com"), json!("ann@example.com")),
            "{gone:?}"
        );
    }
}

/// Somebody who is left alone will never take the address that the directory has by now: nobody makes room for that.
#[tokio::test(start_paused = true)]
async fn nobody_makes_room_for_one_who_is_left_alone() {
    for ((left, name), (other, others)) in [((1, "ann"), (2, "bob")), ((2, "bob"), (1, "ann"))] {
        let room = Room::of(&SUSPENDING, "assignment = 'title eq \"in\"'\non_unassign = 'leave'").await;
        for (id, name) in [(1, "ann"), (2, "bob")] {
            room.answered(id, there(name)).await;
        }
        let address = |name: &str| json!({"userName": format!("{name}@example.com")});
        room.user(left, away(name, json!({"title": "out"}))).await;
        room.quiet().await;
        for (id, name, changes) in [
            (left, name, with(json!({"title": "out"}), address("third"))),
            (other, others, address(name)),
            (left, name, with(json!({"title": "out"}), address(others))),
        ] {
            room.user(id, away(name, changes)).await;
        }
        sleep(Duration::from_secs(600)).await;
        let account = if other == 1 { "V1" } else { "V2" };
        assert_eq!(room.address(account), address(others)["userName"], "{left}");
    }
}

/// The vendor refuses another address for somebody who is out already: that rests, and no leaver is overdue. While
/// nobody wants the former one the vendor is not asked.
#[tokio::test(start_paused = true)]
async fn a_refused_address_of_who_is_out_rests() {
    let room = two_people().await;
    let refusal = Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Never);
    room.vendor.fault("update V1", vec![refusal; 100]);
    let gone = json!({"active": false, "userName": "else@example.com"});
    room.user(1, away("ann", gone)).await;
    room.quiet().await;
    assert_eq!(room.vendor.count("update"), 0);
    let renamed = json!({"userName": "ann@example.com"});
    room.user(2, with(there("bob"), renamed)).await;
    sleep(Duration::from_secs(600)).await;
    let link = room.link(1).await.unwrap();
    assert_eq!(link.problem.map(|problem| problem.kind), Some(ProblemKind::Parked));
    assert_eq!(link.leaver_since, None);
    assert_eq!(room.vendor.count("update V1"), 1);
    let waits = room.link(2).await.unwrap().problem.unwrap();
    assert_eq!(
        waits.kind,
        ProblemKind::Retrying,
        "the owner is to move, and is tried again by itself"
    );
}

/// Whoever belongs to a target that is told nothing of changes keeps the address, and who wants it waits without calls:
/// in the end as one of whom somebody is told.
#[tokio::test(start_paused = true)]
async fn nothing_is_changed_where_nothing_may_be() {
    let room = Room::of(&SUSPENDING, "switches.update = false").await;
    room.answered(1, person("ann")).await;
    let gone = json!({"active": false, "userName": "else@example.com"});
    room.user(1, with(person("ann"), gone)).await;
    room.quiet().await;
    room.vendor.calls();
    room.user(2, with(person("bob"), json!({"userName": "ann@example.com"})))
        .await;
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(room.vendor.calls(), [""; 0]);
    assert_eq!(room.link(2).await.unwrap().problem.unwrap().kind, ProblemKind::Parked);
    assert_eq!(room.heard.types(), ["resource_parked"]);
    room.user(1, Value::Null).await;
    room.until("the address is free", async || {
        !room.link(2).await.unwrap().is_pending()
    })
    .await;
}
