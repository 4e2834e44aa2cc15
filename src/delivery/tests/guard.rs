//! A mass removal waits for a person; everybody else comes and goes.
use std::sync::LazyLock;
use std::time::Duration;

use adapters::ErrorKind;
use adapters::descriptor::{Descriptor, Kind};
use serde_json::{Value, json};

use super::fake::{DELETING, Fault, SUSPENDING};
use super::room::{Room, person, with};
use crate::service::{Outcome, TargetState};
use crate::store::{Access, LinkChange, ProblemKind};

const HOUR: Duration = Duration::from_secs(3600);

/// A vendor without an owner who stays, so that its last administrator is somebody.
pub(super) static ADMINISTERED: LazyLock<Descriptor> = LazyLock::new(|| {
    let mut descriptor = DELETING.clone();
    descriptor
        .roles
        .iter_mut()
        .for_each(|role| role.administrator = role.name == "admin");
    descriptor
});

pub(super) fn joiner(id: u128) -> Value {
    person(&format!("p{id:02}"))
}

/// So many people at the vendor.
async fn crowd(people: u128, settings: &str) -> Room {
    let room = Room::of(&DELETING, settings).await;
    for id in 1..=people {
        room.user(id, joiner(id)).await;
    }
    room.quiet().await;
    assert_eq!(room.vendor.people().len(), usize::try_from(people).unwrap());
    tokio::time::sleep(HOUR).await;
    room
}

/// A vendor with so many people, of whom the first six leave, hours after they came: two may.
pub(super) async fn six_leave(people: u128) -> Room {
    let room = Room::of(&SUSPENDING, "guard = { people = 2 }").await;
    for id in 1..=people {
        room.user(id, joiner(id)).await;
    }
    room.quiet().await;
    tokio::time::sleep(2 * HOUR).await;
    for id in 1..=6 {
        room.user(id, with(joiner(id), json!({"active": false}))).await;
        room.quiet().await;
    }
    room
}

async fn held(room: &Room, ids: impl Iterator<Item = u128>) -> Vec<(u128, ProblemKind)> {
    let mut held = Vec::new();
    for id in ids {
        let link = room.link(id).await;
        let waits = link.filter(|link| link.waits_for_a_person());
        held.extend(waits.and_then(|link| link.problem).map(|problem| (id, problem.kind)));
    }
    held
}

async fn decide(room: &Room, id: u128, change: impl Fn(u64) -> LinkChange) {
    let marked = room.link(id).await.unwrap().marked;
    room.write_link(id, change(marked)).await;
}

#[tokio::test(start_paused = true)]
async fn a_mass_removal_is_held_and_goes_when_approved() {
    for backlog in [false, true] {
        let mut room = crowd(40, "").await;
        if backlog {
            room.stop().await;
        }
        for id in 1..=30 {
            room.user(id, Value::Null).await;
            if !backlog {
                room.quiet().await;
            }
        }
        if backlog {
            room.restart();
        }
        room.user(50, person("joiner")).await;
        room.quiet().await;
        let stay = held(&room, 1..=30).await;
        // One by one, as many go as may; in a backlog all can be seen at once.
        let gone = 30 - stay.len();
        assert_eq!(gone, if backlog { 0 } else { 10 });
        assert_eq!(room.vendor.people().len(), 40 - gone + 1);
        assert!(stay.iter().all(|(_, kind)| *kind == ProblemKind::Held));

        tokio::time::sleep(HOUR).await;
        room.user(40, Value::Null).await;
        room.quiet().await;
        assert_eq!(room.vendor.people().len(), 40 - gone, "one of another hour goes");

        let now = room.now();
        for (id, _) in stay {
            decide(&room, id, |marked| LinkChange::Approve(marked, now)).await;
        }
        room.quiet().await;
        assert_eq!(room.vendor.people().len(), 10);
    }
}

