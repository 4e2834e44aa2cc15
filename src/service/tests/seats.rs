//! Roles of which a vendor has none left, or none at all.
use std::collections::BTreeMap;

use adapters::LiveRole;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::vendor::set;
use super::world::{DIRECTORY, World, failure, group, user};
use crate::service::resettle::MARKED_MAX;
use crate::service::{Document, LiveRoles};
use crate::store::{Applied, Batch, LinkChange, LinkKey, ResourceId, Settle, Store, TargetId, Write};

/// A licence for `admin` and one for `user`, with so many left.
fn live(full: Option<u64>, small: Option<u64>) -> LiveRoles {
    let role = |name: &str, available, licence: &str| LiveRole {
        name: name.to_owned(),
        available,
        licences: vec![licence.to_owned()],
    };
    LiveRoles {
        roles: vec![role("admin", full, "Full"), role("user", small, "Small")],
        read: Timestamp::from_second(1_800_000_000).unwrap(),
    }
}

/// A gateway whose vendor has so many of each licence left, and nobody's account unless it is said.
fn world(full: Option<u64>, small: Option<u64>) -> World {
    let world = World::with_targets(1);
    set(&world.script.live, Some(live(full, small)));
    set(&world.script.fresh, Some(live(full, small)));
    set(&world.script.exists, Some(false));
    world
}

fn with_role(role: &str) -> Value {
    json!({ "roles": [{ "value": role }] })
}

fn looks(world: &World) -> Vec<&'static str> {
    std::mem::take(&mut *world.script.looks.lock().unwrap())
}

/// As delivery does when the vendor has the person in this role.
async fn settle(world: &World, id: ResourceId, role: &str) {
    let key = LinkKey {
        directory: DIRECTORY,
        target: TargetId(Uuid::from_u128(0)),
        resource: id,
    };
    let marked = world.store.link(&key).await.unwrap().unwrap().marked;
    let settle = Settle {
        account: Some(Applied {
            id: "V1".to_owned(),
            fields: BTreeMap::from([("role".to_owned(), json!(role))]),
            active: true,
            ..Applied::default()
        }),
        settled: Some(marked),
        ..Settle::default()
    };
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![Write::Link(key, LinkChange::Settle(settle))],
    };
    world.store.commit(batch).await.unwrap();
}

const NONE_LEFT: &str = "roles.value: Paging cannot give kim the role `admin`: no licence of this kind left";

#[tokio::test]
async fn who_would_need_a_licence_is_refused_before_anything_is_stored() {
    let world = world(Some(0), Some(0));
    let refused = world.create("User", user("kim", with_role("admin"))).await;
    assert_eq!(failure(refused), (400, Some("invalidValue"), NONE_LEFT.to_owned()));
    assert_eq!(looks(&world), ["roles", "account"]);
    assert!(world.script.woken.lock().unwrap().is_empty(), "nothing is stored");
    let titled = failure(world.create("User", user("kim", with_role("Responder"))).await).2;
    assert_eq!(
        titled,
        "roles.value: Paging cannot give kim the role Responder (`user`): no licence of this kind left"
    );
}

#[tokio::test]
async fn nobody_is_refused_without_proof() {
    type Turn = fn(&World);
    let rows: [(&str, Turn, &[&str]); 6] = [
        ("nothing is known", |world| set(&world.script.live, None), &[]),
        (
            "some are left",
            |world| set(&world.script.live, Some(live(Some(1), None))),
            &[],
        ),
        (
            "there is no bound",
            |world| set(&world.script.live, Some(live(None, None))),
            &[],
        ),
        (
            "one was freed since",
            |world| set(&world.script.fresh, Some(live(Some(1), None))),
            &["roles"],
        ),
        (
            "the vendor does not answer",
            |world| set(&world.script.fresh, None),
            &["roles"],
        ),
        (
            "the account is there",
            |world| set(&world.script.exists, Some(true)),
            &["roles", "account"],
        ),
    ];
    for (what, turn, expected) in rows {
        let world = world(Some(0), Some(0));
        turn(&world);
        world.create("User", user("kim", with_role("admin"))).await.expect(what);
        assert_eq!(looks(&world), expected, "{what}");
    }
    let world = world(Some(0), Some(0));
    set(&world.script.exists, None);
    world
        .create("User", user("kim", json!({})))
        .await
        .expect("nobody knows of accounts");
}

