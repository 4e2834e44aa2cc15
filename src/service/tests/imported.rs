//! People who were imported: no other target hears of them before an IdP has written them.
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{DIRECTORY, World, user};
use crate::store::{
    Access, Batch, Cause, LinkChange, LinkKey, Mark, Resource, ResourceId, ResourceKey, Scope, Store, TargetId, Write,
};

/// Where everybody here comes from.
const ORIGIN: TargetId = TargetId(Uuid::from_u128(0));

/// A person who was imported from the first of two targets.
async fn imported() -> (World, ResourceId) {
    let world = World::plain();
    let kim = world
        .create("User", user("kim", json!({ "title": "Dr." })))
        .await
        .unwrap();
    let stored = stored(&world, kim.id).await;
    let imported = Resource {
        origins: vec![ORIGIN],
        ..stored
    };
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![Write::PutResource(imported)],
    };
    world.store.commit(batch).await.unwrap();
    (world.retargeted(2), kim.id)
}

async fn stored(world: &World, id: ResourceId) -> Resource {
    let scope = Scope {
        directory: DIRECTORY,
        resource_type: "User".to_owned(),
    };
    world.store.resource(&ResourceKey { scope, id }).await.unwrap().unwrap()
}

/// The fields that are marked at a target.
async fn marked(world: &World, target: u128, id: ResourceId) -> Option<String> {
    let link = world.link(target, id).await?;
    Some(link.unsettled.into_iter().collect::<Vec<_>>().join(" "))
}

#[tokio::test]
async fn the_first_write_tells_every_target_whatever_it_says() {
    let replace = |path: &str, value: Value| json!([{ "op": "replace", "path": path, "value": value }]);
    let whole = "email job_title name role";
    for (operations, at_origin) in [
        (replace("externalId", json!("42")), None),
        (replace("title", json!("Prof.")), Some("job_title")),
        (replace("title", json!("Dr.")), None),
    ] {
        let (world, id) = imported().await;
        world.patch("User", &id.to_string(), operations.clone()).await.unwrap();
        let found = (marked(&world, 0, id).await, marked(&world, 1, id).await);
        let expected = (at_origin.map(str::to_owned), Some(whole.to_owned()));
        assert_eq!(found, expected, "{operations}");
        assert!(stored(&world, id).await.origins.is_empty(), "{operations}");
    }
}

#[tokio::test]
async fn a_deletion_is_of_no_concern_elsewhere() {
    let (world, id) = imported().await;
    let link = LinkKey {
        directory: DIRECTORY,
        target: ORIGIN,
        resource: id,
    };
    let mark = Mark {
        resource_type: "User".to_owned(),
        fields: [].into(),
        access: Access::Kept,
        cause: Cause::Own,
        at: Timestamp::UNIX_EPOCH,
        tombstone: None,
    };
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![Write::Link(link, LinkChange::Mark(mark))],
    };
    world.store.commit(batch).await.unwrap();
    world.settle(id).await;
    world.delete("User", &id.to_string()).await.unwrap();
    assert!(world.link(0, id).await.is_some_and(|link| link.leaver_since.is_some()));
    assert_eq!(world.link(1, id).await, None);
}
