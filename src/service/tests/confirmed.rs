//! What comes from a backup, written again as it is.
use serde_json::json;
use uuid::Uuid;

use super::world::{DIRECTORY, World, group, user};
use crate::store::{Batch, LinkChange, LinkKey, ResourceId, Restored, Store, TargetId, Write};

/// The link of this resource comes from a backup.
async fn restore(world: &World, resource: ResourceId) {
    let key = LinkKey {
        directory: DIRECTORY,
        target: TargetId(Uuid::from_u128(0)),
        resource,
    };
    let batch = Batch {
        expect: Vec::new(),
        writes: vec![Write::Link(key, LinkChange::Restore)],
    };
    world.store.commit(batch).await.unwrap();
}

/// Since the backup she may have been switched on: who is to have no access is in the leavers' lane.
#[tokio::test]
async fn who_has_left_is_a_leaver() {
    for active in [true, false] {
        let world = World::with_targets(1);
        let ann = world.create("User", user("ann", json!({}))).await.unwrap();
        world.settle(ann.id).await;
        let body = user("ann", json!({ "active": active }));
        let id = ann.id.to_string();
        world.replace("User", &id, body.clone()).await.unwrap();
        world.settle(ann.id).await;
        restore(&world, ann.id).await;
        world.replace("User", &id, body).await.unwrap();
        let link = world.link(0, ann.id).await.unwrap();
        assert!(
            link.is_pending() && link.restored == Some(Restored::Released),
            "{link:?}"
        );
        assert_eq!(link.leaver_since.is_some(), !active, "{link:?}");
    }
}

/// A group of hers is written, and not she herself.
#[tokio::test]
async fn who_is_in_a_group_is_not_confirmed_with_it() {
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "crew" }]);
    let empty = json!([{ "op": "remove", "path": "members" }]);
    for operations in [Some(rename), Some(empty), None] {
        let world = World::plain().assigning("groups.display eq \"team\"");
        let ann = world.create("User", user("ann", json!({}))).await.unwrap();
        let team = world.create("Group", group("team", &[&ann])).await.unwrap();
        let told = format!("{operations:?}");
        for id in [ann.id, team.id] {
            world.settle(id).await;
            restore(&world, id).await;
        }
        let id = team.id.to_string();
        match operations {
            Some(operations) => drop(world.patch("Group", &id, operations).await.unwrap()),
            None => world.delete("Group", &id).await.unwrap(),
        }
        let link = world.link(0, ann.id).await.unwrap();
        assert!(link.leaver_since.is_some(), "{told}");
        assert_eq!(link.restored, Some(Restored::Held), "{told}");
        let written = world.link(0, team.id).await.unwrap().restored;
        assert_eq!(written, Some(Restored::Released), "{told}");
    }
}