#[tokio::test]
async fn a_role_that_the_account_has_not_got_is_refused() {
    let mut world = world(Some(5), Some(5));
    let roles = live(Some(5), Some(5))
        .roles
        .into_iter()
        .filter(|role| role.name != "admin");
    let known = LiveRoles {
        roles: roles.collect(),
        ..live(None, None)
    };
    set(&world.script.live, Some(known.clone()));
    set(&world.script.fresh, Some(known));
    let refused = failure(world.create("User", user("kim", with_role("admin"))).await);
    let expected = "roles.value: Paging cannot give kim the role `admin`: this account has no such role";
    assert_eq!(refused, (400, Some("invalidValue"), expected.to_owned()));
    assert_eq!(looks(&world), ["roles"], "an account of another role would not help");
    world.context = world.without_waiting();
    let refused = failure(world.create("User", user("kim", with_role("admin"))).await);
    assert_eq!(refused.2, expected, "it is known, and nobody is waited for");
    set(&world.script.fresh, None);
    world
        .create("User", user("kim", with_role("admin")))
        .await
        .expect("it was known some time ago");
}

#[tokio::test]
async fn who_waits_for_no_vendor_is_not_refused_what_only_the_vendor_knows() {
    let mut world = world(Some(0), Some(0));
    world.context = world.without_waiting();
    world
        .create("User", user("kim", with_role("admin")))
        .await
        .expect("the account may be there");
    assert_eq!(looks(&world), ["roles"]);
}

#[tokio::test]
async fn the_last_licence_is_given_once() {
    let world = world(Some(1), Some(1));
    world
        .create("User", user("kim", with_role("user")))
        .await
        .expect("a licence of the other kind");
    let taken = world.create("User", user("kim", with_role("admin"))).await;
    assert_eq!(failure(taken).0, 409, "what is not stored takes none");
    world
        .create("User", user("lea", with_role("admin")))
        .await
        .expect("the last one");
    for name in ["max", "nat"] {
        let refused = failure(world.create("User", user(name, with_role("admin"))).await);
        assert_eq!(refused.2, NONE_LEFT.replace("kim", name), "it is not delivered yet");
    }
}

#[tokio::test]
async fn a_bulk_request_is_refused_by_item() {
    let world = world(Some(1), Some(0));
    let post = |name: &str, role: &str| json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": user(name, with_role(role)) });
    let operations = json!([post("kim", "admin"), post("lea", "admin"), post("max", "user")]);
    let request = json!({ "schemas": [schemas::urn::BULK_REQUEST], "Operations": operations });
    let bytes = world.service.bulk(&world.context, request).await.unwrap();
    let response: Value = serde_json::from_slice(&bytes).unwrap();
    let told = |place: usize| {
        let entry = &response["Operations"][place];
        (entry["status"].as_str().unwrap(), entry["response"]["detail"].as_str())
    };
    assert_eq!(told(0), ("201", None));
    assert_eq!(told(1), ("400", Some(NONE_LEFT.replace("kim", "lea").as_str())));
    assert_eq!(told(2).0, "400");
}

/// Kim is in one group; another one makes administrators, of whom there can be so many more.
async fn groups(full: u64) -> (World, [Document; 4]) {
    let world = World::with_targets(1).ruling("ops", "admin");
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let lea = world.create("User", user("lea", json!({}))).await.unwrap();
    let ops = world.create("Group", group("ops", &[&lea])).await.unwrap();
    let staff = world.create("Group", group("staff", &[&kim])).await.unwrap();
    settle(&world, kim.id, "user").await;
    set(&world.script.live, Some(live(Some(full), Some(5))));
    set(&world.script.fresh, Some(live(Some(full), Some(5))));
    (world, [kim, lea, ops, staff])
}

#[tokio::test]
async fn a_change_of_a_group_is_refused_for_who_would_need_a_licence() {
    let expected = NONE_LEFT.replace("roles.value", "groups");
    for (full, status) in [(0, 400), (1, 200)] {
        for what in ["a member", "a name", "a new group", "a member, in bulk", "another goes"] {
            let (world, [kim, lea, ops, staff]) = groups(full).await;
            let (kim_id, ops, staff) = (kim.id.to_string(), ops.id.to_string(), staff.id.to_string());
            let add = json!({ "op": "add", "path": "members", "value": [{ "value": kim_id }] });
            let remove = json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", lea.id) });
            let rename = json!([{ "op": "replace", "path": "displayName", "value": "ops" }]);
            let answer = match what {
                "a member" => world.patch("Group", &ops, json!([add])).await,
                "a name" => world.patch("Group", &staff, rename).await,
                "a new group" => world.create("Group", group("ops", &[&kim])).await,
                "another goes" => world.patch("Group", &ops, json!([add, remove])).await,
                _ => {
                    let data = json!({ "schemas": [schemas::urn::PATCH_OP], "Operations": [add] });
                    let path = format!("/Groups/{ops}");
                    let operations = json!([{ "method": "PATCH", "path": path, "data": data }]);
                    let request = json!({ "schemas": [schemas::urn::BULK_REQUEST], "Operations": operations });
                    let bytes = world.service.bulk(&world.context, request).await.unwrap();
                    let response: Value = serde_json::from_slice(&bytes).unwrap();
                    assert_eq!(response["Operations"][0]["status"], status.to_string());
                    continue;
                }
            };
            let may_go = full > 0 || what == "another goes";
            match may_go {
                true => drop(answer.expect(what)),
                false => assert_eq!(failure(answer), (400, Some("invalidValue"), expected.clone()), "{what}"),
            }
        }
    }
}

