//! Resources from creation to deletion, as a client sees them.
use serde_json::{Value, json};

use super::world::{World, body, failure, group, user};
use crate::service::{Limits, Options, Preconditions, Shape};
use crate::store::{Batch, SettingKind, Store as _, Write};

#[tokio::test]
async fn a_user_is_answered_as_it_is_stored() {
    let world = World::plain();
    let created = world
        .create("User", user("kim", json!({ "title": "Dr." })))
        .await
        .unwrap();
    let id = created.id.to_string();
    assert_eq!(created.location, format!("https://host/scim/acme/v2/Users/{id}"));
    assert_eq!(created.version, "W/\"1\"");
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": id,
        "userName": "kim",
        "title": "Dr.",
        "emails": [{ "value": "kim@example.com", "primary": true }],
        "meta": {
            "resourceType": "User",
            "created": "2027-01-15T08:00:00.000Z",
            "lastModified": "2027-01-15T08:00:00.000Z",
            "location": created.location,
            "version": "W/\"1\"",
        },
    });
    assert_eq!(body(&created), expected);
    assert_eq!(body(&world.get("User", &id).await.unwrap()), expected);
}

#[tokio::test]
async fn changes_move_version_and_time() {
    let world = World::plain();
    let created = world.create("User", user("kim", json!({}))).await.unwrap();
    let id = created.id.to_string();
    world.wait_a_second();
    let replaced = world
        .replace("User", &id, user("kim", json!({ "title": "Dr." })))
        .await
        .unwrap();
    assert_eq!(replaced.version, "W/\"2\"");
    let meta = &body(&replaced)["meta"];
    assert_eq!(
        (&meta["created"], &meta["lastModified"]),
        (&json!("2027-01-15T08:00:00.000Z"), &json!("2027-01-15T08:00:01.000Z"))
    );
    let remove = json!([{ "op": "remove", "path": "title" }]);
    let patched = world.patch("User", &id, remove).await.unwrap();
    assert_eq!(patched.version, "W/\"3\"");
    assert!(
        patched.modified > replaced.modified,
        "even where the clock stands still"
    );
    assert_eq!(body(&patched).get("title"), None);
    assert_eq!(body(&world.get("User", &id).await.unwrap()), body(&patched));
}

#[tokio::test]
async fn who_is_deleted_is_unknown_and_the_name_is_free() {
    let world = World::plain();
    let created = world.create("User", user("kim", json!({}))).await.unwrap();
    let id = created.id.to_string();
    let (status, scim_type, detail) = failure(world.create("User", user("KIM", json!({}))).await);
    assert_eq!((status, scim_type), (409, Some("uniqueness")));
    assert!(detail.contains("userName"), "{detail}");
    world.delete("User", &id).await.unwrap();
    let missing = |answer: (u16, Option<&'static str>, String)| assert_eq!((answer.0, answer.1), (404, None));
    missing(failure(world.get("User", &id).await));
    missing(failure(world.delete("User", &id).await));
    missing(failure(world.replace("User", &id, user("kim", json!({}))).await));
    missing(failure(
        world
            .patch("User", &id, json!([{ "op": "remove", "path": "title" }]))
            .await,
    ));
    let anew = world.create("User", user("kim", json!({}))).await.unwrap();
    assert_ne!(anew.id, created.id);
}

#[tokio::test]
async fn ids_are_exact() {
    let world = World::plain();
    let created = world.create("User", user("kim", json!({}))).await.unwrap();
    let id = created.id.to_string();
    for wrong in [
        id.to_uppercase(),
        id.replace('-', ""),
        format!("{{{id}}}"),
        String::new(),
        "x".to_owned(),
    ] {
        assert_eq!(failure(world.get("User", &wrong).await).0, 404, "{wrong}");
    }
    assert_eq!(failure(world.get("Group", &id).await).0, 404);
}

#[tokio::test]
async fn membership_shows_on_both_sides() {
    let world = World::plain();
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let team = world.create("Group", group("Team \"A\"", &[&kim])).await.unwrap();
    let (kim_id, team_id) = (kim.id.to_string(), team.id.to_string());
    assert_eq!(
        body(&team)["members"],
        json!([{ "value": kim_id, "$ref": kim.location, "type": "User" }])
    );
    let before = world.get("User", &kim_id).await.unwrap();
    assert_eq!(
        body(&before)["groups"],
        json!([{ "value": team_id, "$ref": team.location, "type": "direct", "display": "Team \"A\"" }])
    );
    assert_ne!(before.version, kim.version, "304 must not hide the new group");
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "B" }]);
    world.patch("Group", &team_id, rename).await.unwrap();
    let after = world.get("User", &kim_id).await.unwrap();
    assert_ne!(after.version, before.version, "304 must not hide the new name");
    world.delete("User", &kim_id).await.unwrap();
    let left = world.get("Group", &team_id).await.unwrap();
    assert_eq!(body(&left).get("members"), None);
    assert_ne!(left.version, team.version);
}

