//! How often a vendor that fails is called, and what it costs the others.
use std::time::Duration;

use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::fake::{Fault, SUSPENDING};
use super::room::{Room, person, with};
use crate::service::{Outcome, TargetState};

const HOUR: Duration = Duration::from_secs(3600);

/// Calls that an hour without answers may cost, for one link or for many: a try each half minute or so, and the first
/// ones.
const CALLS_AN_HOUR: usize = 170;

/// Eight people with accounts.
async fn eight() -> Room {
    let room = Room::new().await;
    for id in 1..9 {
        room.answered(id, person(&format!("p{id}"))).await;
    }
    room.vendor.calls();
    room
}

async fn retitle(room: &Room, ids: impl IntoIterator<Item = u128>) {
    for id in ids {
        let titled = with(person(&format!("p{id}")), json!({"title": "x"}));
        room.user(id, titled).await;
    }
}

/// What was written of everybody is still to be delivered, and none of it parked.
async fn all_wait(room: &Room, ids: impl IntoIterator<Item = u128>) {
    for id in ids {
        let link = room.link(id).await.unwrap();
        assert!(link.is_pending() && !link.is_parked(), "{id}: {link:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_link_in_an_outage_is_tried_ever_more_rarely() {
    for kind in [ErrorKind::Unavailable, ErrorKind::Ambiguous, ErrorKind::Unauthorized] {
        for links in [1, 2] {
            let room = Room::new().await;
            for id in 0..links {
                room.answered(id, person(&format!("p{id}"))).await;
            }
            room.vendor.calls();
            room.vendor.state.lock().unwrap().down = Some(kind.clone());
            retitle(&room, 0..links).await;
            tokio::time::sleep(HOUR).await;
            let calls = room.vendor.calls().len();
            let allowed = CALLS_AN_HOUR * usize::try_from(links).unwrap();
            assert!(calls < allowed, "{kind:?} {links}: {calls}");
            room.vendor.heal();
            let began = Instant::now();
            room.quiet().await;
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{kind:?} {links}: {:?}",
                began.elapsed()
            );
        }
    }
}

/// The credentials are good, but not for this: a scope lacks.
#[tokio::test(start_paused = true)]
async fn what_the_credentials_do_not_reach_keeps_nobody_waiting() {
    let room = eight().await;
    room.vendor.fails(&["create", "delete"], &ErrorKind::Unauthorized);
    for id in 10..14 {
        room.write("Group", id, json!({"displayName": format!("g{id}")})).await;
    }
    room.user(1, Value::Null).await;
    retitle(&room, 2..9).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    for id in 2..9 {
        assert!(!room.link(id).await.unwrap().is_pending(), "{id}");
    }
    // Only what comes through meanwhile tells that it is not the credentials altogether.
    for minute in 0..60 {
        let title = json!({"title": format!("x{minute}")});
        room.user(2, with(person("p2"), title)).await;
        // The first one may find the breaker open, and be the last of the probes.
        let minutes = if minute == 0 { 3 } else { 1 };
        tokio::time::sleep(Duration::from_secs(60) * minutes).await;
        assert!(!room.link(2).await.unwrap().is_pending(), "{minute}");
    }
    for id in 10..14 {
        let link = room.link(id).await.unwrap();
        assert!(link.is_parked(), "{id}: {link:?}");
    }
    let leaver = room.link(1).await.unwrap();
    assert!(!leaver.is_parked(), "a leaver never");
    let calls = room.vendor.calls().len();
    assert!(calls < CALLS_AN_HOUR + 60, "{calls}");
    assert_eq!(room.state(), TargetState::Working);
}

/// Reads succeed, and every write fails.
#[tokio::test(start_paused = true)]
async fn a_vendor_that_can_only_be_read_parks_nobody() {
    let room = eight().await;
    room.vendor
        .fails(&["create", "update", "delete"], &ErrorKind::Ambiguous);
    for id in 1..4 {
        room.user(id, Value::Null).await;
    }
    retitle(&room, 4..9).await;
    for id in 10..13 {
        room.user(id, person(&format!("p{id}"))).await;
    }
    tokio::time::sleep(HOUR).await;
    all_wait(&room, (4..9).chain(10..13)).await;
    let writes = ["create", "update", "delete"].map(|call| room.vendor.count(call));
    assert!(writes.iter().sum::<usize>() < CALLS_AN_HOUR, "{writes:?}");
    room.vendor.heal();
    room.quiet().await;
    assert_eq!(room.vendor.people().len(), 8);
}

/// The credentials still say whose they are, and may change nothing any more: that is the target's state.
#[tokio::test(start_paused = true)]
async fn credentials_that_may_only_read_park_nobody_and_are_told() {
    let room = eight().await;
    room.vendor
        .fails(&["create", "update", "delete"], &ErrorKind::Unauthorized);
    retitle(&room, 4..9).await;
    room.until("it is told", async || room.state() == TargetState::Unauthorized)
        .await;
    for id in 1..4 {
        room.user(id, Value::Null).await;
    }
    for id in 10..13 {
        room.user(id, person(&format!("p{id}"))).await;
    }
    let (before, calls) = (room.now(), room.vendor.count("update"));
    tokio::time::sleep(HOUR).await;
    all_wait(&room, (4..9).chain(10..13)).await;
    assert_eq!(room.state(), TargetState::Unauthorized);
    assert!(room.since() < Some(before), "it was told once");
    let writes = ["create", "update", "delete"].map(|call| room.vendor.count(call));
    assert!(writes.iter().sum::<usize>() - calls < CALLS_AN_HOUR, "{writes:?}");
    room.vendor.heal();
    room.quiet().await;
    assert_eq!(room.vendor.people().len(), 8);
    assert_eq!(room.state(), TargetState::Working);
}

/// The same of the first people, of whom nobody has come through.
#[tokio::test(start_paused = true)]
async fn credentials_that_may_only_read_park_not_even_the_first() {
    for people in 1..=2 {
        let room = Room::new().await;
        room.vendor.fails(&["create"], &ErrorKind::Unauthorized);
        for id in 1..=people {
            room.user(id, person(&format!("p{id}"))).await;
        }
        room.until("it is told", async || room.state() == TargetState::Unauthorized)
            .await;
        assert!(
            room.reason().ends_with("every change made with them: down"),
            "{}",
            room.reason()
        );
        tokio::time::sleep(HOUR).await;
        all_wait(&room, 1..=people).await;
        assert_eq!(room.state(), TargetState::Unauthorized);
        let calls = room.vendor.count("create");
        assert!(calls < CALLS_AN_HOUR, "{calls}");
        room.vendor.heal();
        room.quiet().await;
        assert_eq!(room.vendor.people().len(), usize::try_from(people).unwrap());
        assert_eq!(room.state(), TargetState::Working);
    }
}

/// There is little to write, and one record may not be changed, like the owner's of an account: nobody else comes through
/// by whom one could tell.
#[tokio::test(start_paused = true)]
async fn one_record_that_may_not_be_changed_keeps_nobody_else() {
    let room = Room::new().await;
    for id in 1..=3 {
        let wait = room.user(id, person(&format!("p{id}"))).await;
        room.outcome(wait).await;
    }
    room.vendor.fails(&["update V1"], &ErrorKind::Unauthorized);
    room.user(1, with(person("p1"), json!({"title": "x"}))).await;
    room.until("it is told", async || room.state() == TargetState::Unauthorized)
        .await;
    // Readings go on while the probes that fail become rare.
    for minute in 0..10 {
        assert_eq!(room.people(None).await.map(|people| people.len()), Ok(3), "{minute}");
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    assert_eq!(room.state(), TargetState::Unauthorized);
    let wait = room.user(2, Value::Null).await;
    let began = Instant::now();
    assert_eq!(room.outcome(wait).await, Outcome::Settled);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(room.state(), TargetState::Working);
    room.until("it is the record's own", async || {
        room.link(1).await.unwrap().is_parked()
    })
    .await;
}

/// What cannot be settled is not sent again and again.
#[tokio::test(start_paused = true)]
async fn a_full_disk_stops_the_calls() {
    let room = eight().await;
    room.fill_disk(true);
    retitle(&room, 1..9).await;
    tokio::time::sleep(HOUR).await;
    let calls = room.vendor.count("update");
    assert!((1..9).contains(&calls), "{calls}");
    room.fill_disk(false);
    let began = Instant::now();
    room.quiet().await;
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert!(room.vendor.titled().iter().all(|told| told.ends_with(" x")));
}

/// The credentials were revoked, which reading them tells: once they are good again nobody waits for a probe to say so.
#[tokio::test(start_paused = true)]
async fn good_credentials_are_believed_though_nothing_is_due() {
    let room = Room::new().await;
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unauthorized);
    for id in 1..6 {
        room.user(id, person(&format!("p{id}"))).await;
    }
    room.until("it is told", async || room.state() == TargetState::Unauthorized)
        .await;
    tokio::time::sleep(HOUR).await;
    room.vendor.fails(&["create"], &ErrorKind::RateLimited);
    room.vendor.state.lock().unwrap().down = None;
    room.until("it works", async || room.state() != TargetState::Unauthorized)
        .await;
}

/// A role that can never be taken away keeps nobody else from being tried after an outage.
#[tokio::test(start_paused = true)]
async fn one_leaver_that_always_fails_does_not_prolong_an_outage() {
    let room = Room::new().await;
    for id in 1..9 {
        room.answered(
            id,
            with(person(&format!("p{id}")), json!({"roles": [{"value": "admin"}]})),
        )
        .await;
    }
    room.vendor.calls();
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.vendor.fails(&["update V1 role"], &ErrorKind::Unavailable);
    for id in 1..9 {
        let role = if id == 1 { "user" } else { "admin" };
        room.user(
            id,
            with(
                person(&format!("p{id}")),
                json!({"roles": [{"value": role}], "title": "x"}),
            ),
        )
        .await;
    }
    tokio::time::sleep(HOUR).await;
    room.vendor.state.lock().unwrap().down = None;
    tokio::time::sleep(Duration::from_secs(90)).await;
    for id in 2..9 {
        assert!(!room.link(id).await.unwrap().is_pending(), "{id}");
    }
    assert!(room.link(1).await.unwrap().is_pending());
}

/// The vendor takes the deletion and does nothing.
#[tokio::test(start_paused = true)]
async fn an_account_that_stays_is_deleted_ever_more_rarely() {
    for (descriptor, call) in [(&*super::fake::DELETING, "delete"), (&*SUSPENDING, "delete")] {
        let room = Room::of(descriptor, "").await;
        room.answered(1, person("ann")).await;
        room.vendor.fault(call, vec![Fault::Ignore; 10_000]);
        room.user(1, Value::Null).await;
        tokio::time::sleep(HOUR).await;
        let calls = room.vendor.count(call);
        assert!((5..60).contains(&calls), "{calls}");
        room.vendor.heal();
        room.quiet().await;
        assert_eq!(room.vendor.people().len(), 0);
    }
}

/// The part that follows a creation does not see the account yet.
#[tokio::test(start_paused = true)]
async fn an_account_that_is_not_seen_yet_is_tried_again() {
    let room = Room::new().await;
    let unseen = Fault::Fail(ErrorKind::NotFound, Retry::Never);
    room.vendor.fault("update V1 phone", vec![unseen; 2]);
    let phoned = with(person("ann"), json!({"phoneNumbers": [{"value": "+1"}]}));
    room.user(1, phoned).await;
    let began = Instant::now();
    room.quiet().await;
    let link = room.link(1).await.unwrap();
    assert!(!link.is_parked(), "{link:?}");
    assert!(began.elapsed() < Duration::from_secs(60));
}

/// Gone for good is parked, and never made anew.
#[tokio::test(start_paused = true)]
async fn an_account_that_is_gone_is_parked_in_the_end() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.state.lock().unwrap().accounts.clear();
    room.user(1, with(person("ann"), json!({"title": "x"}))).await;
    room.until("parked", async || room.link(1).await.unwrap().is_parked())
        .await;
    assert_eq!(room.vendor.people().len(), 0);
}

/// What only others can end is not waited for.
#[tokio::test(start_paused = true)]
async fn nobody_waits_for_what_others_must_end() {
    let room = Room::new().await;
    for (id, name) in [(1, "ann"), (2, "bob")] {
        room.answered(id, person(name)).await;
    }
    let open_incidents = Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Backoff);
    room.vendor.fault("delete", vec![open_incidents; 1_000]);
    for (id, document) in [
        (1, Value::Null),
        (3, with(person("carl"), json!({"userName": "ann@example.com"}))),
        (2, with(person("bob"), json!({"userName": "ann@example.com"}))),
    ] {
        let began = Instant::now();
        let outcome = room.answered(id, document).await;
        assert_eq!(outcome, Outcome::Pending, "{id}");
        assert!(began.elapsed() < Duration::from_secs(1), "{id}: {:?}", began.elapsed());
    }
}
