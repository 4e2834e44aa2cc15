//! Changes of memberships.
use std::sync::Arc;

use serde_json::{Value, json};

use super::world::{World, body, failure, group, user};
use crate::service::{Document, Limits, Options, Preconditions, Shape, rows};

async fn people(world: &World, count: usize) -> Vec<Document> {
    let mut people = Vec::with_capacity(count);
    for number in 0..count {
        people.push(
            world
                .create("User", user(&format!("person{number}"), json!({})))
                .await
                .unwrap(),
        );
    }
    people
}

/// Numbers of the people who are in the group.
async fn inside(world: &World, team: &str, people: &[Document]) -> Vec<usize> {
    let team = body(&world.get("Group", team).await.unwrap());
    let members = team
        .get("members")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let number = |member: &Value| {
        people
            .iter()
            .position(|person| member["value"] == json!(person.id.to_string()))
    };
    members.iter().map(|member| number(member).unwrap()).collect()
}

/// Operations, where `#2` is the id of person 2; who is in afterwards, 0 and 1 being in before; whether that is a
/// change.
const OPERATIONS: &[(&str, &[usize], bool)] = &[
    (
        r##"{"op":"add","path":"members","value":[{"value":"#2"},{"value":"#0"}]}"##,
        &[0, 1, 2],
        true,
    ),
    (
        r##"{"op":"add","path":"members","value":[{"value":"#1"}]}"##,
        &[0, 1],
        false,
    ),
    (
        r##"{"op":"add","value":{"members":[{"value":"#2"}]}}"##,
        &[0, 1, 2],
        true,
    ),
    (r##"{"op":"remove","path":"members[value eq \"#0\"]"}"##, &[1], true),
    (r##"{"op":"remove","path":"members[value eq \"#2\"]"}"##, &[0, 1], false),
    (
        r##"{"op":"remove","path":"members[value eq \"nobody\"]"}"##,
        &[0, 1],
        false,
    ),
    (
        r##"{"op":"remove","path":"members[value eq \"#0\" or value eq \"#2\"]"}"##,
        &[1],
        true,
    ),
    (
        r##"{"op":"remove","path":"members[type eq \"Group\"]"}"##,
        &[0, 1],
        false,
    ),
    (r##"{"op":"remove","path":"members[type eq \"User\"]"}"##, &[], true),
    (
        r##"{"op":"remove","path":"members","value":[{"value":"#1"}]}"##,
        &[0],
        true,
    ),
    (r##"{"op":"remove","path":"members"}"##, &[], true),
    (
        r##"{"op":"replace","path":"members","value":[{"value":"#2"},{"value":"#1"}]}"##,
        &[1, 2],
        true,
    ),
    (
        r##"{"op":"replace","path":"members","value":[{"value":"#1"},{"value":"#0"}]}"##,
        &[0, 1],
        false,
    ),
    (r##"{"op":"replace","path":"members","value":[]}"##, &[], true),
    (
        r##"{"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"#0"},{"value":"#1"}]}"##,
        &[0, 1],
        false,
    ),
    (
        r##"{"op":"add","path":"members","value":[{"value":"#2"}]},{"op":"remove","path":"members[value eq \"#2\"]"}"##,
        &[0, 1],
        false,
    ),
];

#[tokio::test]
async fn operations_on_members() {
    for (operations, expected, changed) in OPERATIONS {
        let world = World::plain();
        let people = people(&world, 3).await;
        let team = world
            .create("Group", group("A", &[&people[0], &people[1]]))
            .await
            .unwrap();
        let id = team.id.to_string();
        let mut text = format!("[{operations}]");
        for (number, person) in people.iter().enumerate() {
            text = text.replace(&format!("#{number}"), &person.id.to_string());
        }
        world.wait_a_second();
        let answer = world
            .patch("Group", &id, serde_json::from_str(&text).unwrap())
            .await
            .unwrap();
        assert_eq!(inside(&world, &id, &people).await, *expected, "{operations}");
        assert_eq!(answer.version != team.version, *changed, "{operations}");
        assert_eq!(answer.modified != team.modified, *changed, "{operations}");
        assert_eq!(
            body(&answer),
            body(&world.get("Group", &id).await.unwrap()),
            "{operations}"
        );
    }
}

#[tokio::test]
async fn a_put_changes_the_members_that_differ() {
    let world = World::plain();
    let people = people(&world, 3).await;
    let team = world
        .create("Group", group("A", &[&people[0], &people[1]]))
        .await
        .unwrap();
    let id = team.id.to_string();
    let same = world
        .replace("Group", &id, group("A", &[&people[1], &people[0]]))
        .await
        .unwrap();
    assert_eq!(same.version, team.version);
    world
        .replace("Group", &id, group("A", &[&people[1], &people[2]]))
        .await
        .unwrap();
    assert_eq!(inside(&world, &id, &people).await, [1, 2]);
    world.replace("Group", &id, group("B", &[])).await.unwrap();
    assert_eq!(inside(&world, &id, &people).await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_changes_of_one_group_all_succeed() {
    const PARALLEL: usize = 64;
    let world = Arc::new(World::with_targets(1));
    let people = people(&world, PARALLEL + 1).await;
    let team = world.create("Group", group("A", &[&people[PARALLEL]])).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for person in &people[..PARALLEL] {
        let (world, id) = (Arc::clone(&world), team.id.to_string());
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": person.id.to_string() }] }]);
        tasks.spawn(async move { world.patch("Group", &id, add).await.map(drop) });
    }
    for outcome in tasks.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(inside(&world, &team.id.to_string(), &people).await.len(), PARALLEL + 1);
    assert_eq!(world.link(0, team.id).await.unwrap().marked, 1 + PARALLEL as u64);
}

#[tokio::test]
async fn a_large_group_is_not_listed_to_who_takes_no_list() {
    let limits = Limits {
        patch_members_max: 2,
        ..Limits::default()
    };
    let mut world = World::of(0, limits, schemas::Catalogue::builtin());
    let people = people(&world, 3).await;
    let team = world
        .create("Group", group("A", &[&people[0], &people[1]]))
        .await
        .unwrap();
    let id = team.id.to_string();
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": people[2].id.to_string() }] }]);
    let answer = world.patch("Group", &id, add.clone()).await.unwrap();
    assert_eq!(body(&answer)["members"].as_array().map(Vec::len), Some(3));
    world.context.rules.large_groups_without_content = true;
    let answer = world.patch("Group", &id, add.clone()).await.unwrap();
    assert_eq!(answer.body, None);
    assert_eq!(answer.version, world.get("Group", &id).await.unwrap().version);
    let options = Options {
        shape: Shape {
            excluded_attributes: vec!["members".to_owned()],
            ..Shape::default()
        },
        preconditions: Preconditions::default(),
    };
    let answer = world.patch_with("Group", &id, (add, options)).await.unwrap();
    assert_eq!(body(&answer).get("members"), None);
}

#[tokio::test]
async fn members_are_read_in_chunks() {
    let world = World::plain();
    let (first, chunk) = (rows::MEMBERS_FIRST, rows::MEMBERS_CHUNK);
    let people = people(&world, first + chunk + 1).await;
    for count in [0, 1, first - 1, first, first + 1, chunk, first + chunk, people.len()] {
        let members: Vec<_> = people[..count].iter().collect();
        let team = world.create("Group", group("A", &members)).await.unwrap();
        assert_eq!(inside(&world, &team.id.to_string(), &people).await.len(), count);
        let same = world
            .replace("Group", &team.id.to_string(), group("A", &members))
            .await
            .unwrap();
        assert_eq!(same.version, team.version, "{count}");
    }
}

#[tokio::test]
async fn a_condition_covers_members() {
    let world = World::plain();
    let people = people(&world, 2).await;
    let team = world.create("Group", group("A", &[&people[0]])).await.unwrap();
    let id = team.id.to_string();
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": people[1].id.to_string() }] }]);
    let options = |version: &str| Options {
        preconditions: Preconditions {
            if_match: Some(version.to_owned()),
            if_none_match: None,
        },
        shape: Shape::default(),
    };
    let changed = world
        .patch_with("Group", &id, (add.clone(), options(&team.version)))
        .await
        .unwrap();
    assert_eq!(
        failure(
            world
                .patch_with("Group", &id, (add.clone(), options(&team.version)))
                .await
        )
        .0,
        412
    );
    assert!(
        world
            .patch_with("Group", &id, (add, options(&changed.version)))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn group_names_are_unique_where_the_dialect_says_so() {
    let mut world = World::plain();
    let team = world.create("Group", group("A", &[])).await.unwrap();
    world.create("Group", group("a", &[])).await.unwrap();
    world.context.rules.unique_group_names = true;
    let (status, scim_type, detail) = failure(world.create("Group", group("A", &[])).await);
    assert_eq!((status, scim_type), (409, Some("uniqueness")));
    assert!(detail.starts_with("displayName"), "{detail}");
    let external = json!([{ "op": "add", "path": "externalId", "value": "E1" }]);
    let id = team.id.to_string();
    world
        .patch("Group", &id, external)
        .await
        .expect("the name was the same before");
}

#[tokio::test]
async fn required_members_cannot_all_go() {
    let crew = json!({ "id": "urn:example:Crew", "name": "Crew", "attributes": [
        { "name": "hands", "type": "complex", "multiValued": true, "required": true,
            "subAttributes": [{ "name": "value" }] },
    ]});
    let kind = json!({ "name": "Crew", "endpoint": "/Crews", "schema": "urn:example:Crew", "rows": "hands" });
    let catalogue = schemas::Catalogue::builtin().with(&[crew], &[kind]).unwrap();
    let world = World::of(0, Limits::default(), catalogue);
    let people = people(&world, 2).await;
    let hands: Vec<_> = people
        .iter()
        .map(|person| json!({ "value": person.id.to_string() }))
        .collect();
    let body = json!({ "schemas": ["urn:example:Crew"], "hands": hands });
    let crew = world.create("Crew", body).await.unwrap();
    let id = crew.id.to_string();
    for operation in [
        json!({ "op": "remove", "path": "hands" }),
        json!({ "op": "replace", "path": "hands", "value": [] }),
        json!({ "op": "remove", "path": "hands", "value": hands }),
        json!({ "op": "remove", "path": "hands[value pr]" }),
    ] {
        let refused = failure(world.patch("Crew", &id, json!([operation])).await);
        assert_eq!((refused.0, refused.1), (400, Some("mutability")), "{operation}");
    }
    let one = json!([{ "op": "remove", "path": "hands", "value": [hands[0]] }]);
    world.patch("Crew", &id, one.clone()).await.unwrap();
    world.patch("Crew", &id, one).await.unwrap();
}
