//! What happens between a request's reading and its writing.
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot};
use tracing::instrument::WithSubscriber as _;
use uuid::Uuid;

use super::targets::grants;
use super::vendor::{Meanwhile, set};
use super::world::{World, body, failure, group, user};
use crate::service::{Error, Options, Preconditions, Shape};
use crate::store::{
    self, AccountRef, Backlog, Batch, Committed, DirectoryId, From, Going, Grant, GrantKey, IndexTerm, Lease, Link,
    LinkKey, LinkQuery, Member, Redb, Resource, ResourceId, ResourceKey, Scope, SettingKind, Store, TargetId, Visitor,
};

/// A store in which others write before this one does.
pub(super) struct Racing {
    inner: Arc<Redb>,
    /// Done one by one, each before a commit.
    others: Mutex<VecDeque<Meanwhile>>,
    /// Whether it takes no writes.
    unavailable: Mutex<bool>,
    /// Who read resources.
    readers: Mutex<HashSet<ThreadId>>,
}

impl Racing {
    fn before_commits(&self, others: impl IntoIterator<Item = Meanwhile>) {
        self.others.lock().unwrap().extend(others);
    }
}

#[async_trait]
impl Store for Racing {
    async fn commit(&self, batch: Batch) -> Result<Committed, store::Error> {
        let other = self.others.lock().unwrap().pop_front();
        if let Some(other) = other {
            other.await;
        }
        if *self.unavailable.lock().unwrap() {
            return Err(store::Error::Unavailable("the disk is full".into()));
        }
        self.inner.commit(batch).await
    }

    async fn resource(&self, key: &ResourceKey) -> Result<Option<Resource>, store::Error> {
        self.readers.lock().unwrap().insert(thread::current().id());
        self.inner.resource(key).await
    }

    async fn find(&self, scope: &Scope, term: &IndexTerm, limit: usize) -> Result<Vec<ResourceId>, store::Error> {
        self.inner.find(scope, term, limit).await
    }

    async fn page(&self, scope: &Scope, from: From, limit: usize) -> Result<Vec<Resource>, store::Error> {
        self.readers.lock().unwrap().insert(thread::current().id());
        self.inner.page(scope, from, limit).await
    }

    async fn ids(
        &self,
        scope: &Scope,
        after: Option<ResourceId>,
        limit: usize,
    ) -> Result<Vec<ResourceId>, store::Error> {
        self.inner.ids(scope, after, limit).await
    }

    async fn count(&self, scope: &Scope) -> Result<u64, store::Error> {
        self.inner.count(scope).await
    }

    async fn scan(&self, scope: &Scope, visitor: Visitor) -> Result<(), store::Error> {
        self.inner.scan(scope, visitor).await
    }

    async fn members(
        &self,
        group: &ResourceKey,
        after: Option<ResourceId>,
        limit: usize,
    ) -> Result<Vec<Member>, store::Error> {
        self.inner.members(group, after, limit).await
    }

    async fn members_among(&self, group: &ResourceKey, ids: &[ResourceId]) -> Result<Vec<Member>, store::Error> {
        self.inner.members_among(group, ids).await
    }

    async fn memberships(&self, directory: DirectoryId, member: ResourceId) -> Result<Vec<ResourceId>, store::Error> {
        self.inner.memberships(directory, member).await
    }

    async fn stamp(&self, group: &ResourceKey) -> Result<u64, store::Error> {
        self.inner.stamp(group).await
    }

    async fn link(&self, key: &LinkKey) -> Result<Option<Link>, store::Error> {
        self.inner.link(key).await
    }

    async fn link_keys(&self, target: TargetId, query: LinkQuery, limit: usize) -> Result<Vec<LinkKey>, store::Error> {
        self.inner.link_keys(target, query, limit).await
    }

    async fn link_by_account(
        &self,
        target: TargetId,
        resource_type: &str,
        account: AccountRef<'_>,
    ) -> Result<Option<LinkKey>, store::Error> {
        self.inner.link_by_account(target, resource_type, account).await
    }

    async fn going(&self, target: TargetId, at: Timestamp) -> Result<Going, store::Error> {
        self.inner.going(target, at).await
    }

    async fn backlog(&self, target: TargetId) -> Result<Backlog, store::Error> {
        self.inner.backlog(target).await
    }

    async fn grants_due(
        &self,
        group: &LinkKey,
        after: Option<&(GrantKey, Grant)>,
        limit: usize,
    ) -> Result<Vec<(GrantKey, Grant)>, store::Error> {
        self.inner.grants_due(group, after, limit).await
    }