/// To look at a crowd takes long, so it is left to the vendor, whose refusals park people one by one. Of those who are
/// refused together only the first are named.
#[tokio::test]
async fn a_crowd_is_left_to_the_vendor() {
    let world = World::with_targets(1).ruling("ops", "admin");
    let mut people = Vec::new();
    for number in 0..=MARKED_MAX {
        let person = user(&format!("p{number:04}"), json!({}));
        people.push(world.create("User", person).await.unwrap());
    }
    for person in &people {
        settle(&world, person.id, "user").await;
    }
    set(&world.script.live, Some(live(Some(0), Some(5))));
    set(&world.script.fresh, Some(live(Some(0), Some(5))));
    let crowd: Vec<_> = people.iter().collect();
    let refused = failure(world.create("Group", group("ops", &crowd[1..])).await);
    let (first, rest) = refused.2.split_once("; ").unwrap();
    assert_eq!(
        first,
        NONE_LEFT.replace("roles.value", "groups").replace("kim", "p0001")
    );
    assert!(rest.ends_with("; and 990 others"), "{rest}");
    world.create("Group", group("ops", &crowd)).await.expect("a crowd");
}

/// Kim has this role at the vendor.
async fn kim(role: &str) -> (World, Document) {
    let world = World::with_targets(1);
    let kim = world.create("User", user("kim", with_role(role))).await.unwrap();
    settle(&world, kim.id, role).await;
    set(&world.script.live, Some(live(Some(0), Some(0))));
    set(&world.script.fresh, Some(live(Some(0), Some(0))));
    set(&world.script.exists, Some(false));
    (world, kim)
}

#[tokio::test]
async fn only_what_was_not_there_needs_a_licence() {
    let replace = |path: &str, value: Value| json!([{ "op": "replace", "path": path, "value": value }]);
    let role = |role: &str| replace("roles", json!([{ "value": role }]));
    for (had, operations, expected) in [
        ("user", role("admin"), 400),
        // Access is taken away.
        ("admin", role("user"), 200),
        ("user", replace("active", json!(false)), 200),
        ("user", replace("roles", json!([])), 200),
        // The role stays.
        ("user", replace("title", json!("Dr.")), 200),
    ] {
        let (world, kim) = kim(had).await;
        let answer = world.patch("User", &kim.id.to_string(), operations.clone()).await;
        let status = answer.map_or_else(|error| failure::<()>(Err(error)).0, |_| 200);
        assert_eq!(status, expected, "{had} {operations}");
    }
}

#[tokio::test]
async fn who_comes_back_needs_a_licence_again() {
    let (world, kim) = kim("admin").await;
    let id = kim.id.to_string();
    let active = |active: bool| json!([{ "op": "replace", "path": "active", "value": active }]);
    world.patch("User", &id, active(false)).await.unwrap();
    // Not delivered yet: the account is still there.
    world.patch("User", &id, active(true)).await.unwrap();
    world.patch("User", &id, active(false)).await.unwrap();
    let key = LinkKey {
        directory: DIRECTORY,
        target: TargetId(Uuid::from_u128(0)),
        resource: kim.id,
    };
    let gone = Settle {
        settled: Some(world.store.link(&key).await.unwrap().unwrap().marked),
        ..Settle::default()
    };
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![Write::Link(key, LinkChange::Settle(gone))],
    };
    world.store.commit(batch).await.unwrap();
    let refused = failure(world.patch("User", &id, active(true)).await);
    assert_eq!(refused, (400, Some("invalidValue"), NONE_LEFT.to_owned()));
    world.delete("User", &id).await.expect("leaving needs none");
}
