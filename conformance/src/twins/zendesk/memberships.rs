//! Who belongs to which groups, or to which organizations: the same rules for both.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::records::Membership;
use super::refusal::Refusal;
use crate::twins::table::Table;

/// Memberships, found by user and by what they are memberships of. One of a user's memberships is the default one.
pub(super) struct Memberships {
    pub(super) table: Table<Membership>,
    /// User or container first, then the membership.
    by_user: BTreeSet<(u64, u64)>,
    by_container: BTreeSet<(u64, u64)>,
}

impl Memberships {
    pub(super) fn new(name: &'static str) -> Memberships {
        Memberships {
            table: Table::new(name),
            by_user: BTreeSet::new(),
            by_container: BTreeSet::new(),
        }
    }

    pub(super) fn get(&self, id: u64) -> Result<&Arc<Membership>, Refusal> {
        self.table.rows().get(&id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn of_user(&self, user: u64) -> impl Iterator<Item = &Membership> {
        self.among(&self.by_user, user)
    }

    /// Those of a group or of an organization.
    pub(super) fn within(&self, container: u64) -> impl Iterator<Item = &Membership> {
        self.among(&self.by_container, container)
    }

    pub(super) fn find(&self, user: u64, container: u64) -> Option<&Membership> {
        self.of_user(user).find(|membership| membership.of == container)
    }

    /// The group or the organization that is the user's default one.
    pub(super) fn default_of(&self, user: u64) -> Option<u64> {
        let mut memberships = self.of_user(user);
        memberships
            .find(|membership| membership.default)
            .map(|membership| membership.of)
    }

    /// A user's first membership is the default one.
    pub(super) fn join(&mut self, now: Timestamp, id: u64, (user, of): (u64, u64)) -> Arc<Membership> {
        let membership = Membership {
            id,
            user,
            of,
            default: self.of_user(user).next().is_none(),
            created_at: now,
            updated_at: now,
        };
        self.by_user.insert((user, id));
        self.by_container.insert((of, id));
        self.table.put(now, membership)
    }

    /// Ends a membership; if it was the default one, the user's oldest one is that next.
    pub(super) fn leave(&mut self, now: Timestamp, id: u64) {
        let Some(former) = self.table.remove(now, &id) else {
            return;
        };
        self.by_user.remove(&(former.user, id));
        self.by_container.remove(&(former.of, id));
        let next = self.of_user(former.user).next().map(|next| next.id);
        if let Some(next) = next.filter(|_| former.default) {
            self.make_default(now, next);
        }
    }

    /// Ends all memberships of a user.
    pub(super) fn leave_all(&mut self, now: Timestamp, user: u64) {
        for id in self.of_user(user).map(|membership| membership.id).collect::<Vec<_>>() {
            self.leave(now, id);
        }
    }

    /// Ends all memberships of a group or of an organization.
    pub(super) fn dissolve(&mut self, now: Timestamp, container: u64) {
        for id in self
            .within(container)
            .map(|membership| membership.id)
            .collect::<Vec<_>>()
        {
            self.leave(now, id);
        }
    }

    pub(super) fn make_default(&mut self, now: Timestamp, id: u64) {
        let Some(user) = self.table.rows().get(&id).map(|membership| membership.user) else {
            return;
        };
        let changed = self.of_user(user).filter(|one| one.default != (one.id == id));
        for one in changed.cloned().collect::<Vec<_>>() {
            let default = one.id == id;
            self.table.put(
                now,
                Membership {
                    default,
                    updated_at: now,
                    ..one
                },
            );
        }
    }

    pub(super) fn derive(&mut self) {
        let rows = self.table.rows();
        self.by_user = rows.values().map(|row| (row.user, row.id)).collect();
        self.by_container = rows.values().map(|row| (row.of, row.id)).collect();
    }

    fn among<'a>(&'a self, index: &'a BTreeSet<(u64, u64)>, key: u64) -> impl Iterator<Item = &'a Membership> {
        let ids = index.range((key, 0)..=(key, u64::MAX));
        ids.filter_map(|(_, id)| self.table.rows().get(id)).map(AsRef::as_ref)
    }
}
