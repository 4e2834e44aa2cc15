//! The groups of a person, as mappings see them.
use adapters::descriptor::Kind;
use schemas::ResourceType;
use serde::Deserialize;

use super::context::Context;
use super::followers::{Fate, Regrouping};
use super::members::Delta;
use super::plan::Ties;
use super::service::Service;
use crate::mapping::{self, Membership};
use crate::store::{DirectoryId, Error, Expect, ResourceId, ResourceKey, Scope, Store};

/// The resource type whose members are people of a target's groups.
const GROUP: &str = "Group";

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "displayName")]
    display_name: Option<String>,
}

/// The groups that have the resource as a direct member.
///
/// # Errors
/// The store's.
pub async fn memberships(
    store: &dyn Store,
    directory: DirectoryId,
    member: ResourceId,
) -> Result<Vec<Membership>, Error> {
    let mut found = Vec::new();
    for id in store.memberships(directory, member).await? {
        found.extend(membership(store, directory, id).await?);
    }
    Ok(found)
}

/// Being in this group, as mappings see it; `None` if it is no group of theirs.
///
/// # Errors
/// The store's.
pub(super) async fn membership(
    store: &dyn Store,
    directory: DirectoryId,
    id: ResourceId,
) -> Result<Option<Membership>, Error> {
    let scope = group_scope(directory);
    let group = store.resource(&ResourceKey { scope, id }).await?;
    let named = |body: &[u8]| serde_json::from_slice::<Named>(body).ok();
    Ok(group.map(|group| Membership {
        id: id.to_string(),
        name: named(&group.body).and_then(|named| named.display_name),
    }))
}

fn group_scope(directory: DirectoryId) -> Scope {
    Scope {
        directory,
        resource_type: GROUP.to_owned(),
    }
}

impl Service {
    /// The groups of a resource, if a target's mapping reads them.
    pub(super) async fn groups_for_mapping(
        &self,
        context: &Context,
        resource_type: &ResourceType,
        id: ResourceId,
    ) -> Result<Vec<Membership>, Error> {
        match context.reads_groups() && resource_type.rows().is_none() {
            true => memberships(self.store(), context.directory.id, id).await,
            false => Ok(Vec::new()),
        }
    }

    /// What has to stand of a resource's groups until it is written, if a target's mapping reads them: who changes a
    /// group at the same time may see the resource as it was.
    pub(super) async fn groups_to_stand(
        &self,
        context: &Context,
        resource_type: &ResourceType,
        id: ResourceId,
    ) -> Result<Vec<Expect>, super::Error> {
        if !context.reads_groups() || mapping::kind(&resource_type.name) != Some(Kind::User) {
            return Ok(Vec::new());
        }
        let directory = context.directory.id;
        let ids = self.store().memberships(directory, id).await?;
        let mut expect = Vec::new();
        for id in &ids {
            let (scope, id) = (group_scope(directory), *id);
            let key = ResourceKey { scope, id };
            let group = self.store().resource(&key).await?;
            // Its name: members come and go without another version.
            expect.extend(group.map(|group| Expect::Version(key, Some(group.version))));
        }
        expect.push(Expect::Memberships(directory, id, ids));
        Ok(expect)
    }

    /// What a resource that is deleted is tied to, as far as targets ask for it.
    pub(super) async fn ties(
        &self,
        context: &Context,
        resource_type: &ResourceType,
        key: &ResourceKey,
    ) -> Result<Ties, super::Error> {
        if context.directory.targets.is_empty() {
            return Ok(Ties::default());
        }
        let regrouping = Regrouping {
            group: key,
            members: &Delta::default(),
            fate: Fate::Deleted,
        };
        Ok(Ties {
            // First: what changes after it is noticed at the write.
            group_ids: self.store().memberships(context.directory.id, key.id).await?,
            groups: self.groups_with(context, key.id).await?,
            memberships: self.groups_for_mapping(context, resource_type, key.id).await?,
            followers: self.followers(context, resource_type, regrouping).await?,
        })
    }
}

impl Context {
    /// Whether a target's mapping reads groups.
    pub(super) fn reads_groups(&self) -> bool {
        let mut targets = self.directory.targets.iter();
        targets.any(|target| target.mapping.reads_groups())
    }
}
