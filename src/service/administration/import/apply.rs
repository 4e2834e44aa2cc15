//! One account of a plan applied: one commit, or nothing.
use std::collections::BTreeSet;
use std::sync::Arc;

use adapters::Account;
use schemas::{Object, ResourceType};

use super::compare::{ASSIGNED, Failing, Finding, Known, Terms, UNASSIGNED, lets_in};
use super::order::{List, Source};
use super::roster::{Person, Reading, USER, wanted};
use crate::mapping::{self, ACTIVE, Wanted};
use crate::service::followers::Followers;
use crate::service::members::Delta;
use crate::service::plan::{self, Current, Next, Surroundings};
use crate::service::registry::Directory;
use crate::store::{
    self, Access, Batch, Cause, Conflict, Expect, Link, LinkChange, LinkKey, Mark, ResourceId, ResourceKey, Settle,
    TargetId, Write,
};

/// What accounts are applied in.
#[derive(Clone, Copy)]
pub(super) struct Applier<'a> {
    pub(super) reading: Reading<'a>,
    pub(super) directory: &'a Directory,
    pub(super) resource_type: &'a Arc<ResourceType>,
    pub(super) source: Source,
    pub(super) now: jiff::Timestamp,
    pub(super) document_bytes: usize,
}

/// Why an account was not applied.
pub(super) enum Refused {
    /// For its own sake.
    Here(Failing),
    /// The store failed.
    Store(store::Error),
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Conflict(Conflict::Unique(term, _)) => {
                let reason = format!("{}: another {USER} has this value", term.attribute);
                Self::Here(Failing::of(&reason))
            }
            store::Error::Conflict(Conflict::Account(_)) => {
                refused("the account was linked to another person meanwhile")
            }
            store::Error::Conflict(_) => changed_meanwhile(),
            error => Self::Store(error),
        }
    }
}

fn refused(reason: &str) -> Refused {
    Refused::Here(Failing::of(reason))
}

fn changed_meanwhile() -> Refused {
    refused("the person was changed meanwhile: look at a new plan")
}

