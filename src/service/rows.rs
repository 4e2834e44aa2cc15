//! What membership rows contribute to a resource: `members` of a group, `groups` of a member, and both to the version.
//!
//! Only direct memberships are shown in `groups`.
use schemas::{Catalogue, Mutability, Projection, ResourceType, Type};
use serde::Deserialize;
use serde_json::Value;

use super::context::Context;
use super::error::Error;
use super::render::{Extras, escaped};
use super::service::Service;
use super::view::View;
use super::{index, version};
use crate::store::{Member, Resource, ResourceId, ResourceKey};

/// Members read at first: most groups have no more, and so few are read without leaving the thread.
pub(super) const MEMBERS_FIRST: usize = 32;

/// Reads of single resources, none of which waits, before others get the thread.
const READS_AT_ONCE: usize = 32;

/// Lets others in once in a while, in a loop over reads that never wait.
pub(super) async fn breathe(index: usize) {
    if index % READS_AT_ONCE == READS_AT_ONCE - 1 {
        tokio::task::yield_now().await;
    }
}

/// Members read at once of a larger group, so that neither a read nor what it holds grows with the group.
pub(super) const MEMBERS_CHUNK: usize = 1_000;

/// The attribute of a member that shows its groups (RFC 7643 section 4.1.2).
pub(super) const GROUPS: &str = "groups";

/// A group as its members show it.
#[derive(Debug, Clone)]
pub(super) struct Group {
    endpoint: String,
    display: Option<String>,
}

/// Which attributes made of rows go into the body.
#[derive(Clone, Copy)]
pub(super) enum Show<'a> {
    All,
    None,
    /// Those that it wants; the others are not read.
    Wanted(&'a Projection),
    /// Of groups only these members, and of members their groups.
    Members(&'a [ResourceId]),
}

impl Show<'_> {
    fn wants(self, name: &str) -> bool {
        match self {
            Show::All | Show::Members(_) => true,
            Show::None => false,
            Show::Wanted(projection) => projection.wants(name),
        }
    }
}

/// Whether resources of the type show their groups.
pub(super) fn shows_groups(resource_type: &ResourceType) -> bool {
    resource_type.schema.attribute(GROUPS).is_some_and(|attribute| {
        attribute.kind == Type::Complex && attribute.multi_valued && attribute.mutability == Mutability::ReadOnly
    })
}

/// A membership row as it is answered.
pub(super) fn member_value(base_url: &str, catalogue: &Catalogue, member: &Member) -> Value {
    let mut out = Vec::new();
    write_member(&mut out, (&escaped(base_url), catalogue), member);
    serde_json::from_slice(&out).expect("it was just written")
}

impl View<'_> {
    /// What is put into the resource's stored body. The version has all rows; the body has those that are shown.
    pub(super) async fn extras(
        &mut self,
        resource_type: &ResourceType,
        resource: &Resource,
        show: Show<'_>,
    ) -> Result<Extras, Error> {
        let mut tags = Vec::new();
        let mut rows = Vec::new();
        if shows_groups(resource_type) {
            let groups = self.groups_of(resource.key.id).await?;
            tags.extend(groups_tag(&groups));
            if show.wants(GROUPS) {
                write_groups(&mut rows, &self.base_url, &groups);
            }
        }
        if let Some(attribute) = resource_type.rows() {
            // The stamp is read first: a version that is older than the rows is found stale, never the other way round.
            let stamp = self.service.store().stamp(&resource.key).await?;
            tags.extend((stamp > 0).then(|| stamp.to_string()));
            let show = if stamp > 0 { show } else { Show::None };
            self.show_members((&resource.key, &attribute.name), show, &mut rows)
                .await?;
        }
        Ok(Extras {
            version: version::tag(resource.version, &tags),
            rows,
        })
    }

    async fn show_members(
        &mut self,
        (group, name): (&ResourceKey, &str),
        show: Show<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if let Show::Members(ids) = show {
            let members = self.service.store().members_among(group, ids).await?;
            self.count(members.len())?;
            self.write_some(name, &members, out);
        } else if show.wants(name) {
            self.write_members(group, name, out).await?;
        }
        Ok(())
    }

    async fn groups_of(&mut self, member: ResourceId) -> Result<Vec<(ResourceId, Group)>, Error> {
        let store = self.service.store();
        let ids = store.memberships(self.context.directory.id, member).await?;
        self.count(ids.len())?;
        let mut found = Vec::with_capacity(ids.len());
        for (index, id) in ids.into_iter().enumerate() {
            breathe(index).await;
            if !self.groups.contains_key(&id) {
                let read = self.service.group(self.context, id).await?;
                self.groups
                    .insert(id, read.map(|(group, endpoint)| named(&group, endpoint)));
            }
            let group = self.groups.get(&id).cloned().flatten();
            found.extend(group.map(|group| (id, group)));
        }
        Ok(found)
    }

    fn write_some(&self, name: &str, members: &[Member], out: &mut Vec<u8>) {
        for (index, member) in members.iter().enumerate() {
            begin(out, name, index == 0);
            write_member(out, (&self.base_url, self.service.catalogue()), member);
        }
        if !members.is_empty() {
            out.push(b']');
        }
    }

    /// Counts rows that were read.
    ///
    /// # Errors
    /// `tooMany` beyond what this view may read.
    fn count(&mut self, rows: usize) -> Result<(), Error> {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        let left = self.rows_left.checked_sub(rows);
        self.rows_left = left.ok_or_else(|| too_many(self.service.limits().scan_resources_max))?;
        Ok(())
    }

    async fn write_members(&mut self, group: &ResourceKey, name: &str, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut after = None;
        let mut limit = MEMBERS_FIRST;
        loop {
            let members = self.service.store().members(group, after, limit).await?;
            self.count(members.len())?;
            for (index, member) in members.iter().enumerate() {
                begin(out, name, after.is_none() && index == 0);
                write_member(out, (&self.base_url, self.service.catalogue()), member);
            }
            if members.len() < limit {
                if !(after.is_none() && members.is_empty()) {
                    out.push(b']');
                }
                return Ok(());
            }
            after = members.last().map(|member| member.id);
            limit = MEMBERS_CHUNK;
        }
    }
}

