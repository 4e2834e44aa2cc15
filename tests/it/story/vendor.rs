//! What a vendor has, from its description.
use std::collections::{BTreeMap, BTreeSet};

use adapters::Fields;
use adapters::descriptor::{Descriptor, Field, FieldType, Kind, KindDescriptor};
use adapters::suite::sample;
use conformance::twins;
use jiff::Timestamp;
use serde_json::{Value, json};
use usherd::config::{Mappings, Source};

use crate::contract::{self, Entry};

/// Values by the SCIM paths at which a person has them.
pub(super) type Values = BTreeMap<String, Value>;

/// One vendor, with every field mapped.
#[derive(Clone, Copy)]
pub(super) struct Vendor {
    pub(super) entry: Entry,
    pub(super) descriptor: &'static Descriptor,
    /// What it has of people, as far as the story maps it.
    people: &'static KindDescriptor,
}

/// The name of a field that the vendor's account has of its own, behind the vendor's prefix for those.
const OWN: &str = "story";

impl Vendor {
    /// With what has a name and an id mapped by its name.
    pub(super) fn new(entry: Entry) -> Self {
        let is_by_id = |field: &Field, people: &KindDescriptor| named(field).is_some_and(|name| has(people, name));
        Self::without(entry, is_by_id)
    }

    /// With what has a name and an id mapped by its id; none where the vendor has no such thing.
    pub(super) fn by_ids(entry: Entry) -> Option<Self> {
        let people = &entry.spoken.descriptor.user;
        let is_any = people
            .fields
            .iter()
            .any(|field| named(field).is_some_and(|name| has(people, name)));
        let is_by_name = |field: &Field, people: &KindDescriptor| has(people, &format!("{}{ID}", field.name));
        is_any.then(|| Self::without(entry, is_by_name))
    }

    fn without(entry: Entry, leaves_out: impl Fn(&Field, &KindDescriptor) -> bool) -> Self {
        let descriptor = entry.spoken.descriptor;
        let mut people = descriptor.user.clone();
        people.fields.retain(|field| !leaves_out(field, &descriptor.user));
        for field in people.fields.iter_mut().filter(|field| is_id(field)) {
            field.examples = ids(&descriptor.name, &field.name);
        }
        let own = people.custom_prefix.as_ref().map(|prefix| format!("{prefix}{OWN}"));
        let own = own.and_then(|name| people.custom_field(&name));
        people.fields.extend(own);
        Self {
            entry,
            descriptor,
            people: Box::leak(Box::new(people)),
        }
    }

