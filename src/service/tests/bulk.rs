//! Bulk requests.
use serde_json::{Value, json};

use super::vendor::take;
use super::world::{World, body, failure, user};
use crate::service::Limits;

async fn bulk(world: &World, operations: Value) -> Vec<Value> {
    let request = json!({ "schemas": [schemas::urn::BULK_REQUEST], "Operations": operations });
    run(world, request).await
}

async fn run(world: &World, request: Value) -> Vec<Value> {
    let bytes = world.service.bulk(&world.context, request).await.unwrap();
    let response: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(response["schemas"], json!([schemas::urn::BULK_RESPONSE]));
    response["Operations"].as_array().unwrap().clone()
}

fn statuses(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["status"].as_str().unwrap()).collect()
}

fn id(entry: &Value) -> String {
    entry["location"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned()
}

fn post(bulk_id: &str, endpoint: &str, data: Value) -> Value {
    json!({ "method": "POST", "path": endpoint, "bulkId": bulk_id, "data": data })
}

fn team(name: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members.iter().map(|member| json!({ "value": member })).collect();
    json!({ "schemas": [schemas::urn::GROUP], "displayName": name, "members": members })
}

#[tokio::test]
async fn operations_are_answered_one_by_one() {
    let world = World::plain();
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let path = format!("/Users/{}", kim.id);
    let title =
        json!({ "schemas": [schemas::urn::PATCH_OP], "Operations": [{ "op": "add", "path": "title", "value": "x" }] });
    let entries = bulk(
        &world,
        json!([
            post("a", "/Users", user("ann", json!({}))),
            post("b", "/Users", user("ann", json!({}))),
            { "method": "patch", "path": path, "data": title },
            { "method": "PUT", "path": path, "version": "W/\"1\"", "data": user("kim", json!({})) },
            { "method": "PUT", "path": path, "version": "W/\"2\"", "data": user("kim", json!({})) },
            { "method": "PUT", "path": "/Users/nobody", "data": user("kim", json!({})) },
            { "method": "DELETE", "path": path },
            post("c", "/Nonsense", json!({})),
        ]),
    )
    .await;
    assert_eq!(
        statuses(&entries),
        ["201", "409", "200", "412", "200", "404", "204", "404"]
    );
    assert_eq!(
        entries[2],
        json!({ "method": "PATCH", "location": kim.location, "version": "W/\"2\"", "status": "200" })
    );
    assert_eq!(
        (&entries[0]["bulkId"], &entries[0]["version"]),
        (&json!("a"), &json!("W/\"1\""))
    );
    assert_eq!(
        (entries[1].get("location"), &entries[1]["response"]["scimType"]),
        (None, &json!("uniqueness"))
    );
    assert_eq!(entries[5]["location"], json!("https://host/scim/acme/v2/Users/nobody"));
    assert_eq!(entries[6].get("version"), None);
    assert_eq!(failure(world.get("User", &kim.id.to_string()).await).0, 404);
}

#[tokio::test]
async fn references_are_resolved_wherever_they_stand() {
    let world = World::plain();
    let manager = json!({ schemas::urn::ENTERPRISE_USER: { "manager": { "value": "bulkId:boss" } } });
    let rename = json!({ "schemas": [schemas::urn::PATCH_OP], "Operations": [{ "op": "replace", "path": "displayName", "value": "B" }] });
    let entries = bulk(
        &world,
        json!([
            post("team", "/Groups", team("A", &["bulkId:kim", "bulkId:boss"])),
            post("kim", "/Users", user("kim", manager)),
            post("boss", "/Users", user("boss", json!({}))),
            { "method": "PATCH", "path": "/Groups/bulkId:team", "data": rename },
        ]),
    )
    .await;
    assert_eq!(statuses(&entries), ["201", "201", "201", "200"]);
    let team = body(&world.get("Group", &id(&entries[0])).await.unwrap());
    assert_eq!(
        (team["members"].as_array().unwrap().len(), &team["displayName"]),
        (2, &json!("B"))
    );
    let kim = body(&world.get("User", &id(&entries[1])).await.unwrap());
    assert_eq!(
        kim[schemas::urn::ENTERPRISE_USER]["manager"]["value"],
        json!(id(&entries[2]))
    );
}

#[tokio::test]
async fn circles_are_closed() {
    let world = World::plain();
    let entries = bulk(
        &world,
        json!([
            post("a", "/Groups", team("A", &["bulkId:b"])),
            post("b", "/Groups", team("B", &["bulkId:a"]))
        ]),
    )
    .await;
    assert_eq!(statuses(&entries), ["201", "201"]);
    for (one, other) in [(0, 1), (1, 0)] {
        let group = world.get("Group", &id(&entries[one])).await.unwrap();
        assert_eq!(body(&group)["members"][0]["value"], json!(id(&entries[other])));
        assert_eq!(json!(group.version), entries[one]["version"]);
    }
}

/// The one that fails keeps its own error, and is one error.
#[tokio::test]
async fn a_circle_fails_for_its_first_fault() {
    let world = World::plain();
    world.create("User", user("kim", json!({}))).await.unwrap();
    let manager = |bulk_id: &str| json!({ schemas::urn::ENTERPRISE_USER: { "manager": { "value": format!("bulkId:{bulk_id}") } } });
    let request = json!({
        "schemas": [schemas::urn::BULK_REQUEST],
        "failOnErrors": 3,
        "Operations": [
            post("x", "/Users", user("kim", manager("y"))),
            post("y", "/Users", user("ann", manager("x"))),
            post("z", "/Users", user("bob", json!({}))),
        ],
    });
    let entries = run(&world, request).await;
    assert_eq!(statuses(&entries), ["409", "400", "201"]);
    assert_eq!(entries[0]["response"]["scimType"], "uniqueness");
}

#[tokio::test]
async fn a_circle_is_closed_whatever_version_its_creations_name() {
    let world = World::plain();
    let mut first = post("a", "/Groups", team("A", &["bulkId:b"]));
    first["version"] = "W/\"7\"".into();
    let entries = bulk(&world, json!([first, post("b", "/Groups", team("B", &["bulkId:a"]))])).await;
    assert_eq!(statuses(&entries), ["201", "201"]);
}

#[tokio::test]
async fn who_refers_to_a_failure_fails() {
    let world = World::plain();
    let entries = bulk(
        &world,
        json!([
            post("a", "/Users", json!({ "schemas": [schemas::urn::USER] })),
            post("b", "/Groups", team("B", &["bulkId:a"])),
            post("c", "/Groups", team("C", &["bulkId:nobody"])),
            { "method": "DELETE", "path": "/Users/bulkId:a" },
            // A circle that cannot be closed leaves nothing behind.
            post("d", "/Groups", team("D", &["bulkId:e"])),
            post("e", "/Groups", team("E", &["bulkId:d", "bulkId:a"])),
        ]),
    )
    .await;
    assert_eq!(statuses(&entries), ["400"; 6]);
    assert!(
        entries.iter().all(|entry| entry.get("location").is_none()),
        "{entries:?}"
    );
    assert!(entries.iter().all(|entry| entry["response"]["detail"].is_string()));
    let left = world
        .service
        .list(&world.context, None, schemas::Query::default())
        .await
        .unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&left).unwrap()["totalResults"],
        json!(0)
    );
}

