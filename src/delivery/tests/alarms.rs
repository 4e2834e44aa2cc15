//! What a person must act on is told, once.
use std::iter;
use std::sync::LazyLock;
use std::time::Duration;

use adapters::descriptor::Descriptor;
use adapters::{Account, ErrorKind, Retry};
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};

use super::fake::{DELETING, Fault, ROLED, SUSPENDING};
use super::guard::ADMINISTERED;
use super::room::{Room, person, with};
use crate::service::{Outcome, TargetState};
use crate::store::{Access, Cause, LinkChange, Mark};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// What happens in a room where there are six people, made long ago.
type Story = for<'a> fn(&'a mut Room) -> LocalBoxFuture<'a, ()>;

/// What happens, which alarms are to be heard, at what vendor and with which settings.
struct Row {
    story: Story,
    expected: &'static [&'static str],
    descriptor: &'static LazyLock<Descriptor>,
    settings: &'static str,
}

fn row(story: Story, expected: &'static [&'static str]) -> Row {
    Row {
        story,
        expected,
        descriptor: &DELETING,
        settings: "",
    }
}

fn someone(id: u128) -> Value {
    person(&format!("p{id}"))
}

fn administrator(id: u128) -> Value {
    with(someone(id), json!({"roles": [{"value": "admin"}]}))
}

/// What is heard otherwise than it should be.
async fn check(number: usize, row: Row) -> Option<String> {
    let mut room = Room::of(row.descriptor, row.settings).await;
    for id in 1..=6 {
        room.user(id, someone(id)).await;
    }
    room.quiet().await;
    tokio::time::sleep(2 * HOUR).await;
    let before = room.heard.types();
    (row.story)(&mut room).await;
    // Whatever is told again and again is told again by now.
    tokio::time::sleep(30 * MINUTE).await;
    let heard = room.heard.types();
    let is_right = before.is_empty() && heard == row.expected;
    (!is_right).then(|| format!("row {number}: {before:?}, {heard:?}, expected {:?}", row.expected))
}

#[tokio::test(start_paused = true)]
async fn each_is_told_once() {
    let administered = |story| Row {
        descriptor: &ADMINISTERED,
        ..row(story, &["guard_tripped", "leaver_overdue", "leaver_overdue"])
    };
    let compared = |story, expected| Row {
        descriptor: &SUSPENDING,
        settings: "drift = { every_minutes = 1440 }",
        ..row(story, expected)
    };
    let rows = [
        row(is_refused, &["resource_parked"]),
        row(breaks, &["resource_parked"]),
        row(leaver_stays, &["leaver_overdue", "leaver_overdue"]),
        row(is_locked_out, &["target_unauthorized"]),
        row(is_locked_out_through_an_outage, &["target_unauthorized"]),
        row(only_a_title_rests, &["resource_parked"]),
        row(group_stays, &["resource_parked"]),
        row(opens_another_account, &["target_repointed"]),
        row(damaged_record_is_swept, &["record_damaged"]),
        row(damaged_record_is_due, &["record_damaged"]),
        row(store_is_closed_twice, &["leavers_unseen", "leavers_unseen"]),
        Row {
            settings: "guard = { people = 2 }",
            ..row(crowd_leaves, &["guard_tripped"])
        },
        Row {
            settings: "guard = { people = 2 }",
            ..row(crowd_leaves_after_an_approved_one, &["guard_tripped", "guard_tripped"])
        },
        Row {
            settings: "protected = ['p1@example.com']",
            ..row(protected_leaves, &["resource_held", "leaver_overdue", "leaver_overdue"])
        },
        // Who is to lose that role is a leaver as well.
        administered(last_administrator_is_lowered),
        administered(last_administrator_leaves),
        compared(leaver_is_back, &["leaver_back", "drift_found"]),
        compared(title_differs, &["drift_found"]),
        compared(cannot_be_read, &["drift_unread"]),
    ];
    let mut wrong = Vec::new();
    for (number, row) in rows.into_iter().enumerate() {
        wrong.extend(check(number, row).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_refused(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        let field = Some("title".to_owned());
        room.vendor.fails(&["update"], &ErrorKind::Rejected { field });
        room.user(1, with(someone(1), json!({"title": "x"}))).await;
    })
}

/// A role is taken away and goes first; the title that came along is refused.
fn only_a_title_rests(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        for id in [1, 2] {
            room.user(id, administrator(id)).await;
        }
        room.quiet().await;
        let field = Some("title".to_owned());
        room.vendor.fails(&["update V1 title"], &ErrorKind::Rejected { field });
        let lowered = json!({"roles": [{"value": "user"}], "title": "x"});
        room.user(1, with(someone(1), lowered)).await;
    })
}

/// The adapter panics at each try.
fn breaks(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.vendor.fault("update", std::iter::repeat_n(Fault::Panic, 20));
        room.user(1, with(someone(1), json!({"title": "x"}))).await;
        room.until("it rests", async || room.link(1).await.unwrap().is_parked())
            .await;
    })
}

