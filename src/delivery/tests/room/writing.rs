//! What is written in a room, as use cases and administrators do.
use serde_json::Value;
use uuid::Uuid;

use super::{Room, person};
use crate::clock::Clock;
use crate::mapping::{self, Subject};
use crate::service::{Deliveries, Outcome, Wait, look_record};
use crate::store::{
    Access, Batch, Cause, GrantKey, LinkChange, Mark, Member, Resource, ResourceId, ResourceKey, Scope, SettingKind,
    Store, Tombstone, Write,
};

/// The least id of a crowd.
const CROWD: u128 = 1 << 32;

impl Room {
    /// Changes a link as an administrator does.
    pub(in crate::delivery::tests) async fn write_link(&self, id: u128, change: LinkChange) {
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![Write::Link(self.key(id), change)],
        };
        self.store.commit(batch).await.unwrap();
        self.engine.wake(&[self.key(id).target]);
    }

    /// Takes a link up again, as a person does.
    pub(in crate::delivery::tests) async fn retry(&self, id: u128) {
        let key = self.key(id);
        let changes = [LinkChange::Unpark(self.clock.now()), LinkChange::Release];
        let writes = changes.map(|change| Write::Link(key, change)).to_vec();
        let expect = Vec::new();
        self.store.commit(Batch { expect, writes }).await.unwrap();
        self.engine.wake(&[key.target]);
    }

    fn resource_key(&self, kind: &str, id: u128) -> ResourceKey {
        let scope = Scope {
            directory: self.target().directory,
            resource_type: kind.to_owned(),
        };
        ResourceKey {
            scope,
            id: ResourceId(Uuid::from_u128(id)),
        }
    }

    /// Writes a person as the use cases do, and says what to wait for; `Null` deletes.
    pub(in crate::delivery::tests) async fn user(&self, id: u128, document: Value) -> Wait {
        self.write("User", id, document).await
    }

    /// Writes a person, and tells what comes of it within the usual time of an answer.
    pub(in crate::delivery::tests) async fn answered(&self, id: u128, document: Value) -> Outcome {
        let wait = self.user(id, document).await;
        self.outcome(wait).await
    }

    pub(in crate::delivery::tests) async fn write(&self, kind: &str, id: u128, document: Value) -> Wait {
        let (key, target) = (self.resource_key(kind, id), self.target());
        let before = self.store.resource(&key).await.unwrap();
        let old: Option<Value> = before
            .as_ref()
            .map(|before| serde_json::from_slice(&before.body).unwrap());
        let wanted = |value: &Value| {
            let object = value.as_object()?;
            target.mapping.wanted(&Subject {
                resource_type: kind,
                resource: object,
                groups: &[],
            })
        };
        let (was, is) = (old.as_ref().and_then(&wanted), wanted(&document));
        let fields = is
            .as_ref()
            .map(|is| target.mapping.changed(was.as_ref(), is))
            .unwrap_or_default();
        let leaver = match (&was, &is) {
            (Some(was), Some(is)) => target.mapping.takes_away(was, is),
            (_, None) => true,
            (None, Some(_)) => false,
        };
        let external_id = old
            .as_ref()
            .and_then(|old| old["externalId"].as_str().map(str::to_owned));
        let tombstone = document.is_null().then_some(Tombstone { external_id });
        let mark = Mark {
            resource_type: kind.to_owned(),
            access: match leaver {
                true => Access::Taken,
                false if fields.contains(mapping::ACTIVE) => Access::Given,
                false => Access::Kept,
            },
            fields,
            cause: Cause::Own,
            at: self.clock.now(),
            tombstone,
        };
        let write = match document.is_null() {
            true => Write::DeleteResource(key),
            false => Write::PutResource(Resource {
                key,
                version: before.map_or(1, |before| before.version + 1),
                created: self.clock.now(),
                modified: self.clock.now(),
                body: serde_json::to_vec(&document).unwrap(),
                splices: Vec::new(),
                index: Vec::new(),
                origins: Vec::new(),
            }),
        };
        self.mark(vec![write], id, mark).await
    }

    /// Writes this many people at once, who were never there before.
    pub(in crate::delivery::tests) async fn crowd(&self, count: u32) {
        for id in (0..count).map(|number| CROWD + u128::from(number)) {
            self.user(id, person(&format!("c{id}"))).await;
        }
    }

    /// Writes a person, or a group with these members, that concerns no target, as there was none.
    pub(in crate::delivery::tests) async fn unmarked(&self, id: u128, document: &Value, members: &[u128]) {
        let kind = if members.is_empty() { "User" } else { "Group" };
        let key = self.resource_key(kind, id);
        let resource = Resource {
            key: key.clone(),
            version: 1,
            created: self.clock.now(),
            modified: self.clock.now(),
            body: serde_json::to_vec(document).unwrap(),
            splices: Vec::new(),
            index: Vec::new(),
            origins: Vec::new(),
        };
        let member = |id: &u128| Member {
            id: ResourceId(Uuid::from_u128(*id)),
            resource_type: "User".to_owned(),
            display: None,
        };
        let members = members.iter().map(|id| Write::AddMember(key.clone(), member(id)));
        let batch = Batch {
            expect: Vec::new(),
            writes: [Write::PutResource(resource)].into_iter().chain(members).collect(),
        };
        self.store.commit(batch).await.unwrap();
    }

    /// The target is one that never looked at its directory.
    pub(in crate::delivery::tests) async fn forget_sweep(&self) {
        let name = format!("settings/{}", self.target().id.0);
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![Write::DeleteSetting(SettingKind::Other, name)],
        };
        self.store.commit(batch).await.unwrap();
    }

    /// The settings under which the target looked at its directory last had this dialect.
    pub(in crate::delivery::tests) async fn spoke(&self, dialect: Value) {
        let name = format!("settings/{}", self.target().id.0);
        let record = self.store.setting(SettingKind::Other, &name).await.unwrap();
        let mut progress: Value = serde_json::from_slice(&record.unwrap().1).unwrap();
        progress["settings"]["dialect"] = dialect;
        let progress = serde_json::to_vec(&progress).unwrap();
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![Write::PutSetting(SettingKind::Other, name, progress)],
        };
        self.store.commit(batch).await.unwrap();
    }

    /// Asks the target to look at all of its directory.
    pub(in crate::delivery::tests) async fn ask_to_look(&self) {
        let target = self.target().id;
        let asked = Write::PutSetting(SettingKind::Other, look_record(target), Vec::new());
        let batch = Batch {
            expect: Vec::new(),
            writes: vec![asked],
        };
        self.store.commit(batch).await.unwrap();
        self.engine.wake(&[target]);
    }

    /// Says who is in a group.
    pub(in crate::delivery::tests) async fn member(&self, group: u128, member: u128, wanted: bool) -> Wait {
        let key = self.resource_key("Group", group);
        let id = ResourceId(Uuid::from_u128(member));
        let row = match wanted {
            true => Write::AddMember(
                key,
                Member {
                    id,
                    resource_type: "User".to_owned(),
                    display: None,
                },
            ),
            false => Write::RemoveMember(key, id),
        };
        let want = Write::Want(
            GrantKey {
                group: self.key(group),
                member: id,
            },
            wanted,
        );
        let mark = Mark {
            resource_type: "Group".to_owned(),
            fields: [].into(),
            access: match wanted {
                true => Access::Kept,
                false => Access::Taken,
            },
            cause: Cause::Own,
            at: self.clock.now(),
            tombstone: None,
        };
        self.mark(vec![row, want], group, mark).await
    }

    /// A change of somebody else, or of a group, concerns this person.
    pub(in crate::delivery::tests) async fn follow(&self, id: u128, access: Access) -> Wait {
        let mark = Mark {
            resource_type: "User".to_owned(),
            fields: [].into(),
            access,
            cause: Cause::Others,
            at: self.clock.now(),
            tombstone: None,
        };
        self.mark(Vec::new(), id, mark).await
    }

    async fn mark(&self, mut writes: Vec<Write>, id: u128, mark: Mark) -> Wait {
        let link = self.key(id);
        writes.push(Write::Link(link, LinkChange::Mark(mark)));
        let committed = self
            .store
            .commit(Batch {
                expect: Vec::new(),
                writes,
            })
            .await
            .unwrap();
        self.engine.wake(&[link.target]);
        Wait {
            link,
            mark: committed.marks.last().unwrap().1,
        }
    }
}
