//! What a change means for targets: refused beforehand, marked, or of no concern.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::vendor::{set, take};
use super::world::{DIRECTORY, World, body, failure, group, user};
use crate::mapping::ACTIVE;
use crate::service::resettle::MARKED_MAX;
use crate::service::{Document, Outcome, look_record};
use crate::store::{GrantKey, Link, LinkKey, ResourceId, SettingKind, Store, TargetId};

fn remove(path: &str) -> Value {
    json!([{ "op": "remove", "path": path }])
}

fn replace(path: &str, value: Value) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

#[tokio::test]
async fn what_a_vendor_would_refuse_is_refused_at_once() {
    let check = |body: Value, expected: &'static str| async move {
        let world = World::with_targets(1);
        let (status, scim_type, detail) = failure(world.create("User", body).await);
        assert_eq!(
            (status, scim_type, detail.as_str()),
            (400, Some("invalidValue"), expected)
        );
        assert_eq!(take(&world.script.woken), []);
    };
    let nothing = json!({ "schemas": [schemas::urn::USER], "userName": "kim" });
    check(nothing, "emails[primary eq true].value: Paging's `email` is required").await;
    let roles = |role: &str| user("kim", json!({ "roles": [{ "value": role }] }));
    check(
        roles("chief"),
        "roles.value: Paging's `role` must be one of admin, user",
    )
    .await;
    check(
        roles("owner"),
        "roles.value: Paging's `role` cannot be `owner`: it is given in the vendor's own console",
    )
    .await;
    let two = user(
        "kim",
        json!({ "displayName": "x".repeat(21), "emails": [{ "value": "kim" }] }),
    );
    check(
        two,
        "emails[primary eq true].value: Paging's `email` must be an e-mail address; \
         displayName: Paging's `name` must have at most 20 characters",
    )
    .await;
}

#[tokio::test]
async fn a_change_is_refused_for_its_own_faults_only() {
    let long = "x".repeat(21);
    // Someone whom the vendor would refuse can be there: the target was added later.
    for (active, operations, refused) in [
        (true, replace("title", json!("Dr.")), false),
        (true, remove("emails"), true),
        (true, replace("displayName", json!("y".repeat(30))), true),
        (true, replace("active", json!(false)), false),
        (false, replace("title", json!("Dr.")), false),
        (false, remove("emails"), false),
        (false, replace("active", json!(true)), true),
    ] {
        let world = World::plain();
        let body = user("kim", json!({ "active": active, "displayName": long }));
        let kim = world.create("User", body).await.unwrap();
        let answer = world
            .retargeted(1)
            .patch("User", &kim.id.to_string(), operations.clone())
            .await;
        assert_eq!(answer.is_err(), refused, "{active} {operations}");
    }
    let fine = || async {
        let world = World::with_targets(1);
        let kim = world
            .create("User", user("kim", json!({ "roles": [{ "value": "admin" }] })))
            .await
            .unwrap();
        (world, kim.id.to_string())
    };
    let both = |mut first: Value, second: Value| {
        first.as_array_mut().unwrap().extend(second.as_array().unwrap().clone());
        first
    };
    for (operations, refused) in [
        (remove("emails"), true),
        (both(remove("emails"), replace("active", json!(false))), false),
        (both(remove("emails"), remove("roles")), false),
        (
            both(remove("emails"), replace("roles", json!([{ "value": "user" }]))),
            false,
        ),
        (replace("roles", json!([{ "value": "owner" }])), true),
        (replace("roles", json!([{ "value": "chief" }])), true),
    ] {
        let (world, id) = fine().await;
        let answer = world.patch("User", &id, operations.clone()).await;
        assert_eq!(answer.is_err(), refused, "{operations}");
    }
}

