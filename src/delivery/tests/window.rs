//! How long leavers wait behind a backlog and after an outage, in virtual time at the pace of a real vendor.
use std::time::Duration;

use adapters::ErrorKind;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::fake::PACED;
use super::room::{Room, person};

/// Joiners who wait, unless `USHERD_BACKLOG` says how many.
const BACKLOG: u32 = 2_000;

/// How long the vendor is down, unless `USHERD_OUTAGE_HOURS` says how long: each hour costs 1,800 renewals of the
/// lease.
const OUTAGE_HOURS: u32 = 2;

/// People who leave while they wait, one a second.
const LEAVERS: u128 = 100;

/// The longest that 99 of 100 leavers wait behind a backlog.
const BEHIND_BACKLOG: Duration = Duration::from_secs(5);

/// The longest that 99 of 100 leavers wait once an outage is over.
const AFTER_OUTAGE: Duration = Duration::from_secs(60);

/// Calls a minute that the vendor takes.
const PACE: usize = 960;

const HOUR: Duration = Duration::from_secs(3600);

/// That none of these many leavers is held.
const UNGUARDED: &str = "guard = { people = 1000 }";

/// What an environment variable of the build says in the place of a usual number.
pub(super) fn chosen(said: Option<&str>, usual: u32) -> u32 {
    said.map_or(usual, |count| count.parse().expect("a number"))
}

/// People that the vendor has, for long enough that they are no tries.
async fn full() -> Room {
    let room = Room::of(&PACED, UNGUARDED).await;
    for id in 1..=LEAVERS {
        room.user(id, person(&format!("p{id}"))).await;
    }
    room.quiet().await;
    sleep(2 * HOUR).await;
    room
}

/// Deletes a person, and says how long it takes from then until the account is gone.
async fn leave(room: &Room, id: u128) -> Duration {
    let account = room.link(id).await.unwrap().account.unwrap().id;
    room.user(id, Value::Null).await;
    gone(room, &account).await
}

/// How long it takes from now until the account is gone.
async fn gone(room: &Room, account: &str) -> Duration {
    let began = Instant::now();
    let is_gone = async || !room.vendor.state.lock().unwrap().accounts.contains_key(account);
    room.until("the account is gone", is_gone).await;
    began.elapsed()
}

/// The time that 99 of 100 stay below.
fn p99(mut waits: Vec<Duration>) -> Duration {
    waits.sort_unstable();
    waits[waits.len() * 99 / 100 - 1]
}

#[tokio::test(start_paused = true)]
async fn a_leaver_overtakes_any_backlog() {
    let room = full().await;
    room.crowd(chosen(option_env!("USHERD_BACKLOG"), BACKLOG)).await;
    let leaves = (1..=LEAVERS).map(|id| {
        let room = &room;
        async move {
            sleep(Duration::from_secs(u64::try_from(id).unwrap())).await;
            leave(room, id).await
        }
    });
    let waits = join_all(leaves).await;
    assert!(room.pending().await > 0, "the backlog lasts");
    let p99 = p99(waits);
    println!("a leaver is out in {p99:?} (p99)");
    assert!(p99 <= BEHIND_BACKLOG, "{p99:?}");
}

#[tokio::test(start_paused = true)]
async fn leavers_are_out_soon_after_the_outage() {
    let room = full().await;
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.crowd(BACKLOG).await;
    let mut accounts = Vec::new();
    let outage = HOUR * chosen(option_env!("USHERD_OUTAGE_HOURS"), OUTAGE_HOURS);
    for id in 1..=LEAVERS {
        accounts.push(room.link(id).await.unwrap().account.unwrap().id);
        room.user(id, Value::Null).await;
        sleep(outage / u32::try_from(LEAVERS).unwrap()).await;
    }
    room.vendor.heal();
    let waits = join_all(accounts.iter().map(|account| gone(&room, account))).await;
    assert!(room.pending().await > 0, "the backlog lasts");
    let p99 = p99(waits);
    println!("after {outage:?} of outage 99 of 100 of {LEAVERS} leavers are out in {p99:?}");
    assert!(p99 <= AFTER_OUTAGE, "{p99:?}");
}

/// Large groups lose their members, a call for each, as in a nightly run; who leaves after that waits for none of
/// them, and they for each other no longer than a slice.
#[tokio::test(start_paused = true)]
async fn a_leaver_overtakes_groups_that_lose_members() {
    let room = full().await;
    let (large, small) = (1_000..1_006, 1_006);
    for group in large.clone().chain([small]) {
        let name = json!({"displayName": format!("g{group}")});
        room.write("Group", group, name).await;
        for id in 1..=LEAVERS {
            room.member(group, id, true).await;
        }
    }
    room.quiet().await;
    for group in large {
        for id in 1..LEAVERS {
            room.member(group, id, false).await;
        }
    }
    room.member(small, 1, false).await;
    sleep(Duration::from_secs(1)).await;
    let waits = join_all((LEAVERS - 2..=LEAVERS).map(|id| leave(&room, id))).await;
    assert!(waits.iter().all(|wait| *wait <= BEHIND_BACKLOG), "{waits:?}");
    room.until("the small one's turn has come", async || {
        !room.link(small).await.unwrap().is_pending()
    })
    .await;
    assert!(room.pending().await > 0, "the large ones go on");
    room.quiet().await;
}

/// More groups lose a member than are looked at in one go, as where many people of many groups are deleted at once and
/// their accounts stay.
#[tokio::test(start_paused = true)]
async fn a_leaver_overtakes_more_groups_than_are_looked_at() {
    let room = full().await;
    let groups = 1_000..1_700;
    for group in groups.clone() {
        let name = json!({"displayName": format!("g{group}")});
        room.write("Group", group, name).await;
        room.member(group, 1, true).await;
    }
    room.quiet().await;
    for group in groups {
        room.member(group, 1, false).await;
    }
    sleep(Duration::from_secs(1)).await;
    let waited = leave(&room, 2).await;
    assert!(waited <= BEHIND_BACKLOG, "{waited:?}");
    assert!(room.pending().await > 500, "the groups go on");
}

/// What waited goes as fast as the vendor allows and no faster: it has no call to refuse.
#[tokio::test(start_paused = true)]
async fn a_backlog_drains_at_the_vendors_pace() {
    let room = full().await;
    room.crowd(BACKLOG).await;
    room.vendor.calls();
    let mut calls = Vec::new();
    while room.pending().await > 0 {
        sleep(Duration::from_secs(1)).await;
        calls.push(room.vendor.calls().len());
    }
    let minutes: Vec<usize> = calls.windows(60).map(|minute| minute.iter().sum()).collect();
    let (most, all) = (minutes.iter().max().copied().unwrap(), calls.iter().sum::<usize>());
    let a_minute = all * 60 / calls.len();
    println!("{all} calls in {} s: {a_minute} a minute, at most {most}", calls.len());
    assert!(most <= PACE, "{most}");
    assert!(a_minute * 10 >= PACE * 9, "{a_minute}");
}
