//! People whose access is to end, as the IdP was told.
use std::collections::BTreeSet;

use jiff::Timestamp;
use usherd::clock::Clock;

use super::by_group;
use super::gateway::Gateway;
use super::idp::{Idp, Journal, mark_of};
use super::plan::Operation;
use super::view::Standing;

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Left {
    pub(super) person: usize,
    pub(super) id: String,
    pub(super) mark: String,
    pub(super) since: Timestamp,
    /// Calls that all vendors had got by then.
    pub(super) sent: u64,
    /// Whether nothing has happened meanwhile that might have let them in for a while.
    pub(super) is_certain: bool,
}

impl Journal {
    /// Who belonged to the targets and does not any more has left.
    pub(super) fn leave_or_stay(
        &mut self,
        (gateway, directory): (&Gateway, usize),
        person: usize,
        (before, after): (&Standing, &Standing),
    ) {
        self.stay(person, after);
        let Some(id) = before
            .person
            .id
            .clone()
            .filter(|_| before.belongs() && !after.belongs())
        else {
            return;
        };
        self.left.push(Left {
            person,
            id,
            mark: mark_of(directory, (person, before.person.incarnation)),
            since: gateway.common.clock.now(),
            sent: gateway.common.sent(),
            is_certain: true,
        });
    }

    /// Who belongs to the targets has not left.
    pub(super) fn stay(&mut self, person: usize, now: &Standing) {
        self.left.retain(|left| left.person != person || !now.belongs());
    }

    fn may_be_let_in(&self, person: usize) -> bool {
        self.lanes.iter().any(|lane| lane.may_let_in.contains(&person))
    }
}

impl Idp {
    /// Those whom nothing that is under way may let in.
    pub(super) fn left(&self) -> Vec<Left> {
        let journal = self.journal();
        let left = journal.left.iter();
        left.filter(|left| !journal.may_be_let_in(left.person))
            .cloned()
            .collect()
    }

    /// Nobody may be let in any more by what the queue was about. Whoever is not is looked at from now on.
    pub(super) fn has_let_in(&self, gateway: &Gateway, lane: usize) {
        let mut journal = self.journal();
        let lane = journal.lanes.get_mut(lane).expect("a queue of the plan");
        let people = std::mem::take(&mut lane.may_let_in);
        let others: BTreeSet<_> = people
            .into_iter()
            .filter(|person| !journal.may_be_let_in(*person))
            .collect();
        for left in journal.left.iter_mut().filter(|left| others.contains(&left.person)) {
            left.since = gateway.common.clock.now();
            left.sent = gateway.common.sent();
            left.is_certain = false;
        }
    }

    /// People who may be let in by this.
    pub(super) fn may_let_in(&self, operation: &Operation) -> BTreeSet<usize> {
        let everybody = || (0..self.journal().people.len()).collect();
        let by_group = self.journal().rules.by_group;
        match *operation {
            Operation::Put(person, version) | Operation::Patch(person, version) if version.active => {
                BTreeSet::from([person])
            }
            Operation::PatchBoth(person, _) => BTreeSet::from([person]),
            Operation::PutAll(lane, version) if version.active => self.people_of(lane).collect(),
            Operation::DeleteGroup(group) | Operation::ShowOut(group) if by_group::lets_in(group) => BTreeSet::new(),
            Operation::Member { group, wanted, .. } if by_group::keeps_out(group) == wanted => BTreeSet::new(),
            Operation::PutGroup(..)
            | Operation::PutMembers { .. }
            | Operation::DeleteGroup(_)
            | Operation::Member { .. } => by_group.map(|_| everybody()).unwrap_or_default(),
            Operation::Put(..)
            | Operation::Patch(..)
            | Operation::PutAll(..)
            | Operation::Rename(..)
            | Operation::Delete(_)
            | Operation::Bad(..)
            | Operation::DeleteAll(_)
            | Operation::LeaveAll(_)
            | Operation::ShowOut(_) => BTreeSet::new(),
        }
    }
}