    async fn setting(&self, kind: SettingKind, name: &str) -> Result<Option<(u64, Vec<u8>)>, store::Error> {
        self.inner.setting(kind, name).await
    }

    async fn settings(&self, kind: SettingKind) -> Result<Vec<(String, u64, Vec<u8>)>, store::Error> {
        self.inner.settings(kind).await
    }

    async fn lease(&self, target: TargetId, holder: Uuid, ttl: Duration) -> Result<Option<Lease>, store::Error> {
        self.inner.lease(target, holder, ttl).await
    }

    async fn release(&self, target: TargetId, lease: &Lease) -> Result<(), store::Error> {
        self.inner.release(target, lease).await
    }
}

/// A gateway whose store others write to, and the others.
fn racing() -> (World, World, Arc<Racing>) {
    racing_over(World::plain())
}

fn racing_over(others: World) -> (World, World, Arc<Racing>) {
    let store = Arc::new(Racing {
        inner: Arc::clone(&others.store),
        others: Mutex::default(),
        unavailable: Mutex::default(),
        readers: Mutex::default(),
    });
    (others.over(store.clone()), others, store)
}

fn replace(path: &str, value: &str) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

/// So many changes of a title by others.
fn titles(others: &World, id: &str, count: usize) -> Vec<Meanwhile> {
    let change = |number: usize| {
        let (others, id) = (others.clone(), id.to_owned());
        let change: Meanwhile = Box::pin(async move {
            others
                .patch("User", &id, replace("title", &number.to_string()))
                .await
                .unwrap();
        });
        change
    };
    (0..count).map(change).collect()
}

#[tokio::test]
async fn a_change_is_computed_anew_from_what_others_made() {
    for (races, succeeds) in [(1, true), (4, true), (5, false)] {
        let (world, others, store) = racing();
        let kim = world.create("User", user("kim", json!({}))).await.unwrap();
        let id = kim.id.to_string();
        store.before_commits(titles(&others, &id, races));
        let answer = world.patch("User", &id, replace("nickName", "k")).await;
        assert_eq!(answer.is_ok(), succeeds, "{races}");
        let found = body(&world.get("User", &id).await.unwrap());
        assert_eq!(
            found["title"],
            json!((races - 1).to_string()),
            "nothing of the others is lost"
        );
        assert_eq!(found.get("nickName").is_some(), succeeds);
        if let Err(error) = answer {
            assert!(error.is_temporary());
            assert_eq!(error.to_scim().status, 503);
        }
        store.before_commits(titles(&others, &id, 1));
        world.delete("User", &id).await.unwrap();
    }
}

#[tokio::test]
async fn who_is_deleted_meanwhile_is_gone() {
    let (mut world, others, store) = racing();
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let team = world.create("Group", group("A", &[])).await.unwrap();
    let delete = |resource_type: &'static str, id: String| {
        let others = others.clone();
        let delete: Meanwhile = Box::pin(async move { others.delete(resource_type, &id).await.unwrap() });
        delete
    };
    let (kim_id, team_id) = (kim.id.to_string(), team.id.to_string());
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": kim_id, "type": "User" }] }]);
    store.before_commits([delete("User", kim_id.clone())]);
    world.patch("Group", &team_id, add).await.unwrap();
    let shown = world.get("Group", &team_id).await.unwrap();
    let shown: Value = serde_json::from_slice(&shown.body.unwrap()).unwrap();
    assert_eq!(shown.get("members"), None, "who is gone is left out");
    let ann = world.create("User", user("ann", json!({}))).await.unwrap();
    store.before_commits([delete("User", ann.id.to_string())]);
    world.context.rules.unknown_members_dropped = false;
    let (status, scim_type, _) = failure(world.create("Group", group("B", &[&ann])).await);
    assert_eq!((status, scim_type), (400, Some("invalidValue")));
    let ann = world.create("User", user("ann", json!({}))).await.unwrap();
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": ann.id.to_string() }] }]);
    store.before_commits([delete("Group", team_id.clone())]);
    assert_eq!(failure(world.patch("Group", &team_id, add).await).0, 404);
}

/// A person is put into a group while being deleted: the deletion takes them out of it at the targets, too.
#[tokio::test]
async fn who_is_put_into_a_group_while_being_deleted_is_not_wanted_in_it() {
    let (world, others, store) = racing_over(World::with_targets(1));
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    others.settle(kim.id).await;
    let team = world.create("Group", group("A", &[])).await.unwrap();
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": kim.id.to_string() }] }]);
    let (other, team_id) = (others.clone(), team.id.to_string());
    store.before_commits([Box::pin(async move {
        other.patch("Group", &team_id, add).await.unwrap();
    }) as Meanwhile]);
    world.delete("User", &kim.id.to_string()).await.unwrap();
    assert_eq!(grants(&others, &team).await, [(kim.id, false)]);
}

