//! What the server says of itself, read once before the cases run.
use serde_json::Value;

use crate::suite::server::{Client, Request};

/// A part of SCIM that a server may leave out by saying so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Feature {
    /// PATCH (`patch.supported`).
    Patch,
    /// Bulk (`bulk.supported`).
    Bulk,
    /// Filters (`filter.supported`).
    Filter,
    /// Sorting (`sort.supported`).
    Sort,
    /// Versions (`etag.supported`).
    Etag,
    /// Password changes (`changePassword.supported`).
    ChangePassword,
    /// Cursor pagination (`pagination.cursor`, RFC 9865).
    Cursor,
    /// Index pagination; denied only by `pagination.index` (RFC 9865).
    Index,
    /// A resource type at `/Groups`.
    Groups,
    /// The enterprise extension of User.
    Enterprise,
    /// Nothing but the RFCs' form is read; denied by a run on a server that normalises what IdPs send.
    Strict,
}

/// The discovery documents; null or empty where the server gave none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    /// `/ServiceProviderConfig`.
    pub(crate) config: Value,
    /// The elements of `/ResourceTypes`.
    pub(crate) resource_types: Vec<Value>,
    /// The elements of `/Schemas`.
    pub(crate) definitions: Vec<Value>,
    /// The server brings what IdPs send into the RFCs' form before it judges it; the run says so.
    pub(crate) normalises: bool,
}

/// URN of the enterprise extension.
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

impl Claims {
    /// Reads the three documents. What cannot be read stays empty: the discovery cases say so.
    pub(crate) async fn read(client: &Client) -> Claims {
        let mut claims = Claims::default();
        if let Ok(answer) = client.send(Request::new("GET", "/ServiceProviderConfig")).await {
            claims.config = answer.json;
        }
        if let Ok(answer) = client.send(Request::new("GET", "/ResourceTypes")).await {
            claims.resource_types = answer.resources().to_vec();
        }
        if let Ok(answer) = client.send(Request::new("GET", "/Schemas")).await {
            claims.definitions = answer.resources().to_vec();
        }
        claims
    }

    /// Whether the feature is claimed. Only a plain denial counts as none: a server that is silent is tested.
    pub(crate) fn has(&self, feature: Feature) -> bool {
        let config = &self.config;
        match feature {
            Feature::Patch => config["patch"]["supported"] != false,
            Feature::Bulk => config["bulk"]["supported"] != false,
            Feature::Filter => config["filter"]["supported"] != false,
            Feature::Sort => config["sort"]["supported"] != false,
            Feature::Etag => config["etag"]["supported"] != false,
            Feature::ChangePassword => config["changePassword"]["supported"] != false,
            Feature::Cursor => config["pagination"]["cursor"] == true,
            Feature::Index => config["pagination"]["index"] != false,
            Feature::Groups => self.resource_types.is_empty() || self.resource_type("/Groups").is_some(),
            Feature::Enterprise => self.definitions.is_empty() || self.definition(ENTERPRISE).is_some(),
            Feature::Strict => !self.normalises,
        }
    }

    /// The resource type served at this endpoint (with its slash).
    pub(crate) fn resource_type(&self, endpoint: &str) -> Option<&Value> {
        self.resource_types.iter().find(|found| {
            found["endpoint"]
                .as_str()
                .is_some_and(|text| text.trim_start_matches('/') == endpoint.trim_start_matches('/'))
        })
    }

    /// The schema with this URN, in any case.
    pub(crate) fn definition(&self, urn: &str) -> Option<&Value> {
        self.definitions
            .iter()
            .find(|found| found["id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(urn)))
    }

    /// A limit of the configuration, such as `/bulk/maxOperations`.
    pub(crate) fn limit(&self, pointer: &str) -> Option<u64> {
        self.config.pointer(pointer).and_then(Value::as_u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_denial_counts_as_none() {
        let check = |config: Value, feature: Feature, expected: bool| {
            let claims = Claims {
                config,
                resource_types: vec![json!({"endpoint": "/Users"})],
                ..Claims::default()
            };
            assert_eq!(claims.has(feature), expected, "{feature:?}");
        };
        check(json!({"patch": {"supported": false}}), Feature::Patch, false);
        check(json!({"patch": {"supported": true}}), Feature::Patch, true);
        check(Value::Null, Feature::Bulk, true);
        check(Value::Null, Feature::Cursor, false);
        check(json!({"pagination": {"cursor": true}}), Feature::Cursor, true);
        check(json!({"pagination": {"index": false}}), Feature::Index, false);
        check(Value::Null, Feature::Groups, false);
        check(Value::Null, Feature::Enterprise, true);
        check(Value::Null, Feature::Strict, true);
    }
}
