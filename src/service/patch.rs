//! PATCH: parts of a resource (RFC 7644 section 3.5.2).
use schemas::ResourceType;
use schemas::dialect::normalise_patch;
use schemas::patch::Patch;

use super::change::{Edit, Order};
use super::context::{At, Change, Context, Document};
use super::error::Error;
use super::manner::Manner;
use super::rows::MEMBERS_FIRST;
use super::service::Service;
use super::view::View;
use crate::store::ResourceKey;

impl Service {
    /// Changes a resource (RFC 7644 section 3.5.2).
    ///
    /// # Errors
    /// As [`Service::replace`], and `invalidPath`, `noTarget`, `invalidFilter`.
    pub async fn patch(&self, context: &Context, at: At<'_>, change: Change) -> Result<Document, Error> {
        let Change { body, options } = change;
        let shape = &options.shape;
        let patch = Patch::parse(&normalise_patch(&context.rules, at.resource_type, body))?;
        let names = || patch.names(at.resource_type);
        let projection = self.projection_after(at.resource_type, shape, names)?;
        let order = Order {
            at,
            edit: Edit::Patch(patch),
            preconditions: &options.preconditions,
            manner: Manner::alone(context),
        };
        let written = self.change(context, &order).await?;
        self.answer(context, written.pending).await?;
        let mut view = View::new(self, context);
        let may_be_short = context.rules.large_groups_without_content && shape.is_default();
        if may_be_short && self.is_large(at.resource_type, &written.resource.key).await? {
            let version = view.version(at.resource_type, &written.resource).await?;
            return Ok(Document {
                id: written.resource.key.id,
                location: context.location(at.resource_type, written.resource.key.id),
                version,
                modified: written.resource.modified,
                body: None,
            });
        }
        view.document(at.resource_type, &written.resource, &projection).await
    }

    /// Whether the group has so many members that a change of one would mostly be an answer of the others.
    async fn is_large(&self, resource_type: &ResourceType, key: &ResourceKey) -> Result<bool, Error> {
        if resource_type.rows().is_none() {
            return Ok(false);
        }
        let max = self.limits().patch_members_max;
        for limit in [MEMBERS_FIRST.min(max), max + 1] {
            if self.store().members(key, None, limit).await?.len() < limit {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