/// A person leaves a target by two writes at the same time, of which each for itself leaves them there; and another
/// one comes to it.
#[tokio::test]
async fn a_write_of_a_person_sees_the_groups_as_they_are() {
    const EITHER: &str = "userType eq \"Employee\" or groups.display eq \"in\"";
    const BOTH: &str = "userType eq \"Employee\" and groups.display eq \"in\"";
    let renames = |name: &str| replace("displayName", name);
    let leaves = json!([{ "op": "remove", "path": "members" }]);
    for (assignment, was, becomes, group_is, operations, leaver) in [
        (EITHER, "Employee", "Former", "in", Some(leaves.clone()), true),
        (EITHER, "Employee", "Former", "in", Some(renames("out")), true),
        (EITHER, "Employee", "Former", "in", None, true),
        (BOTH, "Former", "Employee", "out", Some(renames("in")), false),
    ] {
        let (world, others, store) = racing_over(World::plain().assigning(assignment));
        let kim = user("kim", json!({ "userType": was }));
        let kim = world.create("User", kim).await.unwrap();
        let id = kim.id.to_string();
        let team = world.create("Group", group(group_is, &[&kim])).await.unwrap();
        others.settle(kim.id).await;
        let (other, team_id, told) = (others.clone(), team.id.to_string(), format!("{operations:?}"));
        store.before_commits([Box::pin(async move {
            match operations {
                Some(operations) => drop(other.patch("Group", &team_id, operations).await.unwrap()),
                None => other.delete("Group", &team_id).await.unwrap(),
            }
            // The target is as fast.
            other.settle(kim.id).await;
        }) as Meanwhile]);
        world.patch("User", &id, replace("userType", becomes)).await.unwrap();
        let link = others.link(0, kim.id).await.unwrap();
        assert_eq!(
            (link.is_pending(), link.leaver_since.is_some()),
            (true, leaver),
            "{told}"
        );
    }
}

/// A person comes into a group while it is renamed or deleted: that is not before or after it, but both.
#[tokio::test]
async fn who_comes_into_a_group_meanwhile_follows_it() {
    for renamed in [true, false] {
        let (world, others, store) = racing_over(World::plain().assigning("groups.display eq \"in\""));
        let kim = world.create("User", user("kim", json!({}))).await.unwrap();
        let team = world.create("Group", group("in", &[])).await.unwrap();
        let (other, id, team_id) = (others.clone(), kim.id, team.id.to_string());
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id.to_string() }] }]);
        let other_id = team_id.clone();
        store.before_commits([Box::pin(async move {
            other.patch("Group", &other_id, add).await.unwrap();
            other.settle(id).await;
        }) as Meanwhile]);
        match renamed {
            true => drop(
                world
                    .patch("Group", &team_id, replace("displayName", "out"))
                    .await
                    .unwrap(),
            ),
            false => world.delete("Group", &team_id).await.unwrap(),
        }
        let link = others.link(0, kim.id).await.unwrap();
        assert!(link.leaver_since.is_some(), "{renamed} {link:?}");
    }
}

#[tokio::test]
async fn check_and_write_are_one_step() {
    let (world, others, store) = racing();
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let team = world.create("Group", group("A", &[])).await.unwrap();
    let if_match = |version: &str| Options {
        preconditions: Preconditions {
            if_match: Some(version.to_owned()),
            if_none_match: None,
        },
        shape: Shape::default(),
    };
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": kim.id.to_string() }] }]);
    let id = team.id.to_string();
    let (other, other_id) = (others.clone(), id.clone());
    store.before_commits([Box::pin(async move {
        other
            .patch("Group", &other_id, replace("displayName", "B"))
            .await
            .unwrap();
    }) as Meanwhile]);
    assert_eq!(
        failure(world.patch_with("Group", &id, (add, if_match(&team.version))).await).0,
        412
    );
    let id = kim.id.to_string();
    let kim = world.get("User", &id).await.unwrap();
    store.before_commits(titles(&others, &id, 1));
    let change = (replace("nickName", "k"), if_match(&kim.version));
    assert_eq!(failure(world.patch_with("User", &id, change).await).0, 412);
}

#[tokio::test]
async fn a_put_of_members_is_a_put_of_all() {
    let (world, others, store) = racing();
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let ann = world.create("User", user("ann", json!({}))).await.unwrap();
    let team = world.create("Group", group("A", &[&kim])).await.unwrap();
    let id = team.id.to_string();
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": ann.id.to_string() }] }]);
    let (other, other_id) = (others.clone(), id.clone());
    store.before_commits([Box::pin(async move {
        other.patch("Group", &other_id, add).await.unwrap();
    }) as Meanwhile]);
    let replaced = world.replace("Group", &id, group("A", &[])).await.unwrap();
    assert_eq!(body(&replaced).get("members"), None, "who came in between is out, too");
}

