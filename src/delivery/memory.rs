//! What the present holder remembers of links between turns; forgotten with the lease, since a new holder doubts
//! everything that was pending before it.
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::store::{Link, LinkKey};

/// The holder's memory of one target's links. Bounded by the links whose last call failed.
#[derive(Debug)]
pub(super) struct Memory {
    since: Timestamp,
    lost: BTreeMap<LinkKey, BTreeSet<String>>,
    resolved: BTreeSet<LinkKey>,
    failed_at: BTreeMap<LinkKey, u64>,
    refused: BTreeMap<LinkKey, BTreeSet<String>>,
}

impl Memory {
    /// A new holder's memory.
    pub(super) fn since(since: Timestamp) -> Self {
        Self {
            since,
            lost: BTreeMap::new(),
            resolved: BTreeSet::new(),
            failed_at: BTreeMap::new(),
            refused: BTreeMap::new(),
        }
    }

    /// Whether the link has been pending since before this holder, so that a call may have been made for it.
    fn is_older(&self, link: &Link) -> bool {
        link.pending_since.is_some_and(|pending| pending <= self.since)
    }

    /// Fields of which it is unknown what the vendor has.
    pub(super) fn unknown(&self, key: &LinkKey, link: &Link) -> BTreeSet<String> {
        let mut unknown = self.lost.get(key).cloned().unwrap_or_default();
        if self.is_older(link) && !self.resolved.contains(key) {
            unknown.extend(link.unsettled.iter().cloned());
        }
        unknown
    }

    /// Until when an empty look-up proves nothing, if a create may have been made.
    pub(super) fn lost_create(&self, key: &LinkKey, link: &Link, read_lag: std::time::Duration) -> Option<Timestamp> {
        let earlier = self.is_older(link) && !self.resolved.contains(key);
        let until = || self.since.saturating_add(read_lag).unwrap_or(Timestamp::MAX);
        link.ambiguous_until
            .or_else(|| earlier.then(until))
            .filter(|_| link.account.is_none())
    }

    /// A look-up has shown what became of a lost create.
    pub(super) fn resolve(&mut self, key: LinkKey, link: &Link) {
        if self.is_older(link) {
            self.resolved.insert(key);
        }
    }

    /// The answer to a call with these fields was lost.
    pub(super) fn lose<'a>(&mut self, key: LinkKey, fields: impl Iterator<Item = &'a String>) {
        self.lost.entry(key).or_default().extend(fields.cloned());
    }

    /// Fields that the vendor refused since the link was last settled.
    pub(super) fn refused(&self, key: &LinkKey) -> BTreeSet<String> {
        self.refused.get(key).cloned().unwrap_or_default()
    }

    /// The vendor refused a field.
    pub(super) fn refuse(&mut self, key: LinkKey, field: String) {
        self.refused.entry(key).or_default().insert(field);
    }

    /// The vendor answered to a call with these fields.
    pub(super) fn find<'a>(&mut self, key: LinkKey, fields: impl Iterator<Item = &'a String>) {
        let Some(lost) = self.lost.get_mut(&key) else { return };
        fields.for_each(|field| {
            lost.remove(field);
        });
        if lost.is_empty() {
            self.lost.remove(&key);
        }
    }

    /// Nothing is in doubt about the link.
    pub(super) fn forget(&mut self, key: &LinkKey) {
        self.lost.remove(key);
        self.resolved.remove(key);
        self.failed_at.remove(key);
        self.refused.remove(key);
    }

    /// Notes a failure that may be the target's, at this number of the target's successes; answers whether others came
    /// through since the link's last one.
    pub(super) fn fails_alone(&mut self, key: LinkKey, successes: u64) -> bool {
        self.failed_at
            .insert(key, successes)
            .is_some_and(|before| before < successes)
    }
}
