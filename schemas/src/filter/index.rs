//! What a filter tells an index.
use serde_json::Value;

use super::Filter;
use crate::resource_type::ResourceType;

impl Filter {
    /// True if the filter reads this core attribute, e.g. `members`.
    pub fn mentions(&self, attribute: &str) -> bool {
        let _ = attribute;
        false
    }

    /// Equalities that every match satisfies: canonical name as in an index (`userName`,
    /// `emails.value`, `members.value`) and value.
    pub fn equalities(&self, kind: &ResourceType) -> Vec<(String, Value)> {
        let _ = kind;
        Vec::new()
    }
}
