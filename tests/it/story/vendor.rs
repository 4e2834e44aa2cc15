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
    /// What it has of people, as far as the story maps it.
    people: &'static KindDescriptor,
}

/// The name of a field that the vendor's account has of its own, behind the vendor's prefix for those.
const OWN: &str = "story";

impl Vendor {
    pub(super) fn new(entry: &'static adapters::Vendor) -> Self {
        let descriptor = (entry.descriptor)();
        let mut people = descriptor.user.clone();
        // Nobody's directory has ids of what is at the vendor.
        people.fields.retain(|field| field.kind != FieldType::Integer);
        let own = people.custom_prefix.as_ref();
        let own = own.map(|prefix| Field::custom(&format!("{prefix}{OWN}"), FieldType::String));
        people.fields.extend(own);
        Self {
            entry,
            descriptor,
            people: Box::leak(Box::new(people)),
        }
    }

    pub(super) fn name(self) -> &'static str {
        &self.descriptor.name
    }

    pub(super) fn kind(self, kind: Kind) -> &'static KindDescriptor {
        match kind {
            Kind::User => self.people,
            Kind::Group => self.descriptor.group.as_ref().expect("the vendor has groups"),
        }
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

    /// The fields of people that the story maps.
    pub(super) fn fields(self) -> impl Iterator<Item = &'static Field> {
        // No attribute of a person's own that is true or false is left for those without a usual source.
        let has_place = |field: &&'static Field| field.kind != FieldType::Boolean || field.default_source.is_some();
        self.people.fields.iter().filter(has_place)
    }

    /// A source for each field that the vendor's description gives none, so that every field is mapped.
    pub(super) fn mappings(self) -> Mappings {
        let unmapped = self.fields().filter(|field| field.default_source.is_none());
        let of_groups = self.descriptor.group.iter().flat_map(|group| &group.fields);
        let of_groups = of_groups.filter(|field| is_text(field) && field.default_source.is_none());
        let from = |path: String| Source {
            path: Some(path),
            ..Source::default()
        };
        Mappings {
            user: unmapped.map(|field| (field.name.clone(), from(path(field)))).collect(),
            group: of_groups
                .map(|field| (field.name.clone(), from(GROUP_NAME.to_owned())))
                .collect(),
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
            "zendesk" => json!({
                "organizations": [{ "name": "Engine Works" }],
                "user_fields": [{ "key": OWN, "type": "text" }],
            }),
            "okta" => json!({ "attributes": [{ "name": OWN, "type": "string" }] }),
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

/// The one attribute of a group that is text; all of a group's texts come from it.
pub(super) const GROUP_NAME: &str = "displayName";

/// Whether a field takes any text.
pub(super) fn is_text(field: &Field) -> bool {
    field.kind == FieldType::String && field.choices.is_empty() && field.examples.is_empty()
}

/// The SCIM path that a field comes from: what the vendor's description says, or a place that no other field has.
pub(super) fn path(field: &Field) -> String {
    let spare = || format!("entitlements[type eq \"{}\"].value", field.name);
    field.default_source.clone().unwrap_or_else(spare)
}
