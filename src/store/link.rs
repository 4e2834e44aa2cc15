//! What is known of one resource at one target, and how it changes.
//!
//! Changes are data and [`Link::apply`] is pure: the store applies them inside the write transaction, so a mark by the
//! IdP and a settling by delivery never overwrite each other.
mod change;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::change::{Access, Cause, LinkChange, Mark, Settle};

/// The token of no lease: whoever holds one is in doubt what was sent.
const NOBODYS: u64 = 0;

/// One resource at one target.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Link {
    /// The resource type's name.
    pub resource_type: String,
    /// Counts the changes of this record.
    pub revision: u64,
    /// Counts the writes that concern the target. The link is pending while `settled < marked`.
    pub marked: u64,
    /// The mark up to which the vendor has what is desired.
    pub settled: u64,
    /// When the oldest unsettled write was acknowledged.
    pub pending_since: Option<Timestamp>,
    /// When access was taken away by a write not settled yet: the link is in the leavers' lane.
    pub leaver_since: Option<Timestamp>,
    /// Vendor fields changed by writes not settled yet; of a settled link those in doubt, see [`LinkChange::Doubt`]
    /// and [`LinkChange::Moved`].
    pub unsettled: BTreeSet<String>,
    /// The account at the vendor, as last applied.
    pub account: Option<Applied>,
    /// A create or removal whose effect was not seen: until this time a read proves nothing.
    pub ambiguous_until: Option<Timestamp>,
    /// The value of the vendor's unique field with which a create was sent, or was about to be, whose answer is not
    /// written.
    pub sought: Option<String>,
    /// A removal was sent to the vendor and waits to be seen in a read.
    pub removal_sent: bool,
    /// Tries of the present state that failed for the record's own sake.
    pub attempts: u32,
    /// Not to be tried before.
    pub due: Option<Timestamp>,
    /// Why it is not delivered at present.
    pub problem: Option<Problem>,
    /// The settings generation of the target that it was last brought to.
    pub generation: u64,
    /// The lease's token under which everything was last settled: under another one it is in doubt what was sent since.
    pub settled_under: u64,
    /// Set once the resource is deleted.
    pub tombstone: Option<Tombstone>,
    /// All access is to end, and counted in the hour of `leaver_since`.
    pub going: bool,
    /// The mark at which a person let it go all the same.
    pub approved: Option<u64>,
    /// Set in what comes from a backup, until it is settled: what the vendor has is not known then.
    pub restored: Option<Restored>,
}

/// What a link that comes from a backup may do, once the vendor's account was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Restored {
    /// Only take access away: since the backup it may have been wished otherwise.
    Held,
    /// Everything: the resource was written since, or a person said so.
    Released,
}

/// The account at the vendor, as last applied.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Applied {
    /// The vendor's id.
    pub id: String,
    /// Vendor fields as last applied or read.
    #[serde(with = "super::json_text")]
    pub fields: BTreeMap<String, Value>,
    /// Ids of sub-objects by field.
    pub parts: BTreeMap<String, String>,
    /// False while suspended at the vendor.
    pub active: bool,
    /// The value of the vendor's unique field, in the form in which the vendor compares it.
    pub unique: Option<String>,
    /// When a create of ours made it; none if it was there before, or may have been.
    pub made: Option<Timestamp>,
    /// A create of ours made it, as far as is known, and what further calls of the creation carry may be missing.
    pub unfinished: bool,
}

/// What a person should know of a link that does not settle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What it means for delivery.
    pub kind: ProblemKind,
    /// The vendor field at fault, if known.
    pub field: Option<String>,
    /// The vendor's own words.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

impl Problem {
    /// Whether a person decided against it.
    fn is_withheld(&self) -> bool {
        self.kind == ProblemKind::Withheld
    }
}

/// What a problem means for delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProblemKind {
    /// It is tried again by itself; nothing to do yet.
    Retrying,
    /// It waits for a change, a person, or a slow retry; `settled` stays behind.
    Parked,
    /// It waits for a person to decide.
    Held,
    /// A person decided against it; it rests until the resource is next written.
    Withheld,
}

/// What is kept of a deleted resource until its removal is settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// Its `externalId`, by which the same person is known when created anew.
    pub external_id: Option<String>,
}

impl Link {
    /// Whether the vendor may lack something that is desired.
    pub fn is_pending(&self) -> bool {
        self.settled < self.marked
    }

    /// Whether delivery leaves it alone until something happens (a due time, if any, being a slow retry).
    pub fn is_parked(&self) -> bool {
        self.problem.as_ref().is_some_and(|problem| match problem.kind {
            ProblemKind::Retrying => false,
            ProblemKind::Parked | ProblemKind::Held | ProblemKind::Withheld => true,
        })
    }

    /// Whether there is neither an account nor doubt of one, as if there was no link.
    fn is_empty(&self) -> bool {
        let is_known = self.ambiguous_until.is_none() && self.sought.is_none() && self.restored.is_none();
        self.account.is_none() && is_known && !self.is_pending()
    }

