//! Links, their indexes and what a target has to do.
use std::collections::BTreeSet;
use std::ops::Bound;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::codec;
use super::keys::{self, Key};
use super::read::{ids_under, under};
use super::tables::{Rows, Tables, Writing};
use crate::store::{AccountRef, Backlog, DirectoryId, Error, Link, LinkKey, LinkQuery, ResourceId, TargetId};

/// The lanes in which links are due, in this order.
const LANE_LEAVERS: u8 = 0;
const LANE_OTHERS: u8 = 1;

/// How many links of a target are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) pending: u64,
    pub(super) leavers: u64,
    pub(super) parked: u64,
    /// People with an account that is not switched off.
    pub(super) accounts: u64,
}

impl Tally {
    pub(super) fn of(link: &Link) -> Self {
        let parked = link.is_parked();
        let pending = link.is_pending() && !parked;
        Self {
            pending: pending.into(),
            leavers: (pending && link.is_person() && link.leaver_since.is_some()).into(),
            parked: parked.into(),
            accounts: link.has_access().into(),
        }
    }

    /// With one link counted differently. It cannot fall below zero, since every link was counted before.
    pub(super) fn changed(self, before: Self, after: Self) -> Self {
        Self {
            pending: (self.pending + after.pending).saturating_sub(before.pending),
            leavers: (self.leavers + after.leavers).saturating_sub(before.leavers),
            parked: (self.parked + after.parked).saturating_sub(before.parked),
            accounts: (self.accounts + after.accounts).saturating_sub(before.accounts),
        }
    }
}

impl<T: Rows> Tables<T> {
    /// The directory of a target; `None`: it never had a link.
    pub(super) fn directory_of(&self, target: TargetId) -> Result<Option<DirectoryId>, Error> {
        let key = Key::only_target(target);
        let Some(record) = self.targets.get(key.bytes())? else {
            return Ok(None);
        };
        codec::unseal("target", key.bytes(), record.value()).map(Some)
    }

    pub(super) fn link(&self, key: &LinkKey) -> Result<Option<Link>, Error> {
        let row = Key::link(key);
        let Some(record) = self.links.get(row.bytes())? else {
            return Ok(None);
        };
        codec::unseal("link", row.bytes(), record.value()).map(Some)
    }

    pub(super) fn link_keys(&self, target: TargetId, query: LinkQuery, limit: usize) -> Result<Vec<LinkKey>, Error> {
        let Some(directory) = self.directory_of(target)? else {
            return Ok(Vec::new());
        };
        let prefix = Key::target(directory, target);
        let after = |id: Option<ResourceId>| id.map(|id| prefix.clone().id(id.0));
        let ids = match query {
            LinkQuery::Due(now) => {
                let mut ids = self.due_in(&prefix.clone().byte(LANE_LEAVERS), now, limit)?;
                ids.extend(self.due_in(&prefix.clone().byte(LANE_OTHERS), now, limit - ids.len())?);
                ids
            }
            LinkQuery::DueLeavers(now) => self.due_in(&prefix.clone().byte(LANE_LEAVERS), now, limit)?,
            LinkQuery::LeaversAfter(time) => self.due_after(&prefix.clone().byte(LANE_LEAVERS), time, limit)?,
            LinkQuery::OthersAfter(time) => self.due_after(&prefix.clone().byte(LANE_OTHERS), time, limit)?,
            LinkQuery::Parked(id) => ids_under(&self.parked, &prefix, after(id).as_ref(), limit)?,
            LinkQuery::All(id) => ids_under(&self.links, &prefix, after(id).as_ref(), limit)?,
        };
        let key = |resource| LinkKey {
            directory,
            target,
            resource,
        };
        Ok(ids.into_iter().map(key).collect())
    }

    fn due_in(&self, lane: &Key, now: Timestamp, limit: usize) -> Result<Vec<ResourceId>, Error> {
        let end = lane.clone().time(now).id(Uuid::max());
        self.due_between(Bound::Included(lane.bytes()), &end, limit)
    }

    fn due_after(&self, lane: &Key, time: Timestamp, limit: usize) -> Result<Vec<ResourceId>, Error> {
        let [start, end] = [time, Timestamp::MAX].map(|time| lane.clone().time(time).id(Uuid::max()));
        self.due_between(Bound::Excluded(start.bytes()), &end, limit)
    }

    fn due_between(&self, start: Bound<&[u8]>, end: &Key, limit: usize) -> Result<Vec<ResourceId>, Error> {
        let range = (start, Bound::Included(end.bytes()));
        let rows = self.due.range::<&[u8]>(range)?.take(limit);
        rows.map(|row| Ok(ResourceId(keys::last_id(row?.0.value())))).collect()
    }

    pub(super) fn link_by_account(
        &self,
        target: TargetId,
        resource_type: &str,
        account: AccountRef<'_>,
    ) -> Result<Option<LinkKey>, Error> {
        let Some(directory) = self.directory_of(target)? else {
            return Ok(None);
        };
        let prefix = Key::account(Key::target(directory, target), resource_type, account);
        let found = ids_under(&self.accounts, &prefix, None, 1)?;
        Ok(found.first().map(|&resource| LinkKey {
            directory,
            target,
            resource,
        }))
    }