/// A change is made and refused between another's reading of the group and its writing of a member.
#[tokio::test]
async fn a_member_that_was_added_stays_whatever_is_taken_back() {
    let (world, _, store) = racing_over(World::with_targets(1));
    let kim = world.create("User", user("kim", json!({}))).await.unwrap();
    let team = world.create("Group", group("A", &[])).await.unwrap();
    let id = team.id.to_string();
    let member = json!([{ "value": kim.id.to_string() }]);
    let add = json!({ "op": "add", "path": "members", "value": member });
    let renaming = json!([{ "op": "replace", "path": "displayName", "value": "bad" }, add]);
    let [waits, done] = [(); 2].map(|()| Arc::new(Notify::new()));
    let (script, waiting, go_on) = (world.script.clone(), waits.clone(), done.clone());
    set(
        &world.script.meanwhile,
        Some(Box::pin(async move {
            waiting.notify_one();
            go_on.notified().await;
            script.refuse(Some("name"));
        })),
    );
    let (other, other_id) = (world.clone(), id.clone());
    let (answers, renamed) = oneshot::channel();
    store.before_commits([Box::pin(async move {
        #[expect(clippy::disallowed_methods, reason = "it ends within the test")]
        tokio::spawn(async move { answers.send(other.patch("Group", &other_id, renaming).await.is_ok()) });
        waits.notified().await;
    }) as Meanwhile]);
    world.patch("Group", &id, json!([add])).await.unwrap();
    done.notify_one();
    assert!(renamed.await.unwrap(), "what others rely on is not taken back");
    let found = body(&world.get("Group", &id).await.unwrap());
    assert_eq!(found["members"][0]["value"], json!(kim.id.to_string()));
}

#[tokio::test]
async fn a_store_without_writes_is_said_to_be_temporary() {
    let (world, _, store) = racing();
    set(&store.unavailable, true);
    let error = world.create("User", user("kim", json!({}))).await.unwrap_err();
    assert!(matches!(error, Error::Store(_)) && error.is_temporary());
    let error = error.to_scim();
    assert_eq!(error.status, 503);
    assert!(!error.detail.contains("disk"), "{}", error.detail);
}

/// Reads that never wait let nobody else in.
#[tokio::test]
async fn searches_through_memberships_leave_the_thread_to_others() {
    let (world, _, store) = racing();
    for number in 0..40 {
        let named = json!({ "externalId": "same", "title": format!("{number}") });
        let person = world
            .create("User", user(&format!("person{number}"), named))
            .await
            .unwrap();
        world.create("Group", group("A", &[&person])).await.unwrap();
    }
    let check = async |resource_type: &str, filter: &str, leaves: bool| {
        store.readers.lock().unwrap().clear();
        let resource_type = world.resource_type(resource_type);
        let query = schemas::Query {
            filter: Some(filter.to_owned()),
            count: Some(0),
            ..schemas::Query::default()
        };
        world
            .service
            .list(&world.context, Some(&resource_type), query)
            .await
            .unwrap();
        let readers = store.readers.lock().unwrap().clone();
        assert_eq!(readers.contains(&thread::current().id()), !leaves, "{filter}");
    };
    check("User", "groups.display co \"a\"", true).await;
    check("Group", "members.display co \"a\"", true).await;
    check("User", "externalId eq \"same\" and title pr", true).await;
    check("User", "userName eq \"person1\"", false).await;
}

/// An entry of a bulk answer passes nobody else who would log it.
#[tokio::test]
async fn the_log_says_what_a_bulk_entry_does_not() {
    let (world, _, store) = racing();
    set(&store.unavailable, true);
    let operation = json!({ "method": "POST", "path": "/Users", "bulkId": "a", "data": user("kim", json!({})) });
    let request = json!({ "schemas": [schemas::urn::BULK_REQUEST], "Operations": [operation] });
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || Lines(Arc::clone(&lines)))
        .finish();
    let answer = world.service.bulk(&world.context, request).with_subscriber(subscriber);
    let answer = String::from_utf8(answer.await.unwrap()).unwrap();
    assert!(answer.contains("\"503\"") && !answer.contains("disk"), "{answer}");
    let log = String::from_utf8(log.lock().unwrap().clone()).unwrap();
    assert!(log.contains("the disk is full"), "{log}");
}

struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