#[tokio::test]
async fn conditions() {
    let world = World::plain();
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let id = kim.id.to_string();
    let options = |if_match: Option<&str>, if_none_match: Option<&str>| Options {
        preconditions: Preconditions {
            if_match: if_match.map(str::to_owned),
            if_none_match: if_none_match.map(str::to_owned),
        },
        shape: Shape::default(),
    };
    let rename = json!([{ "op": "replace", "path": "title", "value": "Dr." }]);
    for (if_match, if_none_match, get, patch) in [
        (Some("W/\"9\""), None, 412, 412),
        (Some("W/\"0\", W/\"7\""), None, 412, 412),
        (None, Some("W/\"1\""), 304, 412),
        (None, Some("*"), 304, 412),
    ] {
        let answer = world.get_with("User", &id, options(if_match, if_none_match)).await;
        assert_eq!(failure(answer).0, get, "{if_match:?} {if_none_match:?}");
        let change = (rename.clone(), options(if_match, if_none_match));
        let answer = world.patch_with("User", &id, change).await;
        assert_eq!(failure(answer).0, patch, "{if_match:?} {if_none_match:?}");
    }
    world
        .get_with("User", &id, options(Some("*"), Some("W/\"9\"")))
        .await
        .unwrap();
    let change = (rename, options(Some("\"1\""), None));
    assert_eq!(world.patch_with("User", &id, change).await.unwrap().version, "W/\"2\"");
}

#[tokio::test]
async fn shapes() {
    let world = World::plain();
    let kim = world
        .create("User", user("kim", json!({ "title": "Dr." })))
        .await
        .unwrap();
    let options = |attributes: &[&str], excluded: &[&str]| Options {
        shape: Shape {
            attributes: attributes.iter().map(ToString::to_string).collect(),
            excluded_attributes: excluded.iter().map(ToString::to_string).collect(),
        },
        preconditions: Preconditions::default(),
    };
    let id = kim.id.to_string();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let only = world.get_with("User", &id, options(&["title"], &[])).await.unwrap();
    assert_eq!(names(&body(&only)), ["schemas", "id", "title"]);
    assert_eq!(only.version, kim.version);
    let without = world
        .get_with("User", &id, options(&[], &["meta", "emails", "id"]))
        .await
        .unwrap();
    assert_eq!(names(&body(&without)), ["schemas", "id", "userName", "title"]);
    assert_eq!(
        failure(world.get_with("User", &id, options(&["id"], &["title"])).await).0,
        400
    );
}

#[tokio::test]
async fn references_follow_ids() {
    let world = World::plain();
    let boss = world.create("User", user("boss", json!({}))).await.unwrap();
    let manager = |value: Value| user("kim", json!({ schemas::urn::ENTERPRISE_USER: { "manager": value } }));
    let boss_id = boss.id.to_string();
    let kim = world
        .create("User", manager(json!({ "value": boss_id, "$ref": "../Users/x" })))
        .await
        .unwrap();
    let shown = |document| body(&document)[schemas::urn::ENTERPRISE_USER]["manager"].clone();
    let expected = json!({ "value": boss_id, "$ref": boss.location });
    assert_eq!(shown(kim.clone()), expected);
    let id = kim.id.to_string();
    let again = world
        .replace("User", &id, manager(json!({ "value": boss_id })))
        .await
        .unwrap();
    assert_eq!((again.version.as_str(), shown(again.clone())), ("W/\"1\"", expected));
    let other = world
        .replace("User", &id, manager(json!({ "value": "E17" })))
        .await
        .unwrap();
    assert_eq!(shown(other), json!({ "value": "E17" }));
}

