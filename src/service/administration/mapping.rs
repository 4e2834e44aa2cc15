//! What a target's mapping says, field by field.
use adapters::descriptor::{Field, FieldType, Kind};
use serde::{Deserialize, Serialize};

use super::{Administration, Error};
use crate::service::Target;

/// One vendor field of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappedField {
    /// `user` or `group`.
    pub kind: String,
    /// The vendor's name.
    pub field: String,
    /// What values it takes, such as `string` or `email`.
    pub values: String,
    /// Whether no account can be without it.
    pub required: bool,
    /// Where it comes from: SCIM paths in the order in which they are tried, a constant, an expression, role rules;
    /// or `nothing`.
    pub source: String,
    /// Whether it is sent with a new account only.
    pub on_create: bool,
}

impl Administration {
    /// The fields of a target, people's before groups', in the vendor's order.
    ///
    /// # Errors
    /// There is no such target.
    pub fn mapping_of(&self, target: &str) -> Result<Vec<MappedField>, Error> {
        let target = self.named(target)?;
        let kinds = [Kind::User, Kind::Group].into_iter();
        let kinds = kinds.filter_map(|kind| Some((kind, target.mapping.kind(kind)?)));
        let fields = kinds.flat_map(|(kind, described)| described.fields.iter().map(move |field| (kind, field)));
        Ok(fields.map(|(kind, field)| shown(&target, kind, field)).collect())
    }
}

fn shown(target: &Target, kind: Kind, field: &Field) -> MappedField {
    let source = target.mapping.sources(kind, &field.name);
    let source = match field.kind == FieldType::Role {
        true => role_source(target, source),
        false => source,
    };
    MappedField {
        kind: match kind {
            Kind::User => "user".to_owned(),
            Kind::Group => "group".to_owned(),
        },
        field: field.name.clone(),
        values: values(field.kind).to_owned(),
        required: field.required,
        source,
        on_create: field.create_only,
    }
}

/// Rules come before the default, and that before what is mapped.
fn role_source(target: &Target, mapped: String) -> String {
    match (target.config.role.is_empty(), &target.config.default_role) {
        (true, None) => mapped,
        (true, Some(_)) => "`default_role`".to_owned(),
        (false, Some(_)) => "the rules of `role`, then `default_role`".to_owned(),
        (false, None) => format!("the rules of `role`, then {mapped}"),
    }
}

/// As a description spells it.
fn values(kind: FieldType) -> &'static str {
    match kind {
        FieldType::String => "string",
        FieldType::Email => "email",
        FieldType::Boolean => "boolean",
        FieldType::Integer => "integer",
        FieldType::List => "list",
        FieldType::Role => "role",
        FieldType::TimeZone => "time_zone",
        FieldType::Phone => "phone",
        FieldType::Any => "any",
    }
}
