//! A change as one batch: the resource, its rows, and what it means for targets. Pure.
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use schemas::{Catalogue, Object, ResourceType};
use serde_json::Value;

use super::concern::{self, Concern, Groups, Origins, States};
use super::document;
use super::followers::{Follower, Followers};
use super::index;
use super::members::Delta;
use super::registry::{Directory, Target};
use super::resettle::look_again;
use crate::mapping::{self, Membership};
use crate::store::{
    Access, Batch, Cause, DirectoryId, Expect, GrantKey, IndexTerm, LinkChange, LinkKey, Mark, Member, Resource,
    ResourceId, ResourceKey, SettingKind, TargetId, Tombstone, Write,
};

/// What a change is made in.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) directory: &'a Directory,
    pub(super) resource_type: &'a Arc<ResourceType>,
    pub(super) now: Timestamp,
    /// Whether no two groups may have one name.
    pub(super) unique_group_names: bool,
    /// Bytes that a document may grow to.
    pub(super) document_bytes: usize,
}

/// A resource as it is stored, and its canonical document.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) stored: Resource,
    pub(super) content: Object,
}

/// A resource that is to be.
pub(super) struct Next {
    pub(super) key: ResourceKey,
    /// What it is now; `None`: it is new.
    pub(super) before: Option<Current>,
    pub(super) content: Object,
    pub(super) members: Delta,
    /// The groups of the resource, if a target's mapping reads them.
    pub(super) groups: Vec<Membership>,
    /// Of a group: for whom the change means something, if a target's mapping reads groups.
    pub(super) followers: Followers,
    /// The targets that it is imported from; none from the first write by an IdP on.
    pub(super) origins: Vec<TargetId>,
}

/// What a resource that is deleted is tied to.
#[derive(Debug, Default)]
pub(super) struct Ties {
    /// The groups that have it as a member, by their ids.
    pub(super) group_ids: Vec<ResourceId>,
    /// The same, as far as they are served.
    pub(super) groups: Vec<ResourceKey>,
    /// These groups as mappings see them, if a target's mapping reads them.
    pub(super) memberships: Vec<Membership>,
    /// Of a group: for whom its end means something, if a target's mapping reads groups.
    pub(super) followers: Followers,
}

/// A batch that creates or changes a resource.
pub(super) struct Plan {
    pub(super) batch: Batch,
    /// The resource as it will be stored.
    pub(super) stored: Resource,
    pub(super) concerns: Vec<Concern>,
}

impl Next {
    /// Whether nothing differs.
    pub(super) fn is_unchanged(&self) -> bool {
        self.members.is_empty() && self.is_same_document()
    }

    /// Whether the document stays and only members change, if anything. Whoever was imported changes by being written,
    /// whatever is written: from then on all targets are concerned.
    pub(super) fn is_same_document(&self) -> bool {
        self.before
            .as_ref()
            .is_some_and(|before| before.content == self.content && before.stored.origins == self.origins)
    }

    pub(super) fn states<'a>(&'a self, resource_type: &'a ResourceType) -> States<'a> {
        States {
            resource_type,
            before: self.before.as_ref().map(|before| &before.content),
            after: Some(&self.content),
            members: &self.members,
            groups: Groups::same(&self.groups),
            origins: Origins {
                before: self.before.as_ref().map_or(&[], |before| &before.stored.origins),
                after: &self.origins,
            },
        }
    }
}

/// The creation or change of a resource.
///
/// # Errors
/// `invalidValue` for what a target's vendor would refuse, as far as its description tells, and for a document that
/// grows too large.
pub(super) fn put(around: Surroundings<'_>, next: &Next) -> Result<Plan, schemas::Error> {
    concern::check(&around.directory.targets, next.states(around.resource_type))?;
    let plan = put_unchecked(around, next);
    let (bytes, max) = (plan.stored.body.len(), around.document_bytes);
    let before = next.before.as_ref().map_or(0, |before| before.stored.body.len());
    if bytes > max.max(before) {
        let detail = format!("the resource would have {bytes} bytes, which is more than {max}");
        return Err(schemas::Error::invalid_value(detail));
    }
    Ok(plan)
}

