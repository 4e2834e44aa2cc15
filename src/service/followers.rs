//! The people for whom a change of a group means something: those who come into it, those who leave it, and when it is
//! renamed or goes all that are in it.
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use adapters::descriptor::Kind;
use schemas::{Object, ResourceType};
use serde_json::Value;

use super::concern::{Groups, Origins, States};
use super::context::Context;
use super::document;
use super::error::Error;
use super::groups::membership;
use super::members::Delta;
use super::resettle::MARKED_MAX;
use super::rows::breathe;
use super::service::Service;
use crate::mapping::{self, Membership};
use crate::store::{self, Expect, Member, ResourceId, ResourceKey, TargetId};

/// Those who follow a change of a group.
#[derive(Debug, Clone, Default)]
pub(super) struct Followers {
    pub(super) people: Vec<Follower>,
    /// They are too many to be looked at one by one: targets look at all of the directory.
    pub(super) are_crowd: bool,
    /// What must stand until the write: who comes in meanwhile would not be among them.
    pub(super) expect: Option<Expect>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Follower {
    pub(super) member: Member,
    /// `None`: the record is damaged, and nobody can say what the change means for the person.
    pub(super) person: Option<Person>,
}

/// A person whose groups change.
#[derive(Debug, Clone)]
pub(super) struct Person {
    resource_type: Arc<ResourceType>,
    content: Object,
    origins: Vec<TargetId>,
    before: Vec<Membership>,
    after: Vec<Membership>,
}

/// A change of a group.
pub(super) struct Regrouping<'a> {
    pub(super) group: &'a ResourceKey,
    pub(super) members: &'a Delta,
    pub(super) fate: Fate<'a>,
}

/// What becomes of the group.
#[derive(Clone, Copy)]
pub(super) enum Fate<'a> {
    /// It has this name, as before.
    Stays(Option<&'a str>),
    /// It has this name now.
    Renamed(Option<&'a str>),
    Deleted,
}

impl<'a> Fate<'a> {
    /// What becomes of a group by a change of its document.
    pub(super) fn of(before: Option<&Object>, after: &'a Object) -> Self {
        let name = |content: &'a Object| content.get("displayName").and_then(Value::as_str);
        match before.is_none_or(|before| before.get("displayName") == after.get("displayName")) {
            true => Self::Stays(name(after)),
            false => Self::Renamed(name(after)),
        }
    }

    fn name(self) -> Option<&'a str> {
        match self {
            Self::Stays(name) | Self::Renamed(name) => name,
            Self::Deleted => None,
        }
    }
}

impl Followers {
    /// Those who follow the way back.
    pub(super) fn reverse(&self) -> Self {
        let turned = |person: &Person| Person {
            before: person.after.clone(),
            after: person.before.clone(),
            ..person.clone()
        };
        let people = self.people.iter().map(|follower| Follower {
            member: follower.member.clone(),
            person: follower.person.as_ref().map(turned),
        });
        Self {
            people: people.collect(),
            are_crowd: self.are_crowd,
            expect: None,
        }
    }
}

impl Person {
    pub(super) fn states<'a>(&'a self, members: &'a Delta) -> States<'a> {
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
                before: &self.origins,
                after: &self.origins,
            },
        }
    }

    /// For people.
    pub(super) fn name(&self) -> &str {
        let name = self.content.get("userName").and_then(Value::as_str);
        name.unwrap_or("a member")
    }
}

/// Members by their ids, each with whether it is in the group after the change.
type Moves = BTreeMap<ResourceId, (Member, bool)>;

impl Service {
    /// Who follows the change, if a target's mapping reads groups.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn followers(
        &self,
        context: &Context,
        resource_type: &ResourceType,
        regrouping: Regrouping<'_>,
    ) -> Result<Followers, Error> {
        let is_group = mapping::kind(&resource_type.name) == Some(Kind::Group);
        if !is_group || !context.reads_groups() {
            return Ok(Followers::default());
        }
        let (moves, expect) = self.moves(&regrouping).await?;
        if moves.len() > MARKED_MAX {
            return Ok(Followers {
                are_crowd: true,
                ..Followers::default()
            });
        }
        let (mut people, mut names) = (Vec::new(), BTreeMap::new());
        for (index, (member, stays)) in moves.into_values().enumerate() {
            breathe(index).await;
            let after = Membership {
                id: regrouping.group.id.to_string(),
                name: regrouping.fate.name().map(str::to_owned),
            };
            let moved = (&member, &after, stays);
            match self.person(context, moved, &mut names).await {
                Ok(None) => {}
                Err(store::Error::Damaged(_)) => people.push(Follower { member, person: None }),
                person => people.push(Follower {
                    person: person?,
                    member,
                }),
            }
        }
        let are_crowd = false;
        Ok(Followers {
            people,
            are_crowd,
            expect,
        })
    }

    async fn moves(&self, regrouping: &Regrouping<'_>) -> Result<(Moves, Option<Expect>), Error> {
        let (mut moves, mut expect) = (Moves::new(), None);
        let mut set = |members: Vec<Member>, stays: bool| {
            let people = members.into_iter().filter(is_person);
            moves.extend(people.map(|member| (member.id, (member, stays))));
        };
        let all = match regrouping.fate {
            Fate::Stays(_) => None,
            Fate::Renamed(_) => Some(true),
            Fate::Deleted => Some(false),
        };
        if let Some(stay) = all {
            // First: who comes in after it is noticed at the write.
            let stamp = self.store().stamp(regrouping.group).await?;
            expect = Some(Expect::Stamp(regrouping.group.clone(), stamp));
            set(
                self.store().members(regrouping.group, None, MARKED_MAX + 1).await?,
                stay,
            );
        }
        set(regrouping.members.removed.clone(), false);
        set(regrouping.members.added().cloned().collect(), true);
        Ok((moves, expect))
    }

    /// The person with their groups before and after; `None` if there is no such resource.
    async fn person(
        &self,
        context: &Context,
        (member, group, stays): (&Member, &Membership, bool),
        names: &mut BTreeMap<ResourceId, Option<Membership>>,
    ) -> Result<Option<Person>, store::Error> {
        let (store, directory) = (self.store(), context.directory.id);
        let Some(resource_type) = self.catalogue().by_name(&member.resource_type) else {
            return Ok(None);
        };
        let scope = context.scope(resource_type);
        let id = member.id;
        let Some(stored) = store.resource(&ResourceKey { scope, id }).await? else {
            return Ok(None);
        };
        let mut before = Vec::new();
        for id in store.memberships(directory, id).await? {
            let known = match names.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(membership(store, directory, id).await?),
            };
            before.extend(known.clone());
        }
        let others = before.iter().filter(|other| other.id != group.id);
        let after = others.chain(stays.then_some(group)).cloned().collect();
        Ok(Some(Person {
            resource_type: Arc::clone(resource_type),
            content: document::parsed(&stored.body)?,
            origins: stored.origins,
            before,
            after,
        }))
    }
}

/// Whether the member is somebody at targets.
pub(super) fn is_person(member: &Member) -> bool {
    mapping::kind(&member.resource_type) == Some(Kind::User)
}
