//! What a target should have, from what is stored.
use schemas::Object;
use serde_json::Value;

use crate::delivery::goal::{Goal, goal};
use crate::delivery::line::Line;
use crate::mapping::{self, Subject, Wanted};
use crate::service;
use crate::store::{self, Link, LinkKey, ResourceKey, Scope};

/// A link's resource as it is now.
pub(super) struct Latest {
    pub(super) document: Object,
    /// Whether it concerns the target: not if it was imported from another one and no IdP has written it yet.
    pub(super) seen: bool,
}

impl Latest {
    pub(super) fn external_id(&self) -> Option<&str> {
        self.document.get("externalId").and_then(Value::as_str)
    }
}

/// The latest of a link's resource; `None` once it is deleted.
pub(super) async fn resource(line: &Line, key: &LinkKey, resource_type: &str) -> Result<Option<Latest>, store::Error> {
    let scope = Scope {
        directory: key.directory,
        resource_type: resource_type.to_owned(),
    };
    let stored = line
        .store
        .resource(&ResourceKey {
            scope,
            id: key.resource,
        })
        .await?;
    let Some(stored) = stored else { return Ok(None) };
    let damaged = |error: serde_json::Error| store::Error::Damaged(format!("resource {}: {error}", key.resource));
    Ok(Some(Latest {
        document: serde_json::from_slice(&stored.body).map_err(damaged)?,
        seen: stored.is_seen_by(key.target),
    }))
}

/// The state that a link is driven to.
pub(super) async fn goal_of(line: &Line, key: &LinkKey, link: &Link) -> Result<Goal, store::Error> {
    let Some(kind) = mapping::kind(&link.resource_type) else {
        return Ok(Goal::Untouched);
    };
    let resource = resource(line, key, &link.resource_type).await?;
    let wanted = match &resource {
        Some(latest) if !latest.seen => return Ok(Goal::Untouched),
        Some(latest) => wanted(line, (key, &link.resource_type), &latest.document).await?,
        None => None,
    };
    Ok(goal(kind, wanted, &line.target))
}

/// What the target should have of a resource.
pub(super) async fn wanted(
    line: &Line,
    (key, resource_type): (&LinkKey, &str),
    resource: &Object,
) -> Result<Option<Wanted>, store::Error> {
    let mapping = &line.target.mapping;
    let groups = match mapping.reads_groups() {
        true => service::memberships(&*line.store, key.directory, key.resource).await?,
        false => Vec::new(),
    };
    Ok(mapping.wanted(&Subject {
        resource_type,
        resource,
        groups: &groups,
    }))
}
