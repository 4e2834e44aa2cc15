//! A target that comes to a large directory, and a large group in it: everybody once, and a change costs its own calls.
use serde_json::{Value, json};
use tokio::time::Instant;

use super::room::{Room, person};
use super::window::chosen;

/// People, unless `USHERD_PEOPLE` says how many; all of them are members of one group.
const PEOPLE: u32 = 2_000;

const TEAM: u128 = 1 << 64;

#[tokio::test(start_paused = true)]
async fn a_new_target_reaches_a_large_directory_and_its_largest_group() {
    let people = u128::from(chosen(option_env!("USHERD_PEOPLE"), PEOPLE));
    let count = usize::try_from(people).unwrap();
    let room = Room::new().await;
    room.quiet().await;
    let ids: Vec<_> = (1..=people).collect();
    for id in &ids {
        room.unmarked(*id, &person(&format!("p{id}")), &[]).await;
    }
    room.unmarked(TEAM, &json!({"displayName": "all"}), &ids).await;
    room.vendor.calls();
    let began = Instant::now();
    room.apply_with("on_delete = 'delete'").await;
    let members = || room.vendor.state.lock().unwrap().members.len();
    room.until("all are there, and in", async || members() == count).await;
    let took = began.elapsed();
    let calls = room.vendor.calls();
    let of = |verb: &str| calls.iter().filter(|call| call.starts_with(verb)).count();
    println!(
        "{count} people: {} calls, {} of them additions, in {took:?} of virtual time",
        calls.len(),
        of("add ")
    );
    assert_eq!(
        (of("create p"), of("create all"), room.vendor.people().len()),
        (count, 1, count)
    );

    // Who comes to a large group, and who goes, is a call each; so is its end.
    let next = people + 1;
    room.user(next, person("next")).await;
    room.quiet().await;
    let group = async |what: &str, expected: usize, verb: &str| {
        room.quiet().await;
        let calls = room.vendor.calls();
        assert!(calls.len() <= 2 && calls[0].starts_with(verb), "{what}: {calls:?}");
        assert_eq!(members(), expected, "{what}");
    };
    room.vendor.calls();
    room.member(TEAM, next, true).await;
    group("comes", count + 1, "add ").await;
    room.member(TEAM, next, false).await;
    group("goes", count, "remove ").await;
    room.write("Group", TEAM, Value::Null).await;
    group("ends", 0, "delete ").await;
    assert_eq!(room.vendor.people().len(), count + 1);
}
