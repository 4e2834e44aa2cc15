//! The vendor read and compared: what somebody changed there by hand.
use std::time::Duration;

use adapters::ErrorKind;
use adapters::descriptor::Kind as Of;
use serde_json::{Value, json};

use super::fake::SUSPENDING;
use super::room::{Room, person, with};
use crate::service::Outcome;
use crate::service::drift::{Error, Fix, Kind, Report};
use crate::store::{Access, ProblemKind};

pub(super) const HOUR: Duration = Duration::from_secs(3600);

/// What nobody doubts any more: all that was sent is seen in reads.
pub(super) const SEEN: Duration = Duration::from_secs(60);

fn off(id: &str) -> Value {
    with(person(id), json!({"active": false}))
}

/// Ann and Bob, who work, and Eve, who has left, at a vendor that suspends.
pub(super) async fn trio(settings: &str) -> Room {
    let room = Room::of(&SUSPENDING, settings).await;
    for (id, name) in [(1, "ann"), (2, "bob"), (3, "eve")] {
        let document = with(person(name), json!({"title": "Dr", "roles": [{"value": "user"}]}));
        let outcome = room.answered(id, document).await;
        assert_eq!(outcome, Outcome::Settled);
    }
    let outcome = room.answered(3, off("eve")).await;
    assert_eq!(outcome, Outcome::Settled);
    tokio::time::sleep(SEEN).await;
    room.vendor.calls();
    room
}

/// Ann and Bob in a group.
pub(super) async fn crew(room: &Room) {
    room.write("Group", 9, json!({"displayName": "Ops"})).await;
    for member in [1, 2] {
        room.member(9, member, true).await;
    }
    room.quiet().await;
    tokio::time::sleep(SEEN).await;
}

/// Changes accounts by hand, at the vendor.
pub(super) fn by_hand(room: &Room, id: &str, change: impl FnOnce(&mut adapters::Account)) {
    let mut state = room.vendor.state.lock().unwrap();
    change(&mut state.accounts.get_mut(id).unwrap().1);
}

pub(super) fn set(room: &Room, id: &str, field: &str, value: &str) {
    by_hand(room, id, |account| {
        account.fields.insert(field.to_owned(), value.into());
    });
}

pub(super) fn switch(room: &Room, id: &str, active: bool) {
    by_hand(room, id, |account| account.active = active);
}

pub(super) fn is_active(room: &Room, id: &str) -> bool {
    room.vendor.state.lock().unwrap().accounts[id].1.active
}

