//! Settings that change, and targets that come to a directory full of people.
use std::collections::BTreeSet;

use adapters::ErrorKind;
use serde_json::{Value, json};

use super::fake::SUSPENDING;
use super::room::{Room, person, with};
use crate::store::{LinkChange, ProblemKind};

/// More than one page of the look at all.
const PEOPLE: u128 = 450;

fn joiner(id: u128) -> Value {
    person(&format!("p{id:03}"))
}

/// A directory that was full before its target came.
async fn full() -> Room {
    let room = Room::new().await;
    room.quiet().await;
    for id in 1..=PEOPLE {
        let document = match id {
            7 => with(joiner(id), json!({"active": false})),
            _ => joiner(id),
        };
        room.unmarked(id, &document, &[]).await;
    }
    room.unmarked(900, &json!({"displayName": "team"}), &[1, 2, 3]).await;
    room
}

#[tokio::test(start_paused = true)]
async fn a_new_target_gets_everybody_once() {
    for killed in [false, true] {
        let mut room = full().await;
        // Says what is so without it: only that something else is said counts.
        room.apply_with("on_delete = 'delete'").await;
        if killed {
            room.until("it has begun", async || room.vendor.people().len() > 20)
                .await;
            room.kill();
            room.restart();
        }
        room.until("all are marked and settled", async || {
            room.vendor.people().len() == 449 && room.vendor.state.lock().unwrap().members.len() == 3
        })
        .await;
        room.quiet().await;
        let people: BTreeSet<_> = room.vendor.people().into_iter().collect();
        assert_eq!(people.len(), 449, "nobody twice");
        assert!(
            !people.contains("p007@example.com"),
            "who is switched off gets no account"
        );
        let creates = room.vendor.count("create p");
        assert!(creates == 449 || killed, "{creates}");
    }
}

/// Three pages of members, of which somebody changes one whenever two were looked at.
#[tokio::test(start_paused = true)]
async fn a_group_that_is_written_all_the_time_is_looked_at_to_its_end() {
    let room = Room::of(&SUSPENDING, "switches = { create = false }").await;
    room.quiet().await;
    let people: Vec<_> = (1..=1200).collect();
    for id in &people {
        room.unmarked(*id, &joiner(*id), &[]).await;
    }
    room.unmarked(9000, &json!({"displayName": "team"}), &people).await;
    room.jostle(1);
    room.apply_with("switches = { create = false }\non_delete = 'delete'")
        .await;
    room.until("it has ended", async || {
        room.link(9000).await.is_some() && room.has_swept().await
    })
    .await;
}

