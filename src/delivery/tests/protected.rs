//! Accounts that the settings name, by whichever of their fields: nothing is done with them unasked.
use serde_json::{Value, json};

use super::fake::{DELETING, SUSPENDING};
use super::room::{Room, person, with};
use crate::store::ProblemKind;

#[tokio::test(start_paused = true)]
async fn an_account_is_protected_by_any_of_its_fields() {
    let boss = |more: Value| with(with(person("boss"), json!({ "title": "GRÄFIN" })), more);
    let promoted = boss(json!({ "roles": [{ "value": "admin" }] }));
    for (written, what) in [
        (boss(json!({ "displayName": "Ada" })), "changed"),
        (promoted, "given a role"),
        (boss(json!({ "active": false })), "switched off"),
        (Value::Null, "deleted"),
    ] {
        for descriptor in [&DELETING, &SUSPENDING] {
            let room = Room::of(descriptor, "protected = ['Gräfin']").await;
            room.user(1, boss(json!({}))).await;
            room.quiet().await;
            room.vendor.calls();
            room.user(1, written.clone()).await;
            room.quiet().await;
            let link = room.link(1).await.expect("it is not settled");
            assert_eq!(
                link.problem.map(|problem| problem.kind),
                Some(ProblemKind::Held),
                "{what}"
            );
            let made = room.vendor.calls();
            assert!(made.iter().all(|call| call.starts_with("get ")), "{what}: {made:?}");
        }
    }
}
