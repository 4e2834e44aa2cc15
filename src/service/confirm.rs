//! What comes from a backup, confirmed by the identity provider.
use std::collections::BTreeSet;

use schemas::ResourceType;

use super::context::Context;
use super::error::Error;
use super::resettle::has_access;
use super::service::Service;
use crate::store::{Access, Batch, Cause, Expect, LinkChange, Mark, Resource, Restored, Write};

impl Service {
    /// A write that changes nothing says all the same what is wanted: the resource's links that still wait since a
    /// restore are brought about. False: others changed the resource meanwhile.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn confirm(
        &self,
        context: &Context,
        resource_type: &ResourceType,
        resource: &Resource,
    ) -> Result<bool, Error> {
        let mut writes = Vec::new();
        for target in &context.directory.targets {
            let key = target.link(resource.key.id);
            let link = self.store().link(&key).await?;
            let waits = link.is_some_and(|link| link.restored == Some(Restored::Held));
            if !waits {
                continue;
            }
            let mark = Mark {
                resource_type: resource_type.name.clone(),
                fields: BTreeSet::new(),
                access: match has_access(self.store(), target, resource).await? {
                    true => Access::Kept,
                    // At the vendor they may have access since.
                    false => Access::Taken,
                },
                cause: Cause::Own,
                at: self.now(),
                tombstone: None,
            };
            writes.push(Write::Link(key, LinkChange::Mark(mark)));
        }
        if writes.is_empty() {
            return Ok(true);
        }
        let expect = vec![Expect::Version(resource.key.clone(), Some(resource.version))];
        let committed = self.commit(context, resource_type, Batch { expect, writes }).await?;
        Ok(committed.is_some())
    }
}
