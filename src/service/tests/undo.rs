//! What is taken back when the vendor refuses a change, and what stands.
use serde_json::{Value, json};

use super::vendor::{set, take};
use super::world::{World, body, failure, group, user};
use crate::service::{Document, Error, Options, Outcome};
use crate::store::Store;

/// What a request does.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Create,
    Rename,
    Patch,
    /// A change together with a role taken away.
    RoleAndRename,
    Deactivate,
    Delete,
}

/// What the vendor does.
#[derive(Debug, Clone, Copy)]
enum Vendor {
    Settles,
    Slow,
    RefusesName,
    RefusesSomething,
    /// The call brought what an earlier write had left, too.
    RefusesSomethingWithOthers,
    /// Refuses a field that the request did not change.
    RefusesEmail,
    /// It is known beforehand that it will not answer.
    Down,
    /// As `RefusesName`, and of a second target it is known that it will not answer.
    OtherDown,
}

/// What others do while the request waits.
#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    Nothing,
    /// A change of the same person.
    Change,
    /// A request that is answered with success because nothing is left to do.
    NoOp,
    /// Only a look at it.
    Read,
    /// The person is put into a group.
    Join,
}

const KIM: &str = "kim";

fn with(title: &str, name: &str) -> Value {
    user(
        KIM,
        json!({ "title": title, "displayName": name, "roles": [{ "value": "admin" }] }),
    )
}

async fn act(world: &World, kind: Kind, id: &str) -> Result<Option<Document>, Error> {
    let patch = |operations: Value| world.patch("User", id, operations);
    match kind {
        Kind::Create => world
            .create("User", user("new", json!({ "displayName": "bad" })))
            .await
            .map(Some),
        Kind::Rename => world.replace("User", id, with("old", "bad")).await.map(Some),
        Kind::Patch => patch(json!([{ "op": "replace", "path": "displayName", "value": "bad" }]))
            .await
            .map(Some),
        Kind::RoleAndRename => patch(json!([
            { "op": "replace", "path": "displayName", "value": "bad" },
            { "op": "remove", "path": "roles" },
        ]))
        .await
        .map(Some),
        Kind::Deactivate => patch(json!([
            { "op": "replace", "path": "displayName", "value": "bad" },
            { "op": "replace", "path": "active", "value": false },
        ]))
        .await
        .map(Some),
        Kind::Delete => world.delete("User", id).await.map(|()| None),
    }
}

/// What the other request does to the person whom `act` changes, or makes.
async fn interfere(world: World, meanwhile: Meanwhile, (kind, id): (Kind, String)) {
    set(&world.script.outcome, Some(Outcome::Pending));
    let id = match kind {
        Kind::Create => newest(&world).await,
        _ => id,
    };
    match meanwhile {
        Meanwhile::Nothing => {}
        Meanwhile::Change => {
            let title = json!([{ "op": "replace", "path": "title", "value": "later" }]);
            world.patch("User", &id, title).await.unwrap();
        }
        Meanwhile::NoOp => {
            let same = json!([{ "op": "replace", "path": "displayName", "value": "bad" }]);
            world.patch("User", &id, same).await.unwrap();
        }
        Meanwhile::Read => {
            world.get_with("User", &id, Options::default()).await.unwrap();
        }
        Meanwhile::Join => {
            let member = world.get("User", &id).await.unwrap();
            world.create("Group", group("team", &[&member])).await.unwrap();
        }
    }
    world.script.refuse(Some("name"));
}

async fn newest(world: &World) -> String {
    let scope = world.context.scope(&world.resource_type("User"));
    let all = world.store.page(&scope, crate::store::From::Skip(0), 10).await.unwrap();
    all.last().unwrap().key.id.to_string()
}

