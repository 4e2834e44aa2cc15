//! A store in which every record says all that such a record may, and what is read of it.
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use usherd::store::{
    Access, AccountRef, Applied, Batch, Cause, DirectoryId, Error, From, GrantKey, IndexTerm, LinkChange, LinkKey,
    LinkQuery, Mark, Member, Place, Problem, ProblemKind, Redb, Resource, ResourceId, ResourceKey, Scope, SettingKind,
    Settle, Splice, Store, TargetId, Tombstone, Write,
};
use uuid::Uuid;

use super::block_on;

/// Rows of each answer.
const ROWS: usize = 9;

const DIRECTORY: DirectoryId = DirectoryId(Uuid::from_u128(1));
pub(super) const TARGET: TargetId = TargetId(Uuid::from_u128(2));
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// What is read of some record, or the store would be too small a sample.
pub(super) const KEPT: [&str; 11] = [
    "kind: Parked",
    "kind: Withheld",
    "Tombstone {",
    "sought: Some",
    "restored: Some",
    "approved: Some",
    "going: true",
    "parts: {",
    "unsure: true",
    "wanted: false, applied: Some",
    "wanted: true, applied: None",
];

/// What one verb of the store answers, in words; nothing if it refuses to.
pub(super) type Reading = Option<String>;

fn user() -> ResourceKey {
    key("User", 4)
}

fn group() -> ResourceKey {
    key("Group", 5)
}

fn parked() -> ResourceKey {
    key("User", 6)
}

fn leaver() -> ResourceKey {
    key("User", 7)
}

fn withheld() -> ResourceKey {
    key("User", 8)
}

fn sought() -> ResourceKey {
    key("User", 9)
}

fn restored() -> ResourceKey {
    key("User", 10)
}

fn key(resource_type: &str, number: u128) -> ResourceKey {
    ResourceKey {
        scope: Scope {
            directory: DIRECTORY,
            resource_type: resource_type.to_owned(),
        },
        id: ResourceId(Uuid::from_u128(number)),
    }
}

fn link(resource: &ResourceKey) -> LinkKey {
    LinkKey {
        directory: DIRECTORY,
        target: TARGET,
        resource: resource.id,
    }
}

fn term() -> IndexTerm {
    IndexTerm {
        attribute: "userName".to_owned(),
        value: "ada".to_owned(),
    }
}

fn resource(key: ResourceKey) -> Resource {
    Resource {
        key,
        version: 1,
        created: NOW,
        modified: NOW,
        body: b"{\"userName\":\"ada\"}".to_vec(),
        splices: vec![Splice {
            offset: 1,
            place: Place::Rows,
        }],
        index: vec![term()],
        origins: vec![TARGET],
    }
}

/// Writes that leave a record in each table, and each thing that a link and a grant may say.
pub(super) fn everything() -> Vec<Batch> {
    let member = Member {
        id: user().id,
        resource_type: "User".to_owned(),
        display: Some("Ada".to_owned()),
    };
    let resources = vec![
        Write::PutResource(resource(user())),
        Write::PutResource(resource(group())),
        Write::AddMember(group(), member),
        Write::PutSetting(SettingKind::Other, "key".to_owned(), vec![1]),
    ];
    let mut links = vec![
        mark(&user(), Access::Given, None),
        change(&user(), settled("P1")),
        mark(&user(), Access::Taken, None),
        mark(&group(), Access::Kept, None),
        change(&group(), settled("G1")),
        mark(&parked(), Access::Kept, None),
        change(&parked(), problem(ProblemKind::Parked)),
        mark(&sought(), Access::Given, None),
        change(&sought(), sending()),
        mark(&restored(), Access::Given, None),
        change(&restored(), settled("P4")),
        change(&restored(), LinkChange::Restore),
    ];
    links.extend(who_leaves());
    let grants = vec![
        Write::Want(grant(&user()), true),
        Write::Apply(grant(&user()), Some("P1".to_owned()), None),
        Write::Doubt(grant(&user())),
        Write::Want(grant(&restored()), true),
        Write::Apply(grant(&restored()), None, Some("no".to_owned())),
        Write::Want(grant(&parked()), true),
    ];
    let batch = |writes| Batch {
        expect: Vec::new(),
        writes,
    };
    [resources, links, grants].map(batch).into()
}

/// One who is gone from the directory and whom a person let go, and one whom a person held back.
fn who_leaves() -> Vec<Write> {
    let tombstone = Tombstone {
        external_id: Some("e-1".to_owned()),
    };
    vec![
        mark(&leaver(), Access::Given, None),
        change(&leaver(), settled("P2")),
        mark(&leaver(), Access::Ended, Some(tombstone)),
        change(&leaver(), LinkChange::Going),
        change(&leaver(), problem(ProblemKind::Held)),
        change(&leaver(), LinkChange::Approve(2, NOW)),
        mark(&withheld(), Access::Given, None),
        change(&withheld(), settled("P3")),
        mark(&withheld(), Access::Ended, None),
        change(&withheld(), problem(ProblemKind::Held)),
        change(&withheld(), LinkChange::Withhold(2)),
    ]
}