    /// Whether it is a person's.
    pub fn is_person(&self) -> bool {
        self.resource_type == "User"
    }

    /// Whether it is of a person who has an account that is not switched off.
    pub fn has_access(&self) -> bool {
        self.is_person() && self.account.as_ref().is_some_and(|account| account.active)
    }

    /// Whether it is held or withheld.
    pub fn waits_for_a_person(&self) -> bool {
        self.problem.as_ref().is_some_and(|problem| match problem.kind {
            ProblemKind::Retrying | ProblemKind::Parked => false,
            ProblemKind::Held | ProblemKind::Withheld => true,
        })
    }

    /// Whether a person decided against it.
    fn is_withheld(&self) -> bool {
        self.problem.as_ref().is_some_and(Problem::is_withheld)
    }

    /// Whether it is of a group whose deletion a person decided against: nobody will write it again, and it is let go of
    /// as it is.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.is_withheld() && self.tombstone.is_some() && !self.is_person()
    }

    /// Whether it waits for a person to decide.
    fn is_held(&self) -> bool {
        self.waits_for_a_person() && !self.is_withheld()
    }

    /// When it is due, if it is pending and not waiting for a person.
    pub fn due(&self) -> Option<Timestamp> {
        match (self.is_pending(), self.is_parked()) {
            (false, _) => None,
            (true, false) => Some(self.due.unwrap_or(Timestamp::UNIX_EPOCH)),
            (true, true) => self.due,
        }
    }

    /// The link after the change; `None` if it is deleted.
    pub fn apply(mut self, change: LinkChange) -> Option<Link> {
        self.revision += 1;
        match change {
            LinkChange::Mark(mark) => self.mark(mark),
            LinkChange::Sending { unique, until } => {
                self.sought = Some(unique);
                self.ambiguous_until = Some(until);
            }
            LinkChange::Settle(settle) => self.settle(settle),
            LinkChange::Retry {
                due,
                problem,
                counts,
                ambiguous_until,
                seen,
            } => {
                self.ambiguous_until = ambiguous_until.or(self.ambiguous_until);
                if seen >= self.marked && self.is_held() {
                    self.due = Some(due);
                } else if seen >= self.marked && !self.is_withheld() {
                    self.attempts += u32::from(counts);
                    self.due = Some(due);
                    self.problem = Some(problem);
                }
            }
            LinkChange::Park { problem, due, seen } if seen == self.marked && !self.is_withheld() => {
                self.attempts += 1;
                self.due = due;
                self.problem = Some(problem);
            }
            LinkChange::Park { .. } => {}
            LinkChange::Leaving => self.leaver_since = self.leaver_since.or(self.pending_since),
            LinkChange::HasLeft(seen) => self.leaver_since = self.leaver_since.filter(|_| seen < self.marked),
            LinkChange::Going => self.going = true,
            LinkChange::GoneAlready => {
                self.approved = self.approved.filter(|_| !self.going);
                self.going = false;
            }
            LinkChange::Approve(marked, at) if marked == self.marked && self.waits_for_a_person() => {
                self.approved = Some(marked);
                self.take_up(at);
            }
            LinkChange::Withhold(marked) if marked == self.marked && self.waits_for_a_person() => self.withhold(),
            LinkChange::Approve(..) | LinkChange::Withhold(_) => {}
            LinkChange::Unpark(at) => self.take_up(at),
            LinkChange::Release => self.release(),
            LinkChange::Restore => return Some(self.held_back()),
            LinkChange::Due(at) if !self.waits_for_a_person() => self.due = Some(at),
            LinkChange::Doubt(fields) if !self.is_pending() => {
                self.unsettled = fields;
                self.settled_under = NOBODYS;
            }
            LinkChange::Due(_) | LinkChange::Doubt(_) | LinkChange::Disband => {}
            LinkChange::Moved(fields) => self.doubt_where(fields),
            LinkChange::Elsewhere(fields) => self.unapply(&fields),
            LinkChange::HandOver => {
                self.account = None;
                self.settled = self.marked;
                self.clear_pending();
            }
            LinkChange::Forget(marked) => {
                if self.marked == marked && self.account.is_none() && self.ambiguous_until.is_none() {
                    return None;
                }
            }
        }
        Some(self)
    }

    /// Whether it is known what the vendor has: nothing was sent since everything was settled, nor was it read to have
    /// something else.
    pub(crate) fn is_certain(&self) -> bool {
        !self.is_pending() && self.unsettled.is_empty() && self.settled_under != NOBODYS
    }

    /// The link as one of which that is still so while this lease is held: only who holds a later one is in doubt of
    /// what comes next.
    pub(crate) fn certain_under(self, token: u64) -> Self {
        Self {
            settled_under: token,
            ..self
        }
    }

    /// The link as one whose vendor may know better, and in whose name only access is taken away by itself.
    pub(crate) fn held_back(self) -> Self {
        Self {
            restored: Some(Restored::Held),
            ..self
        }
    }

    fn mark(&mut self, mark: Mark) {
        let is_empty = self.is_empty();
        match mark.cause {
            Cause::Own => {
                self.release();
                self.take_up(mark.at);
            }
            Cause::Others => {
                // Of a settled link it is what the vendor was read to have by somebody else's doing; but nobody who is to
                // be switched off stays on for it.
                let is_off = self.account.as_ref().is_some_and(|account| !account.active);
                if !self.is_pending() && !is_off {
                    self.unsettled.clear();
                }
                let is_leaving = self.begins_to_leave(mark.access);
                match self.problem.as_ref().map(|problem| problem.kind) {
                    None | Some(ProblemKind::Retrying) => self.take_up(mark.at),
                    // That they leave nobody has heard, or has decided.
                    Some(ProblemKind::Parked) if mark.access.takes() => self.take_up(mark.at),
                    Some(ProblemKind::Withheld) if is_leaving => self.take_up(mark.at),
                    // What rests may do so no longer; what was decided against is not looked at.
                    Some(ProblemKind::Parked | ProblemKind::Held) => self.due = Some(mark.at),
                    Some(ProblemKind::Withheld) => {}
                }
            }
        }
        let (left, marked) = (self.leaver_since.is_some(), self.marked);
        self.resource_type = mark.resource_type;
        self.marked += 1;
        self.pending_since = self.pending_since.or(Some(mark.at));
        self.unsettled.extend(mark.fields);
        self.leaver_since = match mark.access {
            Access::Lessened | Access::Ended if is_empty => None,
            Access::Taken | Access::Lessened | Access::Ended => Some(self.leaver_since.unwrap_or(mark.at)),
            Access::Given => {
                self.going = false;
                None
            }
            Access::Kept => self.leaver_since,
        };
        // Of who begins to leave, or leaves no more, a person was not asked.
        let goes_on = mark.cause == Cause::Others && left == self.leaver_since.is_some();
        if goes_on && self.approved == Some(marked) {
            self.approved = Some(self.marked);
        }
        self.tombstone = mark.tombstone.or(self.tombstone.take());
    }

    /// Whether somebody is to lose by this what they were not to lose before. Who is to lose all of it may have been to
    /// lose a part.
    fn begins_to_leave(&self, access: Access) -> bool {
        let begins = match access {
            Access::Taken | Access::Lessened => self.leaver_since.is_none(),
            Access::Ended => true,
            Access::Given | Access::Kept => false,
        };
        begins && self.is_person() && (self.account.is_some() || self.sought.is_some())
    }

    /// What a turn that is under way writes of the account does not say where these fields are.
    fn doubt_where(&mut self, fields: BTreeSet<String>) {
        self.unapply(&fields);
        self.unsettled.extend(fields);
        self.settled_under = NOBODYS;
    }

    /// Nobody knows what the account has of these fields.
    fn unapply(&mut self, fields: &BTreeSet<String>) {
        if let Some(account) = &mut self.account {
            account.fields.retain(|name, _| !fields.contains(name));
        }
    }

    /// It is tried anew.
    fn take_up(&mut self, at: Timestamp) {
        self.problem = None;
        self.attempts = 0;
        self.due = Some(at);
    }

    fn withhold(&mut self) {
        let problem = self.problem.take();
        let is_abandoned = self.tombstone.is_some() && !self.is_person();
        self.due = problem.as_ref().filter(|_| is_abandoned).map(|problem| problem.since);
        self.problem = problem.map(|problem| Problem {
            kind: ProblemKind::Withheld,
            ..problem
        });
    }

    fn release(&mut self) {
        self.restored = self.restored.map(|_| Restored::Released);
    }

    fn settle(&mut self, settle: Settle) {
        let id = |account: &Option<Applied>| account.as_ref().map(|account| account.id.clone());
        // Tries of one state end with it, and not with each step that succeeds on the way.
        if id(&self.account) != id(&settle.account) {
            self.attempts = 0;
        }
        self.account = settle.account;
        self.ambiguous_until = settle.ambiguous_until;
        self.removal_sent = settle.removal_sent;
        self.generation = settle.generation;
        // Until everything is settled a person's decision stands.
        self.problem = self.problem.take().filter(Problem::is_withheld);
        if self.account.is_some() || self.ambiguous_until.is_none() {
            self.sought = None;
        }
        let Some(settled) = settle.settled else { return };
        self.settled = self.settled.max(settled);
        if self.settled == self.marked {
            self.settled_under = settle.under;
            self.restored = None;
            self.clear_pending();
        }
    }

    fn clear_pending(&mut self) {
        self.pending_since = None;
        self.leaver_since = None;
        self.going = false;
        self.approved = None;
        self.unsettled.clear();
        self.sought = None;
        self.removal_sent = false;
        self.attempts = 0;
        self.due = None;
        self.problem = None;
    }
}

#[cfg(test)]
mod tests;
