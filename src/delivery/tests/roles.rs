//! What a vendor gives to some roles only.
use serde_json::{Value, json};

use super::fake::{Fault, ROLED};
use super::room::{Room, person, with};
use crate::service::Outcome;

/// The group of every test.
const TEAM: u128 = 999;

fn in_role(role: &str) -> Value {
    with(person("ann"), json!({"title": "x", "roles": [{"value": role}]}))
}

/// A team, which is `V1` at a vendor whose groups and titles are for administrators.
async fn team() -> Room {
    let room = Room::of(&ROLED, "").await;
    room.vendor.state.lock().unwrap().roled = true;
    let wait = room.write("Group", TEAM, json!({"displayName": "ops"})).await;
    room.outcome(wait).await;
    room
}

impl Room {
    /// The title at the vendor, and the number of memberships.
    fn titled_member(&self) -> (Value, usize) {
        let state = self.vendor.state.lock().unwrap();
        let title = state.accounts["V2"].1.fields.get("title").cloned();
        (title.unwrap_or_default(), state.members.len())
    }
}

/// Who loses the role loses title and team at the vendor; who has it again has them again.
#[tokio::test(start_paused = true)]
async fn what_went_with_a_role_comes_back_with_it() {
    let room = team().await;
    room.answered(1, in_role("admin")).await;
    let wait = room.member(TEAM, 1, true).await;
    room.outcome(wait).await;
    assert_eq!(room.titled_member(), (json!("x"), 1));
    let outcome = room.answered(1, in_role("user")).await;
    assert_eq!(outcome, Outcome::Settled);
    assert_eq!(room.titled_member(), (json!(null), 0));
    room.user(1, in_role("admin")).await;
    room.quiet().await;
    assert_eq!(room.titled_member(), (json!("x"), 1));
}

/// The group's turn comes before the role's, and is refused.
#[tokio::test(start_paused = true)]
async fn a_membership_refused_for_the_role_comes_with_it() {
    let room = team().await;
    let outcome = room.answered(1, in_role("user")).await;
    assert_eq!(outcome, Outcome::Settled);
    room.member(TEAM, 1, true).await;
    room.until("it is refused", async || room.link(TEAM).await.unwrap().is_parked())
        .await;
    room.vendor.fault("update V2", [Fault::Hang]);
    room.user(1, in_role("admin")).await;
    room.until("it is refused again", async || {
        room.vendor.count("add") == 2 && room.link(TEAM).await.unwrap().is_parked()
    })
    .await;
    room.vendor.let_go.notify_one();
    room.quiet().await;
    assert_eq!(room.titled_member(), (json!("x"), 1));
}
