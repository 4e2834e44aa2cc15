//! What waits for a person, or was decided by one, and what happens to others meanwhile.
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::fake::{DELETING, Fault, SUSPENDING};
use super::room::{Room, person, with};
use crate::store::{Access, LinkChange, ProblemKind};

/// Of who waits for a person, and rests otherwise.
const PROTECTED: &str = "protected = ['ann@example.com']";

const HOUR: Duration = Duration::from_secs(3600);

fn titled(title: &str) -> Value {
    with(person("ann"), json!({"title": title}))
}

impl Room {
    async fn kind_of(&self, id: u128) -> Option<ProblemKind> {
        let link = self.link(id).await?;
        link.problem.map(|problem| problem.kind)
    }
}

/// Somebody said no to a title. Nobody said anything of leaving, nor of leaving for good where a part was rejected.
#[tokio::test(start_paused = true)]
async fn a_no_to_something_else_keeps_no_leaver_in() {
    use {Access::*, ProblemKind::*};
    for (before, then, expected) in [
        (titled("b"), Kept, Withheld),
        (titled("b"), Given, Withheld),
        (titled("b"), Taken, Held),
        (titled("b"), Lessened, Held),
        (titled("b"), Ended, Held),
        (with(titled("b"), json!({"active": false})), Taken, Withheld),
        (with(titled("b"), json!({"active": false})), Ended, Held),
    ] {
        let room = Room::of(&SUSPENDING, PROTECTED).await;
        for document in [titled("a"), before.clone()] {
            room.user(1, document).await;
            room.quiet().await;
        }
        let marked = room.link(1).await.unwrap().marked;
        room.write_link(1, LinkChange::Withhold(marked)).await;
        room.heard.types();
        room.follow(1, then).await;
        room.quiet().await;
        let kind = room.kind_of(1).await;
        assert_eq!(kind, Some(expected), "{before} {then:?}");
        let heard = room.heard.types();
        let is_told = heard.iter().any(|alarm| alarm == "resource_held");
        assert_eq!(is_told, expected == Held, "{before} {then:?} {heard:?}");
    }
}

/// Who rests for another reason and belongs to the target no more under other settings.
#[tokio::test(start_paused = true)]
async fn a_no_to_something_else_keeps_nobody_in_under_other_settings() {
    let room = Room::of(&SUSPENDING, PROTECTED).await;
    for title in ["a", "b"] {
        room.user(1, titled(title)).await;
        room.quiet().await;
    }
    let marked = room.link(1).await.unwrap().marked;
    room.write_link(1, LinkChange::Withhold(marked)).await;
    room.apply_with(&format!("{PROTECTED}\nassignment = 'title eq \"in\"'"))
        .await;
    room.until("it is held", async || room.kind_of(1).await == Some(ProblemKind::Held))
        .await;
    assert!(room.link(1).await.unwrap().leaver_since.is_some());
}

/// What rests is told of once, however often something happens to others for whose sake it is looked at.
#[tokio::test(start_paused = true)]
async fn what_rests_is_not_told_of_again_for_the_sake_of_others() {
    let room = Room::of(&DELETING, "").await;
    room.user(1, titled("a")).await;
    room.quiet().await;
    let field = Some("title".to_owned());
    let refusal = Fault::Fail(ErrorKind::Rejected { field }, Retry::Never);
    room.vendor.fault("update V1 title", vec![refusal; 100]);
    room.user(1, titled("b")).await;
    room.quiet().await;
    let tried = room.vendor.count("update V1 title");
    for _ in 0..3 {
        room.follow(1, Access::Kept).await;
        sleep(HOUR).await;
    }
    assert!(room.vendor.count("update V1 title") > tried, "it is looked at");
    assert_eq!(room.kind_of(1).await, Some(ProblemKind::Parked));
    assert_eq!(room.heard.types(), ["resource_parked"]);
}

/// Whether Ann goes is not decided: until then she is where she was.
#[tokio::test(start_paused = true)]
async fn whose_deletion_waits_for_a_person_stays_in_groups() {
    let room = Room::of(&DELETING, PROTECTED).await;
    room.write("Group", 9, json!({"displayName": "ops"})).await;
    room.user(1, person("ann")).await;
    room.member(9, 1, true).await;
    room.quiet().await;
    room.user(1, Value::Null).await;
    room.member(9, 1, false).await;
    sleep(HOUR).await;
    assert_eq!(room.kind_of(1).await, Some(ProblemKind::Held));
    assert_eq!(room.vendor.state.lock().unwrap().members.len(), 1);
    let marked = room.link(1).await.unwrap().marked;
    room.write_link(1, LinkChange::Approve(marked, room.now())).await;
    sleep(HOUR).await;
    assert_eq!(room.vendor.people(), Vec::<String>::new());
    assert!(!room.link(9).await.unwrap().is_pending());
}

/// Ann's create is in doubt, and what was found waits for a person: whoever wants her address rests as well.
#[tokio::test(start_paused = true)]
async fn who_waits_for_one_who_waits_for_a_person_rests() {
    let room = Room::of(&DELETING, PROTECTED).await;
    room.vendor.put(Kind::User, &[("email", "ann@example.com")]);
    room.vendor.fault("create ann", [Fault::LoseRequest]);
    room.user(1, person("ann")).await;
    sleep(HOUR).await;
    assert_eq!(room.kind_of(1).await, Some(ProblemKind::Held));
    room.vendor.calls();
    room.user(2, person("ann")).await;
    sleep(3 * HOUR).await;
    assert_eq!(room.kind_of(2).await, Some(ProblemKind::Parked));
    assert!(room.vendor.calls().len() < 5, "the vendor is not asked again and again");
}