/// As [`put`], without asking what vendors would refuse: the way back to what they took before.
pub(super) fn put_unchecked(around: Surroundings<'_>, next: &Next) -> Plan {
    let concerns = concern::concerns(&around.directory.targets, next.states(around.resource_type));
    let mut batch = Batch::default();
    let stored = match &next.before {
        Some(before) if next.is_same_document() => touch(around, before, &mut batch),
        _ => put_document(around, next, &mut batch),
    };
    batch
        .expect
        .extend(next.members.stamp.map(|stamp| Expect::Stamp(next.key.clone(), stamp)));
    put_members(around, next, &mut batch);
    let resource_type = &around.resource_type.name;
    batch.writes.extend(concerns.iter().map(|concern| {
        let key = link_key(around, &concern.target, next.key.id);
        Write::Link(key, LinkChange::Mark(mark(around, resource_type, concern)))
    }));
    mark_followers(around, &next.followers, &mut batch);
    Plan {
        batch,
        stored,
        concerns,
    }
}

/// The deletion of a resource that is a member of these groups.
pub(super) fn delete(around: Surroundings<'_>, current: &Current, ties: &Ties) -> Batch {
    let key = &current.stored.key;
    let states = States {
        resource_type: around.resource_type,
        before: Some(&current.content),
        after: None,
        members: &Delta::default(),
        groups: Groups::same(&ties.memberships),
        origins: Origins {
            before: &current.stored.origins,
            after: &[],
        },
    };
    let concerns = concern::concerns(&around.directory.targets, states);
    let mut batch = Batch::default();
    batch
        .expect
        .push(Expect::Version(key.clone(), Some(current.stored.version)));
    if !concerns.is_empty() {
        // Who comes into a group meanwhile would stay in it at the targets.
        let ties = Expect::Memberships(around.directory.id, key.id, ties.group_ids.clone());
        batch.expect.push(ties);
    }
    batch.writes.push(Write::DeleteResource(key.clone()));
    let external_id = current.content.get("externalId").and_then(Value::as_str);
    for concern in &concerns {
        leave_groups(around, (key.id, &concern.target), &ties.groups, &mut batch);
        let mut mark = mark(around, &around.resource_type.name, concern);
        mark.tombstone = Some(Tombstone {
            external_id: external_id.map(str::to_owned),
        });
        let key = link_key(around, &concern.target, key.id);
        batch.writes.push(Write::Link(key, LinkChange::Mark(mark)));
    }
    mark_followers(around, &ties.followers, &mut batch);
    batch
}

/// Makes people due whose groups change, at the targets whose mapping reads groups, whatever it seems to mean for them:
/// they may just be written themselves.
fn mark_followers(around: Surroundings<'_>, followers: &Followers, batch: &mut Batch) {
    batch.expect.extend(followers.expect.clone());
    let targets = around.directory.targets.iter();
    for target in targets.filter(|target| target.mapping.reads_groups()) {
        batch.writes.extend(followers.are_crowd.then(|| look_again(target.id)));
        batch.writes.extend(followers.people.iter().map(|follower| {
            let (fields, access) = meaning(target, follower);
            let mark = Mark {
                resource_type: follower.member.resource_type.clone(),
                fields,
                access,
                cause: Cause::Others,
                at: around.now,
                tombstone: None,
            };
            Write::Link(link_key(around, target, follower.member.id), LinkChange::Mark(mark))
        }));
    }
}

/// What somebody's change of groups means at a target: the fields that differ, and whether access is taken away.
fn meaning(target: &Arc<Target>, follower: &Follower) -> (BTreeSet<String>, Access) {
    match &follower.person {
        Some(person) => concern::follows(target, person.states(&Delta::default())),
        None => {
            let fields = target.mapping.fields_of_groups().chain([mapping::ACTIVE]);
            (fields.map(str::to_owned).collect(), Access::Lessened)
        }
    }
}

/// A change of members alone: the document stays, and with it its version, so that such changes do not get in each
/// other's way.
fn touch(around: Surroundings<'_>, before: &Current, batch: &mut Batch) -> Resource {
    let key = &before.stored.key;
    let modified = later(around.now, before.stored.modified);
    batch.expect.push(Expect::Exists(key.clone()));
    batch.writes.push(Write::Touch(key.clone(), modified));
    Resource {
        modified,
        ..before.stored.clone()
    }
}

