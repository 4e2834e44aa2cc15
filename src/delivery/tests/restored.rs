//! A store restored from a backup: it makes nothing twice, and only takes access away by itself.
use std::iter;
use std::path::PathBuf;
use std::time::Duration;

use adapters::descriptor::Kind;
use adapters::{ErrorKind, Retry};
use serde_json::{Value, json};

use super::fake::{DELETING, Fault, SUSPENDING};
use super::room::{Room, person, with};
use crate::service::drift::Fix;
use crate::store::{Access, Link, LinkChange};

/// Ann comes in an outage, and her account was tried to be made before the backup; the outage ends after the kill.
async fn tried_before_the_backup(room: &mut Room) -> PathBuf {
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.user(1, person("ann")).await;
    room.until("it is tried", async || !room.vendor.calls().is_empty())
        .await;
    let backup = room.back_up().await;
    room.kill();
    room.vendor.heal();
    backup
}

/// What was pending at the backup was done since, or not.
#[tokio::test(start_paused = true)]
async fn a_pending_create_is_looked_up_and_held() {
    for made_since in [true, false] {
        let mut room = Room::new().await;
        room.vendor.state.lock().unwrap().takes_twice = true;
        let backup = tried_before_the_backup(&mut room).await;
        if made_since {
            room.vendor
                .put(Kind::User, &[("email", "ann@example.com"), ("name", "ann")]);
        }
        room.restore(&backup).await;
        room.quiet().await;
        let link = room.link(1).await.unwrap();
        assert_eq!(link.is_parked(), !made_since, "{link:?}");
        assert_eq!(link.account.is_some(), made_since);
        assert_eq!(room.vendor.people().len(), usize::from(made_since));
        assert_eq!(room.vendor.count("create"), 0);
    }
}

/// Who is switched off by then, and whose value is of something that is nobody's account, is waited for by nobody.
#[tokio::test(start_paused = true)]
async fn a_leaver_whose_value_is_nobodys_has_left() {
    let mut room = Room::new().await;
    room.vendor.fault("create ann@example.com", [Fault::LoseRequest]);
    room.user(1, person("ann")).await;
    room.until("the create is in doubt", async || {
        room.link(1).await.is_some_and(|link| link.sought.is_some())
    })
    .await;
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.user(1, with(person("ann"), json!({"active": false}))).await;
    let backup = room.back_up().await;
    room.kill();
    room.vendor.heal();
    let nobodys = Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Never);
    room.vendor.fault("find ann@example.com", iter::repeat_n(nobodys, 500));
    room.restore(&backup).await;
    room.until("she has left", async || !room.link(1).await.unwrap().is_pending())
        .await;
}

/// The vendor refuses to show the account of one person, for good: that is told, and nobody waits for it silently.
#[tokio::test(start_paused = true)]
async fn who_cannot_be_read_is_parked_in_the_end() {
    let mut room = Room::of(&SUSPENDING, "").await;
    room.user(1, person("ann")).await;
    room.quiet().await;
    let backup = room.back_up().await;
    room.kill();
    let refused = Fault::Fail(ErrorKind::Rejected { field: None }, Retry::Never);
    room.vendor.fault("get V1", iter::repeat_n(refused, 500));
    room.restore(&backup).await;
    room.user(1, with(person("ann"), json!({"title": "x"}))).await;
    tokio::time::sleep(Duration::from_secs(3 * 3600)).await;
    assert!(room.link(1).await.unwrap().is_parked());
}

/// A search that lags shows an account that was made, and deleted, since the backup.
#[tokio::test(start_paused = true)]
async fn a_pending_create_adopts_no_account_that_is_gone() {
    let mut room = Room::new().await;
    let backup = tried_before_the_backup(&mut room).await;
    let id = room.vendor.put(Kind::User, &[("email", "ann@example.com")]);
    room.vendor.grow_stale(&id, None);
    room.restore(&backup).await;
    room.quiet().await;
    let link = room.link(1).await.unwrap();
    assert!(link.is_parked() && link.account.is_none(), "{link:?}");
}

/// It goes on once the IdP writes it, or once a person says so.
#[tokio::test(start_paused = true)]
async fn what_is_held_goes_on_when_it_is_released() {
    for by_the_idp in [true, false] {
        let mut room = Room::new().await;
        room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
        room.user(1, person("ann")).await;
        let backup = room.back_up().await;
        room.kill();
        room.vendor.heal();
        room.restore(&backup).await;
        room.until("it is held", async || room.link(1).await.unwrap().is_parked())
            .await;
        match by_the_idp {
            true => drop(room.user(1, person("ann")).await),
            false => room.retry(1).await,
        }
        room.quiet().await;
        assert_eq!(room.vendor.people(), ["ann@example.com"], "{by_the_idp}");
        let link = room.link(1).await.unwrap();
        assert!(!link.is_pending() && link.restored.is_none(), "{link:?}");
    }
}

