//! Grants, and what a change of a link means for them.
use jiff::Timestamp;

use super::codec;
use super::keys::Key;
use super::read::ids_under;
use super::tables::{Rows, Tables, Writing};
use crate::store::cascade::{self, GrantChange, Step};
use crate::store::{Error, Grant, GrantKey, Link, LinkChange, LinkKey, Write};

/// The lanes in which grants are due, in this order; refused ones are only listed.
const LANE_REMOVALS: u8 = 0;
const LANE_ADDITIONS: u8 = 1;
const LANE_REFUSED: u8 = 2;

/// In which batch and when something is written.
#[derive(Clone, Copy)]
pub(super) struct Turn<'b> {
    pub(super) batch: &'b [Write],
    pub(super) now: Timestamp,
}

impl<T: Rows> Tables<T> {
    pub(super) fn grant(&self, key: &GrantKey) -> Result<Option<Grant>, Error> {
        let row = Key::grant(key);
        let Some(record) = self.grants.get(row.bytes())? else {
            return Ok(None);
        };
        codec::unseal("grant", row.bytes(), record.value()).map(Some)
    }

    pub(super) fn grants_due(
        &self,
        group: &LinkKey,
        after: Option<&(GrantKey, Grant)>,
        limit: usize,
    ) -> Result<Vec<(GrantKey, Grant)>, Error> {
        let after = after.map(|(key, grant)| (lane(grant), key.member));
        let mut found = Vec::new();
        for lane in [LANE_REMOVALS, LANE_ADDITIONS] {
            if after.is_some_and(|(passed, _)| lane < passed) {
                continue;
            }
            let begun = after.filter(|(begun, _)| *begun == lane);
            let lane = Key::link(group).byte(lane);
            let after = begun.map(|(_, member)| lane.clone().id(member.0));
            for member in ids_under(&self.grants_due, &lane, after.as_ref(), limit - found.len())? {
                let key = GrantKey { group: *group, member };
                let grant = self.grant(&key)?;
                found.push((
                    key,
                    grant.ok_or_else(|| codec::damaged("grant", Key::grant(&key).bytes()))?,
                ));
            }
        }
        Ok(found)
    }

    /// Whether the member has an account at the target.
    pub(super) fn has_account(&self, key: &GrantKey) -> Result<bool, Error> {
        Ok(self.account(key)?.is_some())
    }

    /// The member's vendor id.
    fn account(&self, key: &GrantKey) -> Result<Option<String>, Error> {
        let link = self.link(&LinkKey {
            resource: key.member,
            ..key.group
        })?;
        Ok(link.and_then(|link| link.account).map(|account| account.id))
    }
}