#[tokio::test]
async fn links_learn_what_changed() {
    for (operations, marked, fields, leaver) in [
        (
            replace("title", json!("Dr.")),
            2,
            &["email", "job_title", "name", "role"][..],
            false,
        ),
        (replace("nickName", json!("k")), 1, &["email", "name", "role"], false),
        (replace("externalId", json!("E2")), 1, &["email", "name", "role"], false),
        (
            replace("emails[primary eq true].value", json!("KIM@example.com")),
            1,
            &["email", "name", "role"],
            false,
        ),
        (
            replace("active", json!(false)),
            2,
            &["active", "email", "name", "role"],
            true,
        ),
        (
            replace("roles", json!([{ "value": "Responder" }])),
            2,
            &["email", "name", "role"],
            true,
        ),
        (remove("roles"), 2, &["email", "name", "role"], true),
    ] {
        let world = World::with_targets(1);
        let kim = world
            .create("User", user("kim", json!({ "roles": [{ "value": "admin" }] })))
            .await
            .unwrap();
        world
            .patch("User", &kim.id.to_string(), operations.clone())
            .await
            .unwrap();
        let link = world.link(0, kim.id).await.unwrap();
        let fields: BTreeSet<_> = fields.iter().map(ToString::to_string).collect();
        assert_eq!((link.marked, link.unsettled), (marked, fields), "{operations}");
        assert_eq!(link.leaver_since.is_some(), leaver, "{operations}");
    }
    let world = World::with_targets(2);
    let kim = world
        .create("User", user("kim", json!({ "externalId": "E1" })))
        .await
        .unwrap();
    world.delete("User", &kim.id.to_string()).await.unwrap();
    for target in 0..2 {
        let link = world.link(target, kim.id).await.unwrap();
        assert_eq!((link.marked, link.leaver_since.is_some()), (2, true));
        assert_eq!(link.tombstone.unwrap().external_id.as_deref(), Some("E1"));
    }
}

#[tokio::test]
async fn other_resource_types_concern_no_target() {
    let schema = json!({ "id": "urn:example:2.0:Thing", "name": "Thing", "attributes": [{ "name": "color" }] });
    let kind = json!({ "name": "Thing", "endpoint": "/Things", "schema": "urn:example:2.0:Thing" });
    let catalogue = schemas::Catalogue::builtin().with(&[schema], &[kind]).unwrap();
    let world = World::of(1, crate::service::Limits::default(), catalogue);
    let thing = json!({ "schemas": ["urn:example:2.0:Thing"], "color": "red" });
    let thing = world.create("Thing", thing).await.unwrap();
    assert_eq!(thing.location, format!("https://host/scim/acme/v2/Things/{}", thing.id));
    assert_eq!(world.link(0, thing.id).await, None);
    let blue = world
        .patch("Thing", &thing.id.to_string(), replace("color", json!("blue")))
        .await
        .unwrap();
    assert_eq!(body(&blue)["color"], json!("blue"));
    assert_eq!(take(&world.script.waited), []);
}

pub(super) async fn grants(world: &World, team: &Document) -> Vec<(ResourceId, bool)> {
    let link = LinkKey {
        directory: DIRECTORY,
        target: TargetId(uuid::Uuid::from_u128(0)),
        resource: team.id,
    };
    let due = world.store.grants_due(&link, None, 10).await.unwrap();
    due.into_iter()
        .map(|(GrantKey { member, .. }, grant)| (member, grant.wanted))
        .collect()
}

