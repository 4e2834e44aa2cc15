//! Which resources a filter can match, by an index.
use schemas::{Filter, ResourceType};
use serde_json::Value;

use crate::service::context::Context;
use crate::service::error::Error;
use crate::service::index;
use crate::service::memberships::parsed;
use crate::service::rows::{GROUPS, shows_groups};
use crate::service::service::Service;
use crate::store::{ResourceId, ResourceKey};

/// Candidates that are looked at one by one; beyond, going through all resources in order is quicker.
const CANDIDATES_MAX: usize = 10_000;

/// Equalities of a filter that are looked up in an index: any one of them narrows a search down.
const EQUALITIES_MAX: usize = 16;

impl Service {
    /// Ids of all resources that can match, in order; `None` if no index narrows them down.
    pub(super) async fn candidates(
        &self,
        context: &Context,
        resource_type: &ResourceType,
        filter: &Filter,
    ) -> Result<Option<Vec<ResourceId>>, Error> {
        let mut fewest: Option<Vec<ResourceId>> = None;
        for (name, value) in filter.equalities(resource_type).into_iter().take(EQUALITIES_MAX) {
            let Value::String(text) = value else { continue };
            let Some(ids) = self.with(context, resource_type, (&name, &text)).await? else {
                continue;
            };
            if ids.len() <= CANDIDATES_MAX && fewest.as_ref().is_none_or(|fewest| ids.len() < fewest.len()) {
                fewest = Some(ids);
            }
        }
        Ok(fewest)
    }

    /// Ids of the resources whose attribute has this value, and one too many if they are; `None` without an index.
    async fn with(
        &self,
        context: &Context,
        resource_type: &ResourceType,
        (name, text): (&str, &str),
    ) -> Result<Option<Vec<ResourceId>>, Error> {
        if name == "id" {
            return Ok(Some(parsed(text).into_iter().collect()));
        }
        let row = |attribute: &str| name.strip_suffix(".value") == Some(attribute);
        let id = parsed(&text.to_ascii_lowercase());
        if resource_type.rows().is_some_and(|rows| row(&rows.name)) {
            let Some(member) = id else { return Ok(Some(Vec::new())) };
            return Ok(Some(self.store().memberships(context.directory.id, member).await?));
        }
        if shows_groups(resource_type) && row(GROUPS) {
            let Some(group) = id else { return Ok(Some(Vec::new())) };
            return self.members_of(context, group).await.map(Some);
        }
        let Some(term) = index::term(resource_type, name, text) else {
            return Ok(None);
        };
        let ids = self
            .store()
            .find(&context.scope(resource_type), &term, CANDIDATES_MAX + 1)
            .await?;
        Ok(Some(ids))
    }

    async fn members_of(&self, context: &Context, id: ResourceId) -> Result<Vec<ResourceId>, Error> {
        for resource_type in self.catalogue().types().iter().filter(|other| other.rows().is_some()) {
            let scope = context.scope(resource_type);
            let members = self
                .store()
                .members(&ResourceKey { scope, id }, None, CANDIDATES_MAX + 1)
                .await?;
            if !members.is_empty() {
                return Ok(members.into_iter().map(|member| member.id).collect());
            }
        }
        Ok(Vec::new())
    }
}