/// Everything that gives access, or may undo what was wished since, waits; what takes it away does not.
#[tokio::test(start_paused = true)]
async fn only_what_takes_access_away_goes_by_itself() {
    let ann = || with(person("ann"), json!({"title": "a", "roles": [{"value": "user"}]}));
    let off = || with(ann(), json!({"active": false}));
    let admin = || with(ann(), json!({"roles": [{"value": "admin"}]}));
    for (before, pending, goes) in [
        (ann(), off(), true),
        (ann(), Value::Null, true),
        (admin(), ann(), true),
        (off(), ann(), false),
        (ann(), admin(), false),
        (ann(), with(ann(), json!({"title": "b"})), false),
    ] {
        let mut room = Room::of(&SUSPENDING, "").await;
        room.user(1, ann()).await;
        room.quiet().await;
        room.user(1, before.clone()).await;
        room.quiet().await;
        room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
        room.user(1, pending.clone()).await;
        let backup = room.back_up().await;
        room.kill();
        room.vendor.heal();
        room.vendor.calls();
        room.restore(&backup).await;
        room.quiet().await;
        let calls = room.vendor.calls();
        let writes = calls
            .iter()
            .filter(|call| !call.starts_with("get") && !call.starts_with("find"));
        assert_eq!(writes.count() > 0, goes, "{before} {pending}: {calls:?}");
        let held = room.link(1).await.is_some_and(|link| link.is_parked());
        assert_eq!(held, !goes, "{before} {pending}");
    }
}

/// The vendor was changed after the backup, by writes that the store knows nothing of.
#[tokio::test(start_paused = true)]
async fn an_account_is_compared_before_the_first_call() {
    let ann = || with(person("ann"), json!({"title": "a"}));
    let mut room = Room::of(&DELETING, "").await;
    room.user(1, ann()).await;
    room.quiet().await;
    let backup = room.back_up().await;
    room.user(1, with(ann(), json!({"title": "b"}))).await;
    room.quiet().await;
    assert_eq!(room.vendor.titled(), ["ann@example.com b"]);
    room.kill();
    room.restore(&backup).await;
    room.user(1, ann()).await;
    room.quiet().await;
    assert_eq!(room.vendor.titled(), ["ann@example.com a"]);
}

/// The account was deleted after the backup: nobody makes it anew but the IdP.
#[tokio::test(start_paused = true)]
async fn an_account_that_is_gone_since_is_not_made_anew_by_itself() {
    let mut room = Room::new().await;
    room.user(1, person("ann")).await;
    room.quiet().await;
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.user(1, with(person("ann"), json!({"title": "b"}))).await;
    let backup = room.back_up().await;
    room.kill();
    room.vendor.heal();
    room.vendor.state.lock().unwrap().accounts.clear();
    room.restore(&backup).await;
    room.quiet().await;
    assert_eq!(room.vendor.people().len(), 0);
    assert!(room.link(1).await.unwrap().is_parked());
    room.user(1, person("ann")).await;
    room.quiet().await;
    assert_eq!(room.vendor.people(), ["ann@example.com"]);
}

#[tokio::test(start_paused = true)]
async fn members_come_by_nobody_and_go_by_themselves() {
    let mut room = Room::new().await;
    for id in 1..=3 {
        room.user(id, person(&format!("p{id}"))).await;
    }
    room.write("Group", 9, json!({"displayName": "ops"})).await;
    room.member(9, 1, true).await;
    room.quiet().await;
    room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
    room.member(9, 1, false).await;
    room.member(9, 2, true).await;
    let backup = room.back_up().await;
    room.kill();
    room.vendor.heal();
    room.restore(&backup).await;
    room.quiet().await;
    let members = room.vendor.state.lock().unwrap().members.clone();
    assert!(members.is_empty(), "{members:?}");
    assert!(room.link(9).await.unwrap().is_parked());
    room.member(9, 3, true).await;
    room.quiet().await;
    assert_eq!(room.vendor.state.lock().unwrap().members.len(), 2);
}

/// Settings that come to everybody are no reason to let go what waits, and nobody whom the identity provider has not
/// written since comes to the target by them.
#[tokio::test(start_paused = true)]
async fn changed_settings_release_nothing() {
    for linked in [true, false] {
        let mut room = Room::new().await;
        room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
        match linked {
            true => drop(room.user(1, person("ann")).await),
            false => room.unmarked(1, &person("ann"), &[]).await,
        }
        let backup = room.back_up().await;
        room.kill();
        room.vendor.heal();
        room.restore(&backup).await;
        room.quiet().await;
        room.user(2, person("bob")).await;
        room.apply_with("mapping = { user = { title = { path = 'nickName' } } }")
            .await;
        room.until("it is held", async || {
            room.link(1).await.is_some_and(|link| link.is_parked())
        })
        .await;
        room.quiet().await;
        let link = room.link(1).await.unwrap();
        assert!(link.is_parked() && link.account.is_none(), "{link:?}");
        assert_eq!(room.vendor.people(), ["bob@example.com"], "{linked}");
        room.retry(1).await;
        room.quiet().await;
        assert_eq!(room.vendor.people().len(), 2, "{linked}");
    }
}