#[tokio::test]
async fn memberships_are_wanted_and_no_longer_wanted() {
    let world = World::with_targets(1);
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let ann = world.create("User", user("ann", json!({}))).await.unwrap();
    for person in [&kim, &ann] {
        world.settle(person.id).await;
    }
    let team = world.create("Group", group("A", &[&kim])).await.unwrap();
    let id = team.id.to_string();
    let outer = world.create("Group", group("B", &[&team])).await.unwrap();
    assert_eq!(
        grants(&world, &outer).await,
        [],
        "groups in groups are no matter of the vendor"
    );
    assert_eq!(grants(&world, &team).await, [(kim.id, true)]);
    world.settle(team.id).await;
    world
        .patch(
            "Group",
            &id,
            json!([{ "op": "add", "path": "members", "value": [{ "value": ann.id.to_string() }] }]),
        )
        .await
        .unwrap();
    let link = world.link(0, team.id).await.unwrap();
    assert_eq!((link.is_pending(), link.leaver_since), (true, None));
    assert_eq!(grants(&world, &team).await, [(kim.id, true), (ann.id, true)]);
    world
        .patch("Group", &id, remove(&format!("members[value eq \"{}\"]", kim.id)))
        .await
        .unwrap();
    let link = world.link(0, team.id).await.unwrap();
    assert!(link.leaver_since.is_some());
    // Who could have been added by now is taken out.
    assert_eq!(grants(&world, &team).await, [(kim.id, false), (ann.id, true)]);
    world.delete("User", &ann.id.to_string()).await.unwrap();
    assert_eq!(grants(&world, &team).await, [(kim.id, false), (ann.id, false)]);
}

#[tokio::test]
async fn a_change_that_changes_nothing_waits_along_and_writes_nothing() {
    // What is sent to a person that has a title, an e-mail address and no nick name.
    let person = user("kim", json!({ "title": "Dr." }));
    for operations in [
        None,
        Some(replace("title", json!("Dr."))),
        Some(json!([{ "op": "add", "path": "title", "value": "Dr." }])),
        Some(json!([{ "op": "add", "value": { "title": "Dr." } }])),
        Some(remove("nickName")),
        Some(remove("emails[type eq \"home\"]")),
        Some(json!([{ "op": "add", "path": "emails", "value": [{ "value": "kim@example.com", "primary": true }] }])),
        Some(
            json!([{ "op": "replace", "path": "title", "value": "x" }, { "op": "replace", "path": "title", "value": "Dr." }]),
        ),
    ] {
        for settled in [false, true] {
            let world = World::with_targets(1);
            let kim = world.create("User", person.clone()).await.unwrap();
            if settled {
                world.settle(kim.id).await;
            }
            take(&world.script.waited);
            take(&world.script.woken);
            world.wait_a_second();
            world.script.refuse(None);
            let id = kim.id.to_string();
            let answer = match &operations {
                None => world.replace("User", &id, person.clone()).await.unwrap(),
                Some(operations) => world.patch("User", &id, operations.clone()).await.unwrap(),
            };
            assert_eq!(body(&answer), body(&kim), "{operations:?}");
            let link = world.link(0, kim.id).await.unwrap();
            assert_eq!((link.marked, take(&world.script.woken)), (1, vec![]), "{operations:?}");
            assert_eq!(
                take(&world.script.waited).len(),
                usize::from(!settled),
                "{operations:?}"
            );
        }
    }
}

#[tokio::test]
async fn nobody_waits_when_it_is_of_no_use() {
    for (down, respond_within_ms, waited) in [(vec![], 8_000, 1), (vec![0], 8_000, 0), (vec![], 0, 0)] {
        let mut world = World::with_targets(1);
        let mut directory = (*world.context.directory).clone();
        directory.config.respond_within_ms = respond_within_ms;
        world.context.directory = directory.into();
        set(&world.script.down, down);
        set(&world.script.outcome, Some(Outcome::Pending));
        world.create("User", user("kim", json!({}))).await.unwrap();
        assert_eq!(take(&world.script.waited).len(), waited);
        assert_eq!(
            take(&world.script.woken).len(),
            1,
            "the target hears of it all the same"
        );
    }
}

/// Whether a membership lets a person in or not is found out at the turn: until then a leaver overtakes the others.
#[tokio::test]
async fn a_leaver_who_joins_a_group_stays_in_the_lane() {
    let world = World::plain().assigning("groups.display eq \"in\"");
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let team = world.create("Group", group("in", &[&kim])).await.unwrap();
    let joined = world.link(0, kim.id).await.unwrap();
    assert!(joined.unsettled.contains(ACTIVE) && joined.leaver_since.is_none());
    world.delete("Group", &team.id.to_string()).await.unwrap();
    let left = world.link(0, kim.id).await.unwrap().leaver_since;
    assert!(left.is_some());
    world.create("Group", group("another", &[&kim])).await.unwrap();
    assert_eq!(world.link(0, kim.id).await.unwrap().leaver_since, left);
}