pub(super) fn field(room: &Room, id: &str, field: &str) -> String {
    let state = room.vendor.state.lock().unwrap();
    let value = state.accounts[id].1.fields.get(field).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

fn told(report: &Report) -> Vec<(Kind, &str, String)> {
    let differences = report.differences.iter();
    let told = differences.map(|one| {
        let field = one.field.as_deref().unwrap_or("-");
        let said = format!("{field}: {} here, {} there", one.directory, one.vendor);
        (one.kind, one.name.as_str(), said)
    });
    told.collect()
}

pub(super) fn give(names: &[&str]) -> Option<Fix> {
    Some(Fix {
        plan: None,
        give: names.iter().map(|name| (*name).to_owned()).collect(),
    })
}

/// The calls that change something.
fn writing(calls: Vec<String>) -> Vec<String> {
    let reads = ["list", "get", "members", "find"];
    let writes = calls
        .into_iter()
        .filter(|call| !reads.iter().any(|read| call.starts_with(read)));
    writes.collect()
}

#[tokio::test(start_paused = true)]
async fn whatever_was_changed_by_hand_is_found_and_nothing_else() {
    let room = trio("").await;
    let report = room.drift(None).await.unwrap();
    assert_eq!((told(&report), report.compared, report.unsettled), (vec![], 3, 0));
    switch(&room, "V1", false);
    set(&room, "V2", "title", "Sir");
    set(&room, "V2", "role", "admin");
    // The directory says nothing of it.
    set(&room, "V2", "phone", "555");
    switch(&room, "V3", true);
    // Linked to nobody.
    room.vendor.put(Of::User, &[("email", "mallory@example.com")]);
    let report = room.drift(None).await.unwrap();
    let said = |text: &str| text.to_owned();
    let expected = vec![
        (
            Kind::LeaverBack,
            "eve@example.com",
            said("active: false here, true there"),
        ),
        (
            Kind::RoleHigher,
            "bob@example.com",
            said(r#"role: "user" here, "admin" there"#),
        ),
        (
            Kind::Suspended,
            "ann@example.com",
            said("active: true here, false there"),
        ),
        (Kind::Field, "bob@example.com", said(r#"title: "Dr" here, "Sir" there"#)),
    ];
    assert_eq!((told(&report), report.found, report.corrected), (expected, 4, 0));
    let again = room.drift(None).await.unwrap();
    assert_eq!(report, again, "what was told is told again");
    assert_eq!(writing(room.vendor.calls()), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_and_a_missing_member_are_found() {
    let room = trio("").await;
    crew(&room).await;
    assert_eq!(told(&room.drift(None).await.unwrap()), vec![]);
    let team = {
        let mut state = room.vendor.state.lock().unwrap();
        let team = state.find(Of::Group, "Ops").unwrap().id.clone();
        state.members.remove(&(team.clone(), "V2".to_owned()));
        state.members.insert((team.clone(), "V7".to_owned()));
        state.accounts.remove("V1");
        team
    };
    let report = room.drift(None).await.unwrap();
    let gone = (Kind::Gone, "ann@example.com", "-: true here, null there".to_owned());
    let missing = |name: &str| {
        let said = format!(r#"members: "{name}@example.com" here, null there"#);
        (Kind::MemberMissing, "Ops", said)
    };
    assert_eq!(told(&report), vec![gone, missing("bob")]);

    let report = room.drift(give(&["ann@example.com", "bob@example.com"])).await.unwrap();
    assert_eq!(report.corrected, 2);
    room.quiet().await;
    let mut state = room.vendor.state.lock().unwrap();
    let ann = state.find(Of::User, "ann@example.com").unwrap().id.clone();
    for member in ["V2", "V7", &ann] {
        assert!(state.members.contains(&(team.clone(), member.to_owned())), "{member}");
    }
    assert_eq!(state.accounts.len(), 4, "nobody twice");
}

/// The identity provider says that she works, and somebody has switched her off.
#[tokio::test(start_paused = true)]
async fn an_account_suspended_by_hand_is_given_back_by_no_schedule() {
    for policy in ["report", "correct"] {
        let room = trio(&format!("drift = {{ policy = '{policy}', every_minutes = 60 }}")).await;
        switch(&room, "V1", false);
        set(&room, "V1", "role", "admin");
        tokio::time::sleep(3 * HOUR).await;
        room.quiet().await;
        assert!(!is_active(&room, "V1"), "{policy}");
        let last = room.last_drift().await.unwrap();
        let left = if policy == "correct" { 1 } else { 2 };
        assert_eq!((last.found, last.leavers_back), (left, 0), "{policy}");
        let role = field(&room, "V1", "role");
        assert_eq!(role, if policy == "correct" { "user" } else { "admin" });

        // The identity provider's next write, of whatever.
        let ann = with(person("ann"), json!({"title": "Prof", "roles": [{"value": "user"}]}));
        let outcome = room.answered(1, ann).await;
        assert_eq!(outcome, Outcome::Settled);
        assert!(is_active(&room, "V1"), "{policy}");
        assert_eq!(field(&room, "V1", "role"), "user");
        assert_eq!(field(&room, "V1", "title"), "Prof");
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_names_who_gets_access_back() {
    let room = trio("").await;
    switch(&room, "V1", false);
    switch(&room, "V2", false);
    set(&room, "V2", "title", "Sir");
    switch(&room, "V3", true);
    let seen = room.drift(None).await.unwrap();

    let other = room.drift(give(&["eve@example.com"])).await.unwrap_err();
    assert!(matches!(other, Error::Nobody(name) if name == "eve@example.com"));
    set(&room, "V1", "title", "Sir");
    let fix = Fix {
        plan: Some(seen.plan),
        ..give(&["ann@example.com"]).unwrap()
    };
    let outdated = room.drift(Some(fix.clone())).await.unwrap_err();
    let Error::OutOfDate(plan) = outdated else {
        panic!("{outdated}")
    };
    assert_eq!(writing(room.vendor.calls()), Vec::<String>::new(), "nothing is changed");
    let fix = Fix {
        plan: Some(plan),
        ..fix
    };
    let report = room.drift(Some(fix)).await.unwrap();
    assert_eq!((report.found, report.corrected), (5, 4));
    room.quiet().await;
    assert_eq!(
        [1, 2, 3].map(|id| is_active(&room, &format!("V{id}"))),
        [true, false, false]
    );
    assert_eq!([1, 2].map(|id| field(&room, &format!("V{id}"), "title")), ["Dr", "Dr"]);
    tokio::time::sleep(SEEN).await;
    let left = room.drift(None).await.unwrap();
    assert_eq!(left.found, 1, "{:?}", told(&left));
}

/// Somebody has switched her on again at the vendor.
#[tokio::test(start_paused = true)]
async fn a_leaver_reactivated_by_hand_goes_again_or_is_told() {
    for (policy, back) in [("report", true), ("correct", false)] {
        let room = trio(&format!("drift = {{ policy = '{policy}', every_minutes = 60 }}")).await;
        tokio::time::sleep(2 * HOUR).await;
        assert_eq!(room.last_drift().await.unwrap().found, 0, "{policy}");
        switch(&room, "V3", true);
        set(&room, "V2", "title", "Sir");
        tokio::time::sleep(2 * HOUR).await;
        assert_eq!(is_active(&room, "V3"), back, "{policy}");
        assert_eq!(
            field(&room, "V2", "title"),
            "Sir",
            "{policy}: a schedule corrects no field"
        );
        let last = room.last_drift().await.unwrap();
        assert_eq!((last.leavers_back, last.found), (u64::from(back), 1 + u64::from(back)));
    }
}

/// What a correction touches is damaged of one of them.
#[tokio::test(start_paused = true)]
async fn a_damaged_record_keeps_nobody_from_being_corrected() {
    let room = trio("").await;
    room.answered(2, off("bob")).await;
    tokio::time::sleep(SEEN).await;
    for account in ["V2", "V3"] {
        switch(&room, account, true);
    }
    room.damage_grants(2);
    let report = room.drift(give(&[])).await.unwrap();
    assert_eq!((report.found, report.corrected), (2, 1));
    room.until("eve has no access", async || !is_active(&room, "V3")).await;
    assert!(is_active(&room, "V2"));
}

/// What was read once is no proof later: somebody switches him off by hand, and on again.
#[tokio::test(start_paused = true)]
async fn who_was_seen_switched_off_is_switched_off_all_the_same() {
    let room = trio("").await;
    switch(&room, "V2", false);
    assert_eq!(room.drift(None).await.unwrap().found, 1);
    switch(&room, "V2", true);
    let outcome = room.answered(2, off("bob")).await;
    assert_eq!(outcome, Outcome::Settled);
    assert!(!is_active(&room, "V2"));
}

/// What a schedule finds must not take everybody's access.
#[tokio::test(start_paused = true)]
async fn a_crowd_that_came_back_is_held() {
    let room = Room::of(
        &SUSPENDING,
        "guard = { people = 3 }\ndrift = { policy = 'correct', every_minutes = 60 }",
    )
    .await;
    for id in 1..=20 {
        room.user(id, person(&format!("p{id:02}"))).await;
    }
    room.quiet().await;
    for id in 1..=9 {
        if id % 3 == 0 {
            tokio::time::sleep(HOUR).await;
        }
        room.user(id, off(&format!("p{id:02}"))).await;
        room.quiet().await;
    }
    for id in 1..=9 {
        switch(&room, &format!("V{id}"), true);
    }
    tokio::time::sleep(2 * HOUR).await;
    let mut held = 0;
    for id in 1..=9 {
        let link = room.link(id).await.unwrap();
        held += usize::from(link.problem.is_some_and(|problem| problem.kind == ProblemKind::Held));
    }
    let back = (1..=9).filter(|id| is_active(&room, &format!("V{id}"))).count();
    assert_eq!((held, back), (9, 9));
}

#[tokio::test(start_paused = true)]
async fn what_is_on_its_way_is_no_drift() {
    let room = trio("").await;
    set(&room, "V1", "title", "Sir");
    room.vendor.fails(&["update V1"], &ErrorKind::Rejected { field: None });
    room.user(1, with(person("ann"), json!({"title": "Prof"}))).await;
    room.quiet().await;
    // He was settled just now: a page that is read may be older.
    let outcome = room.answered(2, with(person("bob"), json!({"title": "Prof"}))).await;
    assert_eq!(outcome, Outcome::Settled);
    set(&room, "V2", "title", "Dr");
    let report = room.drift(give(&[])).await.unwrap();
    assert_eq!((report.found, report.compared, report.unsettled), (0, 1, 2));
    tokio::time::sleep(SEEN).await;
    let report = room.drift(None).await.unwrap();
    assert_eq!((report.found, report.compared, report.unsettled), (1, 2, 1));
}

/// Whatever was written before the kill is written again, and comes to the same.
#[tokio::test(start_paused = true)]
async fn a_kill_on_the_way_leaves_nothing_half() {
    for calls in ["list", "active V3", "update V2", "get V3"] {
        let mut room = trio("drift = { policy = 'correct', every_minutes = 60 }").await;
        switch(&room, "V3", true);
        set(&room, "V2", "role", "admin");
        room.vendor.fault(calls, [super::fake::Fault::DoAndHang]);
        tokio::time::sleep(2 * HOUR).await;
        room.kill();
        room.restart();
        tokio::time::sleep(2 * HOUR).await;
        room.quiet().await;
        assert!(!is_active(&room, "V3"), "{calls}");
        assert_eq!(field(&room, "V2", "role"), "user", "{calls}");
    }
}

/// A mapping that changes says nothing of who was suspended by hand.
#[tokio::test(start_paused = true)]
async fn changed_settings_give_back_nothing_that_was_taken_by_hand() {
    let room = trio("").await;
    switch(&room, "V1", false);
    by_hand(&room, "V2", |account| {
        account.fields.insert("role".to_owned(), Value::Null);
    });
    assert_eq!(room.drift(None).await.unwrap().found, 2);
    room.apply_with("mapping = { user = { title = { path = 'displayName' } } }")
        .await;
    let titles = || ["V1", "V2"].map(|id| field(&room, id, "title"));
    room.until("they have it", async || titles() == ["ann", "bob"]).await;
    room.quiet().await;
    assert_eq!(
        (is_active(&room, "V1"), field(&room, "V2", "role")),
        (false, String::new())
    );
    tokio::time::sleep(SEEN).await;
    assert_eq!(room.drift(None).await.unwrap().found, 2, "it is found again");
}

/// Owners and administrators as the vendor has them are a person's matter.
#[tokio::test(start_paused = true)]
async fn a_schedule_takes_nothing_from_a_protected_account() {
    let room = trio("drift = { policy = 'correct', every_minutes = 60 }").await;
    for id in ["V1", "V2"] {
        set(&room, id, "role", "admin");
    }
    by_hand(&room, "V2", |account| account.protected = true);
    tokio::time::sleep(3 * HOUR).await;
    room.quiet().await;
    let roles = || ["V1", "V2"].map(|id| field(&room, id, "role"));
    assert_eq!(roles(), ["user", "admin"]);
    assert_eq!(room.last_drift().await.unwrap().found, 1, "it is told");
    room.drift(give(&[])).await.unwrap();
    room.quiet().await;
    assert_eq!(roles(), ["user", "user"]);
}

/// A group of hers gets another name: nobody has written her.
#[tokio::test(start_paused = true)]
async fn who_was_suspended_by_hand_is_not_switched_on_for_others() {
    for restarted in [false, true] {
        let mut room = trio("").await;
        switch(&room, "V1", false);
        room.drift(None).await.unwrap();
        if restarted {
            room.stop().await;
            room.restart();
            room.working().await;
        }
        room.vendor.calls();
        room.follow(1, Access::Kept).await;
        room.quiet().await;
        assert_eq!(writing(room.vendor.calls()), [""; 0], "{restarted}");
        assert!(!is_active(&room, "V1"), "{restarted}");
    }
}
