//! What a change of a group means for the roles of those who come into it, or for whom its name means something.
use std::sync::Arc;

use adapters::descriptor::Kind;
use schemas::{Object, ResourceType};
use serde_json::Value;

use super::concern::{self, Groups, Origins, States};
use super::document;
use super::error::Error;
use super::groups::memberships;
use super::members::Delta;
use super::plan::Next;
use super::registry::Target;
use super::resettle::MARKED_MAX;
use super::seats::Check;
use crate::mapping::{self, Membership};
use crate::store::{Member, Resource, ResourceKey};

/// A person whose groups change.
struct Person {
    resource_type: Arc<ResourceType>,
    stored: Resource,
    content: Object,
    before: Vec<Membership>,
    after: Vec<Membership>,
}

impl Person {
    fn states<'a>(&'a self, members: &'a Delta) -> States<'a> {
        States {
            resource_type: &self.resource_type,
            before: Some(&self.content),
            after: Some(&self.content),
            members,
            groups: Groups {
                before: &self.before,
                after: &self.after,
            },
            origins: Origins {
                before: &self.stored.origins,
                after: &self.stored.origins,
            },
        }
    }

    /// For people.
    fn name(&self) -> &str {
        let name = self.content.get("userName").and_then(Value::as_str);
        name.unwrap_or("a member")
    }
}

impl Check<'_> {
    /// Looks at what the change of a group gives to people. What takes access away from anybody is not held up by what
    /// it gives to others.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn members(&mut self, resource_type: &ResourceType, next: &Next) -> Result<(), Error> {
        let is_group = mapping::kind(&resource_type.name) == Some(Kind::Group);
        let targets = self.context.directory.targets.iter();
        let targets: Vec<_> = targets.filter(|target| target.mapping.reads_groups()).collect();
        if !is_group || targets.is_empty() || next.members.removed.iter().any(is_person) {
            return Ok(());
        }
        let members = next.members.added().chain(&next.renamed_for);
        let members: Vec<_> = members.filter(|member| is_person(member)).collect();
        // Of a crowd it is left to delivery, so that no write takes long.
        if members.len() > MARKED_MAX {
            return Ok(());
        }
        let (mut people, none) = (Vec::new(), Delta::default());
        for member in members {
            people.extend(self.person(member, next).await?);
        }
        let loses = |person: &Person| targets.iter().any(|target| loses(target, person.states(&none)));
        if people.iter().any(loses) {
            return Ok(());
        }
        for person in &people {
            let faults = targets
                .iter()
                .flat_map(|target| concern::faults(target, person.states(&none)));
            let named = faults.map(|fault| format!("{}: {fault}", person.name()));
            self.faults.extend(named);
            self.seat(person.stored.key.id, person.states(&none)).await?;
        }
        Ok(())
    }

    /// The person with their groups before and after; `None` if there is no such resource.
    async fn person(&self, member: &Member, next: &Next) -> Result<Option<Person>, Error> {
        let (store, directory) = (self.service.store(), self.context.directory.id);
        let Some(resource_type) = self.service.catalogue().by_name(&member.resource_type) else {
            return Ok(None);
        };
        let scope = self.context.scope(resource_type);
        let id = member.id;
        let Some(stored) = store.resource(&ResourceKey { scope, id }).await? else {
            return Ok(None);
        };
        let before = memberships(store, directory, id).await?;
        let group = Membership {
            id: next.key.id.to_string(),
            name: next
                .content
                .get("displayName")
                .and_then(Value::as_str)
                .map(str::to_owned),
        };
        let others = before.iter().filter(|other| other.id != group.id).cloned();
        Ok(Some(Person {
            resource_type: Arc::clone(resource_type),
            content: document::parsed(&stored.body)?,
            stored,
            after: others.chain([group.clone()]).collect(),
            before,
        }))
    }
}

fn is_person(member: &Member) -> bool {
    mapping::kind(&member.resource_type) == Some(Kind::User)
}

fn loses(target: &Target, states: States<'_>) -> bool {
    let (before, after) = (concern::before(target, states), concern::after(target, states));
    let both = before.zip(after);
    both.is_some_and(|(before, after)| target.mapping.takes_away(&before, &after))
}