#[tokio::test]
async fn errors_stop_it_if_so_asked() {
    for (fail_on_errors, expected) in [
        (json!(1), &["201", "409"][..]),
        (json!(2), &["201", "409", "201", "409"]),
    ] {
        let world = World::plain();
        let kim = || post("k", "/Users", user("kim", json!({})));
        let named = |bulk_id: &str, mut operation: Value| {
            operation["bulkId"] = bulk_id.into();
            operation
        };
        let operations = json!([
            kim(),
            named("2", kim()),
            post("3", "/Users", user("ann", json!({}))),
            named("4", kim()),
            post("5", "/Users", user("bob", json!({}))),
        ]);
        let request = json!({ "schemas": [schemas::urn::BULK_REQUEST], "failOnErrors": fail_on_errors, "Operations": operations });
        assert_eq!(statuses(&run(&world, request).await), expected);
    }
}

#[tokio::test]
async fn it_waits_once_and_takes_nothing_back() {
    let world = World::with_targets(1);
    world.script.refuse(Some("name"));
    let operations = json!([
        post("a", "/Users", user("ann", json!({}))),
        post("b", "/Users", user("bob", json!({}))),
        post("c", "/Groups", team("C", &["bulkId:a"])),
    ]);
    let entries = bulk(&world, operations).await;
    assert_eq!(statuses(&entries), ["201"; 3]);
    assert_eq!(take(&world.script.waited).len(), 3);
    assert!(world.get("User", &id(&entries[0])).await.is_ok());
}

#[tokio::test]
async fn too_many_operations_are_refused() {
    let world = World::of(
        0,
        Limits {
            bulk_operations: 1,
            ..Limits::default()
        },
        schemas::Catalogue::builtin(),
    );
    let operations = json!([
        post("a", "/Users", user("a", json!({}))),
        post("b", "/Users", user("b", json!({})))
    ]);
    let request = json!({ "schemas": [schemas::urn::BULK_REQUEST], "Operations": operations });
    let (status, _, detail) = failure(world.service.bulk(&world.context, request).await);
    assert_eq!(status, 413);
    assert!(detail.contains("maxOperations"), "{detail}");
}
