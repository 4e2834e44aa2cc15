//! What the server can do (RFC 7643 sections 5 to 7, RFC 7644 section 4).
use schemas::urn;
use serde_json::{Value, json};

use super::context::Context;
use super::error::Error;
use super::service::Service;
use crate::store::SettingKind;

impl Service {
    /// The ServiceProviderConfig (RFC 7643 section 5, RFC 9865 section 4). It is the same for everyone, so that it can
    /// be read before authentication.
    ///
    /// # Errors
    /// 403 if the request has a filter.
    pub fn service_provider_config(&self, base_url: &str, filtered: bool) -> Result<Value, Error> {
        unfiltered(filtered)?;
        let limits = self.limits();
        Ok(json!({
            "schemas": [urn::SERVICE_PROVIDER_CONFIG],
            "patch": { "supported": true },
            "bulk": {
                "supported": true,
                "maxOperations": limits.bulk_operations,
                "maxPayloadSize": limits.bulk_payload_bytes,
            },
            "filter": { "supported": true, "maxResults": limits.page_max },
            "changePassword": { "supported": false },
            "sort": { "supported": true },
            "etag": { "supported": true },
            "pagination": {
                "cursor": true,
                "index": true,
                "defaultPaginationMethod": "index",
                "defaultPageSize": limits.page_default,
                "maxPageSize": limits.page_max,
                "cursorTimeout": limits.cursor_timeout.as_secs(),
            },
            "authenticationSchemes": [{
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token of the directory in the Authorization header",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": true,
            }],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": format!("{base_url}/ServiceProviderConfig"),
            },
        }))
    }

    /// A ListResponse of all resource types (RFC 7644 section 4).
    ///
    /// # Errors
    /// 403 if the request has a filter.
    pub fn resource_types(&self, context: &Context, filtered: bool) -> Result<Value, Error> {
        let types = self.catalogue().types().iter();
        list(
            filtered,
            types
                .map(|kind| located(context, kind.to_json(), RESOURCE_TYPE))
                .collect(),
        )
    }

    /// The resource type of this id.
    ///
    /// # Errors
    /// 404.
    pub fn resource_type(&self, context: &Context, id: &str) -> Result<Value, Error> {
        let types = self.catalogue().types();
        let found = types
            .iter()
            .find(|kind| kind.id == id)
            .or_else(|| self.catalogue().by_name(id));
        let found = found.ok_or_else(|| schemas::Error::not_found("there is no resource type of this id"))?;
        Ok(located(context, found.to_json(), RESOURCE_TYPE))
    }

    /// A ListResponse of all schemas (RFC 7644 section 4).
    ///
    /// # Errors
    /// 403 if the request has a filter.
    pub fn schemas(&self, context: &Context, filtered: bool) -> Result<Value, Error> {
        let schemas = self.catalogue().schemas().iter();
        list(
            filtered,
            schemas
                .map(|schema| located(context, schema.to_json(), SCHEMA))
                .collect(),
        )
    }

    /// The schema of this URN.
    ///
    /// # Errors
    /// 404.
    pub fn schema(&self, context: &Context, urn: &str) -> Result<Value, Error> {
        let found = self.catalogue().schema(urn);
        let found = found.ok_or_else(|| schemas::Error::not_found("there is no schema of this URN"))?;
        Ok(located(context, found.to_json(), SCHEMA))
    }

    /// Proves that resources can be read.
    ///
    /// # Errors
    /// Failures of the store.
    pub async fn ready(&self) -> Result<(), Error> {
        self.store().setting(SettingKind::Other, "").await?;
        Ok(())
    }
}

/// The name of what is listed, and its endpoint.
type Kind = (&'static str, &'static str);

const RESOURCE_TYPE: Kind = ("ResourceType", "ResourceTypes");
const SCHEMA: Kind = ("Schema", "Schemas");

fn located(context: &Context, mut body: Value, (name, endpoint): Kind) -> Value {
    let id = body.get("id").and_then(Value::as_str).unwrap_or_default();
    let location = format!("{}/{endpoint}/{id}", context.base_url);
    body["meta"] = json!({ "resourceType": name, "location": location });
    body
}

fn unfiltered(filtered: bool) -> Result<(), Error> {
    match filtered {
        true => Err(schemas::Error::new(403, None, "filters are not taken here").into()),
        false => Ok(()),
    }
}

/// Parameters of lists are ignored here, but for filters (RFC 7644 section 4): who asks for some must not take all.
fn list(filtered: bool, resources: Vec<Value>) -> Result<Value, Error> {
    unfiltered(filtered)?;
    Ok(json!({
        "schemas": [urn::LIST_RESPONSE],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    }))
}
