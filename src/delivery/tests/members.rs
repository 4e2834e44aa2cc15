//! Memberships: lost answers, and members that keep others from theirs.
use std::time::Duration;

use adapters::descriptor::Descriptor;
use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};

use super::fake::{DELETING, Fault, IN_HUNDREDS, IN_TWENTIES, SUSPENDING};
use super::room::{Room, person, with};
use crate::service::TargetState;

/// The group of every test.
const TEAM: u128 = 999;

fn failing() -> Fault {
    Fault::Fail(ErrorKind::Unavailable, Retry::Backoff)
}

fn refusal() -> Fault {
    Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Backoff)
}

/// A team, which is `V1` at the vendor, and so many people, each with an account: `V2` and so on.
async fn team(people: u128) -> Room {
    team_with(people, "").await
}

/// The same with settings of the target.
async fn team_with(people: u128, settings: &str) -> Room {
    team_at(&DELETING, people, settings).await
}

/// The same at such a vendor.
async fn team_at(descriptor: &'static Descriptor, people: u128, settings: &str) -> Room {
    let room = Room::of(descriptor, settings).await;
    let wait = room.write("Group", TEAM, json!({"displayName": "ops"})).await;
    room.outcome(wait).await;
    for id in 1..=people {
        room.answered(id, person(&format!("p{id}"))).await;
    }
    room.vendor.calls();
    room
}

impl Room {
    /// Whether the person is in the team at the vendor.
    fn has(&self, person: u128) -> bool {
        let member = format!("V{}", person + 1);
        self.vendor
            .state
            .lock()
            .unwrap()
            .members
            .contains(&("V1".to_owned(), member))
    }

    fn count(&self) -> usize {
        self.vendor.state.lock().unwrap().members.len()
    }
}

/// A crowd joins in no more calls than it takes.
#[tokio::test(start_paused = true)]
async fn a_call_has_as_many_members_as_the_vendor_takes() {
    for (descriptor, calls) in [(&IN_TWENTIES, 12), (&IN_HUNDREDS, 3)] {
        let people = 230;
        let mut room = team_at(descriptor, people, "").await;
        room.stop().await;
        for id in 1..=people {
            room.member(TEAM, id, true).await;
        }
        room.restart();
        room.quiet().await;
        assert_eq!((room.count(), room.vendor.count("add")), (230, calls));
    }
}

/// A member of whom nothing can be read keeps nobody else in or out.
#[tokio::test(start_paused = true)]
async fn a_damaged_member_is_left_out() {
    let mut room = team_with(3, "").await;
    room.member(TEAM, 1, true).await;
    room.quiet().await;
    room.stop().await;
    room.member(TEAM, 1, false).await;
    for id in 2..=3 {
        room.member(TEAM, id, true).await;
    }
    room.damage(2);
    room.restart();
    room.until("the others are as they are to be", async || !room.has(1) && room.has(3))
        .await;
    assert!(!room.has(2));
}

/// A member comes or goes, the answer is lost, and the IdP changes its mind before anybody asked again.
#[tokio::test(start_paused = true)]
async fn a_membership_undone_while_its_answer_was_lost() {
    for first in [true, false] {
        let room = team(1).await;
        if !first {
            room.member(TEAM, 1, true).await;
            room.quiet().await;
        }
        let verb = if first { "add" } else { "remove" };
        room.vendor.fault(verb, [Fault::LoseAnswer]);
        room.member(TEAM, 1, first).await;
        room.until("the vendor did it", async || room.has(1) == first).await;
        room.member(TEAM, 1, !first).await;
        room.quiet().await;
        assert_eq!(room.has(1), !first, "{verb}");
        room.member(TEAM, 1, first).await;
        room.quiet().await;
        assert_eq!(room.has(1), first, "{verb}, and back again");
    }
}

/// The person is deleted, the account stays, and the link is forgotten before the team's turn comes.
#[tokio::test(start_paused = true)]
async fn who_is_deleted_and_stays_is_taken_out_all_the_same() {
    let room = team_with(1, "on_delete = 'leave'").await;
    room.member(TEAM, 1, true).await;
    room.quiet().await;
    room.vendor.fault("remove", [refusal()]);
    room.member(TEAM, 1, false).await;
    room.user(1, Value::Null).await;
    room.until("the link is forgotten", async || room.link(1).await.is_none())
        .await;
    assert!(room.has(1), "the vendor has refused it once");
    room.quiet().await;
    assert!(!room.has(1));
}

