//! What a vendor has, from its description.
use std::collections::{BTreeMap, BTreeSet};

use adapters::Fields;
use adapters::descriptor::{Descriptor, Field, FieldType, Kind, KindDescriptor};
use adapters::suite::sample;
use serde_json::{Value, json};
use usherd::config::{Mappings, Source};

/// Values by the SCIM paths at which a person has them.
pub(super) type Values = BTreeMap<String, Value>;

/// One vendor, with every field mapped.
#[derive(Clone, Copy)]
pub(super) struct Vendor {
    pub(super) entry: &'static adapters::Vendor,
    pub(super) descriptor: &'static Descriptor,
}

impl Vendor {
    pub(super) fn new(entry: &'static adapters::Vendor) -> Self {
        let descriptor = (entry.descriptor)();
        Self { entry, descriptor }
    }

    pub(super) fn name(self) -> &'static str {
        &self.descriptor.name
    }

    pub(super) fn kind(self, kind: Kind) -> &'static KindDescriptor {
        self.descriptor.kind(kind).expect("the vendor has that kind")
    }

    /// The field by which accounts are found.
    pub(super) fn unique(self, kind: Kind) -> &'static Field {
        let kind = self.kind(kind);
        kind.field(&kind.unique).expect("the unique field is described")
    }

    /// The role field; none where the API gives no roles.
    pub(super) fn role(self) -> Option<&'static Field> {
        self.fields().find(|field| field.kind == FieldType::Role)
    }

    /// The fields of people that the story maps. Ids of what the vendor has are left out: nobody's directory has them.
    pub(super) fn fields(self) -> impl Iterator<Item = &'static Field> {
        let fields = self.descriptor.user.fields.iter();
        fields.filter(|field| field.kind != FieldType::Integer)
    }

    /// A source for each field that the vendor's description gives none, so that every field is mapped.
    pub(super) fn mappings(self) -> Mappings {
        let unmapped = self.fields().filter(|field| field.default_source.is_none());
        let source = |field: &Field| Source {
            path: Some(path(field)),
            ..Source::default()
        };
        Mappings {
            user: unmapped.map(|field| (field.name.clone(), source(field))).collect(),
            group: BTreeMap::new(),
        }
    }

    /// Where people have what fields come from, each place once.
    pub(super) fn paths(self) -> BTreeSet<String> {
        self.fields().map(path).collect()
    }

    /// What a person of these values should be at the vendor.
    pub(super) fn wanted(self, values: &Values) -> Fields {
        let value = |field: &Field| values.get(&path(field)).cloned().unwrap_or_default();
        self.fields().map(|field| (field.name.clone(), value(field))).collect()
    }

    /// What must be at the vendor before anybody can have a value of each field: a seed of its twin.
    pub(super) fn surroundings(self) -> Value {
        match self.name() {
            "zendesk" => json!({ "organizations": [{ "name": "Engine Works" }] }),
            _ => json!({}),
        }
    }

    /// The `n`th value at a path: another one than those next to it. Even ones are as people begin; a field of which only one
    /// value is known has none then.
    pub(super) fn value(self, at: &str, n: usize) -> Option<Value> {
        let fields: Vec<_> = self.fields().filter(|field| path(field) == at).collect();
        let strictest = fields.iter().find(|field| field.kind != FieldType::String);
        let field = strictest.or(fields.first()).expect("a field comes from there");
        match (field.kind, field.examples.as_slice()) {
            (FieldType::Role, _) => self.given_role(n).map(|role| json!(role)),
            (_, [only]) => (!n.is_multiple_of(2)).then(|| only.clone()),
            _ => sample(self.descriptor, field, n),
        }
    }

    /// Whether people need a role of their own to be members of groups.
    pub(super) fn needs_role_to_join(self) -> bool {
        !self.descriptor.member_roles.is_empty()
    }

    /// One of the two greatest roles that need nothing and let people be members of groups: who loses them has a lesser one.
    fn given_role(self, n: usize) -> Option<&'static str> {
        let may_join = &self.descriptor.member_roles;
        let roles = self.descriptor.roles.iter();
        let roles = roles.filter(|role| role.assignable && role.rule.is_none());
        let mut roles = roles.filter(|role| may_join.is_empty() || may_join.contains(&role.name));
        roles.nth(n % 2).map(|role| role.name.as_str())
    }

    /// Whether who has this role has the field.
    pub(super) fn has_with(field: &Field, role: Option<&Value>) -> bool {
        let role = role.and_then(Value::as_str);
        field.roles.is_empty() || field.roles.iter().any(|allowed| Some(allowed.as_str()) == role)
    }
}

/// The SCIM path that a field comes from: what the vendor's description says, or a place that no other field has.
pub(super) fn path(field: &Field) -> String {
    let spare = || format!("entitlements[type eq \"{}\"].value", field.name);
    field.default_source.clone().unwrap_or_else(spare)
}