/// Who does not belong to a target may have an account there, from former days or by an import: it shuts with the
/// person. Who never had one leaves nothing there, above all no leaver whom a target that is out of service cannot let
/// go.
#[tokio::test]
async fn who_is_unassigned_and_ends_is_a_leaver_where_there_is_a_link() {
    let end = [Some(replace("active", json!(false))), None];
    for (belonged, end) in [(true, &end[0]), (true, &end[1]), (false, &end[0]), (false, &end[1])] {
        let world = World::plain().assigning("userType eq \"Employee\"");
        let kind = if belonged { "Employee" } else { "Guest" };
        let kim = user("kim", json!({ "userType": kind }));
        let kim = world.create("User", kim).await.unwrap().id;
        let id = kim.to_string();
        let patch = async |operations| drop(world.patch("User", &id, operations).await.unwrap());
        if belonged {
            world.settle(kim).await;
            patch(replace("userType", json!("Guest"))).await;
            world.settle(kim).await;
        }
        patch(replace("title", json!("Dr."))).await;
        let is_pending = |link: Option<Link>| link.is_some_and(|link| link.is_pending());
        assert!(
            !is_pending(world.link(0, kim).await),
            "nothing of them is the target's concern"
        );
        match end {
            Some(operations) => patch(operations.clone()).await,
            None => world.delete("User", &id).await.unwrap(),
        }
        let link = world.link(0, kim).await;
        let leaves = link.map(|link| link.leaver_since.is_some());
        assert_eq!(leaves, belonged.then_some(true), "{belonged} {end:?}");
    }
}

/// Whether who leaves a group has an account is found out at the turn; without a link there is none to be lost.
#[tokio::test]
async fn who_leaves_a_group_is_a_leaver_where_there_is_a_link() {
    for has_link in [true, false] {
        let plain = World::plain();
        let world = plain.assigning("groups.display eq \"in\"");
        let before = if has_link { &world } else { &plain };
        let kim = before.create("User", user("kim", json!({}))).await.unwrap();
        let team = before.create("Group", group("in", &[&kim])).await.unwrap();
        let operations = remove(&format!("members[value eq \"{}\"]", kim.id));
        world.patch("Group", &team.id.to_string(), operations).await.unwrap();
        let link = world.link(0, kim.id).await;
        let told = link.map(|link| (link.is_pending(), link.leaver_since.is_some()));
        assert_eq!(told, has_link.then_some((true, true)));
    }
}

/// What a group with a crowd in it does to its members is found out by the target: the write itself stays small.
#[tokio::test]
async fn a_group_marks_its_members_unless_they_are_a_crowd() {
    for (members, crowd) in [(MARKED_MAX, false), (MARKED_MAX + 1, true)] {
        let world = World::plain().assigning("groups.display eq \"in\"");
        let mut people = Vec::new();
        for number in 0..members {
            let body = user(&format!("p{number}"), json!({}));
            people.push(world.create("User", body).await.unwrap());
        }
        let target = world.context.directory.targets[0].id;
        let looks = async || {
            let record = world.store.setting(SettingKind::Other, &look_record(target)).await;
            record.unwrap().map_or(0, |(version, _)| version)
        };
        let marks = async || {
            let link = world.link(0, people[members - 1].id).await;
            link.map_or(0, |link| link.marked)
        };
        let team = group("in", &people.iter().collect::<Vec<_>>());
        let team = world.create("Group", team).await.unwrap().id.to_string();
        for (step, told) in ["a group comes", "its name changes", "it goes"].into_iter().zip(1..) {
            match told {
                2 => drop(
                    world
                        .patch("Group", &team, replace("displayName", json!("out")))
                        .await
                        .unwrap(),
                ),
                3 => world.delete("Group", &team).await.unwrap(),
                _ => {}
            }
            let expected = if crowd { (told, 0) } else { (0, told) };
            assert_eq!((looks().await, marks().await), expected, "{step}: {members}");
            assert!(take(&world.script.woken).contains(&target), "{step}: {members}");
        }
    }
}