/// Looked at again and again, and told of once.
fn protected_leaves(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.user(1, Value::Null).await;
    })
}

fn leaver_stays(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.vendor.fails(&["delete"], &ErrorKind::Unavailable);
        room.user(1, Value::Null).await;
    })
}

fn is_locked_out(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unauthorized);
        room.user(1, with(someone(1), json!({"title": "x"}))).await;
    })
}

fn opens_another_account(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.vendor.state.lock().unwrap().identity = 7;
        room.apply().await;
    })
}

fn damaged_record_is_swept(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.damage(1);
        room.apply_with("mapping = { user = { title = { path = 'nickName' } } }")
            .await;
    })
}

fn damaged_record_is_due(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.damage_resource(1);
        let mark = LinkChange::Mark(Mark {
            resource_type: "User".to_owned(),
            fields: ["title".to_owned()].into(),
            access: Access::Kept,
            cause: Cause::Own,
            at: room.now(),
            tombstone: None,
        });
        room.write_link(1, mark).await;
    })
}

fn store_is_closed_twice(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        for _ in 0..2 {
            room.close_store(true);
            tokio::time::sleep(10 * MINUTE).await;
            room.close_store(false);
            tokio::time::sleep(MINUTE).await;
        }
    })
}

fn crowd_leaves(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        for id in 1..=6 {
            room.user(id, with(someone(id), json!({"active": false}))).await;
        }
        room.quiet().await;
        for id in 1..=6 {
            // Nobody leaves any more, before it is overdue.
            room.user(id, someone(id)).await;
        }
    })
}

/// A person has let go who was held, and in the same hour there are more.
fn crowd_leaves_after_an_approved_one(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        for id in 1..=4 {
            room.user(id, with(someone(id), json!({"active": false}))).await;
        }
        room.quiet().await;
        for id in 1..=4 {
            let held = room.link(id).await.filter(|link| link.is_parked());
            if let Some(link) = held {
                room.write_link(id, LinkChange::Approve(link.marked, room.now())).await;
            }
        }
        room.quiet().await;
        for id in 5..=6 {
            room.user(id, with(someone(id), json!({"active": false}))).await;
        }
        room.quiet().await;
        for id in 5..=6 {
            assert!(room.link(id).await.unwrap().is_parked());
            room.user(id, someone(id)).await;
        }
    })
}

/// The vendor fails between two proofs of the credentials.
fn is_locked_out_through_an_outage(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.user(1, with(someone(1), json!({"title": "x"}))).await;
        for (kind, state) in [
            (ErrorKind::Unauthorized, TargetState::Unauthorized),
            (ErrorKind::Unavailable, TargetState::Down),
            (ErrorKind::Unauthorized, TargetState::Unauthorized),
        ] {
            room.vendor.state.lock().unwrap().down = Some(kind);
            room.user(1, with(someone(1), json!({"title": format!("{state:?}")})))
                .await;
            room.until("it is noticed", async || room.state() == state).await;
        }
    })
}

/// The settings of a target lack what a call needs.
#[tokio::test(start_paused = true)]
async fn a_target_without_credentials_is_unauthorized_and_not_down() {
    let room = Room::of(&ROLED, "").await;
    for (kind, state) in [
        (ErrorKind::Unauthorized, TargetState::Unauthorized),
        (ErrorKind::Unavailable, TargetState::Down),
    ] {
        room.vendor.fails(&["connect"], &kind);
        room.apply_with("calls_per_minute = 10").await;
        room.until("it is told", async || room.state() == state).await;
        room.vendor.heal();
        room.apply_with("calls_per_minute = 20").await;
        room.until("it works again", async || room.state() == TargetState::Working)
            .await;
    }
}

/// The vendor does not let go of a group, as one that others build on: nobody leaves with it.
fn group_stays(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.write("Group", 9, json!({"displayName": "ops"})).await;
        room.quiet().await;
        room.vendor.fails(&["delete"], &ErrorKind::Rejected { field: None });
        room.write("Group", 9, Value::Null).await;
        assert_eq!(room.leaving().await, 0);
        room.until("it rests", async || room.link(9).await.unwrap().is_parked())
            .await;
    })
}

async fn last_administrator(room: &mut Room, document: Value) {
    room.user(1, administrator(1)).await;
    room.quiet().await;
    room.user(1, document).await;
}

fn last_administrator_is_lowered(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(last_administrator(
        room,
        with(someone(1), json!({"roles": [{"value": "user"}]})),
    ))
}

fn last_administrator_leaves(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(last_administrator(room, Value::Null))
}

/// Changes an account at the vendor.
fn by_hand(room: &Room, id: &str, change: impl FnOnce(&mut Account)) {
    let mut state = room.vendor.state.lock().unwrap();
    change(&mut state.accounts.get_mut(id).unwrap().1);
}

/// One who had left is switched on by hand.
fn leaver_is_back(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.user(1, with(someone(1), json!({"active": false}))).await;
        room.quiet().await;
        tokio::time::sleep(MINUTE).await;
        let account = room.link(1).await.unwrap().account.unwrap().id;
        by_hand(room, &account, |account| account.active = true);
        tokio::time::sleep(DAY).await;
    })
}