impl Applier<'_> {
    /// Applies a finding as far as it is in these lists; answers the targets that have something to deliver now.
    ///
    /// # Errors
    /// See [`Refused`]; nothing is changed then.
    pub(super) async fn apply(
        &self,
        finding: &Finding,
        lists: &BTreeSet<List>,
        new_id: ResourceId,
    ) -> Result<Vec<TargetId>, Refused> {
        if let Some(fault) = &finding.fault {
            return Err(Refused::Here(fault.clone()));
        }
        let batch = match &finding.known {
            None => self.create(finding, new_id)?,
            Some(known) => self.change(finding, known, lists).await?,
        };
        let committed = self.reading.store.commit(batch).await?;
        let targets: BTreeSet<_> = committed.marks.into_iter().map(|(link, _)| link.target).collect();
        Ok(targets.into_iter().collect())
    }

    fn create(&self, finding: &Finding, id: ResourceId) -> Result<Batch, Refused> {
        let (target, account) = (self.reading.target, &finding.account);
        let person = target
            .mapping
            .person(self.resource_type, &account.fields, account.active);
        let content = person.map_err(|fault| Refused::Here(fault.into()))?;
        let applied = self.applied(account, &wanted(target, &content, &[]), None);
        let next = Next {
            key: self.resource_key(id),
            before: None,
            content,
            members: Delta::default(),
            groups: Vec::new(),
            followers: Followers::default(),
            origins: vec![target.id],
        };
        // What the vendor has it took, whatever its description says.
        let mut batch = self.without_own_mark(plan::put_unchecked(self.around(), &next).batch, id);
        batch.expect.push(self.free(account, id));
        batch.writes.extend(self.settled(id, None, Some(applied)));
        Ok(batch)
    }

    async fn change(&self, finding: &Finding, known: &Known, lists: &BTreeSet<List>) -> Result<Batch, Refused> {
        let (person, link) = self.still(known).await?;
        let mut batch = match self.source {
            Source::Vendor => self.take_over(finding, (person, link), lists),
            Source::Directory => self.send(finding, (person, link), lists),
        }?;
        batch.expect.push(self.free(&finding.account, known.id));
        Ok(batch)
    }

    /// The person and the link, if they are what the finding was computed from.
    async fn still(&self, known: &Known) -> Result<(Person, Option<Link>), Refused> {
        let stored = self.reading.store.resource(&self.resource_key(known.id)).await?;
        let stored = stored.filter(|stored| stored.version == known.version);
        let stored = stored.ok_or_else(changed_meanwhile)?;
        let link = self.reading.store.link(&self.link_key(known.id)).await?;
        if link.as_ref().map(|link| link.revision) != known.revision {
            return Err(changed_meanwhile());
        }
        Ok((self.reading.person(stored).await?, link))
    }

    /// An account has at most one link.
    fn free(&self, account: &Account, person: ResourceId) -> Expect {
        Expect::Account {
            link: self.link_key(person),
            resource_type: USER.to_owned(),
            account: account.id.clone(),
        }
    }

    /// The directory becomes as the vendor is; nothing is sent to this vendor for it.
    fn take_over(
        &self,
        finding: &Finding,
        (person, link): (Person, Option<Link>),
        lists: &BTreeSet<List>,
    ) -> Result<Batch, Refused> {
        let (id, target) = (person.stored.key.id, self.reading.target);
        let content = self.content(finding, &person, lists)?;
        let after = wanted(target, &content, &person.groups);
        if finding.account.active && !finding.gone && !after.active {
            return Err(refused(unwelcome(finding, lists)));
        }
        if !finding.gone && lets_in(&finding.account, &person, &after) {
            return Err(refused(ASSIGNED));
        }
        let account = match (finding.gone, link.as_ref().and_then(|link| link.account.clone())) {
            (true, _) => None,
            (false, Some(applied)) if !lists.contains(&List::Update) && applied.id == finding.account.id => {
                let active = finding.account.active;
                Some(store::Applied { active, ..applied })
            }
            (false, _) => Some(self.applied(&finding.account, &after, link.as_ref())),
        };
        let origins = self.origins(&person);
        let mut batch = match content == person.content && origins == person.stored.origins {
            true => Batch {
                expect: vec![Expect::Version(person.stored.key.clone(), Some(person.stored.version))],
                writes: Vec::new(),
            },
            false => self.put(&next(person, content, origins))?,
        };
        let revision = link.as_ref().map(|link| link.revision);
        batch.expect.push(Expect::Link(self.link_key(id), revision));
        batch.writes.extend(self.settled(id, link.as_ref(), account));
        Ok(batch)
    }

    /// The person as the chosen lists make it.
    fn content(&self, finding: &Finding, person: &Person, lists: &BTreeSet<List>) -> Result<Object, Refused> {
        let mut content = person.content.clone();
        if lists.contains(&List::Update) {
            let overwritten = self.terms().overwritten(&finding.account, person);
            (content, _) = overwritten.map_err(|fault| Refused::Here(fault.into()))?;
        }
        let switches = [(List::Activate, true), (List::Deactivate, false)];
        for (_, active) in switches.iter().filter(|(list, _)| lists.contains(list)) {
            let switched = mapping::switched(self.resource_type, content, *active);
            content = switched.map_err(|reason| refused(&reason))?;
        }
        Ok(content)
    }

    /// The vendor is to become as the directory is: the account is linked, and what differs is to be delivered.
    fn send(
        &self,
        finding: &Finding,
        (person, link): (Person, Option<Link>),
        lists: &BTreeSet<List>,
    ) -> Result<Batch, Refused> {
        let (id, key) = (person.stored.key.id, person.stored.key.clone());
        let account = (!finding.gone).then(|| self.applied(&finding.account, &person.wanted, link.as_ref()));
        let fields = finding.changes.iter().map(|change| change.field.clone());
        let switched = lists.contains(&List::Activate) || lists.contains(&List::Deactivate);
        let fields = fields.chain(switched.then(|| ACTIVE.to_owned())).collect();
        let origins = self.origins(&person);
        let revision = link.as_ref().map(|link| link.revision);
        let mut batch = match origins == person.stored.origins {
            true => Batch {
                expect: vec![Expect::Version(key, Some(person.stored.version))],
                writes: Vec::new(),
            },
            false => {
                let content = person.content.clone();
                self.put(&next(person, content, origins))?
            }
        };
        batch.expect.push(Expect::Link(self.link_key(id), revision));
        let mark = Mark {
            fields,
            access: match (lists.contains(&List::Activate), lists.contains(&List::Deactivate)) {
                (true, _) => Access::Taken,
                (false, true) => Access::Given,
                (false, false) => Access::Kept,
            },
            ..self.mark()
        };
        let settle = Settle {
            account,
            generation: self.reading.target.generation,
            ..Settle::default()
        };
        let changes = [LinkChange::Mark(mark), LinkChange::Settle(settle)];
        batch
            .writes
            .extend(changes.map(|change| Write::Link(self.link_key(id), change)));
        Ok(batch)
    }

    /// The account as it counts as applied: of its fields those that the directory has a say in.
    fn applied(&self, account: &Account, wanted: &Wanted, link: Option<&Link>) -> store::Applied {
        let before = link.and_then(|link| link.account.as_ref());
        let before = before.filter(|applied| applied.id == account.id);
        let kind = self.reading.kind();
        let ruled = |name: &str| wanted.fields.get(name).is_some_and(|value| !value.is_null());
        let fields = account.fields.iter().filter(|(name, _)| ruled(name));
        store::Applied {
            id: account.id.clone(),
            fields: fields.map(|(name, value)| (name.clone(), value.clone())).collect(),
            parts: account.parts.clone(),
            active: account.active,
            unique: kind.unique_key(&account.fields),
            made: before.and_then(|applied| applied.made),
            unfinished: before.is_some_and(|applied| applied.unfinished),
        }
    }

    /// Makes the link settled, with this account or none. A mark comes first: it says of what type the link is.
    fn settled(&self, id: ResourceId, link: Option<&Link>, account: Option<store::Applied>) -> [Write; 2] {
        let marked = link.map_or(0, |link| link.marked) + 1;
        let settle = Settle {
            account,
            settled: Some(marked),
            generation: self.reading.target.generation,
            ..Settle::default()
        };
        let changes = [LinkChange::Mark(self.mark()), LinkChange::Settle(settle)];
        changes.map(|change| Write::Link(self.link_key(id), change))
    }

    fn mark(&self) -> Mark {
        Mark {
            resource_type: USER.to_owned(),
            fields: BTreeSet::new(),
            access: Access::Kept,
            cause: Cause::Own,
            at: self.now,
            tombstone: None,
        }
    }

    /// The batch of a change, which other targets follow.
    fn put(&self, next: &Next) -> Result<Batch, Refused> {
        let plan = plan::put(self.around(), next).map_err(|error| refused(&error.detail))?;
        Ok(self.without_own_mark(plan.batch, next.key.id))
    }

    /// The batch, but for what it would have delivered to this target: how its link goes on is said after it.
    fn without_own_mark(&self, mut batch: Batch, id: ResourceId) -> Batch {
        let own = self.link_key(id);
        batch
            .writes
            .retain(|write| !matches!(write, Write::Link(key, LinkChange::Mark(_)) if *key == own));
        batch
    }

    /// Where the person is imported from after this one; nowhere if an IdP has written it.
    fn origins(&self, person: &Person) -> Vec<TargetId> {
        let mut origins = person.stored.origins.clone();
        if !person.stored.is_seen_by(self.reading.target.id) {
            origins.push(self.reading.target.id);
        }
        origins
    }

    fn around(&self) -> Surroundings<'_> {
        Surroundings {
            catalogue: self.reading.catalogue,
            directory: self.directory,
            resource_type: self.resource_type,
            now: self.now,
            unique_group_names: false,
            document_bytes: self.document_bytes,
        }
    }

    fn terms(&self) -> Terms<'_> {
        Terms {
            target: self.reading.target,
            resource_type: self.resource_type,
            source: self.source,
        }
    }

    fn resource_key(&self, id: ResourceId) -> ResourceKey {
        ResourceKey {
            scope: self.reading.scope(),
            id,
        }
    }

    fn link_key(&self, resource: ResourceId) -> LinkKey {
        LinkKey {
            directory: self.reading.target.directory,
            target: self.reading.target.id,
            resource,
        }
    }
}

/// Why an account stays out whose person would not have it with these lists.
fn unwelcome(finding: &Finding, lists: &BTreeSet<List>) -> &'static str {
    match finding.lists.contains(&List::Activate) && !lists.contains(&List::Activate) {
        true => "it is active at the vendor and not here: choose activate too, or --source directory",
        false => UNASSIGNED,
    }
}

/// The person with another document or other origins.
fn next(person: Person, content: Object, origins: Vec<TargetId>) -> Next {
    Next {
        key: person.stored.key.clone(),
        before: Some(Current {
            stored: person.stored,
            content: person.content,
        }),
        content,
        members: Delta::default(),
        groups: person.groups,
        followers: Followers::default(),
        origins,
    }
}
