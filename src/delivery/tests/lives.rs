//! Whole lives, call by call: the least that the vendor needs.
use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};

use super::fake::{DELETING, Fault, IN_JOBS, SUSPENDING};
use super::room::{Room, person, with};
use crate::service::Outcome;

/// Writes the documents one after the other, each settled before the next, and compares the calls.
async fn check(room: &Room, rows: &[(Value, &[&str])]) {
    for (document, expected) in rows {
        let outcome = room.answered(1, document.clone()).await;
        assert_eq!(outcome, Outcome::Settled, "{document}");
        assert_eq!(room.vendor.calls(), *expected, "{document}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_life_at_a_vendor_that_deletes() {
    let ann = person("ann");
    let titled = with(ann.clone(), json!({"title": "boss"}));
    let renamed = with(titled.clone(), json!({"userName": "ann2@example.com"}));
    let off = with(renamed.clone(), json!({"active": false}));
    let phoned = with(renamed.clone(), json!({"phoneNumbers": [{"value": "+1"}]}));
    check(
        &Room::new().await,
        &[
            (ann.clone(), &["create ann@example.com"]),
            (ann, &[]),
            (titled, &["update V1 title=boss"]),
            (
                renamed.clone(),
                &["update V1 email=ann2@example.com", "update V1 contact=ann2@example.com"],
            ),
            (off.clone(), &["delete V1", "get V1"]),
            (off, &[]),
            (phoned, &["create ann2@example.com", "update V2 phone=+1"]),
            (renamed, &["update V2 phone=-"]),
            (Value::Null, &["delete V2", "get V2"]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_life_at_a_vendor_that_suspends() {
    let ann = person("ann");
    let off = with(ann.clone(), json!({"active": false}));
    let room = Room::of(&SUSPENDING, "").await;
    let rows: &[(Value, &[&str])] = &[
        (off.clone(), &[]),
        (ann.clone(), &["create ann@example.com"]),
        (off.clone(), &["active V1 false", "get V1"]),
        (with(off, json!({"title": "x"})), &[]),
        (
            with(ann, json!({"title": "x"})),
            &["active V1 true", "update V1 title=x"],
        ),
        (Value::Null, &["delete V1", "get V1"]),
    ];
    check(&room, rows).await;
    room.until("the deleted person's link is gone", async || {
        room.link(1).await.is_none()
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_leaver_at_a_target_that_keeps() {
    for (settings, expected) in [
        ("on_delete = 'leave'", &[][..]),
        ("on_delete = 'deactivate'", &["active V1 false", "get V1"]),
    ] {
        let room = Room::of(&SUSPENDING, settings).await;
        check(
            &room,
            &[(person("ann"), &["create ann@example.com"]), (Value::Null, expected)],
        )
        .await;
        assert_eq!(room.vendor.people(), ["ann@example.com"], "{settings}");
        assert_eq!(room.link(1).await, None, "{settings}");
    }
}

#[tokio::test(start_paused = true)]
async fn switches_that_are_off_send_nothing() {
    let ann = person("ann");
    let titled = with(ann.clone(), json!({"title": "x"}));
    let off = with(ann.clone(), json!({"active": false}));
    let room = Room::of(&SUSPENDING, "switches.create = false").await;
    check(&room, &[(ann.clone(), &[]), (Value::Null, &[])]).await;
    let room = Room::of(&SUSPENDING, "switches = {update = false, activate = false}").await;
    check(&room, &[(ann, &["create ann@example.com"]), (titled, &[])]).await;
    room.user(1, off).await;
    room.quiet().await;
    assert_eq!(room.vendor.calls(), Vec::<String>::new());
    assert_eq!(
        room.resting(1).await,
        "the switch `activate` is off: the account stays active until it is on"
    );
}

/// Whoever was to lose the account rests, is shown, and goes once the switch is on.
#[tokio::test(start_paused = true)]
async fn what_a_switch_keeps_goes_when_it_is_on() {
    let off = || with(person("ann"), json!({"active": false}));
    for (switch, document, calls) in [
        ("delete", Value::Null, &["delete V1", "get V1"]),
        ("activate", off(), &["active V1 false", "get V1"]),
    ] {
        let room = Room::of(&SUSPENDING, &format!("switches.{switch} = false")).await;
        check(&room, &[(person("ann"), &["create ann@example.com"])]).await;
        for again in [false, true] {
            if again {
                // Other settings under which it stays as it is.
                room.apply_with(&format!("switches.{switch} = false\ndefault_role = 'user'"))
                    .await;
                room.until("it is looked at", async || room.has_swept().await).await;
            } else {
                room.user(1, document.clone()).await;
            }
            room.quiet().await;
            assert_eq!(room.vendor.calls(), Vec::<String>::new(), "{switch} {again}");
            assert!(room.resting(1).await.contains(switch), "{switch} {again}");
        }
        room.apply_with("on_existing = 'refuse'").await;
        room.until("it goes", async || {
            room.vendor.count(calls[0].split(' ').next().unwrap()) > 0
        })
        .await;
        room.quiet().await;
        assert_eq!(room.vendor.calls(), calls, "{switch}");
        assert_eq!(room.link(1).await.is_none(), switch == "delete");
    }
}

/// An account that only a switch keeps makes nobody wait for it.
#[tokio::test(start_paused = true)]
async fn who_comes_after_a_deletion_that_was_not_sent_has_the_account() {
    for external_id in ["ann", "another"] {
        let room = Room::of(&SUSPENDING, "switches.delete = false").await;
        check(&room, &[(person("ann"), &["create ann@example.com"])]).await;
        room.user(1, Value::Null).await;
        room.quiet().await;
        let heir = with(person("ann"), json!({"externalId": external_id}));
        let wait = room.user(2, heir).await;
        assert_eq!(room.outcome(wait).await, Outcome::Settled, "{external_id}");
        assert_eq!(room.link(2).await.unwrap().account.unwrap().id, "V1", "{external_id}");
        assert_eq!(room.link(1).await, None, "{external_id}");
    }
}

/// Whoever belongs to the target no more and is switched off is let in no more, though nobody is deleted.
#[tokio::test(start_paused = true)]
async fn who_is_not_deleted_is_switched_off() {
    let titled = |title: &str, active: bool| with(person("ann"), json!({"title": title, "active": active}));
    let room = Room::of(
        &SUSPENDING,
        "assignment = 'title eq \"in\"'\non_unassign = 'delete'\nswitches.delete = false",
    )
    .await;
    check(&room, &[(titled("in", true), &["create ann@example.com"])]).await;
    room.user(1, titled("out", true)).await;
    room.quiet().await;
    assert_eq!(room.vendor.calls(), Vec::<String>::new());
    assert!(room.resting(1).await.contains("`delete` is off"));
    check(&room, &[(titled("out", false), &["active V1 false", "get V1"])]).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_and_its_members() {
    let room = Room::new().await;
    let group = json!({"displayName": "ops"});
    let wait = room.write("Group", 9, group).await;
    assert_eq!(room.outcome(wait).await, Outcome::Settled);
    room.user(1, with(person("ann"), json!({"active": false}))).await;
    room.member(9, 1, true).await;
    room.quiet().await;
    assert_eq!(
        room.vendor.calls(),
        ["create ops"],
        "a membership waits for its member's account"
    );
    room.user(1, person("ann")).await;
    room.user(2, person("bob")).await;
    room.quiet().await;
    room.member(9, 2, true).await;
    room.quiet().await;
    let mut calls = room.vendor.calls();
    calls.sort();
    assert_eq!(
        calls,
        [
            "add V1 V2",
            "add V1 V3",
            "create ann@example.com",
            "create bob@example.com"
        ]
    );
    room.member(9, 2, false).await;
    room.quiet().await;
    assert_eq!(room.vendor.calls(), ["remove V1 V3"]);
    room.member(9, 1, false).await;
    room.user(1, Value::Null).await;
    room.quiet().await;
    let calls = room.vendor.calls();
    assert!(calls.contains(&"delete V2".to_owned()), "{calls:?}");
    room.write("Group", 9, Value::Null).await;
    room.quiet().await;
    assert_eq!(room.vendor.calls(), ["delete V1", "get V1"]);
    assert_eq!(room.link(9).await, None);
}

/// A field that the vendor's account has of its own goes with the account and with its changes.
#[tokio::test(start_paused = true)]
async fn a_mapped_field_of_the_accounts_own() {
    let room = Room::of(&DELETING, "mapping.user.'own.nick' = 'nickName'").await;
    let nick = |nick: &str| with(person("ann"), json!({ "nickName": nick }));
    for (document, expected) in [(nick("a"), "a"), (nick("b"), "b")] {
        room.answered(1, document).await;
        let fields = room.vendor.state.lock().unwrap().accounts["V1"].1.fields.clone();
        assert_eq!(fields["own.nick"], expected);
    }
    assert_eq!(room.vendor.calls().last().unwrap(), "update V1 own.nick=b");
}

/// What a new account gets by further calls belongs to its creation, whatever comes in between.
#[tokio::test(start_paused = true)]
async fn a_creation_is_completed_though_updates_are_off() {
    let fails = Fault::Fail(ErrorKind::Unavailable, Retry::Backoff);
    for (call, fault, dies, back) in [
        ("update", fails.clone(), false, false),
        ("update", Fault::LoseRequest, false, false),
        ("update", Fault::Hang, true, false),
        ("create", Fault::LoseAnswer, false, false),
        // Switched off before it was complete, and on again.
        ("update", fails, false, true),
    ] {
        let mut room = Room::of(&SUSPENDING, "switches.update = false").await;
        room.vendor.fault(call, [fault.clone()]);
        let ann = with(person("ann"), json!({"phoneNumbers": [{"value": "1"}]}));
        room.user(1, ann.clone()).await;
        room.until("it is under way", async || room.vendor.count(call) == 1)
            .await;
        if dies {
            room.kill();
            room.restart();
        }
        if back {
            room.user(1, with(ann.clone(), json!({"active": false}))).await;
            room.quiet().await;
            room.user(1, ann.clone()).await;
        }
        room.quiet().await;
        let phone = || room.vendor.state.lock().unwrap().accounts["V1"].1.fields["phone"].clone();
        assert_eq!(phone(), "1", "{call} {fault:?} {dies} {back}");
        // From now on it is a change.
        room.user(1, with(ann, json!({"phoneNumbers": [{"value": "2"}]}))).await;
        room.quiet().await;
        assert_eq!(phone(), "1", "{call} {fault:?} {dies} {back}");
    }
}

/// The same for many at once.
#[tokio::test(start_paused = true)]
async fn creations_in_a_job_are_completed_though_updates_are_off() {
    let room = Room::of(&IN_JOBS, "switches.update = false").await;
    room.vendor
        .fault("update", vec![Fault::Fail(ErrorKind::Unavailable, Retry::Backoff); 2]);
    for id in 1..=30 {
        let phoned = json!({"phoneNumbers": [{"value": "1"}]});
        room.user(id, with(person(&format!("p{id}")), phoned)).await;
    }
    room.quiet().await;
    assert!(room.vendor.count("submit create") > 0);
    let state = room.vendor.state.lock().unwrap();
    let phones = state
        .accounts
        .values()
        .filter(|(_, account)| account.fields["phone"] == "1");
    assert_eq!(phones.count(), 30);
}

/// Nothing was sent since all was settled: a new process does not doubt what is written from then on.
#[tokio::test(start_paused = true)]
async fn a_new_process_doubts_nothing_that_was_settled() {
    let ann = with(person("ann"), json!({"title": "x"}));
    let off = with(ann.clone(), json!({"active": false}));
    let mut room = Room::of(&SUSPENDING, "").await;
    let rows: &[(Value, &[&str])] = &[
        (ann.clone(), &["create ann@example.com"]),
        (off, &["active V1 false", "get V1"]),
    ];
    check(&room, rows).await;
    room.stop().await;
    room.restart();
    room.working().await;
    check(&room, &[(ann, &["active V1 true"])]).await;
}
