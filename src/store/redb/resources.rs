//! Writes of resources and their members.
use std::collections::BTreeSet;

use jiff::Timestamp;
use redb::ReadableTable;

use super::codec::{self, Stored};
use super::keys::Key;
use super::read::{ids_under, number};
use super::tables::Writing;
use crate::store::{DirectoryId, Error, Member, Resource, ResourceId, ResourceKey};

impl Writing<'_> {
    pub(super) fn put_resource(&mut self, resource: &Resource) -> Result<(), Error> {
        let row = Key::resource(&resource.key);
        let before = self.index_keys(&resource.key)?;
        let stored = Stored::of(resource);
        let after = stored.index_keys(&Key::scope(&resource.key.scope), resource.key.id.0);
        self.reindex(before.as_ref(), &after)?;
        let record = codec::seal(row.bytes(), &stored)?;
        self.resources.insert(row.bytes(), record.as_slice())?;
        if before.is_none() {
            self.recount(&resource.key, 1)?;
            self.block_added(&Key::scope(&resource.key.scope), resource.key.id.0)?;
        }
        Ok(())
    }

    pub(super) fn delete_resource(&mut self, key: &ResourceKey) -> Result<(), Error> {
        let Some(before) = self.index_keys(key)? else {
            return Ok(());
        };
        self.reindex(Some(&before), &BTreeSet::new())?;
        self.resources.remove(Key::resource(key).bytes())?;
        self.recount(key, -1)?;
        self.block_removed(&Key::scope(&key.scope), key.id.0)?;
        self.delete_memberships(key.scope.directory, key.id)
    }

    pub(super) fn touch(&mut self, key: &ResourceKey, modified: Timestamp) -> Result<(), Error> {
        let row = Key::resource(key);
        let record = match self.resources.get(row.bytes())? {
            Some(record) => {
                let stored: Stored<'_> = codec::unseal("resource", row.bytes(), record.value())?;
                codec::seal(row.bytes(), &stored.touched(modified))?
            }
            None => return Ok(()),
        };
        self.resources.insert(row.bytes(), record.as_slice())?;
        Ok(())
    }

    pub(super) fn add_member(&mut self, group: &ResourceKey, member: &Member) -> Result<(), Error> {
        if self.member(group, member.id)?.as_ref() == Some(member) {
            return Ok(());
        }
        let directory = group.scope.directory;
        let key = Key::in_directory(directory, group.id).id(member.id.0);
        let record = codec::seal(key.bytes(), member)?;
        self.members.insert(key.bytes(), record.as_slice())?;
        let reverse = Key::in_directory(directory, member.id).id(group.id.0);
        self.memberships.insert(reverse.bytes(), [].as_slice())?;
        self.restamp(directory, group.id)
    }

    pub(super) fn remove_member(&mut self, group: &ResourceKey, member: ResourceId) -> Result<(), Error> {
        let directory = group.scope.directory;
        match self.unlist(directory, group.id, member)? {
            true => self.restamp(directory, group.id),
            false => Ok(()),
        }
    }

    /// Takes a deleted resource out of its groups, and its members out of it.
    fn delete_memberships(&mut self, directory: DirectoryId, id: ResourceId) -> Result<(), Error> {
        let prefix = Key::in_directory(directory, id);
        for group in ids_under(&self.memberships, &prefix, None, usize::MAX)? {
            self.unlist(directory, group, id)?;
            self.restamp(directory, group)?;
        }
        // Its own stamp goes with it.
        for member in ids_under(&self.members, &prefix, None, usize::MAX)? {
            self.unlist(directory, id, member)?;
        }
        self.stamps.remove(prefix.bytes())?;
        Ok(())
    }

    /// Removes a member's rows; false if there are none.
    fn unlist(&mut self, directory: DirectoryId, group: ResourceId, member: ResourceId) -> Result<bool, Error> {
        let key = Key::in_directory(directory, group).id(member.0);
        let had = self.members.remove(key.bytes())?.is_some();
        if had {
            let reverse = Key::in_directory(directory, member).id(group.0);
            self.memberships.remove(reverse.bytes())?;
        }
        Ok(had)
    }

    fn restamp(&mut self, directory: DirectoryId, group: ResourceId) -> Result<(), Error> {
        let key = Key::in_directory(directory, group);
        let stamp = number("stamp", &self.stamps, &key)? + 1;
        let record = codec::seal(key.bytes(), &stamp)?;
        self.stamps.insert(key.bytes(), record.as_slice())?;
        Ok(())
    }

    fn recount(&mut self, key: &ResourceKey, change: i64) -> Result<(), Error> {
        let row = Key::scope(&key.scope);
        let count = number("count", &self.counts, &row)?.saturating_add_signed(change);
        let record = codec::seal(row.bytes(), &count)?;
        self.counts.insert(row.bytes(), record.as_slice())?;
        Ok(())
    }

    /// The index keys of a resource as it is stored; `None`: it is not.
    fn index_keys(&self, key: &ResourceKey) -> Result<Option<BTreeSet<Key>>, Error> {
        let row = Key::resource(key);
        let Some(record) = self.resources.get(row.bytes())? else {
            return Ok(None);
        };
        let stored: Stored<'_> = codec::unseal("resource", row.bytes(), record.value())?;
        Ok(Some(stored.index_keys(&Key::scope(&key.scope), key.id.0)))
    }

    fn reindex(&mut self, before: Option<&BTreeSet<Key>>, after: &BTreeSet<Key>) -> Result<(), Error> {
        let none = BTreeSet::new();
        let before = before.unwrap_or(&none);
        for gone in before.difference(after) {
            self.index.remove(gone.bytes())?;
        }
        for new in after.difference(before) {
            self.index.insert(new.bytes(), [].as_slice())?;
        }
        Ok(())
    }
}
