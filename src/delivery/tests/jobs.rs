//! Many pending links go as bulk jobs, and each is settled as if it had gone alone.
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::fake::{Fault, IN_JOBS};
use super::room::{Room, person, with};

const PEOPLE: u128 = 40;

/// What was pending before a sender began.
async fn backlog(document: impl Fn(u128) -> Value) -> Room {
    let mut room = Room::of(&IN_JOBS, "guard = { percent = 100 }").await;
    room.vendor.state.lock().unwrap().takes_twice = true;
    pending(&mut room, document).await;
    room
}

async fn pending(room: &mut Room, document: impl Fn(u128) -> Value) {
    room.stop().await;
    room.vendor.calls();
    for id in 1..=PEOPLE {
        room.user(id, document(id)).await;
    }
    room.restart();
}

fn joiner(id: u128) -> Value {
    person(&format!("p{id:02}"))
}

fn everybody() -> Vec<String> {
    (1..=PEOPLE).map(|id| format!("p{id:02}@example.com")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_backlog_goes_in_jobs() {
    let mut room = backlog(joiner).await;
    room.quiet().await;
    assert_eq!(room.vendor.people(), everybody());
    let singly = |room: &Room, call: &str| (room.vendor.count(call), room.vendor.count(&format!("submit {call}")));
    // The last ones are too few to wait for others.
    let (creates, jobs) = singly(&room, "create");
    assert!(creates <= 20 && jobs >= 2, "{:?}", room.vendor.calls());

    pending(&mut room, |id| with(joiner(id), json!({"title": "new"}))).await;
    room.quiet().await;
    let titles: Vec<_> = everybody().iter().map(|email| format!("{email} new")).collect();
    assert_eq!(room.vendor.titled(), titles);
    let (updates, jobs) = singly(&room, "update");
    assert!(updates <= 20 && jobs >= 2, "{:?}", room.vendor.calls());

    pending(&mut room, |_| Value::Null).await;
    room.quiet().await;
    assert_eq!(room.vendor.people(), Vec::<String>::new());
    let (deletes, jobs) = singly(&room, "delete");
    assert!(deletes <= 20 && jobs >= 2, "{:?}", room.vendor.calls());
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_refused_is_its_own_matter() {
    let mut room = Room::of(&IN_JOBS, "on_existing = 'refuse'").await;
    room.vendor.put(Kind::User, &[("email", "p07@example.com")]);
    pending(&mut room, joiner).await;
    room.until("all but one are settled", async || {
        let mut settled = 0;
        for id in 1..=PEOPLE {
            settled += usize::from(
                room.link(id)
                    .await
                    .is_some_and(|link| link.account.is_some() && !link.is_pending()),
            );
        }
        settled == 39
    })
    .await;
    let problem = room.link(7).await.unwrap().problem;
    assert!(problem.is_some_and(|problem| problem.reason.contains("exist")));
    assert_eq!(room.vendor.people(), everybody());
}

/// A vendor that would take everybody twice: neither a lost answer nor a kill leads to a second account.
#[tokio::test(start_paused = true)]
async fn a_job_whose_answer_was_lost_is_not_repeated() {
    let room = backlog(joiner).await;
    room.vendor.fault("submit create", [Fault::LoseAnswer]);
    room.until("it was submitted", async || room.vendor.count("submit create") > 0)
        .await;
    // Longer than any single call may take.
    tokio::time::sleep(Duration::from_secs(120)).await;
    room.vendor.state.lock().unwrap().run_first_job();
    room.quiet().await;
    assert_eq!(room.vendor.people(), everybody());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_outlives_its_sender_is_waited_out() {
    for fault in [Fault::Hang, Fault::DoAndHang] {
        let mut room = backlog(joiner).await;
        let call = match fault {
            // Submitted, and known by its id.
            Fault::Hang => "job",
            // Submitted, and nobody heard of it.
            _ => "submit create",
        };
        room.vendor.fault(call, [fault.clone()]);
        room.until("it is under way", async || room.vendor.count(call) > 0)
            .await;
        room.kill();
        room.restart();
        room.until("others go on", async || room.vendor.people().len() > 20)
            .await;
        room.vendor.state.lock().unwrap().run_first_job();
        room.quiet().await;
        assert_eq!(room.vendor.people(), everybody(), "{fault:?}");
    }
}

/// What is written while its sender is down is newer than what the job does, however late.
#[tokio::test(start_paused = true)]
async fn a_job_that_outlives_its_sender_overwrites_nothing_newer() {
    let titled = |title: &str| -> Vec<_> { everybody().iter().map(|email| format!("{email} {title}")).collect() };
    let mut room = backlog(joiner).await;
    room.quiet().await;
    room.vendor.fault("submit update", [Fault::DoAndHang]);
    pending(&mut room, |id| with(joiner(id), json!({"title": "old"}))).await;
    room.until("it is under way", async || room.vendor.count("submit update") > 0)
        .await;
    room.kill();
    for id in 1..=PEOPLE {
        room.user(id, with(joiner(id), json!({"title": "new"}))).await;
    }
    room.restart();
    room.until("others go on", async || {
        let titled = room.vendor.titled();
        titled.iter().filter(|person| person.ends_with("new")).count() >= 30
    })
    .await;
    room.vendor.state.lock().unwrap().run_first_job();
    room.quiet().await;
    assert_eq!(room.vendor.titled(), titled("new"));
}

/// A sender that died again and again began to wait anew each time, and leavers of the job waited along.
#[tokio::test(start_paused = true)]
async fn a_job_is_waited_out_once_however_often_its_sender_dies() {
    for known in [false, true] {
        let mut room = backlog(joiner).await;
        let call = match known {
            true => "job J0",
            false => "submit create",
        };
        match known {
            true => room.vendor.fails(&[call], &ErrorKind::Unavailable),
            false => room.vendor.fault(call, [Fault::DoAndHang]),
        }
        room.until("it is under way", async || room.vendor.count(call) > 0)
            .await;
        let began = Instant::now();
        for _ in 0..4 {
            room.kill();
            room.restart();
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        room.vendor.state.lock().unwrap().run_first_job();
        room.quiet().await;
        assert_eq!(room.vendor.people(), everybody());
        assert!(
            began.elapsed() < Duration::from_secs(400),
            "{known} {:?}",
            began.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_leaver_does_not_wait_for_a_job_of_others() {
    let mut room = backlog(joiner).await;
    room.quiet().await;
    room.vendor.fault("submit", [Fault::Hang, Fault::Hang]);
    room.stop().await;
    room.vendor.calls();
    for id in 1..=10 {
        room.user(id, with(joiner(id), json!({"title": "new"}))).await;
        room.user(10 + id, Value::Null).await;
    }
    room.restart();
    room.until("both jobs are under way", async || room.vendor.count("submit") == 2)
        .await;
    room.user(30, Value::Null).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!room.vendor.people().contains(&"p30@example.com".to_owned()));
    assert!(
        room.vendor.people().contains(&"p11@example.com".to_owned()),
        "the job goes on"
    );
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_takes_no_jobs_gets_single_calls() {
    let mut room = Room::of(&IN_JOBS, "").await;
    let no_jobs = Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Never);
    room.vendor.fault("submit", [no_jobs]);
    pending(&mut room, joiner).await;
    room.quiet().await;
    assert_eq!(room.vendor.people(), everybody());
    assert_eq!(room.vendor.count("submit"), 1);
}

/// One account's field is wrong: that batch goes singly, and the next ones in jobs all the same.
#[tokio::test(start_paused = true)]
async fn one_bad_account_keeps_no_other_batch_from_a_job() {
    let mut room = Room::of(&IN_JOBS, "").await;
    let field = Some("organization".to_owned());
    let bad = Fault::Fail(ErrorKind::Rejected { field }, Retry::Never);
    room.vendor.fault("submit", [bad]);
    pending(&mut room, joiner).await;
    room.quiet().await;
    assert_eq!(room.vendor.people(), everybody());
    assert!(room.vendor.count("submit") > 1, "{:?}", room.vendor.calls());
}