    /// The resource of another link that has the account.
    pub(super) fn other_with(
        &self,
        link: &LinkKey,
        resource_type: &str,
        account: AccountRef<'_>,
    ) -> Result<Option<ResourceId>, Error> {
        let prefix = Key::account(Key::target(link.directory, link.target), resource_type, account);
        // One of two is another one's.
        let found = ids_under(&self.accounts, &prefix, None, 2)?;
        Ok(found.into_iter().find(|id| *id != link.resource))
    }

    pub(super) fn backlog(&self, target: TargetId) -> Result<Backlog, Error> {
        let Some(directory) = self.directory_of(target)? else {
            return Ok(Backlog::default());
        };
        let key = Key::target(directory, target);
        let tally = self.tally(&key)?;
        let lanes = [LANE_LEAVERS, LANE_OTHERS].map(|lane| self.first_due(&key.clone().byte(lane)));
        let [leavers, others] = lanes;
        Ok(Backlog {
            pending: tally.pending,
            leavers: tally.leavers,
            parked: tally.parked,
            next_due: leavers?.into_iter().chain(others?).min(),
        })
    }

    pub(super) fn tally(&self, target: &Key) -> Result<Tally, Error> {
        let Some(record) = self.backlogs.get(target.bytes())? else {
            return Ok(Tally::default());
        };
        codec::unseal("backlog", target.bytes(), record.value())
    }

    fn first_due(&self, lane: &Key) -> Result<Option<Timestamp>, Error> {
        let Some(row) = under(&self.due, lane, None)?.next() else {
            return Ok(None);
        };
        let row = row?.0;
        let time = keys::time_after(lane, row.value());
        time.map(Some).ok_or_else(|| codec::damaged("due", row.value()))
    }
}

impl Writing<'_> {
    /// Writes a link with its indexes; `before` is what is stored.
    pub(super) fn put_link(&mut self, key: &LinkKey, before: Option<&Link>, after: Option<&Link>) -> Result<(), Error> {
        let row = Key::link(key);
        match after {
            Some(link) => {
                let record = codec::seal(row.bytes(), link)?;
                self.links.insert(row.bytes(), record.as_slice())?;
            }
            None => drop(self.links.remove(row.bytes())?),
        }
        if before.is_none() {
            self.know_target(key)?;
        }
        self.retally(key, before, after)?;
        self.count_going(key, before, after)?;
        diff(&mut self.due, due_row(key, before), due_row(key, after))?;
        diff(&mut self.parked, parked_row(key, before), parked_row(key, after))?;
        diff(&mut self.accounts, account_rows(key, before), account_rows(key, after))
    }

    fn retally(&mut self, key: &LinkKey, before: Option<&Link>, after: Option<&Link>) -> Result<(), Error> {
        let [before, after] = [before, after].map(|link| link.map(Tally::of).unwrap_or_default());
        if before == after {
            return Ok(());
        }
        let row = Key::target(key.directory, key.target);
        let tally = self.tally(&row)?.changed(before, after);
        let record = codec::seal(row.bytes(), &tally)?;
        self.backlogs.insert(row.bytes(), record.as_slice())?;
        Ok(())
    }

    fn know_target(&mut self, key: &LinkKey) -> Result<(), Error> {
        match self.directory_of(key.target)? {
            Some(directory) if directory == key.directory => return Ok(()),
            Some(_) => return Err(Error::Unexpected("a target has one directory".into())),
            None => {}
        }
        let row = Key::only_target(key.target);
        let record = codec::seal(row.bytes(), &key.directory)?;
        self.targets.insert(row.bytes(), record.as_slice())?;
        Ok(())
    }
}

pub(super) fn due_row(key: &LinkKey, link: Option<&Link>) -> BTreeSet<Key> {
    let row = |link: &Link| {
        let lane = if link.leaver_since.is_some() {
            LANE_LEAVERS
        } else {
            LANE_OTHERS
        };
        let prefix = Key::target(key.directory, key.target).byte(lane);
        Some(prefix.time(link.due()?).id(key.resource.0))
    };
    link.and_then(row).into_iter().collect()
}

pub(super) fn parked_row(key: &LinkKey, link: Option<&Link>) -> BTreeSet<Key> {
    link.filter(|link| link.is_parked())
        .map(|_| Key::link(key))
        .into_iter()
        .collect()
}

pub(super) fn account_rows(key: &LinkKey, link: Option<&Link>) -> BTreeSet<Key> {
    let Some((link, account)) = link.and_then(|link| Some((link, link.account.as_ref()?))) else {
        return BTreeSet::new();
    };
    let refs = [
        Some(AccountRef::Id(&account.id)),
        account.unique.as_deref().map(AccountRef::Unique),
    ];
    let target = Key::target(key.directory, key.target);
    let row = |account| Key::account(target.clone(), &link.resource_type, account).id(key.resource.0);
    refs.into_iter().flatten().map(row).collect()
}

/// Takes out the rows that are no longer there, and puts in the new ones.
pub(super) fn diff(
    table: &mut redb::Table<'_, super::tables::Bytes, super::tables::Bytes>,
    before: BTreeSet<Key>,
    after: BTreeSet<Key>,
) -> Result<(), Error> {
    for gone in before.difference(&after) {
        table.remove(gone.bytes())?;
    }
    for new in after.difference(&before) {
        table.insert(new.bytes(), [].as_slice())?;
    }
    Ok(())
}
