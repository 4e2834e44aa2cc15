//! Changes of memberships: from what a request says to the rows that differ.
use std::collections::BTreeMap;

use schemas::Matcher;
use serde_json::Value;

use crate::store::{Member, ResourceId};

/// Members by id.
pub(super) type Members = BTreeMap<ResourceId, Member>;

/// A change of memberships whose members are known to the store.
pub(super) enum MemberChange {
    /// Adds these; who is in already stays as is.
    Add(Vec<Member>),
    /// Removes these.
    Remove(Vec<ResourceId>),
    /// Removes those whose row, as it is answered, satisfies the filter.
    RemoveWhere(Matcher),
    /// Removes all.
    RemoveAll,
    /// Puts these in the place of all.
    Replace(Vec<Member>),
}

/// The rows that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Delta {
    /// Members added, or whose row is another now.
    pub(super) put: Vec<Member>,
    /// Of the rows put, what they were before, in order of ids.
    pub(super) replaced: Vec<Member>,
    /// Members removed.
    pub(super) removed: Vec<Member>,
    /// The stamp of the membership, if the rows follow from all members and not only from those that they name.
    pub(super) stamp: Option<u64>,
}

impl Delta {
    /// Whether no row differs.
    pub(super) fn is_empty(&self) -> bool {
        self.put.is_empty() && self.removed.is_empty()
    }

    /// The way back.
    pub(super) fn reverse(&self) -> Delta {
        let is_back = |member: &&Member| self.has_replaced(member);
        Delta {
            put: self.replaced.iter().chain(&self.removed).cloned().collect(),
            // What was put is in order of ids.
            replaced: self.put.iter().filter(is_back).cloned().collect(),
            removed: self.put.iter().filter(|member| !is_back(member)).cloned().collect(),
            stamp: None,
        }
    }

    /// Members that are in now and were not before.
    pub(super) fn added(&self) -> impl Iterator<Item = &Member> + Clone {
        self.put.iter().filter(|member| !self.has_replaced(member))
    }

    fn has_replaced(&self, member: &Member) -> bool {
        self.replaced.binary_search_by_key(&member.id, |old| old.id).is_ok()
    }
}

/// The rows that differ after the changes. `before` has all members, or at least those that the changes name.
pub(super) fn delta(before: &Members, changes: Vec<MemberChange>, form: impl Fn(&Member) -> Value) -> Delta {
    let mut after = before.clone();
    for change in changes {
        apply(change, &mut after, &form);
    }
    let mut delta = Delta::default();
    for (id, old) in before {
        match after.get(id) {
            None => delta.removed.push(old.clone()),
            Some(new) if new != old => delta.replaced.push(old.clone()),
            Some(_) => {}
        }
    }
    let differs = |member: &Member| before.get(&member.id) != Some(member);
    delta.put = after.into_values().filter(differs).collect();
    delta
}

fn apply(change: MemberChange, members: &mut Members, form: impl Fn(&Member) -> Value) {
    match change {
        MemberChange::Add(added) => {
            for member in added {
                members.entry(member.id).or_insert(member);
            }
        }
        MemberChange::Remove(ids) => ids.iter().for_each(|id| drop(members.remove(id))),
        MemberChange::RemoveWhere(matcher) => members.retain(|_, member| !matcher.matches_value(&form(member))),
        MemberChange::RemoveAll => members.clear(),
        MemberChange::Replace(others) => {
            *members = others.into_iter().map(|member| (member.id, member)).collect();
        }
    }
}
