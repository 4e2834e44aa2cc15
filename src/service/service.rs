//! The use cases in one place: what they need, and how they are called.
use std::sync::Arc;

use schemas::{Catalogue, ResourceType};
use serde_json::Value;

use super::context::{At, Change, Context, Document, New, Options, Preconditions};
use super::stand_in::Query;
use super::{Deliveries, Error, Limits, Registry};
use crate::clock::{Clock, Ids};
use crate::store::Store;

/// What use cases need.
pub struct Parts {
    /// Where resources and links are.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// What is served.
    pub catalogue: Arc<Catalogue>,
    /// Directories and targets.
    pub registry: Arc<Registry>,
    /// Delivery to targets.
    pub deliveries: Arc<dyn Deliveries>,
    /// Limits of requests and answers.
    pub limits: Limits,
}

/// The use cases. Cloning is cheap.
#[derive(Clone)]
pub struct Service {
    parts: Arc<Parts>,
}

impl Service {
    /// The use cases over these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// What is served.
    pub fn catalogue(&self) -> &Catalogue {
        &self.parts.catalogue
    }

    /// Limits of requests and answers.
    pub fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    /// Directories and targets.
    pub fn registry(&self) -> &Registry {
        &self.parts.registry
    }

    /// Creates a resource (RFC 7644 section 3.3).
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidValue`, `uniqueness`; failures of the store.
    pub async fn create(&self, context: &Context, new: New<'_>) -> Result<Document, Error> {
        let _ = (context, new);
        Err(not_yet())
    }

    /// A resource by id (RFC 7644 section 3.4.1).
    ///
    /// # Errors
    /// 404; [`Error::NotModified`] and [`Error::PreconditionFailed`] by the conditions.
    pub async fn get(&self, context: &Context, at: At<'_>, options: &Options) -> Result<Document, Error> {
        let _ = (context, at, options);
        Err(not_yet())
    }

    /// Replaces a resource (RFC 7644 section 3.5.1).
    ///
    /// # Errors
    /// 404, `invalidSyntax`, `invalidValue`, `mutability`, `uniqueness`; [`Error::PreconditionFailed`].
    pub async fn replace(&self, context: &Context, at: At<'_>, change: Change) -> Result<Document, Error> {
        let _ = (context, at, change);
        Err(not_yet())
    }

    /// Changes a resource (RFC 7644 section 3.5.2).
    ///
    /// # Errors
    /// As [`Service::replace`], and `invalidPath`, `noTarget`, `invalidFilter`.
    pub async fn patch(&self, context: &Context, at: At<'_>, change: Change) -> Result<Document, Error> {
        let _ = (context, at, change);
        Err(not_yet())
    }

    /// Deletes a resource (RFC 7644 section 3.6).
    ///
    /// # Errors
    /// 404; [`Error::PreconditionFailed`].
    pub async fn delete(&self, context: &Context, at: At<'_>, preconditions: &Preconditions) -> Result<(), Error> {
        let _ = (context, at, preconditions);
        Err(not_yet())
    }

    /// A ListResponse with resources of one type, or of all types (RFC 7644 section 3.4.2, RFC 9865).
    ///
    /// # Errors
    /// `invalidFilter`, `invalidValue`, `tooMany`, `invalidCursor`, `expiredCursor`, `invalidCount`.
    pub async fn list(
        &self,
        context: &Context,
        resource_type: Option<&Arc<ResourceType>>,
        query: Query,
    ) -> Result<Vec<u8>, Error> {
        let _ = (context, resource_type, query);
        Err(not_yet())
    }

    /// Carries out a BulkRequest and answers the BulkResponse (RFC 7644 section 3.7).
    ///
    /// # Errors
    /// `invalidSyntax`; 413 for too many operations. Failures of single operations are in the answer.
    pub async fn bulk(&self, context: &Context, body: Value) -> Result<Vec<u8>, Error> {
        let _ = (context, body);
        Err(not_yet())
    }

    /// The ServiceProviderConfig (RFC 7643 section 5).
    pub fn service_provider_config(&self, context: &Context) -> Value {
        let _ = context;
        Value::Null
    }

    /// A ListResponse of all resource types (RFC 7644 section 4).
    ///
    /// # Errors
    /// 403 if the request has a filter.
    pub fn resource_types(&self, context: &Context, filtered: bool) -> Result<Value, Error> {
        let _ = (context, filtered);
        Err(not_yet())
    }

    /// The resource type of this id.
    ///
    /// # Errors
    /// 404.
    pub fn resource_type(&self, context: &Context, id: &str) -> Result<Value, Error> {
        let _ = (context, id);
        Err(not_yet())
    }

    /// A ListResponse of all schemas (RFC 7644 section 4).
    ///
    /// # Errors
    /// 403 if the request has a filter.
    pub fn schemas(&self, context: &Context, filtered: bool) -> Result<Value, Error> {
        let _ = (context, filtered);
        Err(not_yet())
    }

    /// The schema of this URN.
    ///
    /// # Errors
    /// 404.
    pub fn schema(&self, context: &Context, urn: &str) -> Result<Value, Error> {
        let _ = (context, urn);
        Err(not_yet())
    }
}

fn not_yet() -> Error {
    schemas::Error::new(501, None, "not implemented").into()
}
