//! What comes from a backup, written again as it is.
use serde_json::json;
use uuid::Uuid;

use super::world::{DIRECTORY, World, user};
use crate::store::{Batch, LinkChange, LinkKey, Restored, Store, TargetId, Write};

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
        let key = LinkKey {
            directory: DIRECTORY,
            target: TargetId(Uuid::from_u128(0)),
            resource: ann.id,
        };
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![Write::Link(key, LinkChange::Restore)],
        };
        world.store.commit(batch).await.unwrap();
        world.replace("User", &id, body).await.unwrap();
        let link = world.link(0, ann.id).await.unwrap();
        assert!(
            link.is_pending() && link.restored == Some(Restored::Released),
            "{link:?}"
        );
        assert_eq!(link.leaver_since.is_some(), !active, "{link:?}");
    }
}
