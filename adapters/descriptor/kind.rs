//! People and groups: the fields of each, and what its calls cost.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::field::{Field, FieldType, one_call};

/// One kind of account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindDescriptor {
    /// What the vendor calls it.
    pub title: String,
    /// The field whose value is unique at the vendor, and by which accounts are found.
    pub unique: String,
    /// Whether the vendor takes a second account with the same unique value, so that creating one looks for it first:
    /// one call more.
    #[serde(default)]
    pub looks_before_create: bool,
    /// Calls, readings included, that a deletion takes.
    #[serde(default = "one_call")]
    pub delete_calls: u64,
    /// Calls, readings included, that reading or finding takes.
    #[serde(default = "one_call")]
    pub read_calls: u64,
    /// Whether reading an account by its id shows each write at once, however late finding and listing do.
    #[serde(default)]
    pub exact_get: bool,
    /// Calls by which an account that is gone is seen to be.
    #[serde(default = "one_call")]
    pub gone_calls: u64,
    /// Calls that a page of a listing takes.
    #[serde(default = "one_call")]
    pub list_calls: u64,
    /// Names beginning so are fields that the vendor's account has of its own, such as `user_fields.`.
    #[serde(default)]
    pub custom_prefix: Option<String>,
    /// What values they take.
    #[serde(default = "text")]
    pub custom_type: FieldType,
    /// Calls, readings included, that changing fields of that prefix takes.
    #[serde(default = "one_call")]
    pub custom_update_calls: u64,
    /// The fields.
    pub fields: Vec<Field>,
}

/// What resources become at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person.
    User,
    /// A group of people (a team, an organization).
    Group,
}

impl KindDescriptor {
    /// The value of the unique field among these, as the vendor compares it.
    pub fn unique_key(&self, fields: &BTreeMap<String, Value>) -> Option<String> {
        let value = fields.get(&self.unique)?.as_str()?;
        let folds = self.field(&self.unique).is_some_and(|field| field.case_insensitive);
        Some(if folds { value.to_lowercase() } else { value.to_owned() })
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field of that name that the vendor's account has of its own; none if there is a described one, or none can
    /// be.
    pub fn custom_field(&self, name: &str) -> Option<Field> {
        let own = name.strip_prefix(self.custom_prefix.as_deref()?)?;
        let is_custom = !own.is_empty() && self.field(name).is_none();
        is_custom.then(|| Field {
            update_calls: self.custom_update_calls,
            ..Field::custom(name, self.custom_type)
        })
    }
}

fn text() -> FieldType {
    FieldType::String
}