/// The status of the answer, the version and `displayName` stored then (`None`: no such person), and the marks on the
/// link at the first target.
type Expected = (u16, Option<(u64, &'static str)>, u64);

async fn check((kind, vendor, targets, meanwhile): (Kind, Vendor, u128, Meanwhile), expected: Expected) {
    let row = format!("{kind:?} {vendor:?} {targets} {meanwhile:?}");
    let world = World::with_targets(targets);
    let old = world.create("User", with("old", "good")).await.unwrap();
    let id = old.id.to_string();
    match vendor {
        Vendor::Settles => {}
        Vendor::Slow => set(&world.script.outcome, Some(Outcome::Pending)),
        Vendor::RefusesName => world.script.refuse(Some("name")),
        Vendor::RefusesSomething => world.script.refuse(None),
        Vendor::RefusesSomethingWithOthers => world.script.refuse_call(None, &["name", "title"]),
        Vendor::RefusesEmail => world.script.refuse(Some("email")),
        Vendor::Down => {
            world.script.refuse(Some("name"));
            set(&world.script.down, vec![0]);
        }
        Vendor::OtherDown => {
            world.script.refuse(Some("name"));
            set(&world.script.down, vec![1]);
        }
    }
    if !matches!(meanwhile, Meanwhile::Nothing) {
        let other = interfere(world.clone(), meanwhile, (kind, id.clone()));
        set(&world.script.meanwhile, Some(Box::pin(other)));
    }
    take(&world.script.woken);
    let answer = act(&world, kind, &id).await;
    let about = match kind {
        Kind::Create => answer.as_ref().ok().and_then(|made| made.as_ref().map(|made| made.id)),
        _ => Some(old.id),
    };
    let status = match answer {
        Ok(_) => 200,
        Err(error) => {
            let (status, scim_type, detail) = failure::<()>(Err(error));
            assert_eq!(scim_type, Some("invalidValue"), "{row}");
            assert!(
                detail.contains("we do not like it") && detail.contains("Paging"),
                "{row}: {detail}"
            );
            status
        }
    };
    let (mut stored, mut marks) = (None, 0);
    if let Some(id) = about {
        let scope = world.context.scope(&world.resource_type("User"));
        let found = world
            .store
            .resource(&crate::store::ResourceKey { scope, id })
            .await
            .unwrap();
        stored = found.map(|found| {
            let shown: Value = serde_json::from_slice(&found.body).unwrap();
            (found.version, shown["displayName"].as_str().unwrap().to_owned())
        });
        marks = world.link(0, id).await.map_or(0, |link| link.marked);
    }
    let stored = stored.as_ref().map(|(version, name)| (*version, name.as_str()));
    assert_eq!((status, stored, marks), expected, "{row}");
    assert!(
        !take(&world.script.woken).is_empty(),
        "{row}: the target must hear of it"
    );
}

#[tokio::test]
async fn a_refused_change_is_taken_back_by_who_waits_for_it() {
    use Kind::{Create, Deactivate, Delete, Patch, Rename, RoleAndRename};
    use Meanwhile::{Change, Join, NoOp, Nothing, Read};
    use Vendor::{
        Down, OtherDown, RefusesEmail, RefusesName, RefusesSomething, RefusesSomethingWithOthers, Settles, Slow,
    };
    let done = (200, Some((2, "bad")), 2);
    let undone = (400, Some((3, "good")), 3);
    let created = (200, Some((1, "bad")), 1);
    let gone = (400, None, 0);
    for (kind, vendor, targets, meanwhile, expected) in [
        (Create, Settles, 1, Nothing, created),
        (Create, Slow, 1, Nothing, created),
        (Create, Down, 1, Nothing, created),
        (Create, RefusesName, 1, Nothing, gone),
        (Create, RefusesName, 1, Read, gone),
        (Create, RefusesName, 1, Join, created),
        (Create, RefusesName, 1, NoOp, created),
        (Create, RefusesName, 1, Change, (200, Some((2, "bad")), 2)),
        (Create, RefusesName, 2, Nothing, created),
        (Rename, Settles, 1, Nothing, done),
        (Rename, Slow, 1, Nothing, done),
        (Rename, Down, 1, Nothing, done),
        (Rename, RefusesName, 1, Nothing, undone),
        (Rename, RefusesSomething, 1, Nothing, undone),
        (Rename, RefusesSomethingWithOthers, 1, Nothing, done),
        (Rename, RefusesEmail, 1, Nothing, done),
        (Rename, RefusesName, 2, Nothing, done),
        (Rename, OtherDown, 2, Nothing, done),
        (Rename, RefusesName, 1, Change, (200, Some((3, "bad")), 3)),
        (Rename, RefusesName, 1, NoOp, done),
        (Rename, RefusesName, 1, Read, undone),
        (Rename, RefusesName, 1, Join, undone),
        (Patch, RefusesName, 1, Nothing, undone),
        (Patch, RefusesName, 1, NoOp, done),
        (RoleAndRename, RefusesName, 1, Nothing, done),
        (Deactivate, RefusesName, 1, Nothing, done),
        (Delete, RefusesName, 1, Nothing, (200, None, 2)),
        (Delete, RefusesSomething, 2, Nothing, (200, None, 2)),
    ] {
        check((kind, vendor, targets, meanwhile), expected).await;
    }
}

#[tokio::test]
async fn what_is_taken_back_is_as_it_was() {
    let world = World::with_targets(1);
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let ann = world.create("User", user("ann", json!({}))).await.unwrap();
    let team = world.create("Group", group("A", &[&kim])).await.unwrap();
    let id = team.id.to_string();
    world.script.refuse(Some("name"));
    let change = json!([
        { "op": "replace", "path": "displayName", "value": "bad" },
        { "op": "add", "path": "members", "value": [{ "value": ann.id.to_string() }] },
    ]);
    let (status, _, detail) = failure(world.patch("Group", &id, change).await);
    assert_eq!(status, 400);
    assert_eq!(detail, "displayName: Paging refuses `name`: we do not like it");
    let found = body(&world.get("Group", &id).await.unwrap());
    let before = body(&team);
    assert_eq!(
        (&found["displayName"], &found["members"]),
        (&before["displayName"], &before["members"])
    );
    let ann = body(&world.get("User", &ann.id.to_string()).await.unwrap());
    assert_eq!(ann.get("groups"), None);
}

#[tokio::test]
async fn a_new_group_that_others_put_someone_into_stays() {
    let world = World::with_targets(1);
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    world.script.refuse(Some("name"));
    let other = world.clone();
    let joins = async move {
        let scope = other.context.scope(&other.resource_type("Group"));
        let team = other.store.page(&scope, crate::store::From::Skip(0), 1).await.unwrap();
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": kim.id.to_string() }] }]);
        other.patch("Group", &team[0].key.id.to_string(), add).await.unwrap();
    };
    set(&world.script.meanwhile, Some(Box::pin(joins)));
    let team = world.create("Group", group("bad", &[])).await.unwrap();
    assert!(world.get("Group", &team.id.to_string()).await.is_ok());
}

#[tokio::test]
async fn a_name_that_was_taken_meanwhile_stays_taken() {
    let world = World::with_targets(1);
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    world.script.refuse(Some("email"));
    let other = world.clone();
    let takes_the_name = async move {
        set(&other.script.outcome, None);
        other.create("User", user("kim", json!({}))).await.unwrap();
        other.script.refuse(Some("email"));
    };
    set(&world.script.meanwhile, Some(Box::pin(takes_the_name)));
    let id = kim.id.to_string();
    let renamed = world.replace("User", &id, user("kimberly", json!({}))).await.unwrap();
    assert_eq!(body(&renamed)["userName"], json!("kimberly"));
    assert_eq!(
        body(&world.get("User", &id).await.unwrap())["userName"],
        json!("kimberly")
    );
}

#[tokio::test]
async fn who_is_taken_back_leaves_a_tombstone_for_delivery() {
    let world = World::with_targets(1);
    world.script.refuse(Some("name"));
    let seen = world.clone();
    set(
        &world.script.meanwhile,
        Some(Box::pin(async move {
            let id = newest(&seen).await;
            set(&seen.script.seen, Some(id));
        })),
    );
    failure(world.create("User", user("kim", json!({ "externalId": "E1" }))).await);
    let id = take(&world.script.seen).unwrap();
    let id = crate::store::ResourceId(uuid::Uuid::parse_str(&id).unwrap());
    let link = world.link(0, id).await.unwrap();
    assert_eq!(link.tombstone.unwrap().external_id.as_deref(), Some("E1"));
    assert!(link.leaver_since.is_some());
    assert_eq!(link.marked, 2);
}

#[tokio::test]
async fn who_is_switched_on_is_blamed_for_every_field() {
    let world = World::with_targets(1);
    let kim = world
        .create("User", user("kim", json!({ "active": false })))
        .await
        .unwrap();
    world.script.refuse(Some("email"));
    let switch_on = json!([{ "op": "replace", "path": "active", "value": true }]);
    assert_eq!(
        failure(world.patch("User", &kim.id.to_string(), switch_on).await).0,
        400
    );
}
