//! GET by id, and what every use case reads first (RFC 7644 section 3.4.1).
use schemas::ResourceType;

use super::context::{At, Context, Document, Options, Preconditions};
use super::error::Error;
use super::plan::Current;
use super::service::Service;
use super::view::View;
use super::{document, memberships, version};
use crate::store::{Expect, Resource, ResourceKey};

impl Service {
    /// A resource by id (RFC 7644 section 3.4.1).
    ///
    /// # Errors
    /// 404; [`Error::NotModified`] and [`Error::PreconditionFailed`] by the conditions.
    pub async fn get(&self, context: &Context, at: At<'_>, options: &Options) -> Result<Document, Error> {
        let shape = &options.shape;
        let projection = self.projection(at.resource_type, shape)?;
        let resource = self.stored(context, at).await?;
        let mut view = View::new(self, context);
        let conditions = &options.preconditions;
        if conditions.if_match.is_some() || conditions.if_none_match.is_some() {
            let version = view.version(at.resource_type, &resource).await?;
            if is_other(conditions, &version) {
                return Err(Error::PreconditionFailed);
            }
            if is_known(conditions, &version) {
                return Err(Error::NotModified { version });
            }
        }
        view.document(at.resource_type, &resource, &projection).await
    }

    /// The resource as it is stored. Unknown, foreign and malformed ids are alike.
    ///
    /// # Errors
    /// 404.
    pub(super) async fn stored(&self, context: &Context, at: At<'_>) -> Result<Resource, Error> {
        let missing = || schemas::Error::not_found(format!("there is no {} of this id", at.resource_type.name));
        let id = memberships::parsed(at.id).ok_or_else(missing)?;
        let scope = context.scope(at.resource_type);
        let found = self.store().resource(&ResourceKey { scope, id }).await?;
        Ok(found.ok_or_else(missing)?)
    }

    /// The resource with its canonical document.
    ///
    /// # Errors
    /// 404.
    pub(super) async fn current(&self, context: &Context, at: At<'_>) -> Result<Current, Error> {
        let stored = self.stored(context, at).await?;
        let content = document::content(self.catalogue(), at.resource_type, &stored)?;
        Ok(Current { stored, content })
    }

    /// What must still hold at the commit for the conditions to hold then.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] if they do not hold now.
    pub(super) async fn check(
        &self,
        context: &Context,
        (resource_type, resource): (&ResourceType, &Resource),
        conditions: &Preconditions,
    ) -> Result<Vec<Expect>, Error> {
        if conditions.if_match.is_none() && conditions.if_none_match.is_none() {
            return Ok(Vec::new());
        }
        let version = View::new(self, context).version(resource_type, resource).await?;
        if is_other(conditions, &version) || is_known(conditions, &version) {
            return Err(Error::PreconditionFailed);
        }
        let mut expected = vec![Expect::Version(resource.key.clone(), Some(resource.version))];
        if resource_type.rows().is_some() {
            let stamp = self.store().stamp(&resource.key).await?;
            expected.push(Expect::Stamp(resource.key.clone(), stamp));
        }
        Ok(expected)
    }
}

fn is_other(conditions: &Preconditions, version: &str) -> bool {
    let header = conditions.if_match.as_deref();
    header.is_some_and(|header| !version::names(header, version))
}

fn is_known(conditions: &Preconditions, version: &str) -> bool {
    let header = conditions.if_none_match.as_deref();
    header.is_some_and(|header| version::names(header, version))
}