/// An administrator adds a target while requests are under way; its sweep may be past the resource already.
#[tokio::test]
async fn a_request_that_began_before_a_target_came_marks_it_all_the_same() {
    let world = World::plain();
    let lea = world.create("User", user("lea", json!({}))).await.unwrap();
    let max = world.create("User", user("max", json!({}))).await.unwrap();
    let present = world.retargeted(1).context.directory;
    let directories = BTreeMap::from([("acme".to_owned(), present)]);
    world.service.registry().replace(directories);
    // One of them the target knows already.
    let looked = world.retargeted(1);
    let title = |title: &str| replace("title", json!(title));
    looked.patch("User", &max.id.to_string(), title("Mr")).await.unwrap();
    world.settle(max.id).await;
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    world.patch("User", &lea.id.to_string(), title("Dr")).await.unwrap();
    world.delete("User", &max.id.to_string()).await.unwrap();
    for id in [kim.id, lea.id, max.id] {
        assert!(world.link(0, id).await.is_some_and(|link| link.is_pending()), "{id}");
    }
}

/// What the members' links say after a change of their group: whether they leave, and which fields differ.
#[tokio::test]
async fn a_group_takes_access_from_whom_it_takes_it_and_from_nobody_else() {
    const OUT: &str = "not (groups.display eq \"out\")";
    const IN: &str = "groups.display eq \"in\"";
    let rename = |name: &str| replace("displayName", json!(name));
    for (assignment, name, then, expected) in [
        (OUT, "out", None, Some(&["active"][..])),
        (OUT, "team", Some(rename("out")), Some(&["active"])),
        (OUT, "team", Some(rename("crew")), None),
        (OUT, "team", Some(remove("members")), None),
        (IN, "in", Some(rename("team")), Some(&["active"])),
        (IN, "in", Some(remove("members")), Some(&["active"])),
        (IN, "team", Some(remove("members")), None),
    ] {
        let world = World::plain().assigning(assignment);
        let kim = world.create("User", user("kim", json!({}))).await.unwrap();
        if assignment == IN {
            world.create("Group", group("always", &[&kim])).await.unwrap();
        }
        world.settle(kim.id).await;
        let team = world.create("Group", group(name, &[&kim])).await.unwrap();
        if let Some(operations) = &then {
            world.settle(kim.id).await;
            world
                .patch("Group", &team.id.to_string(), operations.clone())
                .await
                .unwrap();
        }
        let link = world.link(0, kim.id).await.unwrap();
        assert!(link.is_pending(), "{name} {then:?}");
        let fields: BTreeSet<_> = expected.into_iter().flatten().map(ToString::to_string).collect();
        let told = (link.leaver_since.is_some(), link.unsettled);
        assert_eq!(told, (expected.is_some(), fields), "{assignment} {name} {then:?}");
    }
}

/// A lesser role by coming into a group, and by its new name.
#[tokio::test]
async fn a_group_takes_a_role() {
    for renamed in [false, true] {
        let world = World::plain().ruling("limited", "user");
        let admin = json!({ "roles": [{ "value": "admin" }] });
        let kim = world.create("User", user("kim", admin)).await.unwrap();
        world.settle(kim.id).await;
        let name = if renamed { "team" } else { "limited" };
        let team = world.create("Group", group(name, &[&kim])).await.unwrap();
        if renamed {
            assert_eq!(world.link(0, kim.id).await.unwrap().leaver_since, None);
            let rename = replace("displayName", json!("limited"));
            world.patch("Group", &team.id.to_string(), rename).await.unwrap();
        }
        let link = world.link(0, kim.id).await.unwrap();
        assert!(
            link.leaver_since.is_some() && link.unsettled.contains("role"),
            "{link:?}"
        );
    }
}
