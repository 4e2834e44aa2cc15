//! What an account should be, from a resource.
use adapters::Fields;
use adapters::descriptor::{Field, FieldType, Kind};
use serde_json::Value;

use super::check;
use super::mapping::Mapping;
use super::role::Ruled;
use super::subject::Subject;

/// What a target should have of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Person or group.
    pub kind: Kind,
    /// False for a person whose `active` is false, or who does not belong to the target.
    pub active: bool,
    /// Whether the person belongs to the target; groups always do.
    pub assigned: bool,
    /// Whether the directory has the person switched off.
    pub switched_off: bool,
    /// Vendor fields; a field without value is `Null`, so that it is cleared.
    pub fields: Fields,
    /// Why the vendor would refuse it, as far as the descriptor tells. Of no account while `active` is false.
    pub faults: Vec<Fault>,
}

/// A rule of the vendor that a resource breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The vendor's field.
    pub field: String,
    /// The SCIM attribute that it comes from.
    pub attribute: String,
    /// The rule, to be read after the field's name: `is required`, `must be an e-mail address`.
    pub rule: String,
}

impl Mapping {
    /// What the target should have of the resource; `None` if its vendor has no such kind.
    ///
    /// A value that breaks a rule stays in the fields beside its fault.
    pub fn wanted(&self, subject: &Subject<'_>) -> Option<Wanted> {
        let kind = kind(subject.resource_type)?;
        let table = self.table(kind)?;
        let assigned = kind == Kind::Group || self.is_assigned(subject);
        let switched_off = kind == Kind::User && subject.resource.get("active") == Some(&Value::Bool(false));
        let mut account = Wanted {
            kind,
            active: assigned && !switched_off,
            assigned,
            switched_off,
            fields: Fields::new(),
            faults: Vec::new(),
        };
        for (field, value) in table.values(subject) {
            let (value, rule) = self.checked(field, value, subject);
            account.faults.extend(rule.map(|rule| Fault {
                field: field.name.clone(),
                attribute: self.attribute(field, subject).to_owned(),
                rule,
            }));
            account.fields.insert(field.name.clone(), value);
        }
        Some(account)
    }

    /// The SCIM attribute that a person's field comes from: of a role that a rule gives, the one that the rule looks
    /// at.
    pub fn attribute<'a>(&'a self, field: &'a Field, subject: &Subject<'_>) -> &'a str {
        let origin = || match kind(subject.resource_type) {
            Some(kind) => self.origin(kind, &field.name),
            None => &field.name,
        };
        self.ruled(field, subject).map_or_else(origin, |ruled| ruled.attribute)
    }

    /// The role that the target's rules give, if the field is one and they say something.
    pub fn ruled(&self, field: &Field, subject: &Subject<'_>) -> Option<Ruled<'_>> {
        match field.kind {
            FieldType::Role => self.roles.of(subject),
            _ => None,
        }
    }

    fn checked(&self, field: &Field, value: Result<Value, String>, subject: &Subject<'_>) -> (Value, Option<String>) {
        match (self.ruled(field, subject), value) {
            (Some(ruled), _) => check::checked(self.descriptor, field, ruled.role.into()),
            (None, Ok(value)) => check::checked(self.descriptor, field, value),
            (None, Err(rule)) => (Value::Null, Some(rule)),
        }
    }
}

/// The kind of account that resources of a type become; `None` if they become none.
pub fn kind(resource_type: &str) -> Option<Kind> {
    match resource_type {
        "User" => Some(Kind::User),
        "Group" => Some(Kind::Group),
        _ => None,
    }
}
