//! A directory's people, by what accounts are matched with.
use std::collections::BTreeMap;

use adapters::descriptor::{Kind, KindDescriptor};
use schemas::{Catalogue, Object, ResourceType};
use serde_json::Value;

use crate::mapping::{Membership, Subject, Wanted};
use crate::service::{Target, document, memberships};
use crate::store::{self, From, Resource, ResourceId, Scope, Store};

/// The resource type that people are of.
pub(super) const USER: &str = "User";

/// People read at once.
const PAGE: usize = 200;

/// What people are known by.
#[derive(Default)]
pub(super) struct Roster {
    by_unique: Names,
    by_external_id: Names,
}

/// People by a value; `None` where several have it.
type Names = BTreeMap<String, Option<ResourceId>>;

/// Whom a value is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearer {
    Nobody,
    One(ResourceId),
    Several,
}

/// What people are read with.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) catalogue: &'a Catalogue,
    pub(super) resource_type: &'a ResourceType,
    pub(super) target: &'a Target,
}

/// A person, and what the target should have of them.
pub(super) struct Person {
    pub(super) stored: Resource,
    pub(super) content: Object,
    pub(super) groups: Vec<Membership>,
    pub(super) wanted: Wanted,
}

impl Roster {
    /// Reads all people of the target's directory.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn read(reading: Reading<'_>) -> Result<Self, store::Error> {
        let mut roster = Self::default();
        let mut from = From::Skip(0);
        loop {
            let page = reading.store.page(&reading.scope(), from, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(roster);
            };
            from = From::After(last.key.id);
            for stored in page {
                let person = reading.person(stored).await?;
                roster.add(reading.kind(), reading.external_field(), &person);
            }
        }
    }

    fn add(&mut self, kind: &KindDescriptor, external: Option<&str>, person: &Person) {
        let id = person.stored.key.id;
        let fields = &person.wanted.fields;
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        note(&mut self.by_unique, kind.unique_key(fields), id);
        note(&mut self.by_external_id, external.and_then(text), id);
    }

    pub(super) fn by_unique(&self, value: &str) -> Bearer {
        bearer(&self.by_unique, value)
    }

    pub(super) fn by_external_id(&self, value: &str) -> Bearer {
        bearer(&self.by_external_id, value)
    }
}

impl Reading<'_> {
    /// What the target has of people.
    pub(super) fn kind(&self) -> &KindDescriptor {
        let mapped = self.target.mapping.kind(Kind::User);
        mapped.unwrap_or(&self.target.descriptor.user)
    }

    /// The vendor's field that keeps the directory's `externalId`, if one does.
    pub(super) fn external_field(&self) -> Option<&str> {
        let mut fields = self.kind().fields.iter().map(|field| field.name.as_str());
        fields.find(|field| self.target.mapping.origin(Kind::User, field) == "externalId")
    }

    pub(super) fn scope(&self) -> Scope {
        Scope {
            directory: self.target.directory,
            resource_type: USER.to_owned(),
        }
    }

    /// A person as stored, with what the target should have of them.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn person(&self, stored: Resource) -> Result<Person, store::Error> {
        let content = document::content(self.catalogue, self.resource_type, &stored)?;
        let groups = match self.target.mapping.reads_groups() {
            true => memberships(self.store, self.target.directory, stored.key.id).await?,
            false => Vec::new(),
        };
        Ok(Person {
            wanted: wanted(self.target, &content, &groups),
            stored,
            content,
            groups,
        })
    }
}

/// What the target should have of a person.
pub(super) fn wanted(target: &Target, content: &Object, groups: &[Membership]) -> Wanted {
    let wanted = target.mapping.wanted(&Subject {
        resource_type: USER,
        resource: content,
        groups,
    });
    wanted.expect("every vendor has people")
}

fn note(names: &mut Names, value: Option<String>, id: ResourceId) {
    if let Some(value) = value {
        names.entry(value).and_modify(|one| *one = None).or_insert(Some(id));
    }
}

fn bearer(names: &Names, value: &str) -> Bearer {
    match names.get(value) {
        None => Bearer::Nobody,
        Some(None) => Bearer::Several,
        Some(Some(id)) => Bearer::One(*id),
    }
}