/// The target's credentials are not proved yet when the group is written.
#[tokio::test(start_paused = true)]
async fn a_group_that_is_written_before_it_is_looked_at_has_all_its_members() {
    let mut room = full().await;
    room.kill();
    room.forget_sweep().await;
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unauthorized);
    room.member(900, 4, true).await;
    room.restart();
    room.vendor.heal();
    room.until("all are in", async || {
        room.vendor.state.lock().unwrap().members.len() == 4
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_changed_mapping_reaches_everybody_while_writes_arrive() {
    let room = Room::new().await;
    let named = |id| with(joiner(id), json!({"nickName": format!("n{id}"), "title": "t"}));
    for id in 1..=PEOPLE {
        room.user(id, named(id)).await;
    }
    room.quiet().await;
    room.vendor.calls();
    room.apply_with("mapping = { user = { title = { path = 'nickName' } } }")
        .await;
    for id in 1..=20 {
        room.user(id, with(named(id), json!({"nickName": "later"}))).await;
    }
    room.until("the last has it", async || {
        room.vendor
            .titled()
            .iter()
            .any(|told| *told == format!("p{PEOPLE}@example.com n{PEOPLE}"))
    })
    .await;
    room.quiet().await;
    let expected = |id: u128| match id {
        1..=20 => format!("p{id:03}@example.com later"),
        _ => format!("p{id:03}@example.com n{id}"),
    };
    assert_eq!(room.vendor.titled(), (1..=PEOPLE).map(expected).collect::<Vec<_>>());
    // The same settings again touch nobody.
    room.vendor.calls();
    room.apply().await;
    room.working().await;
    room.quiet().await;
    assert_eq!(room.vendor.calls(), Vec::<String>::new());
}

/// Somebody is written under the new settings before they are looked at: nothing of theirs is in doubt but what is
/// written, and yet what moved goes where it is now.
#[tokio::test(start_paused = true)]
async fn what_moved_is_sent_of_who_is_pending_too() {
    for pending in [false, true] {
        let room = Room::of(&SUSPENDING, "").await;
        let titled = with(joiner(1), json!({"title": "t"}));
        room.user(1, titled.clone()).await;
        room.quiet().await;
        room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
        if pending {
            room.user(1, with(titled, json!({"displayName": "other"}))).await;
        }
        let marked = room.link(1).await.unwrap().marked;
        room.spoke(json!({"user": {"fields": {"title": {"attribute": "nickName"}}}}))
            .await;
        room.ask_to_look().await;
        room.until("it is looked at", async || room.link(1).await.unwrap().marked > marked)
            .await;
        room.vendor.calls();
        room.vendor.heal();
        room.quiet().await;
        let calls = room.vendor.calls();
        let is_sent = |call: &String| call.starts_with("update V1") && call.contains("title");
        assert!(calls.iter().any(is_sent), "{pending} {calls:?}");
    }
}

/// The title goes elsewhere while nothing is sent of somebody, and other things of theirs are written before they are
/// let in again.
#[tokio::test(start_paused = true)]
async fn who_is_let_in_again_has_what_moved_meanwhile() {
    let assigned = "assignment = 'nickName eq \"in\"'";
    let left = format!("{assigned}\non_unassign = 'leave'");
    let (off, out) = (json!({"active": false}), json!({"nickName": "out"}));
    for (settings, changes, meets) in [
        ("", &off, Meets::Settled),
        ("", &off, Meets::Written),
        ("", &off, Meets::Pending),
        (assigned, &out, Meets::Settled),
        (assigned, &out, Meets::Written),
        (&left, &out, Meets::Settled),
        (&left, &out, Meets::Written),
    ] {
        let room = Room::of(&SUSPENDING, settings).await;
        let there = with(joiner(1), json!({"title": "t", "nickName": "in"}));
        let away = with(there.clone(), changes.clone());
        for document in [&there, &away] {
            room.user(1, document.clone()).await;
            room.quiet().await;
        }
        let other = with(away, json!({"displayName": "other"}));
        if meets == Meets::Pending {
            room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
            room.user(1, other.clone()).await;
        }
        room.move_title().await;
        room.vendor.heal();
        if meets == Meets::Written {
            room.user(1, other).await;
        }
        room.quiet().await;
        room.vendor.calls();
        room.user(1, there).await;
        room.quiet().await;
        let calls = room.vendor.calls();
        assert!(
            calls.iter().any(|call| is_titled(call)),
            "{settings} {meets:?} {calls:?}"
        );
    }
}

/// In what state the look at all meets somebody's link.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meets {
    Settled,
    /// The same, and it is written and settled afterwards.
    Written,
    Pending,
}

fn is_titled(call: &str) -> bool {
    call.starts_with("update V1") && call.contains("title=t")
}

impl Room {
    /// The title has another attribute than before.
    async fn move_title(&self) {
        self.spoke(json!({"user": {"fields": {"title": {"attribute": "nickName"}}}}))
            .await;
        self.ask_to_look().await;
        self.until("all is looked at", async || self.has_swept().await).await;
    }
}

/// A person said no to another change of a protected account; the next one takes along what moved meanwhile.
#[tokio::test(start_paused = true)]
async fn what_moved_goes_with_the_next_change_of_who_is_withheld() {
    let room = Room::of(&SUSPENDING, "protected = ['p001@example.com']").await;
    let named = |name: &str| with(joiner(1), json!({"title": "t", "displayName": name}));
    for name in ["first", "second"] {
        room.user(1, named(name)).await;
        room.quiet().await;
    }
    let link = room.link(1).await.unwrap();
    room.write_link(1, LinkChange::Withhold(link.marked)).await;
    room.move_title().await;
    room.quiet().await;
    let withheld = room.link(1).await.unwrap();
    let told = withheld.problem.map(|problem| problem.kind);
    assert_eq!((withheld.marked, told), (link.marked, Some(ProblemKind::Withheld)));
    room.user(1, named("third")).await;
    room.quiet().await;
    let link = room.link(1).await.unwrap();
    room.vendor.calls();
    room.write_link(1, LinkChange::Approve(link.marked, room.now())).await;
    room.quiet().await;
    let calls = room.vendor.calls();
    assert!(calls.iter().any(|call| is_titled(call)), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_assigned_no_more_leaves_and_a_crowd_is_held() {
    for (leavers, gone) in [(3, 3), (30, 0)] {
        let room = Room::of(&SUSPENDING, "").await;
        for id in 1..=40 {
            let title = if id <= leavers { "out" } else { "in" };
            room.user(id, with(joiner(id), json!({"title": title}))).await;
        }
        room.quiet().await;
        // Long enough that they are no tries.
        tokio::time::sleep(std::time::Duration::from_secs(7200)).await;
        room.apply_with("assignment = 'title eq \"in\"'").await;
        room.until("they are looked at", async || {
            let link = room.link(1).await.unwrap();
            link.account.is_some_and(|account| !account.active) || link.problem.is_some()
        })
        .await;
        room.quiet().await;
        let state = room.vendor.state.lock().unwrap();
        let suspended = state.accounts.values().filter(|(_, account)| !account.active).count();
        assert_eq!(suspended, gone, "{leavers}");
    }
}

/// Nobody can end the access now, but it is known that it is to end.
#[tokio::test(start_paused = true)]
async fn who_is_assigned_no_more_is_a_leaver_of_a_target_that_is_out_of_service_too() {
    for state in [ErrorKind::Unauthorized, ErrorKind::Unavailable] {
        let room = Room::of(&SUSPENDING, "").await;
        for (id, title) in [(1, "out"), (2, "in")] {
            room.user(id, with(joiner(id), json!({"title": title}))).await;
        }
        room.quiet().await;
        room.vendor.state.lock().unwrap().down = Some(state.clone());
        room.apply_with("assignment = 'title eq \"in\"'").await;
        room.until("it is marked", async || {
            room.link(1).await.unwrap().leaver_since.is_some()
        })
        .await;
        assert!(!room.link(2).await.unwrap().is_pending(), "{state:?}");
        // Nor is it known who belongs there once a group with a crowd in it has changed.
        room.unmarked(2, &with(joiner(2), json!({"title": "out"})), &[]).await;
        room.ask_to_look().await;
        room.until("it is marked", async || {
            room.link(2).await.unwrap().leaver_since.is_some()
        })
        .await;
        room.vendor.heal();
        room.until("they have left", async || {
            let state = room.vendor.state.lock().unwrap();
            state.accounts.values().all(|(_, account)| !account.active)
        })
        .await;
    }
}

/// As a group does whose members are too many to be marked one by one.
#[tokio::test(start_paused = true)]
async fn all_are_looked_at_whenever_that_is_asked_for() {
    for killed in [false, true] {
        let mut room = Room::new().await;
        room.apply_with("assignment = 'groups.display eq \"in\"'").await;
        for id in 1..=3 {
            room.unmarked(id, &joiner(id), &[]).await;
        }
        for (name, expected) in [("in", 3), ("out", 0), ("in", 3)] {
            if killed {
                room.kill();
            }
            room.unmarked(900, &json!({"displayName": name}), &[1, 2, 3]).await;
            room.ask_to_look().await;
            if killed {
                room.restart();
            }
            room.until(name, async || room.vendor.people().len() == expected).await;
            room.quiet().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_loses_access_with_the_group_overtakes_those_who_wait() {
    let room = Room::new().await;
    room.apply_with("assignment = 'groups.display eq \"in\"'").await;
    room.unmarked(1, &joiner(1), &[]).await;
    room.unmarked(900, &json!({"displayName": "in"}), &[1]).await;
    room.ask_to_look().await;
    room.until("the person is in", async || room.vendor.people().len() == 1)
        .await;
    room.quiet().await;
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.user(1, with(joiner(1), json!({"title": "x"}))).await;
    assert!(room.link(1).await.unwrap().leaver_since.is_none());
    room.unmarked(900, &json!({"displayName": "out"}), &[1]).await;
    room.ask_to_look().await;
    room.until("the person leaves", async || {
        room.link(1).await.unwrap().leaver_since.is_some()
    })
    .await;
}

/// One record of many cannot be read: the others get what is new, and it does once it is mended and written.
#[tokio::test(start_paused = true)]
async fn a_damaged_record_keeps_no_other_from_changed_settings() {
    for damages in [Room::damage_resource as fn(&Room, u128), Room::damage] {
        let room = Room::new().await;
        let named = |id| with(joiner(id), json!({"nickName": format!("n{id}"), "title": "t"}));
        for id in 1..=PEOPLE {
            room.user(id, named(id)).await;
        }
        room.quiet().await;
        damages(&room, 7);
        room.apply_with("mapping = { user = { title = { path = 'nickName' } } }")
            .await;
        let has = |id: u128| format!("p{id:03}@example.com n{id}");
        room.until("the last has it", async || room.vendor.titled().contains(&has(PEOPLE)))
            .await;
        room.quiet().await;
        let mut expected: Vec<_> = (1..=PEOPLE).map(has).collect();
        expected[6] = "p007@example.com t".to_owned();
        assert_eq!(room.vendor.titled(), expected);
        assert!(room.has_swept().await, "it ends");
        room.mend();
        room.user(7, with(named(7), json!({"displayName": "Seven"}))).await;
        room.quiet().await;
        assert!(room.vendor.titled().contains(&has(7)));
    }
}