fn put_document(around: Surroundings<'_>, next: &Next, batch: &mut Batch) -> Resource {
    let before = next.before.as_ref().map(|before| &before.stored);
    let entries = index::terms(around.resource_type, &next.content);
    let known = before.map_or(&[][..], |before| &before.index);
    let expected = Expect::Version(next.key.clone(), before.map(|before| before.version));
    batch.expect.push(expected);
    // All that is there keeps its directory: it is removed only when it is empty.
    batch.expect.extend(before.is_none().then(|| {
        let trace = removed_directory(around.directory.id);
        Expect::Setting(SettingKind::Other, trace, None)
    }));
    for entry in entries.iter().filter(|entry| !known.contains(&entry.term)) {
        if entry.unique || (around.unique_group_names && is_group_name(around.resource_type, &entry.term)) {
            batch.expect.push(Expect::Unique {
                scope: next.key.scope.clone(),
                term: entry.term.clone(),
                except: before.map(|_| next.key.id),
            });
        }
    }
    let modified = before.map_or(around.now, |before| later(around.now, before.modified));
    let parts = document::Parts {
        key: &next.key,
        version: before.map_or(1, |before| before.version + 1),
        created: before.map_or(modified, |before| before.created),
        modified,
        content: &next.content,
        index: entries.into_iter().map(|entry| entry.term).collect(),
        origins: &next.origins,
    };
    let stored = document::stored(around.catalogue, around.resource_type, parts);
    batch.writes.push(Write::PutResource(stored.clone()));
    stored
}

/// The settings record that a removed directory leaves, so that a request that began before cannot create anything in
/// it.
pub(in crate::service) fn removed_directory(id: DirectoryId) -> String {
    format!("removed/{}", id.0)
}

fn is_group_name(resource_type: &ResourceType, term: &IndexTerm) -> bool {
    resource_type.rows().is_some() && term.attribute == "displayName"
}

fn put_members(around: Surroundings<'_>, next: &Next, batch: &mut Batch) {
    let delta = &next.members;
    let added = delta
        .put
        .iter()
        .map(|member| Write::AddMember(next.key.clone(), member.clone()));
    batch.writes.extend(added);
    let removed = delta
        .removed
        .iter()
        .map(|member| Write::RemoveMember(next.key.clone(), member.id));
    batch.writes.extend(removed);
    for target in &around.directory.targets {
        let group = link_key(around, target, next.key.id);
        let want = |member: &Member, wanted: bool| {
            let granted = concern::is_granted(target, &around.resource_type.name, &member.resource_type);
            granted.then_some(Write::Want(
                GrantKey {
                    group,
                    member: member.id,
                },
                wanted,
            ))
        };
        batch
            .writes
            .extend(delta.added().filter_map(|member| want(member, true)));
        batch
            .writes
            .extend(delta.removed.iter().filter_map(|member| want(member, false)));
    }
}

/// Takes a deleted person out of groups at a target. If the account goes, its memberships go with it, and the groups
/// have nothing to do.
fn leave_groups(
    around: Surroundings<'_>,
    (member, target): (ResourceId, &Target),
    groups: &[ResourceKey],
    batch: &mut Batch,
) {
    let kept = !target.deletes_accounts();
    let is_granted =
        |group: &&ResourceKey| concern::is_granted(target, &group.scope.resource_type, &around.resource_type.name);
    for group in groups.iter().filter(is_granted) {
        let link = link_key(around, target, group.id);
        batch.writes.push(Write::Want(GrantKey { group: link, member }, false));
        let mark = Mark {
            resource_type: group.scope.resource_type.clone(),
            fields: BTreeSet::new(),
            access: Access::Taken,
            cause: Cause::Others,
            at: around.now,
            tombstone: None,
        };
        batch
            .writes
            .extend(kept.then_some(Write::Link(link, LinkChange::Mark(mark))));
    }
}

fn link_key(around: Surroundings<'_>, target: &Target, resource: ResourceId) -> LinkKey {
    LinkKey {
        directory: around.directory.id,
        target: target.id,
        resource,
    }
}

fn mark(around: Surroundings<'_>, resource_type: &str, concern: &Concern) -> Mark {
    Mark {
        resource_type: resource_type.to_owned(),
        fields: concern.fields.clone(),
        access: concern.access(),
        cause: Cause::Own,
        at: around.now,
        tombstone: None,
    }
}

/// `meta.lastModified` moves forward with every change, whatever the clock does.
fn later(now: Timestamp, before: Timestamp) -> Timestamp {
    let next = before.saturating_add(SignedDuration::from_millis(1));
    now.max(next.unwrap_or(before))
}