/// Somebody is added who is just being switched off, where that deletes the account: the vendor knows nobody of that
/// id.
#[tokio::test(start_paused = true)]
async fn who_is_added_while_the_account_goes_is_in_after_coming_back() {
    let gone = Fault::Fail(ErrorKind::NotFound, Retry::Never);
    let off = || with(person("p1"), json!({"active": false}));
    for adds_first in [true, false] {
        let room = team(1).await;
        if adds_first {
            // Under way at the vendor while the account goes.
            room.vendor.fault("add V1 V2", [Fault::HangAndRefuse]);
            room.member(TEAM, 1, true).await;
            room.until("it is asked", async || room.vendor.count("add") > 0).await;
            room.user(1, off()).await;
            room.until("the account is gone", async || room.vendor.people().is_empty())
                .await;
            room.vendor.let_go.notify_waiters();
        } else {
            room.vendor.fault("add V1 V2", [gone.clone()]);
            room.vendor.fault("delete V2", [Fault::Hang]);
            room.user(1, off()).await;
            room.until("the deletion is asked for", async || room.vendor.count("delete") > 0)
                .await;
            room.member(TEAM, 1, true).await;
            tokio::time::sleep(Duration::from_secs(5)).await;
            room.vendor.let_go.notify_waiters();
        }
        room.quiet().await;
        assert!(!room.link(TEAM).await.unwrap().is_parked(), "{adds_first}");
        room.user(1, person("p1")).await;
        room.quiet().await;
        assert_eq!(room.vendor.people(), ["p1@example.com"]);
        assert_eq!(room.count(), 1, "{adds_first}");
    }
}

/// Somebody is deleted, nobody knows whether the vendor did it, and they come again: the account is the new one's to
/// look after. Whoever is added under it meanwhile is in once there is another one.
#[tokio::test(start_paused = true)]
async fn who_is_added_while_a_former_removal_is_read_back_is_in_later() {
    let mut room = team_at(&SUSPENDING, 1, "").await;
    room.vendor
        .fault("delete V2", [Fault::DoAndHang, failing(), failing(), failing()]);
    room.vendor.fault("get V2", vec![failing(); 3]);
    room.vendor
        .fault("add V1 V2", vec![Fault::Fail(ErrorKind::NotFound, Retry::Never); 9]);
    room.user(1, Value::Null).await;
    room.until("the account is gone", async || room.vendor.people().is_empty())
        .await;
    room.kill();
    room.restart();
    room.user(2, person("p1")).await;
    room.member(TEAM, 2, true).await;
    room.quiet().await;
    assert!(!room.link(TEAM).await.unwrap().is_parked());
    assert_eq!(room.vendor.count("add V1 V2"), 0);
    let member = ("V1".to_owned(), "V3".to_owned());
    assert!(room.vendor.state.lock().unwrap().members.contains(&member));
}

