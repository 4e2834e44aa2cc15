//! Groups that the vendor had before, or may have had, and that go from the directory: only a person lets them be
//! deleted, and members whom nobody here added stay.
use adapters::descriptor::{Descriptor, Kind};
use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};

use super::fake::{DELETING, Fault, SILENT};
use super::room::{Room, person};
use crate::service::Outcome;
use crate::store::LinkChange;

/// The group of every test.
const TEAM: u128 = 999;

/// Somebody at the vendor whom nobody here knows.
const STRANGER: &str = "X";

/// Whether the vendor has a group.
fn is_there(room: &Room) -> bool {
    let state = room.vendor.state.lock().unwrap();
    state.accounts.values().any(|(kind, _)| *kind == Kind::Group)
}

/// Who is in the vendor's group.
fn members(room: &Room) -> Vec<String> {
    let state = room.vendor.state.lock().unwrap();
    state.members.iter().map(|(_, member)| member.clone()).collect()
}

impl Room {
    async fn team(&self) {
        let wait = self.write("Group", TEAM, json!({"displayName": "ops"})).await;
        self.quiet().await;
        assert_eq!(self.outcome(wait).await, Outcome::Settled);
    }

    async fn end_team(&self) {
        self.write("Group", TEAM, Value::Null).await;
        self.quiet().await;
    }

    async fn is_held(&self) -> bool {
        self.link(TEAM).await.is_some_and(|link| link.waits_for_a_person())
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_was_there_before_is_deleted_by_a_persons_word_alone() {
    for is_theirs in [true, false] {
        let room = Room::new().await;
        if is_theirs {
            room.vendor.put(Kind::Group, &[("name", "ops")]);
        }
        room.team().await;
        room.end_team().await;
        assert_eq!(is_there(&room), is_theirs);
        let Some(link) = room.link(TEAM).await else { continue };
        let reason = &link.problem.as_ref().unwrap().reason;
        assert!(
            link.waits_for_a_person() && reason.contains("at the vendor before"),
            "{reason}"
        );
        room.write_link(TEAM, LinkChange::Approve(link.marked, room.now()))
            .await;
        room.quiet().await;
        assert!(!is_there(&room) && room.link(TEAM).await.is_none());
    }
}

/// The answer to a create was lost: who has made the group is told by who is in it.
#[tokio::test(start_paused = true)]
async fn whose_a_group_is_after_a_create_in_doubt_is_told_by_its_members() {
    let fails = |kind| Fault::Fail(kind, Retry::Backoff);
    let rejected = fails(ErrorKind::Rejected { field: None });
    let silent: &'static Descriptor = &SILENT;
    for (descriptor, there, fault, of_members, asked, is_held) in [
        (&*DELETING, None, Fault::LoseAnswer, None, 1, false),
        (&*DELETING, Some(STRANGER), Fault::LoseRequest, None, 1, true),
        (
            &*DELETING,
            None,
            Fault::LoseAnswer,
            Some(fails(ErrorKind::Unavailable)),
            2,
            false,
        ),
        (&*DELETING, None, Fault::LoseAnswer, Some(rejected), 1, true),
        // A vendor that may not tell who is in a group.
        (silent, None, Fault::LoseAnswer, None, 0, true),
    ] {
        let story = format!("{} {there:?} {fault:?} {of_members:?}", descriptor.shows_members);
        let room = Room::of(descriptor, "").await;
        if let Some(stranger) = there {
            let id = room.vendor.put(Kind::Group, &[("name", "ops")]);
            let mut state = room.vendor.state.lock().unwrap();
            state.members.insert((id, stranger.to_owned()));
        }
        room.vendor.fault("create ops", [fault]);
        room.vendor.fault("members", of_members);
        room.write("Group", TEAM, json!({"displayName": "ops"})).await;
        room.quiet().await;
        assert_eq!(room.vendor.count("members"), asked, "{story}");
        room.end_team().await;
        assert_eq!((room.is_held().await, is_there(&room)), (is_held, is_held), "{story}");
    }
}

/// Who was added here goes at once, whatever becomes of the group; of a group that is deleted nobody is taken out.
#[tokio::test(start_paused = true)]
async fn members_who_were_added_leave_a_group_that_waits_for_a_person() {
    for is_theirs in [true, false] {
        let room = Room::new().await;
        if is_theirs {
            let id = room.vendor.put(Kind::Group, &[("name", "ops")]);
            let stranger = (id, STRANGER.to_owned());
            room.vendor.state.lock().unwrap().members.insert(stranger);
        }
        room.team().await;
        for (id, name) in [(1, "ann"), (2, "bob")] {
            room.user(id, person(name)).await;
            room.member(TEAM, id, true).await;
        }
        room.quiet().await;
        assert_eq!(members(&room).len(), 2 + usize::from(is_theirs));
        room.vendor.calls();
        room.end_team().await;
        let removals = room.vendor.count("remove");
        let told = (room.is_held().await, removals, members(&room));
        match is_theirs {
            true => assert_eq!(told, (true, 2, vec![STRANGER.to_owned()])),
            false => assert_eq!(told, (false, 0, Vec::new())),
        }
    }
}

/// Whoever wants the name next gets the group, whether they came before the decision or after it.
#[tokio::test(start_paused = true)]
async fn a_group_whose_deletion_is_rejected_is_there_for_the_next_of_its_name() {
    for comes_first in [true, false] {
        let room = Room::new().await;
        let id = room.vendor.put(Kind::Group, &[("name", "ops")]);
        room.team().await;
        room.end_team().await;
        let next = json!({"displayName": "ops"});
        if comes_first {
            room.write("Group", TEAM + 1, next.clone()).await;
            tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
            let rests = room.link(TEAM + 1).await.unwrap();
            assert!(rests.account.is_none(), "{rests:?}");
        }
        let held = room.link(TEAM).await.unwrap();
        room.write_link(TEAM, LinkChange::Withhold(held.marked)).await;
        room.until("it is let go of", async || room.link(TEAM).await.is_none())
            .await;
        assert!(is_there(&room), "{comes_first}");
        if !comes_first {
            room.write("Group", TEAM + 1, next).await;
        }
        room.quiet().await;
        let link = room.link(TEAM + 1).await.unwrap();
        assert_eq!(link.account.map(|account| account.id), Some(id), "{comes_first}");
    }
}

/// The same after a restore, and though the vendor does not show it: nobody asks for it again and again.
#[tokio::test(start_paused = true)]
async fn a_group_whose_deletion_is_rejected_is_let_go_of_after_a_restore() {
    let mut room = Room::new().await;
    room.vendor.put(Kind::Group, &[("name", "ops")]);
    room.team().await;
    room.end_team().await;
    let held = room.link(TEAM).await.unwrap();
    room.stop().await;
    room.write_link(TEAM, LinkChange::Withhold(held.marked)).await;
    let backup = room.back_up().await;
    let refused = Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Never);
    room.vendor.fault("get", std::iter::repeat_n(refused, 5_000));
    room.vendor.calls();
    room.restore(&backup).await;
    room.until("it is let go of", async || room.link(TEAM).await.is_none())
        .await;
    assert!(is_there(&room) && room.vendor.count("get") <= 1);
}