/// A group gets another name, or somebody else leaves it: nobody has written the person. A group that loses a member is
/// no reason either to make the others members whom the backup says it lacks.
#[tokio::test(start_paused = true)]
async fn what_follows_from_others_releases_nothing() {
    for written in [false, true] {
        let mut room = Room::new().await;
        room.user(1, person("ann")).await;
        room.quiet().await;
        let backup = room.back_up().await;
        room.user(1, with(person("ann"), json!({"active": false}))).await;
        room.quiet().await;
        room.kill();
        room.restore(&backup).await;
        match written {
            true => drop(room.user(1, person("ann")).await),
            false => drop(room.follow(1, Access::Kept).await),
        }
        room.quiet().await;
        assert_eq!(room.vendor.people().len(), usize::from(written));
        assert_eq!(room.link(1).await.unwrap().is_parked(), !written);
    }
}

/// What somebody gave by hand is taken away; the rest of what the backup says still waits for the identity provider.
#[tokio::test(start_paused = true)]
async fn a_comparison_takes_away_and_releases_nothing() {
    for by_schedule in [true, false] {
        let settings = match by_schedule {
            true => "drift = { policy = 'correct', every_minutes = 60 }",
            false => "",
        };
        let mut room = Room::of(&SUSPENDING, settings).await;
        let ann = with(person("ann"), json!({"title": "Dr", "roles": [{"value": "user"}]}));
        room.user(1, ann.clone()).await;
        room.quiet().await;
        let backup = room.back_up().await;
        room.kill();
        {
            let mut state = room.vendor.state.lock().unwrap();
            let (_, account) = state.accounts.get_mut("V1").unwrap();
            account.active = false;
            for (field, value) in [("role", "admin"), ("title", "Sir")] {
                account.fields.insert(field.to_owned(), value.into());
            }
        }
        room.restore(&backup).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        room.vendor.calls();
        match by_schedule {
            true => tokio::time::sleep(Duration::from_secs(3 * 3600)).await,
            false => drop(room.drift(Some(Fix::default())).await.unwrap()),
        }
        room.quiet().await;
        assert_eq!(writing(&room), ["update V1 role=user"], "{by_schedule}");
        assert!(room.link(1).await.unwrap().is_parked(), "{by_schedule}");
        room.user(1, ann).await;
        room.quiet().await;
        assert_eq!(
            writing(&room),
            ["active V1 true", "update V1 title=Dr"],
            "{by_schedule}"
        );
    }
}

/// The account of a leaver was made, or made anew, after the backup.
#[tokio::test(start_paused = true)]
async fn a_leavers_account_is_looked_up() {
    let off = with(person("ann"), json!({"active": false}));
    for vendor in [&SUSPENDING, &DELETING] {
        let mut room = Room::of(vendor, "").await;
        room.vendor.state.lock().unwrap().down = Some(ErrorKind::Unavailable);
        room.user(1, person("ann")).await;
        let backup = room.back_up().await;
        room.kill();
        room.vendor.heal();
        room.vendor.calls();
        room.vendor
            .put(Kind::User, &[("email", "ann@example.com"), ("name", "ann")]);
        room.vendor.fails(&["find"], &ErrorKind::Unavailable);
        room.restore(&backup).await;
        room.user(1, off.clone()).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        room.vendor.heal();
        room.quiet().await;
        assert_eq!(working(&room), 0);
        assert_eq!(room.vendor.count("create"), 0);
    }
    for left in [off.clone(), Value::Null] {
        let room = made_anew("").await;
        room.user(1, left.clone()).await;
        room.quiet().await;
        assert_eq!(working(&room), 0, "{left}");
        assert_eq!(room.vendor.count("find"), 1, "{left}");
    }
}

/// A target that adopts no account takes none away either, and does not call the leaver done.
#[tokio::test(start_paused = true)]
async fn a_leavers_account_that_may_not_be_adopted_is_not_left_alone() {
    let room = made_anew("on_existing = 'refuse'").await;
    room.user(1, with(person("ann"), json!({"active": false}))).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let link = room.link(1).await.unwrap();
    assert!(link.is_pending() && link.leaver_since.is_some(), "{link:?}");
    assert!(link.waits_for_a_person(), "{link:?}");
    assert_eq!(working(&room), 1);
    room.write_link(1, LinkChange::Approve(link.marked, room.now())).await;
    room.quiet().await;
    assert_eq!(working(&room), 0, "a person has said yes");
}