/// What may go in an hour is a part of those who were there, and no less of it once some have gone.
#[tokio::test(start_paused = true)]
async fn who_has_gone_in_the_hour_makes_it_no_smaller() {
    let room = crowd(20, "guard = { people = 1, percent = 50 }").await;
    for id in 1..=11 {
        room.user(id, Value::Null).await;
        room.quiet().await;
    }
    assert_eq!(room.vendor.people().len(), 10);
    let held = held(&room, 1..=11).await;
    assert_eq!(held, [(11, ProblemKind::Held)]);
    let text = room.link(11).await.unwrap().problem.unwrap().reason;
    assert!(
        text.contains("11 people") && text.contains("10 allowed of 20"),
        "{text}"
    );
    // Of the next hour are those who are there then.
    tokio::time::sleep(HOUR).await;
    for id in 12..=17 {
        room.user(id, Value::Null).await;
        room.quiet().await;
    }
    assert_eq!(room.vendor.people().len(), 5);
}

/// Of several hundred 5 % are more than ten: so many go, one by one or at once, and one more does not.
#[tokio::test(start_paused = true)]
async fn of_a_crowd_a_part_may_go() {
    for at_once in [false, true] {
        let mut room = crowd(400, "").await;
        if at_once {
            room.stop().await;
        }
        for id in 1..=20 {
            room.user(id, Value::Null).await;
            if !at_once {
                room.quiet().await;
            }
        }
        if at_once {
            room.restart();
        }
        room.quiet().await;
        assert_eq!(room.vendor.people().len(), 380, "{at_once}");
        room.user(21, Value::Null).await;
        room.quiet().await;
        assert_eq!(held(&room, 1..=21).await, [(21, ProblemKind::Held)], "{at_once}");
        assert_eq!(room.vendor.people().len(), 380, "{at_once}");
    }
}

/// At the bound as many go as may, whatever becomes of the one who cannot; once that one can, it is one more than may.
#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_leaver_whose_record_is_damaged() {
    let damages: [fn(&Room, u128); 2] = [Room::damage, Room::damage_resource];
    for (number, damage) in damages.into_iter().enumerate() {
        let settings = "guard = { people = 10 }\nassignment = 'not (title eq \"out\")'";
        let mut room = crowd(40, settings).await;
        room.stop().await;
        for id in 1..=11 {
            room.user(id, with(joiner(id), json!({"title": "out"}))).await;
        }
        damage(&room, 1);
        room.restart();
        room.until("the others went", async || room.vendor.people().len() == 30)
            .await;
        assert!(held(&room, 2..=11).await.is_empty(), "{number}");
        room.mend();
        room.quiet().await;
        assert_eq!(held(&room, 1..=1).await, [(1, ProblemKind::Held)], "{number}");
    }
}

/// Whoever tries a target out creates and deletes; who was there before is another matter.
#[tokio::test(start_paused = true)]
async fn only_what_was_made_just_now_goes_uncounted() {
    for (there_before, gone) in [(false, 12), (true, 10)] {
        let room = Room::new().await;
        for id in 1..=12 {
            if there_before {
                room.vendor
                    .put(Kind::User, &[("email", &format!("p{id:02}@example.com"))]);
            }
            room.user(id, joiner(id)).await;
        }
        room.quiet().await;
        for id in 1..=12 {
            room.user(id, Value::Null).await;
            room.quiet().await;
        }
        assert_eq!(room.vendor.people().len(), 12 - gone, "{there_before}");
    }
}

/// A whole directory that was connected in this hour is no try: a wrong scope would remove it as fast as it came.
#[tokio::test(start_paused = true)]
async fn what_was_made_just_now_is_a_try_only_up_to_a_number() {
    let room = Room::new().await;
    let many = 300;
    for id in 1..=many {
        room.user(id, person(&format!("p{id:03}"))).await;
    }
    room.quiet().await;
    for id in 1..=many {
        room.user(id, Value::Null).await;
        room.quiet().await;
    }
    // A hundred tries, and as many leavers as may go of those who are left.
    let stay = held(&room, 1..=many).await.len();
    assert_eq!((stay, room.vendor.people().len()), (190, 190));
}

