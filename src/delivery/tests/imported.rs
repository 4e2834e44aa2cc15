//! People who were imported from another target: whoever marks them here, nothing is sent.
use std::collections::BTreeSet;

use adapters::descriptor::Kind;
use jiff::Timestamp;
use uuid::Uuid;

use super::room::{Room, person};
use crate::service::administration::Whom;
use crate::store::{
    Access, Batch, Cause, LinkChange, Mark, Resource, ResourceId, ResourceKey, Scope, Store, TargetId, Write,
};

/// As a change of a group's name marks its members, or a mapping that reads groups.
#[tokio::test(start_paused = true)]
async fn nobody_is_invited_before_an_identity_provider_writes_them() {
    let room = Room::new().await;
    let key = room.key(1);
    let scope = Scope {
        directory: key.directory,
        resource_type: "User".to_owned(),
    };
    let resource = Resource {
        key: ResourceKey {
            scope,
            id: ResourceId(Uuid::from_u128(1)),
        },
        version: 1,
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
        body: serde_json::to_vec(&person("ann")).unwrap(),
        splices: Vec::new(),
        index: Vec::new(),
        origins: vec![TargetId(Uuid::from_u128(9))],
    };
    let mark = Mark {
        resource_type: "User".to_owned(),
        fields: BTreeSet::from(["name".to_owned()]),
        access: Access::Kept,
        cause: Cause::Own,
        at: Timestamp::UNIX_EPOCH,
        tombstone: None,
    };
    let writes = vec![Write::PutResource(resource), Write::Link(key, LinkChange::Mark(mark))];
    let expect = Vec::new();
    room.store.commit(Batch { expect, writes }).await.unwrap();
    room.quiet().await;
    assert_eq!(room.vendor.calls(), Vec::<String>::new());
    // Nor is it said that they were.
    assert_eq!(told(&room).await, (0, true));
    room.answered(1, person("ann")).await;
    assert_eq!(room.vendor.calls(), ["create ann@example.com"]);
    assert_eq!(told(&room).await, (0, false));
}

/// How many calls a trial foresees, and whether it says that the person is of no concern yet.
async fn told(room: &Room) -> (usize, bool) {
    let whom = Whom {
        kind: Kind::User,
        name: Uuid::from_u128(1).to_string(),
    };
    let trial = room.administration().try_mapping("t", &whom, None).await.unwrap();
    (
        trial.calls.len(),
        trial.notes.iter().any(|note| note.starts_with("imported")),
    )
}
