//! Outages, lost answers, restarts and bad records.
use std::time::Duration;

use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};

use super::fake::{DELETING, Fault, SUSPENDING};
use super::room::{Room, person, with};
use crate::service::{Outcome, Refusal};
use crate::store::ProblemKind;

fn refusal() -> Fault {
    Fault::Fail(
        ErrorKind::Rejected {
            field: Some("title".to_owned()),
        },
        Retry::Never,
    )
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_or_request_was_lost_is_made_once() {
    for (fault, creates) in [(Fault::LoseAnswer, 1), (Fault::LoseRequest, 2)] {
        let room = Room::new().await;
        room.vendor.fault("create", [fault.clone()]);
        room.user(1, person("ann")).await;
        room.quiet().await;
        assert_eq!(room.vendor.people(), ["ann@example.com"], "{fault:?}");
        let calls = room.vendor.calls();
        assert_eq!(
            calls.iter().filter(|call| call.starts_with("create")).count(),
            creates,
            "{calls:?}"
        );
        assert_eq!(room.link(1).await.unwrap().account.unwrap().id, "V1");
    }
}

/// The create's answer is lost, then the person is renamed, deleted or switched off before anybody looked.
#[tokio::test(start_paused = true)]
async fn a_lost_create_is_found_whatever_became_of_the_person() {
    let renamed = with(person("ann"), json!({"userName": "ann2@example.com"}));
    let off = with(person("ann"), json!({"active": false}));
    for (after, people) in [(renamed, &["ann2@example.com"][..]), (off, &[]), (Value::Null, &[])] {
        let room = Room::new().await;
        room.vendor.fault("create", [Fault::LoseAnswer]);
        room.user(1, person("ann")).await;
        room.until("the create was sent", async || !room.vendor.people().is_empty())
            .await;
        room.user(1, after.clone()).await;
        room.quiet().await;
        assert_eq!(room.vendor.people(), people, "{after}");
    }
}

/// A title goes from a to b, the answer is lost, and the IdP takes it back: the vendor must end with a.
#[tokio::test(start_paused = true)]
async fn a_change_undone_while_its_first_answer_was_lost() {
    let room = Room::new().await;
    let a = with(person("ann"), json!({"title": "a"}));
    room.answered(1, a.clone()).await;
    room.vendor.fault("update", [Fault::LoseAnswer]);
    room.user(1, with(person("ann"), json!({"title": "b"}))).await;
    let title = || room.vendor.state.lock().unwrap().accounts["V1"].1.fields["title"].clone();
    room.until("the vendor has b", async || title() == "b").await;
    room.user(1, a).await;
    room.quiet().await;
    assert_eq!(title(), "a");
}

/// A deactivation's answer is lost, and the IdP takes it back.
#[tokio::test(start_paused = true)]
async fn a_deactivation_undone_while_its_answer_was_lost() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.fault("delete", [Fault::LoseAnswer]);
    room.user(1, with(person("ann"), json!({"active": false}))).await;
    room.until("the vendor deleted", async || room.vendor.people().is_empty())
        .await;
    room.user(1, person("ann")).await;
    room.quiet().await;
    assert_eq!(room.vendor.people(), ["ann@example.com"]);
}

/// A vendor that only switches off whom it is told to delete is told twice; who comes back has the same account.
#[tokio::test(start_paused = true)]
async fn whoever_is_deleted_and_only_switched_off_is_gone() {
    let room = Room::new().await;
    room.vendor.state.lock().unwrap().keeps = true;
    room.answered(1, person("ann")).await;
    room.vendor.calls();
    room.user(1, Value::Null).await;
    room.quiet().await;
    assert!(room.link(1).await.is_none(), "{:?}", room.link(1).await);
    assert_eq!(room.vendor.count("delete"), 2);
    room.vendor.calls();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(room.vendor.calls(), Vec::<String>::new());
    room.user(2, person("ann")).await;
    room.quiet().await;
    assert!(room.vendor.state.lock().unwrap().accounts["V1"].1.active);
    assert_eq!(room.link(2).await.unwrap().account.unwrap().id, "V1");
}