fn mark(resource: &ResourceKey, access: Access, tombstone: Option<Tombstone>) -> Write {
    let mark = Mark {
        resource_type: resource.scope.resource_type.clone(),
        fields: ["name".to_owned()].into(),
        access,
        cause: Cause::Own,
        at: NOW,
        tombstone,
    };
    change(resource, LinkChange::Mark(mark))
}

fn change(resource: &ResourceKey, change: LinkChange) -> Write {
    Write::Link(link(resource), change)
}

/// An account was found or made; what is marked is not settled by it.
fn settled(id: &str) -> LinkChange {
    let account = Applied {
        id: id.to_owned(),
        fields: [("name".to_owned(), "Ada".into())].into(),
        parts: [("phone".to_owned(), "C1".to_owned())].into(),
        active: true,
        unique: Some(id.to_lowercase()),
        made: Some(NOW),
        unfinished: true,
    };
    LinkChange::Settle(Settle {
        account: Some(account),
        ..Settle::default()
    })
}

fn problem(kind: ProblemKind) -> LinkChange {
    let problem = Problem {
        kind,
        field: Some("name".to_owned()),
        reason: "no".to_owned(),
        since: NOW,
    };
    LinkChange::Park {
        problem,
        due: Some(NOW),
        seen: if kind == ProblemKind::Parked { 1 } else { 2 },
    }
}

fn sending() -> LinkChange {
    LinkChange::Sending {
        unique: "grace".to_owned(),
        until: NOW,
    }
}

fn grant(member: &ResourceKey) -> GrantKey {
    GrantKey {
        group: link(&group()),
        member: member.id,
    }
}

/// What every verb that reads says.
pub(super) fn readings(store: &Redb) -> Vec<Reading> {
    block_on(async {
        let mut readings = of_resources(store).await;
        readings.extend(of_links(store).await);
        readings.extend(of_writes(store).await);
        readings
    })
}

async fn of_resources(store: &Redb) -> Vec<Reading> {
    let (scope, seen) = (user().scope, Arc::new(Mutex::new(Vec::new())));
    let visited = Arc::clone(&seen);
    let visitor = Box::new(move |resource: &Resource| {
        visited.lock().expect("nobody panics under it").push(resource.clone());
        ControlFlow::Continue(())
    });
    let scanned = store.scan(&scope, visitor).await;
    vec![
        told(store.resource(&user()).await),
        told(store.resource(&group()).await),
        told(store.find(&scope, &term(), ROWS).await),
        told(store.page(&scope, From::Skip(0), ROWS).await),
        told(store.page(&scope, From::After(ResourceId(Uuid::nil())), ROWS).await),
        told(store.count(&scope).await),
        told(scanned.map(|()| seen)),
        told(store.members(&group(), None, ROWS).await),
        told(store.members_among(&group(), &[user().id]).await),
        told(store.memberships(DIRECTORY, user().id).await),
        told(store.stamp(&group()).await),
        told(store.setting(SettingKind::Other, "key").await),
        told(store.settings(SettingKind::Other).await),
    ]
}

async fn of_links(store: &Redb) -> Vec<Reading> {
    let unique = AccountRef::Unique("p1");
    let mut links = Vec::new();
    for resource in [user(), group(), parked(), leaver(), withheld(), sought(), restored()] {
        links.push(told(store.link(&link(&resource)).await));
    }
    let others = [
        told(store.link_keys(TARGET, LinkQuery::All(None), ROWS).await),
        told(store.link_keys(TARGET, LinkQuery::Due(NOW), ROWS).await),
        told(store.link_keys(TARGET, LinkQuery::Parked(None), ROWS).await),
        told(store.link_by_account(TARGET, "User", unique).await),
        told(store.going(TARGET, NOW).await),
        told(store.backlog(TARGET).await),
        told(store.grants_due(&link(&group()), None, ROWS).await),
        // A later process takes it over, with the next token.
        told(store.lease(TARGET, Uuid::from_u128(6), Duration::ZERO).await),
    ];
    links.extend(others);
    links
}

/// What writes say that change what is there, and which grants are due then: of others no verb tells. After one that was
/// refused other things are right.
async fn of_writes(store: &Redb) -> Vec<Reading> {
    let (mut readings, mut is_whole) = (Vec::new(), true);
    for write in [
        mark(&group(), Access::Kept, None),
        Write::Want(grant(&user()), false),
        Write::Want(grant(&restored()), true),
        change(&user(), LinkChange::HandOver),
        change(&leaver(), settled("P5")),
        change(&parked(), LinkChange::Unpark(NOW)),
        change(&restored(), LinkChange::Release),
        Write::DeleteResource(group()),
    ] {
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![write],
        };
        let committed = store.commit(batch).await;
        is_whole &= committed.is_ok();
        let due = store.grants_due(&link(&group()), None, ROWS).await;
        readings.extend([told(committed), told(due)].map(|reading| reading.filter(|_| is_whole)));
    }
    readings
}

fn told<T: Debug>(answer: Result<T, Error>) -> Reading {
    answer.ok().map(|value| format!("{value:?}"))
}