impl Writing<'_> {
    /// Changes the link, and what follows. Gives its number of marks.
    pub(super) fn change_link(&mut self, key: &LinkKey, change: &LinkChange, turn: Turn<'_>) -> Result<u64, Error> {
        let before = self.link(key)?;
        if before.is_none() && !cascade::makes_link(change) {
            return Ok(0);
        }
        let link = before.clone().unwrap_or_default();
        let link = match (change, link.is_certain()) {
            (LinkChange::Mark(_), true) => link.certain_under(self.lease_token(key.target)?),
            _ => link,
        };
        let after = link.apply(change.clone());
        self.put_link(key, before.as_ref(), after.as_ref())?;
        let step = Step {
            key,
            before: before.as_ref(),
            after: after.as_ref(),
            change,
            batch: turn.batch,
        };
        if let Some(change) = step.as_group() {
            self.change_as_group(key, &change, turn.now)?;
        }
        if let Some(change) = step.as_member() {
            self.change_as_member(key, &change, turn.now)?;
        }
        Ok(after.or(before).map_or(0, |link| link.marked))
    }

    pub(super) fn want(&mut self, key: &GrantKey, wanted: bool) -> Result<(), Error> {
        let before = self.grant(key)?;
        let grant = match &before {
            Some(before) => before.clone().want(wanted, self.account(key)?),
            None => Grant::default().want(wanted, None),
        };
        self.put_grant(key, before.as_ref(), cascade::kept(grant)).map(drop)
    }

    pub(super) fn apply_grant(
        &mut self,
        key: &GrantKey,
        applied: Option<&String>,
        refused: Option<&String>,
    ) -> Result<(), Error> {
        let before = self.grant(key)?;
        let wanted = before.as_ref().is_some_and(|grant| grant.wanted);
        // A slow answer may be about an account that the member has no more: what was applied went with it.
        let account = self.account(key)?;
        let is_former = |applied: &&String| account.as_ref().is_some_and(|account| account != *applied);
        let grant = Grant {
            wanted,
            applied: applied.filter(|applied| !is_former(applied)).cloned(),
            refused: refused.cloned(),
            unsure: false,
        };
        self.put_grant(key, before.as_ref(), cascade::kept(grant)).map(drop)
    }

    pub(super) fn doubt_grant(&mut self, key: &GrantKey) -> Result<(), Error> {
        let Some(before) = self.grant(key)? else { return Ok(()) };
        let grant = before.clone().doubted();
        self.put_grant(key, Some(&before), Some(grant)).map(drop)
    }

    fn change_as_group(&mut self, group: &LinkKey, change: &GrantChange, now: Timestamp) -> Result<(), Error> {
        let prefix = Key::link(group);
        let members = match change {
            GrantChange::Written | GrantChange::Retried | GrantChange::Undoubted => {
                ids_under(&self.grants_due, &prefix.byte(LANE_REFUSED), None, usize::MAX)?
            }
            _ => ids_under(&self.grants, &prefix, None, usize::MAX)?,
        };
        for member in members {
            let key = GrantKey { group: *group, member };
            match change {
                GrantChange::HandedOver(heir) => {
                    let group = LinkKey {
                        resource: *heir,
                        ..*group
                    };
                    self.bequeath(&key, &GrantKey { group, member }, now)?;
                }
                // Who was just to come may be in.
                GrantChange::Unwanted => self.want(&key, false)?,
                // Whoever changes the group's own link sees to its grants at once.
                _ => drop(self.change_grant(&key, change)?),
            }
        }
        Ok(())
    }

    fn change_as_member(&mut self, member: &LinkKey, change: &GrantChange, now: Timestamp) -> Result<(), Error> {
        for group in ids_under(&self.grants_of, &Key::link(member), None, usize::MAX)? {
            let group = LinkKey {
                resource: group,
                ..*member
            };
            let key = GrantKey {
                group,
                member: member.resource,
            };
            match change {
                GrantChange::HandedOver(heir) => self.bequeath(&key, &GrantKey { group, member: *heir }, now)?,
                _ if self.change_grant(&key, change)? => self.remind(&group, now)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// What is applied of a grant goes with the account to another one.
    fn bequeath(&mut self, key: &GrantKey, heir: &GrantKey, now: Timestamp) -> Result<(), Error> {
        let Some((applied, unsure)) = self.grant(key)?.and_then(|grant| Some((grant.applied?, grant.unsure))) else {
            return Ok(());
        };
        self.change_grant(key, &GrantChange::HandedOver(heir.member))?;
        let before = self.grant(heir)?;
        let grant = Grant {
            applied: Some(applied),
            unsure,
            ..before.clone().unwrap_or_default()
        };
        if self.put_grant(heir, before.as_ref(), Some(grant))? {
            self.remind(&heir.group, now)?;
        }
        Ok(())
    }

    fn change_grant(&mut self, key: &GrantKey, change: &GrantChange) -> Result<bool, Error> {
        let Some(before) = self.grant(key)? else {
            return Err(codec::damaged("grant", Key::grant(key).bytes()));
        };
        let after = change.apply(before.clone());
        self.put_grant(key, Some(&before), after)
    }

    /// Writes a grant with its indexes, and says whether it became due.
    fn put_grant(&mut self, key: &GrantKey, before: Option<&Grant>, after: Option<Grant>) -> Result<bool, Error> {
        let row = Key::grant(key);
        let reverse = member_row(key);
        let was_due = match before {
            Some(before) => self.grants_due.remove(listed(key, before).bytes())?.is_some() && before.refused.is_none(),
            None => false,
        };
        let Some(grant) = after else {
            self.grants.remove(row.bytes())?;
            self.grants_of.remove(reverse.bytes())?;
            return Ok(false);
        };
        let record = codec::seal(row.bytes(), &grant)?;
        self.grants.insert(row.bytes(), record.as_slice())?;
        if before.is_none() {
            self.grants_of.insert(reverse.bytes(), [].as_slice())?;
        }
        let has_account = self.has_account(key)?;
        if let Some(row) = due_row(key, &grant, has_account) {
            self.grants_due.insert(row.bytes(), [].as_slice())?;
        }
        Ok(grant.is_due(has_account) && !was_due)
    }

    fn remind(&mut self, group: &LinkKey, now: Timestamp) -> Result<(), Error> {
        let Some(before) = self.link(group)? else {
            return Ok(());
        };
        let after: Option<Link> = cascade::remind(before.clone(), now);
        self.put_link(group, Some(&before), after.as_ref())
    }
}

/// By its member.
pub(super) fn member_row(key: &GrantKey) -> Key {
    let member = LinkKey {
        resource: key.member,
        ..key.group
    };
    Key::link(&member).id(key.group.resource.0)
}

/// Its entry in the lanes, if it is due or refused.
pub(super) fn due_row(key: &GrantKey, grant: &Grant, has_account: bool) -> Option<Key> {
    (grant.is_due(has_account) || grant.refused.is_some()).then(|| listed(key, grant))
}

fn listed(key: &GrantKey, grant: &Grant) -> Key {
    Key::link(&key.group).byte(lane(grant)).id(key.member.0)
}

fn lane(grant: &Grant) -> u8 {
    match (&grant.refused, grant.wanted) {
        (Some(_), _) => LANE_REFUSED,
        (None, true) => LANE_ADDITIONS,
        (None, false) => LANE_REMOVALS,
    }
}