/// The answer to a suspension is not seen yet when the person is deleted: that they are off is no deletion.
#[tokio::test(start_paused = true)]
async fn whoever_is_suspended_when_they_are_deleted_is_deleted() {
    let room = Room::of(&SUSPENDING, "").await;
    room.answered(1, person("ann")).await;
    room.vendor
        .fault("get", [Fault::Fail(ErrorKind::Unavailable, Retry::Backoff)]);
    room.user(1, with(person("ann"), json!({"active": false}))).await;
    room.until("she is suspended", async || room.link(1).await.unwrap().removal_sent)
        .await;
    room.user(1, Value::Null).await;
    room.quiet().await;
    assert!(room.link(1).await.is_none() && room.vendor.people().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_outage_parks_nobody_and_ends_by_itself() {
    let room = Room::new().await;
    for outage in [ErrorKind::Unavailable, ErrorKind::Unauthorized, ErrorKind::RateLimited] {
        room.vendor.state.lock().unwrap().down = Some(outage.clone());
        let mut waits = Vec::new();
        for id in 1..20 {
            waits.push(
                room.user(
                    id,
                    with(person(&format!("p{id}")), json!({"title": format!("{outage:?}")})),
                )
                .await,
            );
        }
        assert_eq!(room.outcome(waits[0]).await, Outcome::Pending);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        for id in 1..20 {
            let link = room.link(id).await.unwrap();
            assert!(
                link.is_pending() && !link.is_parked() && link.attempts == 0,
                "{outage:?}: {link:?}"
            );
        }
        let calls = room.vendor.calls().len();
        assert!(calls < 160, "{outage:?}: {calls} calls in an hour's outage");
        room.vendor.state.lock().unwrap().down = None;
        room.quiet().await;
        assert_eq!(room.vendor.people().len(), 19, "{outage:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_bad_record_blocks_nobody() {
    for fault in [
        refusal(),
        Fault::Panic,
        Fault::Fail(ErrorKind::Unavailable, Retry::Backoff),
    ] {
        let room = Room::new().await;
        room.vendor.fault("create bad", vec![fault.clone(); 1_000]);
        room.user(1, person("bad")).await;
        for id in 2..30 {
            let outcome = room.answered(id, person(&format!("p{id}"))).await;
            assert_eq!(outcome, Outcome::Settled, "{fault:?}");
        }
        assert_eq!(room.vendor.people().len(), 28, "{fault:?}");
    }
}

/// A link whose record cannot be read keeps nobody else's work back.
#[tokio::test(start_paused = true)]
async fn a_damaged_record_blocks_nobody() {
    let room = Room::new().await;
    room.damage(1);
    room.user(1, person("ann")).await;
    for id in 2..9 {
        let outcome = room.answered(id, person(&format!("p{id}"))).await;
        assert_eq!(outcome, Outcome::Settled);
    }
    assert_eq!(room.vendor.people().len(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_once_and_parks_until_the_next_write() {
    let room = Room::new().await;
    room.vendor.fault("create", [refusal()]);
    let wait = room.user(1, person("ann")).await;
    let refused = Refusal {
        field: Some("title".to_owned()),
        sent: ["email", "name"].map(str::to_owned).into(),
        reason: "no: create ann@example.com".to_owned(),
    };
    assert_eq!(room.outcome(wait).await, Outcome::Refused(refused));
    let problem = room.link(1).await.unwrap().problem.unwrap();
    assert_eq!(
        (problem.kind, problem.field.as_deref()),
        (ProblemKind::Parked, Some("title"))
    );
    let outcome = room.answered(1, with(person("ann"), json!({"title": "good"}))).await;
    assert_eq!(outcome, Outcome::Settled);
    assert_eq!(room.link(1).await.unwrap().problem, None);
}

/// The vendor refuses what was written first while a later write has come in: the later one counts.
#[tokio::test(start_paused = true)]
async fn a_refusal_that_arrives_after_a_later_write() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.fault("update V1 title=bad", [Fault::HangAndRefuse]);
    let first = room.user(1, with(person("ann"), json!({"title": "bad"}))).await;
    room.until("the call is under way", async || room.vendor.count("update") == 1)
        .await;
    let second = room.user(1, with(person("ann"), json!({"title": "good"}))).await;
    room.vendor.let_go.notify_one();
    assert!(matches!(room.outcome(first).await, Outcome::Refused(_)));
    assert_eq!(room.outcome(second).await, Outcome::Settled);
    let link = room.link(1).await.unwrap();
    assert_eq!(
        (link.problem, room.vendor.titled()),
        (None, vec!["ann@example.com good".to_owned()])
    );
}

/// Access that ends is not held up by what else the write brings.
#[tokio::test(start_paused = true)]
async fn a_role_taken_away_goes_before_a_refused_field() {
    let room = Room::new().await;
    room.answered(1, with(person("ann"), json!({"roles": [{"value": "admin"}]})))
        .await;
    room.vendor.calls();
    room.vendor.fault("update V1 title", vec![refusal(); 9]);
    room.user(
        1,
        with(person("ann"), json!({"roles": [{"value": "user"}], "title": "bad"})),
    )
    .await;
    room.until("parked", async || room.link(1).await.unwrap().is_parked())
        .await;
    assert_eq!(room.vendor.calls(), ["update V1 role=user", "update V1 title=bad"]);
}

#[tokio::test(start_paused = true)]
async fn a_removal_is_tried_until_it_succeeds() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.fault("delete", vec![refusal(); 40]);
    room.user(1, Value::Null).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let link = room.link(1).await.unwrap();
    assert!(!link.is_parked() && link.attempts > 8, "{link:?}");
    assert!(link.problem.unwrap().reason.starts_with("no: delete"));
    room.vendor.state.lock().unwrap().faults.clear();
    room.quiet().await;
    assert_eq!(room.vendor.people().len(), 0);
}

/// A removal that takes several calls is refused after the first of them, and the person comes back.
#[tokio::test(start_paused = true)]
async fn who_comes_back_after_half_a_removal_has_access() {
    for (descriptor, call, removal) in [
        (
            &*SUSPENDING,
            "active V1 false",
            with(person("ann"), json!({"active": false})),
        ),
        (&*DELETING, "delete", with(person("ann"), json!({"active": false}))),
    ] {
        let room = Room::of(descriptor, "").await;
        room.answered(1, person("ann")).await;
        room.vendor.fault(call, vec![Fault::DoAndRefuse; 100]);
        room.user(1, removal).await;
        room.until("it was refused", async || room.link(1).await.unwrap().problem.is_some())
            .await;
        room.user(1, person("ann")).await;
        room.quiet().await;
        let state = room.vendor.state.lock().unwrap();
        let active = state.accounts.values().filter(|(_, account)| account.active).count();
        assert_eq!(active, 1, "{call}");
    }
}

#[tokio::test(start_paused = true)]
async fn leavers_overtake_a_backlog() {
    let mut room = Room::new().await;
    room.answered(999, person("leaver")).await;
    room.stop().await;
    for id in 2..500 {
        room.user(id, person(&format!("p{id}"))).await;
    }
    room.user(999, Value::Null).await;
    room.vendor.calls();
    room.restart();
    room.quiet().await;
    let calls = room.vendor.calls();
    let position = calls.iter().position(|call| call == "delete V1");
    assert!(position < Some(8), "{position:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_member_keeps_neither_the_groups_name_nor_others() {
    let room = Room::new().await;
    for (id, name) in [(1, "ann"), (2, "bob")] {
        room.answered(id, person(name)).await;
    }
    let wait = room.write("Group", 9, json!({"displayName": "ops"})).await;
    room.outcome(wait).await;
    room.vendor.calls();
    room.vendor.fault("add V3 V1", vec![refusal(); 9]);
    room.member(9, 1, true).await;
    room.member(9, 2, true).await;
    room.write("Group", 9, json!({"displayName": "operations"})).await;
    room.until("parked", async || room.link(9).await.unwrap().is_parked())
        .await;
    let state = room.vendor.state.lock().unwrap();
    assert_eq!(state.accounts["V3"].1.fields["name"], "operations");
    assert!(state.members.contains(&("V3".to_owned(), "V2".to_owned())));
    assert_eq!(state.members.len(), 1);
}

/// A refused field keeps none of those back that went in the same call, now or with later writes.
#[tokio::test(start_paused = true)]
async fn a_refused_field_keeps_no_other_back() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.calls();
    room.vendor.fault("update V1 name=Anna title=bad", [refusal()]);
    room.vendor.fault("update V1 title=bad", vec![refusal(); 9]);
    let bad = with(person("ann"), json!({"displayName": "Anna", "title": "bad"}));
    let outcome = room.answered(1, bad.clone()).await;
    assert!(matches!(outcome, Outcome::Refused(_)));
    let parked_at = async |name: &str| {
        let link = room.link(1).await.unwrap();
        link.is_parked() && link.account.unwrap().fields["name"] == name
    };
    room.until("the name came through", async || parked_at("Anna").await)
        .await;
    room.answered(1, with(bad, json!({"displayName": "Annie"}))).await;
    room.until("the next name came through", async || parked_at("Annie").await)
        .await;
    let calls = room.vendor.calls();
    assert_eq!(
        calls,
        [
            "update V1 name=Anna title=bad",
            "update V1 name=Anna",
            "update V1 title=bad",
            "update V1 name=Annie",
            "update V1 title=bad",
        ]
    );
}

/// The vendor does not say which field it refuses: each goes alone once, the good ones arrive, and each bad one is
/// told.
#[tokio::test(start_paused = true)]
async fn what_an_unnamed_refusal_is_about_is_found_out() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.calls();
    let unnamed = || Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Never);
    room.vendor
        .fault("update V1 name=Anna role=admin title=bad", [unnamed()]);
    room.vendor.fault("update V1 role=admin", vec![unnamed(); 9]);
    room.vendor.fault("update V1 title=bad", vec![unnamed(); 9]);
    let changes = json!({"displayName": "Anna", "title": "bad", "roles": [{"value": "admin"}]});
    let wait = room.user(1, with(person("ann"), changes)).await;
    let Outcome::Refused(refusal) = room.outcome(wait).await else {
        panic!("it was not refused")
    };
    assert_eq!((refusal.field, refusal.sent.len()), (None, 3));
    room.until("all went alone", async || {
        room.vendor.count("update V1 role=admin") == 1
    })
    .await;
    room.until("it is parked", async || room.link(1).await.unwrap().is_parked())
        .await;
    let changes = json!({"displayName": "Anna", "title": "good", "roles": [{"value": "admin"}]});
    room.answered(1, with(person("ann"), changes)).await;
    let calls = room.vendor.calls();
    assert_eq!(
        calls,
        [
            "update V1 name=Anna role=admin title=bad",
            "update V1 name=Anna",
            "update V1 title=bad",
            "update V1 role=admin",
            // What is mended does not wait behind what is not.
            "update V1 title=good",
            "update V1 role=admin",
        ]
    );
    let problem = room.link(1).await.unwrap().problem.unwrap();
    assert_eq!(problem.field.as_deref(), Some("role"));
}

/// No seat is left for the lesser role: everything else of the write arrives, and the role when there is one.
#[tokio::test(start_paused = true)]
async fn a_refused_role_keeps_no_other_field_back() {
    let room = Room::new().await;
    room.answered(1, with(person("ann"), json!({"roles": [{"value": "admin"}]})))
        .await;
    room.vendor.calls();
    let no_seat = Fault::Fail(
        ErrorKind::Rejected {
            field: Some("role".to_owned()),
        },
        Retry::Never,
    );
    room.vendor.fault("update V1 role", vec![no_seat; 4]);
    room.user(
        1,
        with(person("ann"), json!({"roles": [{"value": "user"}], "title": "good"})),
    )
    .await;
    room.until("the title came through", async || {
        room.vendor.state.lock().unwrap().accounts["V1"].1.fields.get("title") == Some(&json!("good"))
    })
    .await;
    let link = room.link(1).await.unwrap();
    assert!(!link.is_parked() && link.leaver_since.is_some(), "{link:?}");
    room.quiet().await;
    let role = room.vendor.state.lock().unwrap().accounts["V1"].1.fields["role"].clone();
    assert_eq!(role, "user");
}

/// More access is no leaver's matter: who asks for it is told.
#[tokio::test(start_paused = true)]
async fn a_refused_raise_of_a_role_is_told() {
    let room = Room::new().await;
    room.answered(1, with(person("ann"), json!({"roles": [{"value": "user"}]})))
        .await;
    room.vendor.fault("update V1 role", vec![refusal(); 9]);
    let outcome = room
        .answered(1, with(person("ann"), json!({"roles": [{"value": "admin"}]})))
        .await;
    assert!(matches!(outcome, Outcome::Refused(_)));
    assert_eq!(room.link(1).await.unwrap().leaver_since, None);
}

/// A vendor that is still at work on an account says when it can be changed: that is no fault of the record, unless it never
/// ends.
#[tokio::test(start_paused = true)]
async fn who_is_still_being_activated_is_waited_for() {
    let busy = || {
        let wait = Retry::After(Duration::from_secs(20));
        Fault::Fail(ErrorKind::Rejected { field: None }, wait)
    };
    for (tries, parked) in [(30, false), (400, true)] {
        let room = Room::new().await;
        room.user(1, person("ann")).await;
        room.quiet().await;
        room.vendor.fault("update", std::iter::repeat_with(busy).take(tries));
        room.user(1, with(person("ann"), json!({"title": "Dr"}))).await;
        tokio::time::sleep(Duration::from_secs(3 * 3600)).await;
        let problem = room.link(1).await.unwrap().problem;
        assert_eq!(
            problem.is_some_and(|problem| problem.kind == ProblemKind::Parked),
            parked,
            "{tries}"
        );
        assert_eq!(room.vendor.titled() == ["ann@example.com Dr"], !parked, "{tries}");
    }
}

/// A role that could not be taken away for the vendor's failures is tried until it is.
#[tokio::test(start_paused = true)]
async fn a_role_taken_away_is_never_parked() {
    let room = Room::new().await;
    room.answered(1, with(person("ann"), json!({"roles": [{"value": "admin"}]})))
        .await;
    room.vendor.fails(&["update V1"], &ErrorKind::Unavailable);
    room.user(1, with(person("ann"), json!({"roles": [{"value": "user"}]})))
        .await;
    for id in 2..60 {
        room.answered(id, person(&format!("p{id}"))).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let link = room.link(1).await.unwrap();
    assert!(link.is_pending() && !link.is_parked() && link.attempts > 8, "{link:?}");
}
