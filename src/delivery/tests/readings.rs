//! Accounts read for an import, between the turns of links.
use adapters::{ErrorKind, Retry};
use serde_json::Value;

use super::fake::Fault;
use super::room::{Room, person};

fn fails(kind: ErrorKind) -> Fault {
    Fault::Fail(kind, Retry::Backoff)
}

#[tokio::test(start_paused = true)]
async fn leavers_go_before_a_page_is_read() {
    let room = Room::new().await;
    room.answered(1, person("ann")).await;
    room.vendor.calls();
    room.vendor.fault("delete", [Fault::Hang]);
    room.user(1, Value::Null).await;
    let leaving = async {
        room.until("the deletion is under way", async || room.vendor.count("delete") == 1)
            .await;
        room.vendor.let_go.notify_one();
    };
    let (people, ()) = tokio::join!(room.people(None), leaving);
    assert_eq!(people, Ok(Vec::new()));
    assert_eq!(room.vendor.calls(), ["delete V1", "get V1", "list first"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_is_read_again_a_few_times() {
    let down = || fails(ErrorKind::Unavailable);
    for (faults, expected, calls) in [
        (vec![], true, 1),
        (vec![down(), down(), Fault::LoseAnswer], true, 4),
        (vec![fails(ErrorKind::RateLimited)], true, 2),
        (vec![down(), down(), down(), down(), down()], false, 5),
        (vec![fails(ErrorKind::Unauthorized)], false, 1),
        (vec![fails(ErrorKind::Rejected { field: None })], false, 1),
    ] {
        let room = Room::new().await;
        room.vendor.fault("list", faults.clone());
        let found = room.people(Some("second")).await;
        assert_eq!(found.is_ok(), expected, "{faults:?} {found:?}");
        assert_eq!(room.vendor.calls(), vec!["list second"; calls], "{faults:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_target_that_does_not_send() {
    let mut room = Room::new().await;
    room.stop().await;
    let told = room.people(None).await.unwrap_err().to_string();
    assert_eq!(told, "the target stopped sending meanwhile");
}
