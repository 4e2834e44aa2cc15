//! What must hold at the moment of writing.
use std::collections::BTreeMap;

use super::keys::Key;
use super::read::has;
use super::tables::{Rows, Tables};
use crate::store::{AccountRef, Batch, Conflict, Error, Expect, ResourceKey, Scope, Write};

impl<T: Rows> Tables<T> {
    /// The first thing against writing the batch.
    pub(super) fn conflict(&self, batch: &Batch) -> Result<Option<Conflict>, Error> {
        for expect in &batch.expect {
            if let Some(conflict) = self.unmet(expect)? {
                return Ok(Some(conflict));
            }
        }
        self.missing(&batch.writes)
    }

    fn unmet(&self, expect: &Expect) -> Result<Option<Conflict>, Error> {
        let (met, conflict) = match expect {
            Expect::Version(key, version) => (self.version(key)? == *version, Conflict::Version(key.id)),
            Expect::Exists(key) => (has(&self.resources, &Key::resource(key))?, Conflict::Version(key.id)),
            Expect::Unique { scope, term, except } => {
                // One of two is another one than `except`.
                let found = self.find(scope, term, 2)?;
                let other = found.into_iter().find(|id| Some(*id) != *except);
                return Ok(other.map(|id| Conflict::Unique(term.clone(), id)));
            }
            Expect::Stamp(group, stamp) => (self.stamp(group)? == *stamp, Conflict::Stamp(group.id)),
            Expect::Memberships(directory, id, groups) => {
                // One more tells that there are more.
                let found = self.memberships(*directory, *id, groups.len() + 1)?;
                (found == *groups, Conflict::Stamp(*id))
            }
            Expect::Link(key, revision) => {
                let found = self.link(key)?.map(|link| link.revision);
                (found == *revision, Conflict::Link(key.resource))
            }
            Expect::Account {
                link,
                resource_type,
                account,
            } => {
                let other = self.other_with(link, resource_type, AccountRef::Id(account))?;
                return Ok(other.map(Conflict::Account));
            }
            Expect::Lease(target, token) => (self.lease_holds(*target, *token)?, Conflict::Lease),
            Expect::Empty(scope) => {
                let populated = Conflict::Populated(scope.resource_type.clone());
                (self.count(scope)? == 0, populated)
            }
            Expect::Setting(kind, name, version) => {
                let found = self.setting(*kind, name)?.map(|(version, _)| version);
                (found == *version, Conflict::Setting(name.clone()))
            }
        };
        Ok((!met).then_some(conflict))
    }

    /// A group that is changed or a member that is added, and does not exist.
    fn missing(&self, writes: &[Write]) -> Result<Option<Conflict>, Error> {
        let mut written = BTreeMap::new();
        for write in writes {
            let conflict = match write {
                Write::PutResource(resource) => {
                    written.insert(resource.key.clone(), true);
                    continue;
                }
                Write::DeleteResource(key) => {
                    written.insert(key.clone(), false);
                    continue;
                }
                Write::AddMember(group, member) => {
                    let scope = Scope {
                        resource_type: member.resource_type.clone(),
                        ..group.scope
                    };
                    let key = ResourceKey { scope, id: member.id };
                    match (self.exists(&written, group)?, self.exists(&written, &key)?) {
                        (false, _) => Some(Conflict::Version(group.id)),
                        (true, false) => Some(Conflict::Member(member.id)),
                        (true, true) => None,
                    }
                }
                Write::Touch(key, _) => (!self.exists(&written, key)?).then_some(Conflict::Version(key.id)),
                Write::RemoveMember(..)
                | Write::Link(..)
                | Write::Want(..)
                | Write::Apply(..)
                | Write::Doubt(_)
                | Write::PutSetting(..)
                | Write::DeleteSetting(..)
                | Write::Sweep(_) => None,
            };
            if conflict.is_some() {
                return Ok(conflict);
            }
        }
        Ok(None)
    }

    fn exists(&self, written: &BTreeMap<ResourceKey, bool>, key: &ResourceKey) -> Result<bool, Error> {
        written
            .get(key)
            .map_or_else(|| has(&self.resources, &Key::resource(key)), |exists| Ok(*exists))
    }
}