/// A mass removal was approved, but one of the accounts is gone by now, and an administrator has its address: the yes
/// was not for theirs.
#[tokio::test(start_paused = true)]
async fn a_yes_to_a_mass_removal_is_none_to_another_account() {
    let mut room = Room::of(&DELETING, "guard = { people = 2 }").await;
    for id in 1..=6 {
        room.user(id, person(&format!("p{id}"))).await;
    }
    room.quiet().await;
    tokio::time::sleep(Duration::from_secs(7_200)).await;
    room.stop().await;
    for id in 1..=6 {
        room.user(id, Value::Null).await;
    }
    room.restart();
    room.quiet().await;
    let backup = room.back_up().await;
    room.kill();
    let address = ("email", "p1@example.com");
    {
        let mut state = room.vendor.state.lock().unwrap();
        state.accounts.remove("V1").unwrap();
    }
    room.vendor.put(Kind::User, &[address, ("role", "admin")]);
    room.restore(&backup).await;
    let approve = async || {
        let link = room.link(1).await.unwrap();
        assert!(link.waits_for_a_person(), "{link:?}");
        room.write_link(1, LinkChange::Approve(link.marked, room.now())).await;
        // It is held again, or goes.
        let decided = |link: Option<Link>| link.is_none_or(|link| link.waits_for_a_person());
        room.until("it is looked at", async || decided(room.link(1).await))
            .await;
        room.vendor.people().contains(&address.1.to_owned())
    };
    assert!(approve().await, "nobody was asked of this one");
    assert!(!approve().await, "a person has said yes");
}

/// It is known after a restore as before whether a group was made for the directory or was there.
#[tokio::test(start_paused = true)]
async fn a_group_of_our_own_is_known_after_a_restore_too() {
    for there_before in [false, true] {
        let mut room = Room::of(&DELETING, "").await;
        if there_before {
            room.vendor.put(Kind::Group, &[("name", "ops")]);
        }
        room.write("Group", 9, json!({"displayName": "ops"})).await;
        room.quiet().await;
        let backup = room.back_up().await;
        room.kill();
        room.restore(&backup).await;
        room.write("Group", 9, json!({"displayName": "ops at work"})).await;
        room.quiet().await;
        let account = room.link(9).await.unwrap().account.unwrap();
        assert_eq!(account.made.is_none(), there_before, "{account:?}");
    }
}

/// A store restored to when Ann had the account before the present one.
async fn made_anew(settings: &str) -> Room {
    let mut room = Room::of(&DELETING, settings).await;
    room.user(1, person("ann")).await;
    room.quiet().await;
    let backup = room.back_up().await;
    for document in [with(person("ann"), json!({"active": false})), person("ann")] {
        room.user(1, document).await;
        room.quiet().await;
    }
    room.kill();
    room.restore(&backup).await;
    room.vendor.calls();
    room
}

/// Created anew after the restore, she has what she is to have, whatever the backup says of the account.
#[tokio::test(start_paused = true)]
async fn an_account_that_is_taken_over_is_compared() {
    let ann = || with(person("ann"), json!({"roles": [{"value": "user"}]}));
    let mut room = Room::of(&SUSPENDING, "").await;
    room.user(1, ann()).await;
    room.quiet().await;
    let backup = room.back_up().await;
    room.kill();
    {
        let mut state = room.vendor.state.lock().unwrap();
        let (_, account) = state.accounts.get_mut("V1").unwrap();
        account.fields.insert("role".to_owned(), "admin".into());
    }
    room.restore(&backup).await;
    room.vendor.fails(&["get V1"], &ErrorKind::Rejected { field: None });
    room.user(1, Value::Null).await;
    room.user(2, ann()).await;
    room.until("the account is taken over", async || {
        room.link(2).await.is_some_and(|link| link.account.is_some())
    })
    .await;
    room.vendor.heal();
    room.quiet().await;
    let state = room.vendor.state.lock().unwrap();
    assert_eq!(state.accounts["V1"].1.fields["role"], "user");
}

/// The people whom the vendor lets in.
fn working(room: &Room) -> usize {
    let state = room.vendor.state.lock().unwrap();
    state.accounts.values().filter(|(_, account)| account.active).count()
}

/// The calls since the last time that changed something.
fn writing(room: &Room) -> Vec<String> {
    let reads = ["list", "get", "find", "members"];
    let mut calls = room.vendor.calls();
    calls.retain(|call| !reads.iter().any(|read| call.starts_with(read)));
    calls
}
