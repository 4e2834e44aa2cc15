//! Reads, alike on a snapshot and in the write under way.
use std::ops::Bound;

use redb::AccessGuard;

use super::codec::{self, Stored};
use super::keys::{self, Key};
use super::tables::{Bytes, Rows, Tables};
use crate::store::{DirectoryId, Error, From, IndexTerm, Member, Resource, ResourceId, ResourceKey, Scope};

/// A key and a value.
pub(super) type Row<'t> = (AccessGuard<'t, Bytes>, AccessGuard<'t, Bytes>);

/// Rows whose keys begin with `prefix`, in order, those after `after` if given.
pub(super) fn under<'t, T: Rows>(
    table: &'t T,
    prefix: &Key,
    after: Option<&Key>,
) -> Result<impl Iterator<Item = Result<Row<'t>, Error>> + use<'t, T>, Error> {
    range_under(table, prefix, after.map_or(Bound::Unbounded, Bound::Excluded))
}

/// Rows whose keys begin with `prefix`, in order, from `start` on.
fn range_under<'t, T: Rows>(
    table: &'t T,
    prefix: &Key,
    start: Bound<&Key>,
) -> Result<impl Iterator<Item = Result<Row<'t>, Error>> + use<'t, T>, Error> {
    let prefix = prefix.clone();
    let start = match start {
        Bound::Included(start) => Bound::Included(start.bytes()),
        Bound::Excluded(start) => Bound::Excluded(start.bytes()),
        Bound::Unbounded => Bound::Included(prefix.bytes()),
    };
    let rows = table.range::<&[u8]>((start, Bound::Unbounded))?;
    let inside = move |row: &Result<Row<'t>, Error>| match row {
        Ok((key, _)) => key.value().starts_with(prefix.bytes()),
        Err(_) => true,
    };
    Ok(rows.map(|row| Ok(row?)).take_while(inside))
}

/// Ids at the end of the keys that begin with `prefix`, in order.
pub(super) fn ids_under<T: Rows>(
    table: &T,
    prefix: &Key,
    after: Option<&Key>,
    limit: usize,
) -> Result<Vec<ResourceId>, Error> {
    let rows = under(table, prefix, after)?.take(limit);
    rows.map(|row| Ok(ResourceId(keys::last_id(row?.0.value())))).collect()
}

/// The number in a record; 0 if there is none.
pub(super) fn number<T: Rows>(what: &'static str, table: &T, key: &Key) -> Result<u64, Error> {
    let Some(record) = table.get(key.bytes())? else {
        return Ok(0);
    };
    codec::unseal(what, key.bytes(), record.value())
}

/// Whether there is a row.
pub(super) fn has<T: Rows>(table: &T, key: &Key) -> Result<bool, Error> {
    Ok(table.get(key.bytes())?.is_some())
}

impl<T: Rows> Tables<T> {
    pub(super) fn resource(&self, key: &ResourceKey) -> Result<Option<Resource>, Error> {
        let row = Key::resource(key);
        let Some(record) = self.resources.get(row.bytes())? else {
            return Ok(None);
        };
        resource(key.clone(), row.bytes(), record.value()).map(Some)
    }

    pub(super) fn version(&self, key: &ResourceKey) -> Result<Option<u64>, Error> {
        let row = Key::resource(key);
        let Some(record) = self.resources.get(row.bytes())? else {
            return Ok(None);
        };
        let stored: Stored<'_> = codec::unseal("resource", row.bytes(), record.value())?;
        Ok(Some(stored.version()))
    }

    pub(super) fn find(&self, scope: &Scope, term: &IndexTerm, limit: usize) -> Result<Vec<ResourceId>, Error> {
        ids_under(&self.index, &Key::term(scope, term), None, limit)
    }

    /// Resources of a scope in order of ids, from a key on.
    pub(super) fn resources_from<'t>(
        &'t self,
        scope: &'t Scope,
        start: Bound<&Key>,
    ) -> Result<impl Iterator<Item = Result<Resource, Error>> + use<'t, T>, Error> {
        let rows = range_under(&self.resources, &Key::scope(scope), start)?;
        Ok(rows.map(move |row| resource_of(scope, row?)))
    }

    pub(super) fn page(&self, scope: &Scope, from: From, limit: usize) -> Result<Vec<Resource>, Error> {
        let (start, skip) = match from {
            From::After(id) => (Bound::Excluded(Key::scope(scope).id(id.0)), 0),
            From::Skip(0) => (Bound::Unbounded, 0),
            From::Skip(count) => match self.skip(&Key::scope(scope), count)? {
                Some((start, left)) => (Bound::Included(start), left),
                None => return Ok(Vec::new()),
            },
        };
        // What is left is shorter than a block.
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let rows = range_under(&self.resources, &Key::scope(scope), start.as_ref())?;
        rows.skip(skip)
            .take(limit)
            .map(|row| resource_of(scope, row?))
            .collect()
    }

    pub(super) fn ids(&self, scope: &Scope, after: Option<ResourceId>, limit: usize) -> Result<Vec<ResourceId>, Error> {
        let prefix = Key::scope(scope);
        let after = after.map(|id| prefix.clone().id(id.0));
        ids_under(&self.resources, &prefix, after.as_ref(), limit)
    }

    pub(super) fn members_among(&self, group: &ResourceKey, ids: &[ResourceId]) -> Result<Vec<Member>, Error> {
        let found = ids
            .iter()
            .map(|id| self.member(group, *id))
            .filter_map(Result::transpose);
        found.collect()
    }

    pub(super) fn count(&self, scope: &Scope) -> Result<u64, Error> {
        number("count", &self.counts, &Key::scope(scope))
    }

    pub(super) fn members(
        &self,
        group: &ResourceKey,
        after: Option<ResourceId>,
        limit: usize,
    ) -> Result<Vec<Member>, Error> {
        let prefix = Key::in_directory(group.scope.directory, group.id);
        let after = after.map(|id| prefix.clone().id(id.0));
        let rows = under(&self.members, &prefix, after.as_ref())?.take(limit);
        let member = |row: Result<Row<'_>, Error>| {
            let (key, record) = row?;
            codec::unseal("member", key.value(), record.value())
        };
        rows.map(member).collect()
    }

    pub(super) fn member(&self, group: &ResourceKey, id: ResourceId) -> Result<Option<Member>, Error> {
        let key = Key::in_directory(group.scope.directory, group.id).id(id.0);
        let Some(record) = self.members.get(key.bytes())? else {
            return Ok(None);
        };
        codec::unseal("member", key.bytes(), record.value()).map(Some)
    }

    pub(super) fn memberships(
        &self,
        directory: DirectoryId,
        member: ResourceId,
        limit: usize,
    ) -> Result<Vec<ResourceId>, Error> {
        ids_under(&self.memberships, &Key::in_directory(directory, member), None, limit)
    }

    pub(super) fn stamp(&self, group: &ResourceKey) -> Result<u64, Error> {
        number(
            "stamp",
            &self.stamps,
            &Key::in_directory(group.scope.directory, group.id),
        )
    }
}

fn resource_of(scope: &Scope, (row, record): Row<'_>) -> Result<Resource, Error> {
    let key = ResourceKey {
        scope: scope.clone(),
        id: ResourceId(keys::last_id(row.value())),
    };
    resource(key, row.value(), record.value())
}

fn resource(key: ResourceKey, row: &[u8], record: &[u8]) -> Result<Resource, Error> {
    let stored: Stored<'_> = codec::unseal("resource", row, record)?;
    stored.resource(key).ok_or_else(|| codec::damaged("resource", row))
}
