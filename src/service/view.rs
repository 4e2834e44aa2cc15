//! Stored resources as one request sees them: at its base URL, in the shape it asks for.
use std::collections::HashMap;

use schemas::{Object, Projection, ResourceType};

use super::context::{Context, Document};
use super::error::Error;
use super::render::{self, escaped};
use super::rows::{Group, Show};
use super::service::Service;
use super::{document, version};
use crate::store::{Resource, ResourceId};

/// Makes the answers of one request.
pub(super) struct View<'a> {
    pub(super) service: &'a Service,
    pub(super) context: &'a Context,
    /// As it stands between the quotes of JSON.
    pub(super) base_url: String,
    /// Groups that were read already; `None`: gone.
    pub(super) groups: HashMap<ResourceId, Option<Group>>,
    /// Rows of memberships that may still be read.
    pub(super) rows_left: u64,
}

/// A resource as it is answered.
pub(super) struct Answered {
    pub(super) version: String,
    pub(super) body: Vec<u8>,
}

impl<'a> View<'a> {
    pub(super) fn new(service: &'a Service, context: &'a Context) -> Self {
        Self {
            service,
            context,
            base_url: escaped(&context.base_url).into_owned(),
            groups: HashMap::new(),
            rows_left: u64::MAX,
        }
    }

    /// For a search, which may read so many rows of memberships.
    pub(super) fn bounded(service: &'a Service, context: &'a Context, rows_left: u64) -> Self {
        Self {
            rows_left,
            ..Self::new(service, context)
        }
    }

    /// The resource in the asked shape; where that is the default, its stored bytes are not parsed.
    pub(super) async fn answered(
        &mut self,
        resource_type: &ResourceType,
        resource: &Resource,
        projection: &Projection,
    ) -> Result<Answered, Error> {
        let extras = self.extras(resource_type, resource, Show::Wanted(projection)).await?;
        let mut body = render::bytes(resource, &self.base_url, &extras);
        if !projection.is_default() {
            let mut object = document::parsed(&body)?;
            projection.apply(resource_type, &mut object);
            body = serde_json::Value::Object(object).to_string().into_bytes();
        }
        Ok(Answered {
            version: extras.version,
            body,
        })
    }

    /// The resource with all attributes, those made of rows as far as they are shown.
    pub(super) async fn object(
        &mut self,
        resource_type: &ResourceType,
        resource: &Resource,
        show: Show<'_>,
    ) -> Result<Object, Error> {
        let extras = self.extras(resource_type, resource, show).await?;
        Ok(document::parsed(&render::bytes(resource, &self.base_url, &extras))?)
    }

    /// The resource's version as in the ETag.
    pub(super) async fn version(&mut self, resource_type: &ResourceType, resource: &Resource) -> Result<String, Error> {
        let extras = self.extras(resource_type, resource, Show::None).await?;
        Ok(extras.version)
    }

    /// The resource in the asked shape, with what goes into the answer's headers.
    pub(super) async fn document(
        &mut self,
        resource_type: &ResourceType,
        resource: &Resource,
        projection: &Projection,
    ) -> Result<Document, Error> {
        let answered = self.answered(resource_type, resource, projection).await?;
        Ok(Document {
            id: resource.key.id,
            location: self.context.location(resource_type, resource.key.id),
            version: answered.version,
            modified: resource.modified,
            body: Some(answered.body),
        })
    }
}

/// The resource without its rows, for searches that ask neither for them nor for the version, which has them in it.
pub(super) fn plain(resource: &Resource, base_url: &str) -> Result<Object, Error> {
    let extras = render::Extras {
        version: version::tag(resource.version, &[]),
        rows: Vec::new(),
    };
    Ok(document::parsed(&render::bytes(resource, base_url, &extras))?)
}
