//! Groups at the vendor that were changed by hand.
use adapters::ErrorKind;
use serde_json::{Value, json};

use super::drift::{SEEN, give, switch, trio};
use super::fake::{Fault, ROLED};
use super::room::{Room, person, with};
use crate::service::drift::{Kind, Report};

/// The group of every test.
const TEAM: u128 = 9;

fn ops() -> Value {
    json!({"displayName": "Ops", "externalId": "crew"})
}

/// Ann and Bob in a team.
async fn team(settings: &str) -> Room {
    let room = trio(settings).await;
    room.write("Group", TEAM, ops()).await;
    for member in [1, 2] {
        room.member(TEAM, member, true).await;
    }
    room.quiet().await;
    tokio::time::sleep(SEEN).await;
    room
}

/// The ids at the vendor of those who are in a group.
fn members(room: &Room) -> Vec<String> {
    let state = room.vendor.state.lock().unwrap();
    state.members.iter().map(|(_, member)| member.clone()).collect()
}

fn throw_out(room: &Room, id: &str) {
    let mut state = room.vendor.state.lock().unwrap();
    state.members.retain(|(_, member)| member != id);
}

fn told(report: &Report) -> Vec<(Kind, &str)> {
    let differences = report.differences.iter();
    differences.map(|one| (one.kind, one.name.as_str())).collect()
}

/// The account of another member appears, other settings come, somebody writes the member, or the group's name is
/// corrected: Bob, thrown out by hand, stays out until the identity provider writes the group.
#[tokio::test(start_paused = true)]
async fn who_was_thrown_out_comes_back_with_the_groups_next_write_alone() {
    for follows in ["an account", "settings", "the member", "a correction"] {
        let room = team("").await;
        room.unmarked(4, &person("joe"), &[]).await;
        room.member(TEAM, 4, true).await;
        room.quiet().await;
        throw_out(&room, "V2");
        tokio::time::sleep(SEEN).await;
        assert_eq!(told(&room.drift(None).await.unwrap()), [(Kind::MemberMissing, "Ops")]);
        match follows {
            "an account" => drop(room.user(4, with(person("joe"), json!({"title": "Dr"}))).await),
            "settings" => {
                room.apply_with("mapping = { group = { name = { path = 'externalId' } } }")
                    .await;
                room.until("it has another name", async || {
                    let mut state = room.vendor.state.lock().unwrap();
                    state.find(adapters::descriptor::Kind::Group, "crew").is_some()
                })
                .await;
            }
            "the member" => {
                let bob = with(person("bob"), json!({"title": "Prof", "roles": [{"value": "user"}]}));
                room.user(2, bob).await;
            }
            _ => {
                super::drift::set(&room, "V4", "name", "Oops");
                assert_eq!(room.drift(give(&[])).await.unwrap().corrected, 1);
            }
        }
        room.quiet().await;
        let expected: &[&str] = match follows {
            "an account" | "settings" => &["V1", "V5"],
            _ => &["V1"],
        };
        assert_eq!(members(&room), expected, "{follows}");
        tokio::time::sleep(SEEN).await;
        assert_eq!(told(&room.drift(None).await.unwrap()), [(Kind::MemberMissing, "Ops")]);
        room.write(
            "Group",
            TEAM,
            with(ops(), json!({"displayName": "Dev", "externalId": "dev"})),
        )
        .await;
        room.quiet().await;
        assert!(members(&room).contains(&"V2".to_owned()), "{follows}");
    }
}

/// A product whose groups do not show their members: each of them was told to be missing, every day.
#[tokio::test(start_paused = true)]
async fn nobody_is_missing_in_a_group_that_does_not_tell() {
    let room = team("").await;
    let hides = ErrorKind::Rejected { field: None };
    room.vendor.fails(&["members"], &hides);
    let report = room.drift(None).await.unwrap();
    assert_eq!((told(&report), report.unsettled), (vec![], 1));
    for member in [1, 2] {
        room.member(TEAM, member, false).await;
    }
    room.quiet().await;
    tokio::time::sleep(SEEN).await;
    let report = room.drift(None).await.unwrap();
    assert_eq!((told(&report), report.unsettled), (vec![], 0), "nobody can be");
}

/// The target never heard of those who are in the group.
#[tokio::test(start_paused = true)]
async fn a_member_who_was_never_wanted_there_is_added_for_a_person() {
    let room = trio("").await;
    room.unmarked(TEAM, &ops(), &[1, 2]).await;
    room.write("Group", TEAM, with(ops(), json!({"displayName": "Dev"})))
        .await;
    room.quiet().await;
    assert_eq!(members(&room), Vec::<String>::new());
    tokio::time::sleep(SEEN).await;
    let missing = (Kind::MemberMissing, "Dev");
    let report = room.drift(give(&["bob@example.com"])).await.unwrap();
    assert_eq!((told(&report), report.corrected), (vec![missing, missing], 1));
    room.quiet().await;
    assert_eq!(members(&room), ["V2"]);
}

/// Rows are as good as a record: who cannot be compared keeps no other from it.
#[tokio::test(start_paused = true)]
async fn damaged_rows_keep_no_other_from_being_compared() {
    let by_group = "assignment = 'groups.display eq \"Ops\" or title eq \"Dr\"'";
    for (settings, damaged) in [("", TEAM), (by_group, 1)] {
        let room = team(settings).await;
        switch(&room, "V3", true);
        throw_out(&room, "V2");
        room.damage_rows(damaged);
        let report = room.drift(None).await.unwrap();
        let back = (Kind::LeaverBack, "eve@example.com");
        let expected = match damaged {
            TEAM => vec![back],
            _ => vec![back, (Kind::MemberMissing, "Ops")],
        };
        assert_eq!((told(&report), report.unsettled), (expected, 1));
    }
}

/// Between the group's listing and its members' somebody deletes it.
#[tokio::test(start_paused = true)]
async fn a_group_that_goes_meanwhile_keeps_no_other_from_being_compared() {
    let room = team("").await;
    switch(&room, "V3", true);
    room.vendor.fails(&["members"], &ErrorKind::NotFound);
    let report = room.drift(None).await.unwrap();
    assert_eq!(
        (told(&report), report.unsettled),
        (vec![(Kind::LeaverBack, "eve@example.com")], 1)
    );
}

/// The vendor drops the memberships along with the role, and refuses them until the role is right.
#[tokio::test(start_paused = true)]
async fn memberships_come_back_with_a_role_that_is_corrected() {
    let room = Room::of(&ROLED, "").await;
    room.vendor.state.lock().unwrap().roled = true;
    let ann = with(person("ann"), json!({"title": "x", "roles": [{"value": "admin"}]}));
    room.user(1, ann).await;
    room.write("Group", TEAM, ops()).await;
    room.quiet().await;
    room.member(TEAM, 1, true).await;
    room.quiet().await;
    let id = members(&room).remove(0);
    {
        let mut state = room.vendor.state.lock().unwrap();
        let (_, account) = state.accounts.get_mut(&id).unwrap();
        account.fields.insert("role".to_owned(), "user".into());
        state.members.clear();
    }
    tokio::time::sleep(SEEN).await;
    room.vendor.fault(&format!("update {id}"), [Fault::Hang]);
    let report = room.drift(give(&["ann@example.com"])).await.unwrap();
    assert_eq!(report.corrected, 2, "{:?}", told(&report));
    room.until("the group's turn comes before", async || {
        room.link(TEAM).await.unwrap().is_parked()
    })
    .await;
    room.vendor.let_go.notify_one();
    room.until("she is in again", async || !members(&room).is_empty()).await;
}
