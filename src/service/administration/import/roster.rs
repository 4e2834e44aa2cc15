//! A directory's people, by what accounts are matched with.
use std::sync::Arc;

use adapters::descriptor::{Kind, KindDescriptor};
use schemas::{Catalogue, Object, ResourceType};

use super::spool::{Label, Row, Spool};
use crate::mapping::{Membership, Subject, Wanted};
use crate::service::{Target, administration, document, memberships};
use crate::store::{self, Resource, Scope, Store, sound_page};

/// The resource type that people are of.
pub(super) const USER: &str = "User";

/// People read at once.
const PAGE: usize = 200;

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

impl Reading<'_> {
    /// Keeps by what all people of the target's directory are known. A damaged one is known by their link alone.
    ///
    /// # Errors
    /// The store's, and the disk's.
    pub(super) async fn enrol(&self, spool: &Arc<Spool>) -> Result<(), administration::Error> {
        let mut after = None;
        loop {
            let page = sound_page(self.store, &self.scope(), after, PAGE).await?;
            let mut rows = Vec::new();
            for stored in page.resources {
                match self.person(stored).await {
                    Ok(person) => rows.extend(self.known(&person)),
                    Err(store::Error::Damaged(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            spool.keep(rows).await?;
            if page.is_last {
                return Ok(());
            }
            after = page.last;
        }
    }

    fn known(&self, person: &Person) -> impl Iterator<Item = Row> {
        let id = person.stored.key.id;
        let fields = &person.wanted.fields;
        let external = self.external_field().and_then(|field| fields.get(field)?.as_str());
        let unique = self.kind().unique_key(fields);
        let unique = unique.map(|unique| Row::person(Label::Unique, &unique, id));
        let external = external.map(|external| Row::person(Label::ExternalId, external, id));
        unique.into_iter().chain(external)
    }

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
