//! Which vendor field comes from where, which role goes to whom, and who belongs to a target, as declared.
use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Vendor fields that do not come from where the vendor's description says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mappings {
    /// Of people, by vendor field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "sources")]
    pub user: BTreeMap<String, Source>,
    /// Of groups, by vendor field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "sources")]
    pub group: BTreeMap<String, Source>,
}

impl Mappings {
    /// Whether the vendor's description stands as it is.
    pub fn is_empty(&self) -> bool {
        self.user.is_empty() && self.group.is_empty()
    }
}

/// Where a vendor field comes from: exactly one of a path, a value and an expression, or nowhere. Written as text it is
/// a SCIM path.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// SCIM paths with blanks between them, whose values are joined by a blank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The same value for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// A CEL expression over `user` (or `group`) and `groups`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// When it is applied.
    pub on: On,
    /// The field is left out: never sent, never compared.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub omit: bool,
}

/// When a field is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// With every change.
    #[default]
    Always,
    /// With a new account only.
    Create,
}

/// Who gets a role of the vendor. Exactly one of the conditions is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRule {
    /// The vendor's role, by name or title.
    pub role: String,
    /// Direct members of the group of this `displayName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Who has a value of `roles` with this `value` or `display`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scim_role: Option<String>,
    /// Who has a value of `entitlements` with this `value` or `display`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<String>,
}

/// What becomes of the account of a person who stops to belong to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnassign {
    /// It is deactivated.
    #[default]
    Deactivate,
    /// It is deleted.
    Delete,
    /// It is left as it is.
    Leave,
}

/// A source as it may be written: text, or a table. So an unknown key of the table is told at its place.
struct Written(Source);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a SCIM path, or a table with `path`, `value` or `expression`")
    }

    fn visit_str<E>(self, path: &str) -> Result<Written, E> {
        Ok(Written(Source {
            path: Some(path.to_owned()),
            ..Source::default()
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
        Source::deserialize(MapAccessDeserializer::new(map)).map(Written)
    }
}

fn sources<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Source>, D::Error> {
    let written = BTreeMap::<String, Written>::deserialize(deserializer)?;
    Ok(written
        .into_iter()
        .map(|(field, Written(source))| (field, source))
        .collect())
}