    /// The vendor of its twin.
    pub(super) fn name(self) -> &'static str {
        self.entry.twin
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
        self.people.fields.iter()
    }

    /// A source for each field that the vendor's description gives none, so that every field is mapped.
    pub(super) fn mappings(self) -> Mappings {
        let unmapped = self.fields().filter(|field| field.default_source.is_none());
        let of_groups = self.descriptor.group.iter().flat_map(|group| &group.fields);
        let of_groups = of_groups.filter(|field| field.default_source.is_none());
        Mappings {
            user: unmapped.map(|field| (field.name.clone(), self.source(field))).collect(),
            group: of_groups
                .map(|field| (field.name.clone(), group_source(field)))
                .collect(),
        }
    }

    /// A source for a field of people that has no usual one. No attribute that is neither text nor an extension's has a
    /// place to spare, so what is true, false or a number is written as text, and an expression reads it.
    fn source(self, field: &Field) -> Source {
        let is_told = matches!(field.kind, FieldType::Boolean | FieldType::Integer);
        if !is_told {
            return Source {
                path: Some(path(field)),
                ..Source::default()
            };
        }
        let values = [0, 1].map(|n| sample(self.descriptor, field, n).expect("a value to try"));
        let [one, other] = values.map(|value| format!("\"{value}\": {value}"));
        let given = format!("user.entitlements.filter(e, e.type == \"{}\")", field.name);
        Source {
            expression: Some(format!(
                "{{{one}, {other}}}[({given} + [{{\"value\": \"none\"}}])[0].value]"
            )),
            ..Source::default()
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
        surroundings(self.name())
    }

    /// The `n`th value at a path: another one than those next to it. Even ones are as people begin; a field of which
    /// only one value is known has none then.
    pub(super) fn value(self, at: &str, n: usize) -> Option<Value> {
        let fields: Vec<_> = self.fields().filter(|field| path(field) == at).collect();
        let strictest = fields
            .iter()
            .find(|field| !matches!(field.kind, FieldType::String | FieldType::Any));
        let field = strictest.or(fields.first()).expect("a field comes from there");
        match (field.kind, field.examples.as_slice()) {
            (FieldType::Role, _) => self.given_role(n).map(|role| json!(role)),
            (_, [only]) => (!n.is_multiple_of(2)).then(|| only.clone()),
            _ => sample(self.descriptor, field, n),
        }
    }

    /// Whether nobody has less than who has this role.
    pub(super) fn is_least(self, role: &Value) -> bool {
        let mut others = self.descriptor.roles.iter().map(|other| json!(other.name));
        let is_role = others.clone().any(|other| other == *role);
        is_role && others.all(|other| other == *role || self.descriptor.is_greater_role(&other, role))
    }

    /// Whether people need a role of their own to be members of groups.
    pub(super) fn needs_role_to_join(self) -> bool {
        !self.descriptor.member_roles.is_empty()
    }

    /// One of the two greatest roles that need nothing and let people be members of groups: who loses them has a lesser
    /// one.
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

/// What every group has of a field that takes no text of its own.
pub(super) fn group_constant(field: &Field) -> Option<Value> {
    match field.kind {
        FieldType::Boolean => Some(json!(false)),
        FieldType::String => field.choices.last().map(|choice| json!(choice)),
        FieldType::Email
        | FieldType::Integer
        | FieldType::List
        | FieldType::Role
        | FieldType::TimeZone
        | FieldType::Phone
        | FieldType::Any => None,
    }
}

/// Where a group's field comes from that has no usual source.
fn group_source(field: &Field) -> Source {
    let value = group_constant(field);
    Source {
        path: value.is_none().then(|| GROUP_NAME.to_owned()),
        value,
        ..Source::default()
    }
}

fn surroundings(vendor: &str) -> Value {
    match vendor {
        "zendesk" => json!({
            "organizations": [{ "name": "Engine Works" }, { "name": "Mill Works" }],
            "groups": ["Front Desk", "Back Office"],
            "user_fields": [{ "key": OWN, "type": "text" }],
        }),
        "okta" => json!({ "attributes": [{ "name": OWN, "type": "string" }] }),
        _ => json!({}),
    }
}

/// The ids of what is around people that a field may have: those that the vendor's twin of the same number gives.
fn ids(vendor: &str, field: &str) -> Vec<Value> {
    let list = match field {
        "organization_id" => "organizations",
        "default_group_id" => "groups",
        other => panic!("{vendor}: nobody knows an id for {other}"),
    };
    let mut twin = twins::by_vendor(vendor, contract::TWIN_NUMBER).expect("the vendor has a twin");
    let made = twin.seed(Timestamp::UNIX_EPOCH, &surroundings(vendor)).expect("a seed");
    made[list].as_array().expect("a list of ids").clone()
}

/// What stands behind the name of something in the name of the field that has its id.
const ID: &str = "_id";

/// The field that would have the name of what this one has the id of.
fn named(field: &Field) -> Option<&str> {
    field.name.strip_suffix(ID)
}

fn has(people: &KindDescriptor, name: &str) -> bool {
    people.field(name).is_some()
}

/// A whole number of which one example is known is an id of what is at the vendor.
fn is_id(field: &Field) -> bool {
    field.kind == FieldType::Integer && field.examples.len() == 1
}

/// Whether a field may change and not be cleared: who is in groups always has a default one.
pub(super) fn is_lasting(field: &Field) -> bool {
    field.name == "default_group_id"
}

/// Whether a field takes any text.
pub(super) fn is_text(field: &Field) -> bool {
    matches!(field.kind, FieldType::String | FieldType::Any) && field.choices.is_empty() && field.examples.is_empty()
}

/// The SCIM path that a field comes from: what the vendor's description says, or a place that no other field has.
pub(super) fn path(field: &Field) -> String {
    let spare = || format!("entitlements[type eq \"{}\"].value", field.name);
    field.default_source.clone().unwrap_or_else(spare)
}