impl Service {
    /// The groups that have this resource as a direct member.
    pub(super) async fn groups_with(&self, context: &Context, member: ResourceId) -> Result<Vec<ResourceKey>, Error> {
        let ids = self.store().memberships(context.directory.id, member).await?;
        let mut keys = Vec::with_capacity(ids.len());
        for id in ids {
            keys.extend(self.group(context, id).await?.map(|(group, _)| group.key));
        }
        Ok(keys)
    }

    /// A group of any resource type that has rows, and its endpoint.
    async fn group(&self, context: &Context, id: ResourceId) -> Result<Option<(Resource, &str)>, Error> {
        for resource_type in self.catalogue().types().iter().filter(|other| other.rows().is_some()) {
            let scope = context.scope(resource_type);
            if let Some(resource) = self.store().resource(&ResourceKey { scope, id }).await? {
                return Ok(Some((resource, &resource_type.endpoint)));
            }
        }
        Ok(None)
    }
}

/// The refusal of a search that would have to look at more than it may.
pub(super) fn too_many(max: u64) -> Error {
    let detail =
        format!("no index helps with this, and there are more than {max} resources and memberships to look at");
    schemas::Error::too_many(detail).into()
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "displayName")]
    display_name: Option<String>,
}

fn named(group: &Resource, endpoint: &str) -> Group {
    let named: Option<Named> = serde_json::from_slice(&group.body).ok();
    Group {
        endpoint: endpoint.to_owned(),
        display: named.and_then(|named| named.display_name),
    }
}

/// What groups contribute to a member's version: who they are and how they are called.
fn groups_tag(groups: &[(ResourceId, Group)]) -> Option<String> {
    let mut bytes = Vec::new();
    for (id, group) in groups {
        bytes.extend_from_slice(id.0.as_bytes());
        let display = group.display.as_deref().unwrap_or_default();
        bytes.extend_from_slice(&display.len().to_be_bytes());
        bytes.extend_from_slice(display.as_bytes());
    }
    (!groups.is_empty()).then(|| index::hash(&bytes))
}

fn write_groups(out: &mut Vec<u8>, base_url: &str, groups: &[(ResourceId, Group)]) {
    for (index, (id, Group { endpoint, display })) in groups.iter().enumerate() {
        begin(out, GROUPS, index == 0);
        out.extend_from_slice(
            format!("{{\"value\":\"{id}\",\"$ref\":\"{base_url}/{endpoint}/{id}\",\"type\":\"direct\"").as_bytes(),
        );
        write_display(out, display.as_deref());
        out.push(b'}');
    }
    if !groups.is_empty() {
        out.push(b']');
    }
}

fn write_member(out: &mut Vec<u8>, (base_url, catalogue): (&str, &Catalogue), member: &Member) {
    let id = member.id;
    out.extend_from_slice(format!("{{\"value\":\"{id}\"").as_bytes());
    if let Some(resource_type) = catalogue.by_name(&member.resource_type) {
        let (endpoint, name) = (&resource_type.endpoint, &resource_type.name);
        out.extend_from_slice(format!(",\"$ref\":\"{base_url}/{endpoint}/{id}\",\"type\":\"{name}\"").as_bytes());
    }
    write_display(out, member.display.as_deref());
    out.push(b'}');
}

fn write_display(out: &mut Vec<u8>, display: Option<&str>) {
    if let Some(display) = display {
        out.extend_from_slice(format!(",\"display\":\"{}\"", escaped(display)).as_bytes());
    }
}

/// What stands before an element of the attribute.
fn begin(out: &mut Vec<u8>, name: &str, first: bool) {
    if first {
        out.extend_from_slice(format!(",\"{name}\":[").as_bytes());
    } else {
        out.push(b',');
    }
}