#[tokio::test]
async fn who_does_not_exist_is_no_member() {
    let mut world = World::plain();
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let team = |members: Value| json!({ "schemas": [schemas::urn::GROUP], "displayName": "x", "members": members });
    for nobody in [
        json!({ "value": "nobody" }),
        json!({ "value": "01899e9e-0000-7000-8000-000000000000" }),
        json!({ "value": "01899e9e-0000-7000-8000-000000000000", "type": "User" }),
    ] {
        let members = json!([nobody, { "value": kim.id.to_string(), "type": "Nonsense" }]);
        world.context.rules.unknown_members_dropped = false;
        let (status, scim_type, detail) = failure(world.create("Group", team(members.clone())).await);
        assert_eq!((status, scim_type), (400, Some("invalidValue")), "{members}");
        assert!(detail.contains("members.value"), "{detail}");
        world.context.rules.unknown_members_dropped = true;
        let made = world.create("Group", team(members)).await.unwrap();
        assert_eq!(
            body(&made)["members"],
            json!([{ "value": kim.id.to_string(), "$ref": kim.location, "type": "User" }])
        );
    }
}

/// A resource may grow from request to request, but not without end.
#[tokio::test]
async fn a_resource_has_so_many_bytes() {
    let limits = Limits {
        document_bytes: 2_000,
        ..Limits::default()
    };
    let world = World::of(0, limits, schemas::Catalogue::builtin());
    let ann = world.create("User", user("ann", json!({}))).await.unwrap();
    let id = ann.id.to_string();
    let add = |number: usize| {
        let values: Vec<_> = (0..10)
            .map(|each| json!({ "value": format!("{number} {each}"), "type": "x" }))
            .collect();
        json!([{ "op": "add", "path": "entitlements", "value": values }])
    };
    let mut grown = 0;
    let refused = loop {
        match world.patch("User", &id, add(grown)).await {
            Ok(_) => grown += 1,
            Err(error) => break failure::<()>(Err(error)),
        }
    };
    assert_eq!((refused.0, refused.1), (400, Some("invalidValue")), "{}", refused.2);
    assert!((1..10).contains(&grown), "{grown}");
    let large = user("bob", json!({ "title": "x".repeat(2_000) }));
    assert_eq!(failure(world.create("User", large).await).1, Some("invalidValue"));
}

/// A type of one's own: what is returned on request is in the answer to who set it, and one value has one form.
#[tokio::test]
async fn attributes_of_ones_own() {
    let schema = json!({ "id": "urn:example:Part", "name": "Part", "attributes": [
        { "name": "weight", "type": "decimal", "uniqueness": "server" },
        { "name": "made", "type": "dateTime", "uniqueness": "server" },
        { "name": "tags", "multiValued": true },
        { "name": "notes", "returned": "request" },
    ]});
    let kind = json!({ "name": "Part", "endpoint": "/Parts", "schema": "urn:example:Part" });
    let catalogue = schemas::Catalogue::builtin().with(&[schema], &[kind]).unwrap();
    let world = World::of(0, Limits::default(), catalogue);
    let part = |more: Value| {
        let mut part = json!({ "schemas": ["urn:example:Part"] });
        part.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        part
    };
    let first =
        part(json!({ "weight": 1, "made": "2011-05-13T04:42:34Z", "notes": "n", "tags": ["\u{e4}", "A\u{308}"] }));
    let made = world.create("Part", first.clone()).await.unwrap();
    let id = made.id.to_string();
    assert_eq!(
        (&body(&made)["notes"], &body(&made)["tags"]),
        (&json!("n"), &json!(["\u{e4}"]))
    );
    for taken in [
        json!({ "weight": 1.0 }),
        json!({ "made": "2011-05-13T06:42:34.000+02:00" }),
    ] {
        assert_eq!(
            failure(world.create("Part", part(taken.clone())).await).0,
            409,
            "{taken}"
        );
    }
    assert_eq!(body(&world.get("Part", &id).await.unwrap()).get("notes"), None);
    let replaced = world.replace("Part", &id, first).await.unwrap();
    assert_eq!(body(&replaced)["notes"], "n");
    for (operation, shown) in [
        (json!({ "op": "replace", "path": "notes", "value": "m" }), true),
        (json!({ "op": "replace", "value": { "NOTES": "m" } }), true),
        (json!({ "op": "replace", "path": "weight", "value": 2 }), false),
    ] {
        let patched = world.patch("Part", &id, json!([operation])).await.unwrap();
        assert_eq!(body(&patched).get("notes").is_some(), shown, "{operation}");
    }
}

#[tokio::test]
async fn a_directory_that_is_gone_takes_nobody() {
    let world = World::plain();
    let ann = world.create("User", user("ann", json!({}))).await.unwrap();
    let trace = crate::service::plan::removed_directory(super::world::DIRECTORY);
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![Write::PutSetting(SettingKind::Other, trace, Vec::new())],
    };
    world.store.commit(batch).await.unwrap();
    assert_eq!(failure(world.create("User", user("bob", json!({}))).await).0, 404);
    world.delete("User", &ann.id.to_string()).await.unwrap();
}