fn title_differs(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        let account = room.link(1).await.unwrap().account.unwrap().id;
        by_hand(room, &account, |account| {
            account.fields.insert("name".to_owned(), "by hand".into());
        });
        tokio::time::sleep(2 * DAY).await;
    })
}

fn cannot_be_read(room: &mut Room) -> LocalBoxFuture<'_, ()> {
    Box::pin(async {
        room.vendor.fails(&["list"], &ErrorKind::Unavailable);
        tokio::time::sleep(2 * DAY).await;
    })
}

/// A typo that an identity provider is told of at once, and that is taken back, is no person's matter.
#[tokio::test(start_paused = true)]
async fn what_is_taken_back_is_not_told_of() {
    let room = Room::of(&DELETING, "").await;
    room.user(1, someone(1)).await;
    room.quiet().await;
    let field = Some("title".to_owned());
    let refused = Fault::Fail(ErrorKind::Rejected { field }, Retry::Never);
    room.vendor.fault("update", iter::repeat_n(refused, 50));
    for (is_taken_back, expected) in [(true, &[][..]), (false, &["resource_parked"])] {
        let wait = room.user(1, with(someone(1), json!({"title": "x"}))).await;
        let outcome = room.outcome(wait).await;
        assert!(matches!(outcome, Outcome::Refused(_)), "{is_taken_back}: {outcome:?}");
        if is_taken_back {
            room.user(1, someone(1)).await;
        }
        tokio::time::sleep(30 * MINUTE).await;
        assert_eq!(room.heard.types(), expected, "{is_taken_back}");
    }
    // Whoever writes it again and again puts nothing off.
    for number in 0..6 {
        let wait = room
            .user(1, with(someone(1), json!({"title": number.to_string()})))
            .await;
        room.outcome(wait).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert!(!room.heard.types().is_empty());
}

/// What rests since before a start was told to a process that is gone, and perhaps to nobody else.
#[tokio::test(start_paused = true)]
async fn what_rests_is_told_of_at_a_start() {
    let mut room = Room::of(&SUSPENDING, "guard = { people = 2 }\nprotected = ['p6@example.com']").await;
    for id in 1..=6 {
        room.user(id, someone(id)).await;
    }
    room.quiet().await;
    tokio::time::sleep(2 * HOUR).await;
    let field = Some("title".to_owned());
    let refused = Fault::Fail(ErrorKind::Rejected { field }, Retry::Never);
    room.vendor.fault("update", iter::repeat_n(refused, 20));
    for id in [1, 2, 6] {
        room.user(id, with(someone(id), json!({"title": "x"}))).await;
    }
    room.quiet().await;
    let expected = ["resource_parked", "resource_parked", "resource_held"];
    let mut heard = room.heard.types();
    heard.sort_by_key(|kind| expected.iter().position(|expected| expected == kind));
    assert_eq!(heard, expected);
    room.apply().await;
    room.working().await;
    tokio::time::sleep(MINUTE).await;
    assert_eq!(room.heard.types(), [""; 0], "that is no start");
    room.stop().await;
    room.restart();
    tokio::time::sleep(30 * MINUTE).await;
    let heard = room.heard.take();
    let told: Vec<_> = heard
        .iter()
        .map(|alarm| (&alarm["type"], alarm.get("parked"), alarm.get("held")))
        .collect();
    let (parked, held) = (json!("resource_parked"), json!("resource_held"));
    assert_eq!(told, [(&parked, Some(&json!(2)), None), (&held, None, Some(&json!(1)))]);
}

/// The credential is changed for one of another account: what leaves there would be "gone already".
#[tokio::test(start_paused = true)]
async fn a_target_pointed_at_another_account_stops_until_it_is_pointed_back() {
    let room = Room::new().await;
    for id in 1..=2 {
        room.user(id, someone(id)).await;
    }
    room.quiet().await;
    room.vendor.state.lock().unwrap().identity = 7;
    room.apply().await;
    room.until("it is noticed", async || room.state() == TargetState::Repointed)
        .await;
    let reason = room.reason();
    assert!(
        reason.ends_with("the credentials open account 7, and opened account 0 before"),
        "{reason}"
    );
    room.vendor.calls();
    room.user(1, Value::Null).await;
    room.user(2, with(someone(2), json!({"title": "x"}))).await;
    room.user(3, someone(3)).await;
    tokio::time::sleep(4 * MINUTE).await;
    assert_eq!(room.vendor.calls(), [""; 0]);
    assert!(
        room.link(1).await.unwrap().account.is_some(),
        "the leaver is not settled"
    );
    assert_eq!(room.heard.types(), ["target_repointed"]);
    room.vendor.state.lock().unwrap().identity = 0;
    room.apply().await;
    room.quiet().await;
    assert_eq!(room.vendor.titled(), ["p2@example.com x", "p3@example.com -"]);
    assert_eq!(room.heard.types(), [""; 0]);
}
