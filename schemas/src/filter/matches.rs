//! Whether a resource satisfies a filter.
use serde_json::Value;

use super::Filter;
use crate::Object;
use crate::resource_type::ResourceType;
use crate::schema::Attribute;

impl Filter {
    /// True if the resource satisfies the filter.
    ///
    /// The resource has canonical names; it holds `id`, `externalId`, `meta` and extension containers.
    pub fn matches(&self, kind: &ResourceType, resource: &Object) -> bool {
        let _ = (kind, resource);
        false
    }

    /// True if one value of the attribute satisfies the value filter, as it stands in brackets.
    pub fn matches_value(&self, attribute: &Attribute, value: &Value) -> bool {
        let _ = (attribute, value);
        false
    }
}
