//! One damaged record keeps no person's decision from all others.
use std::time::Duration;

use adapters::ErrorKind;
use adapters::descriptor::Kind;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::fake::SUSPENDING;
use super::guard::{ADMINISTERED, six_leave};
use super::room::{Room, person, with};
use crate::service::administration::import::{Imported, Order, Source, Told};
use crate::service::administration::{Changed, Decision, Seen, TakeUp};
use crate::store::ProblemKind;

fn someone(id: u128) -> Value {
    person(&format!("p{id}"))
}

fn titled(id: u128) -> Value {
    with(someone(id), json!({"title": "x"}))
}

/// How a record can be damaged: the link's own, or one that a change of it touches.
const DAMAGES: [fn(&Room, u128); 2] = [Room::damage, Room::damage_grants];

#[tokio::test(start_paused = true)]
async fn the_others_are_decided() {
    for (damage, listed) in DAMAGES.into_iter().zip([(3, 1), (4, 0)]) {
        for decision in [Decision::Approve, Decision::Reject] {
            let room = six_leave(6).await;
            damage(&room, 4);
            let administration = room.administration();
            let seen = administration.guarded("t").await.unwrap();
            assert_eq!((seen.count, seen.damaged.len()), listed, "{decision:?}");
            let all = Seen {
                list: seen.list,
                resources: [].into(),
            };
            assert_eq!(administration.decide("t", &all, decision).await.unwrap(), 3);
            let active = || {
                let state = room.vendor.state.lock().unwrap();
                state.accounts.values().filter(|(_, account)| account.active).count()
            };
            let expected = if decision == Decision::Approve { 1 } else { 4 };
            room.until("it is as decided", async || active() == expected).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_others_are_taken_up_again() {
    for damage in DAMAGES {
        let room = Room::new().await;
        for id in 1..=3 {
            room.user(id, someone(id)).await;
        }
        room.quiet().await;
        let field = Some("title".to_owned());
        room.vendor.fails(&["update"], &ErrorKind::Rejected { field });
        for id in 1..=3 {
            room.user(id, titled(id)).await;
        }
        room.quiet().await;
        room.vendor.heal();
        damage(&room, 2);
        let expected = Changed { changed: 2, damaged: 1 };
        assert_eq!(
            room.administration().retry("t", &TakeUp::Parked).await.unwrap(),
            expected
        );
        let titles = ["p1@example.com x", "p2@example.com -", "p3@example.com x"];
        room.until("they are delivered", async || room.vendor.titled() == titles)
            .await;
    }
}

/// Whether an account is ours is not told from what cannot be read.
#[tokio::test(start_paused = true)]
async fn an_account_that_may_not_be_adopted_is_not() {
    let room = Room::of(&SUSPENDING, "on_existing = 'refuse'").await;
    room.user(1, someone(1)).await;
    room.quiet().await;
    room.vendor.fails(&["update"], &ErrorKind::Unavailable);
    room.user(1, titled(1)).await;
    room.until("it is tried", async || room.vendor.count("update") > 0)
        .await;
    room.damage(1);
    room.vendor
        .put(Kind::User, &[("email", "p2@example.com"), ("name", "theirs")]);
    room.user(2, someone(2)).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let link = room.link(2).await.unwrap();
    let kind = link.problem.as_ref().map(|problem| problem.kind);
    assert_eq!(
        (kind, link.account.is_none()),
        (Some(ProblemKind::Parked), true),
        "{link:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_administrator_leaves_all_the_same() {
    let room = Room::of(&ADMINISTERED, "").await;
    let administrator = |id| with(someone(id), json!({"roles": [{"value": "admin"}]}));
    room.user(1, someone(1)).await;
    for id in 2..=3 {
        room.user(id, administrator(id)).await;
    }
    room.quiet().await;
    room.damage(1);
    room.user(3, Value::Null).await;
    room.quiet().await;
    assert_eq!(room.vendor.people(), ["p1@example.com", "p2@example.com"]);
}

/// What the vendor has is compared with everybody else; an account is known as its person's by the link.
#[tokio::test(start_paused = true)]
async fn the_others_are_imported() {
    let order = Order {
        target: "t".to_owned(),
        source: Source::Vendor,
        expect: None,
        confirm: None,
    };
    let damages: [fn(&Room, u128); 2] = [Room::damage, Room::damage_resource];
    for damage in damages {
        let room = Room::of(&SUSPENDING, "").await;
        for id in 1..=3 {
            room.user(id, someone(id)).await;
        }
        room.quiet().await;
        room.vendor
            .put(Kind::User, &[("email", "new@example.com"), ("name", "new")]);
        damage(&room, 2);
        let (told, mut lines) = mpsc::channel(99);
        let Imported::Previewed(preview) = room.administration().import(&order, &told).await.unwrap() else {
            panic!("a preview")
        };
        drop(told);
        let mut found = Vec::new();
        while let Some(told) = lines.recv().await {
            if let Told::Line(line) = told {
                found.push(format!(
                    "{:?} {}: {}",
                    line.list,
                    line.name,
                    line.fault.unwrap_or_default()
                ));
            }
        }
        let damaged = "Update p2@example.com: a record of the person is damaged: see `usherd store check`";
        assert_eq!((preview.accounts, preview.in_step), (4, 2), "{found:?}");
        assert_eq!(found, ["New new@example.com: ", damaged]);
    }
}

/// Somebody who leaves is due without end, since no turn of theirs gets anywhere.
#[tokio::test(start_paused = true)]
async fn the_vendor_is_read_all_the_same() {
    let damages: [fn(&Room, u128); 2] = [Room::damage, Room::damage_resource];
    for damage in damages {
        let room = Room::of(&SUSPENDING, "").await;
        for id in 1..=2 {
            room.user(id, someone(id)).await;
        }
        room.quiet().await;
        room.vendor.fails(&["active"], &ErrorKind::Unavailable);
        room.user(1, with(someone(1), json!({"active": false}))).await;
        room.until("it is tried", async || room.vendor.count("active") > 0)
            .await;
        damage(&room, 1);
        room.vendor.heal();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(room.people(None).await.unwrap().len(), 2);
    }
}