/// One that always fails keeps nobody out and nobody in, however often it is tried, and is given up.
#[tokio::test(start_paused = true)]
async fn a_member_that_always_fails_blocks_nobody() {
    for bad in [&[1][..], &[1, 2, 3]] {
        let room = team(8).await;
        room.member(TEAM, 8, true).await;
        room.quiet().await;
        for id in bad {
            room.vendor
                .fault(&format!("add V1 V{}", id + 1), vec![failing(); 1_000]);
        }
        for id in 1..=7 {
            room.member(TEAM, id, true).await;
        }
        room.member(TEAM, 8, false).await;
        room.until("the others are in and out", async || {
            (1..=7).all(|id| room.has(id) != bad.contains(&id)) && !room.has(8)
        })
        .await;
        for title in 0..20 {
            let ann = with(person("p8"), json!({"title": title.to_string()}));
            room.answered(8, ann).await;
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        assert!(room.link(TEAM).await.unwrap().is_parked(), "given up");
        room.vendor.state.lock().unwrap().faults.clear();
        room.member(TEAM, 8, true).await;
        room.quiet().await;
        assert_eq!(room.count(), 8, "{bad:?}");
    }
}

/// The credentials may do everything but change teams, as without the scope for it: only others who come through tell
/// that it is not the credentials altogether.
#[tokio::test(start_paused = true)]
async fn a_team_that_may_not_be_changed_is_not_tried_without_end() {
    let room = team(1).await;
    let forbidden = Fault::Fail(ErrorKind::Unauthorized, Retry::Backoff);
    room.vendor.fault("add", vec![forbidden; 100_000]);
    room.member(TEAM, 1, true).await;
    room.until("it is told", async || room.state() == TargetState::Unauthorized)
        .await;
    room.user(1, with(person("p1"), json!({"title": "x"}))).await;
    room.until("another comes through", async || {
        !room.link(1).await.unwrap().is_pending()
    })
    .await;
    room.vendor.calls();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(room.link(TEAM).await.unwrap().is_parked());
    assert_eq!(room.state(), TargetState::Working);
    let calls = room.vendor.calls().len();
    assert!(calls < 30, "{calls} calls");
}

/// A removal that always fails is tried on, and is not forgotten by an outage.
#[tokio::test(start_paused = true)]
async fn a_removal_that_always_fails_is_tried_until_it_succeeds() {
    let room = team(2).await;
    for id in [1, 2] {
        room.member(TEAM, id, true).await;
    }
    room.quiet().await;
    room.vendor.fault("remove V1 V2", vec![failing(); 1_000]);
    for id in [1, 2] {
        room.member(TEAM, id, false).await;
    }
    room.until("the other is out", async || !room.has(2)).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(!room.link(TEAM).await.unwrap().is_parked());
    room.vendor.state.lock().unwrap().faults.clear();
    room.quiet().await;
    assert_eq!(room.count(), 0);
}

/// The vendor refuses more removals than a slice has, as while those people are on call; the others come and go.
#[tokio::test(start_paused = true)]
async fn a_slice_of_refused_removals_hides_nobody() {
    // The ids of these have two digits, so that none is the beginning of another.
    let (first, last) = (10, 69);
    let room = team(last).await;
    for id in first..last {
        room.member(TEAM, id, true).await;
    }
    room.quiet().await;
    for id in first..last - 4 {
        let call = format!("remove V1 V{}", id + 1);
        room.vendor.fault(&call, vec![refusal(); 1_000]);
    }
    for id in first..last {
        room.member(TEAM, id, false).await;
    }
    room.member(TEAM, last, true).await;
    room.until("those beyond come and go", async || {
        room.has(last) && (last - 4..last).all(|id| !room.has(id))
    })
    .await;
    room.vendor.state.lock().unwrap().faults.clear();
    room.quiet().await;
    assert_eq!(room.count(), 1, "and in the end all");
}

/// A group that is new at the vendor, and has members already when it is made there, is made once.
#[tokio::test(start_paused = true)]
async fn a_new_group_with_members_is_made_once() {
    let room = Room::new().await;
    room.answered(1, person("p1")).await;
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.vendor.calls();
    room.write("Group", TEAM, json!({"displayName": "ops"})).await;
    room.member(TEAM, 1, true).await;
    room.until("the outage is noticed", async || !room.vendor.calls().is_empty())
        .await;
    room.vendor.state.lock().unwrap().down = None;
    room.quiet().await;
    let calls = room.vendor.calls();
    let creates = calls.iter().filter(|call| call.starts_with("create ops")).count();
    assert_eq!((creates, room.count()), (1, 1), "{calls:?}");
}

/// A role was taken, and the title that came along is refused: the account stays, and joins what it is added to.
#[tokio::test(start_paused = true)]
async fn who_only_lost_a_role_is_added_all_the_same() {
    let room = team(1).await;
    let with_role = |role| with(person("p1"), json!({"roles": [{"value": role}]}));
    room.user(1, with_role("admin")).await;
    room.quiet().await;
    let field = Some("title".to_owned());
    room.vendor.fails(&["update V2 title"], &ErrorKind::Rejected { field });
    room.user(1, with(with_role("user"), json!({"title": "x"}))).await;
    room.quiet().await;
    let link = room.link(1).await.unwrap();
    assert!(link.is_parked() && link.leaver_since.is_none(), "{link:?}");
    room.member(TEAM, 1, true).await;
    room.quiet().await;
    assert!(room.has(1), "{:?}", room.link(TEAM).await);
}