/// Who only has a lower role, and does not get it, is no leaver for whom others wait.
#[tokio::test(start_paused = true)]
async fn a_leaver_does_not_wait_for_those_who_stay() {
    for field in [None, Some("role".to_owned())] {
        let room = Room::of(&DELETING, "").await;
        let with_role = |id, role| with(joiner(id), json!({"roles": [{"value": role}]}));
        for id in 1..=20 {
            room.user(id, with_role(id, "admin")).await;
        }
        room.quiet().await;
        tokio::time::sleep(HOUR).await;
        room.vendor
            .fails(&["update"], &ErrorKind::Rejected { field: field.clone() });
        for id in 1..=12 {
            room.user(id, with_role(id, "user")).await;
        }
        room.until("all were refused", async || room.vendor.count("update") >= 12)
            .await;
        room.user(20, Value::Null).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(room.vendor.people().len(), 19, "{field:?} {:?}", room.link(20).await);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_rejected_stays_until_it_is_written_again() {
    let room = crowd(12, "guard = { people = 2 }").await;
    for id in 1..=6 {
        room.user(id, Value::Null).await;
        room.quiet().await;
    }
    let stay = held(&room, 1..=6).await;
    assert_eq!(stay.len(), 4);
    for (id, _) in &stay {
        decide(&room, *id, LinkChange::Withhold).await;
    }
    tokio::time::sleep(48 * HOUR).await;
    room.quiet().await;
    assert_eq!(held(&room, 1..=6).await.len(), 4);
    assert!(
        held(&room, 1..=6)
            .await
            .iter()
            .all(|(_, kind)| *kind == ProblemKind::Withheld)
    );
    assert_eq!(room.vendor.people().len(), 10);
    let (first, _) = stay[0];
    room.user(first, with(joiner(first), json!({"title": "stays"}))).await;
    room.quiet().await;
    assert_eq!(held(&room, 1..=6).await.len(), 3);
    assert!(room.vendor.titled().contains(&format!("p{first:02}@example.com stays")));
}

#[tokio::test(start_paused = true)]
async fn a_months_leavers_go_when_the_outage_ends() {
    let mut room = crowd(60, "").await;
    room.stop().await;
    for id in 1..=50 {
        room.user(id, Value::Null).await;
        tokio::time::sleep(HOUR * 14).await;
    }
    room.restart();
    room.quiet().await;
    assert_eq!(room.vendor.people().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn who_is_unassigned_counts_and_who_comes_back_does_not() {
    let room = crowd(20, "guard = { people = 2 }\nassignment = 'not (title eq \"out\")'").await;
    let out = |id| with(joiner(id), json!({"title": "out"}));
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    for id in 1..=2 {
        room.user(id, out(id)).await;
        room.until("it was tried", async || room.link(id).await.unwrap().going)
            .await;
        room.user(id, joiner(id)).await;
    }
    room.vendor.heal();
    room.quiet().await;
    for id in 3..=8 {
        room.user(id, out(id)).await;
        room.quiet().await;
    }
    assert_eq!(held(&room, 3..=8).await.len(), 4);
    assert_eq!(room.vendor.people().len(), 18);
}

#[tokio::test(start_paused = true)]
async fn the_last_administrator_does_not_go_unasked() {
    let admin = |id| with(joiner(id), json!({"roles": [{"value": "admin"}]}));
    for document in [Value::Null, with(joiner(2), json!({"roles": [{"value": "user"}]}))] {
        let room = Room::of(&ADMINISTERED, "").await;
        for id in 1..=2 {
            room.user(id, admin(id)).await;
        }
        room.quiet().await;
        room.user(1, Value::Null).await;
        room.quiet().await;
        assert_eq!(room.vendor.people(), ["p02@example.com"], "there is another one");
        room.user(2, document).await;
        room.quiet().await;
        assert_eq!(held(&room, 2..=2).await, [(2, ProblemKind::Held)]);
        let role = room.vendor.state.lock().unwrap().accounts["V2"].1.fields["role"].clone();
        assert_eq!(role, "admin");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_rejected_is_not_taken_up_by_changed_settings() {
    let room = six_leave(12).await;
    let stay = held(&room, 1..=6).await;
    assert_eq!(stay.len(), 4);
    for (id, _) in &stay {
        decide(&room, *id, LinkChange::Withhold).await;
    }
    room.apply_with("guard = { people = 9 }\nmapping = { user = { title = { path = 'displayName' } } }")
        .await;
    room.until("all are looked at", async || {
        room.vendor.titled().iter().any(|told| told == "p12@example.com p12")
    })
    .await;
    room.quiet().await;
    tokio::time::sleep(2 * HOUR).await;
    let rejected = stay.into_iter().map(|(id, _)| (id, ProblemKind::Withheld));
    assert_eq!(held(&room, 1..=6).await, rejected.collect::<Vec<_>>());
}

/// People who were switched off long ago are deleted in one go, as identity providers purge them: nobody's access ends,
/// and who leaves in that hour goes.
#[tokio::test(start_paused = true)]
async fn who_has_no_access_any_more_is_not_counted() {
    let room = Room::of(&SUSPENDING, "").await;
    for id in 1..=30 {
        room.user(id, joiner(id)).await;
    }
    room.quiet().await;
    let off = |id| with(joiner(id), json!({"active": false}));
    for part in [1..=10, 11..=20] {
        tokio::time::sleep(2 * HOUR).await;
        for id in part {
            room.user(id, off(id)).await;
        }
        room.quiet().await;
    }
    tokio::time::sleep(2 * HOUR).await;
    for id in 1..=20 {
        room.user(id, Value::Null).await;
    }
    for id in 21..=23 {
        room.user(id, off(id)).await;
    }
    room.quiet().await;
    assert!(held(&room, 1..=30).await.is_empty());
    assert_eq!(room.vendor.people().len(), 10);
    let active = |link: crate::store::Link| link.account.is_some_and(|account| account.active);
    for id in 21..=23 {
        assert!(!active(room.link(id).await.unwrap()), "{id}");
    }
}

/// Nor are they held with those of that hour who had access.
#[tokio::test(start_paused = true)]
async fn who_has_no_access_any_more_is_not_held_with_others() {
    let room = six_leave(6).await;
    for id in 1..=2 {
        room.user(id, Value::Null).await;
    }
    room.quiet().await;
    let there: Vec<_> = (3..=6).map(|id| format!("p{id:02}@example.com")).collect();
    assert_eq!(room.vendor.people(), there);
    assert_eq!(held(&room, 1..=6).await.len(), 4);
}

/// A group of theirs gets another name: nobody has written them. Nor is whoever waits for that kept waiting.
#[tokio::test(start_paused = true)]
async fn what_is_rejected_is_not_taken_up_for_others() {
    let room = crowd(12, "guard = { people = 2 }").await;
    for id in 1..=4 {
        room.user(id, Value::Null).await;
        room.quiet().await;
    }
    let stay = held(&room, 1..=4).await;
    assert_eq!(stay.len(), 2);
    for (id, _) in &stay {
        decide(&room, *id, LinkChange::Withhold).await;
    }
    for (id, _) in &stay {
        let began = tokio::time::Instant::now();
        let wait = room.follow(*id, Access::Taken).await;
        assert_eq!(room.outcome(wait).await, Outcome::Pending);
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
    room.quiet().await;
    let rejected = stay.into_iter().map(|(id, _)| (id, ProblemKind::Withheld));
    assert_eq!(held(&room, 1..=4).await, rejected.collect::<Vec<_>>());
}

/// A person says yes in an outage; before the turns of those who leave, they come out of their groups, or are written
/// once more. The yes goes on for the former; of the latter it is said again that they are held.
#[tokio::test(start_paused = true)]
async fn what_is_approved_goes_or_is_told_of_anew() {
    for by_others in [true, false] {
        let room = six_leave(12).await;
        let stay = held(&room, 1..=6).await;
        assert_eq!((stay.len(), room.heard.types()), (4, vec!["guard_tripped".to_owned()]));
        room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
        for id in 7..=12 {
            room.user(id, with(joiner(id), json!({"title": "x"}))).await;
        }
        room.until("it is noticed", async || room.state() == TargetState::Down)
            .await;
        for (id, _) in &stay {
            decide(&room, *id, |marked| LinkChange::Approve(marked, room.now())).await;
            match by_others {
                true => drop(room.follow(*id, Access::Taken).await),
                false => drop(room.user(*id, Value::Null).await),
            }
        }
        room.vendor.heal();
        room.quiet().await;
        let (waiting, told) = (held(&room, 1..=6).await.len(), room.heard.types());
        let is_told = told.iter().any(|kind| kind == "guard_tripped");
        assert_eq!((waiting == 0, is_told), (by_others, !by_others), "{waiting} {told:?}");
    }
}

/// No write says that they leave: a group that they came into shuts them out, and it is seen at their turns.
#[tokio::test(start_paused = true)]
async fn who_is_found_to_leave_is_a_leaver() {
    let room = crowd(20, "guard = { people = 2 }\nassignment = 'not (title eq \"out\")'").await;
    for id in 3..=8 {
        let out = with(joiner(id), json!({"title": "out"}));
        room.unmarked(id, &out, &[]).await;
        room.follow(id, Access::Kept).await;
        room.quiet().await;
    }
    assert_eq!(held(&room, 3..=8).await.len(), 4);
    for (id, _) in held(&room, 3..=8).await {
        let link = room.link(id).await.unwrap();
        assert_eq!(link.leaver_since, link.pending_since, "the alarms sound");
    }
    assert_eq!(room.vendor.people().len(), 18);
}

/// Neither counts as the administrator who stays while the other one goes.
#[tokio::test(start_paused = true)]
async fn two_last_administrators_do_not_lose_the_role_at_once() {
    let with_role = |id, role| with(joiner(id), json!({"roles": [{"value": role}]}));
    let room = Room::of(&ADMINISTERED, "").await;
    for id in 1..=2 {
        room.user(id, with_role(id, "admin")).await;
    }
    room.quiet().await;
    room.vendor.fault("update V1", [Fault::Hang]);
    for id in 1..=2 {
        room.unmarked(id, &with_role(id, "user"), &[]).await;
        room.follow(id, Access::Kept).await;
        room.until("its turn has come", async || {
            room.vendor.count(&format!("update V{id}")) > 0 || room.link(id).await.unwrap().is_parked()
        })
        .await;
    }
    room.vendor.let_go.notify_one();
    room.quiet().await;
    assert_eq!(held(&room, 1..=2).await, [(2, ProblemKind::Held)]);
}

/// A joiner met an account that was protected then, and a person said no.
#[tokio::test(start_paused = true)]
async fn who_is_rejected_takes_over_no_account_by_changed_settings() {
    let room = Room::of(&DELETING, "protected = ['p01@example.com']").await;
    room.vendor.put(Kind::User, &[("email", "p01@example.com")]);
    for id in 1..=2 {
        room.user(id, joiner(id)).await;
    }
    room.quiet().await;
    decide(&room, 1, LinkChange::Withhold).await;
    room.apply_with("mapping = { user = { title = { path = 'displayName' } } }")
        .await;
    room.until("all are looked at", async || {
        room.vendor.titled().iter().any(|told| told == "p02@example.com p02")
    })
    .await;
    room.quiet().await;
    assert_eq!(held(&room, 1..=1).await, [(1, ProblemKind::Withheld)]);
    assert_eq!(room.link(1).await.unwrap().account, None);
}
