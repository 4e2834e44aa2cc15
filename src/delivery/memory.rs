//! What the present holder of the lease remembers of links between turns; forgotten with the lease.
//!
//! What another holder may have sent is told from the links alone, by the lease's token and never by the time of day.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use adapters::Fields;
use jiff::Timestamp;
use serde_json::Value;

use crate::delivery::plan::Refused;
use crate::mapping::ACTIVE;
use crate::store::{Link, LinkKey, ResourceId};

/// Hours of which tries are remembered: as long as the store counts who leaves in an hour.
const HOURS_OF_TRIES: usize = 30 * 24;

/// Values of a field that are remembered while its calls' answers are lost: nobody is renamed that often in an outage.
const SENT_MAX: usize = 8;

/// The holder's memory of one target's links. Bounded by the links that did not settle at their last turn.
#[derive(Debug)]
pub(super) struct Memory {
    token: u64,
    /// From here on reads show what was sent before this holder.
    believed_from: Timestamp,
    proved: bool,
    /// The vendor's last words to a change that the credentials may not make.
    denial: Option<String>,
    links: BTreeMap<LinkKey, Remembered>,
    /// Links whose creates an earlier holder sent and of which nobody had seen the answer, once that was looked up.
    pub(super) seekers: Option<Vec<LinkKey>>,
    /// Hours of which the guard has told.
    guarded: BTreeSet<Timestamp>,
    /// People whom the guard let go as tries, of the last hours in which any left.
    tries: BTreeMap<Timestamp, BTreeSet<ResourceId>>,
    /// Links whose last turn met a damaged record, which was told. Apart, since the guard asks for each leaver.
    damaged: BTreeMap<LinkKey, Damaged>,
}

#[derive(Debug, Default)]
struct Remembered {
    /// Fields that were sent, and whose answer was lost or not written.
    lost: BTreeSet<String>,
    /// What they were sent with, the last first.
    sent: BTreeMap<String, Vec<Value>>,
    /// Fields that were refused since the link was last settled.
    refused: BTreeMap<String, Refused>,
    /// The whole account was made or read since this holder began.
    resolved: bool,
    /// Before this a read proves nothing.
    doubt: Option<Timestamp>,
    /// Turns in a row that ended without the vendor's answer to a writing call.
    failures: u32,
    /// The target's successes when the link last failed.
    failed_at: Option<u64>,
    /// The target's successes when the link's call was first unauthorized.
    denied_at: Option<u64>,
    /// How often it was so since the vendor last answered to a writing call.
    denials: u32,
    /// When the vendor first said that the account exists, and did not find it.
    unseen: Option<Timestamp>,
    /// Of a group: members on whose calls the vendor failed since it was last settled.
    failing_members: BTreeSet<ResourceId>,
    /// Of a group: nobody is wanted in it any more.
    disbanded: bool,
}

/// Whose turns end at a damaged record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damaged {
    /// A leaver's of this hour.
    Leaver(Timestamp),
    /// Somebody else's.
    Other,
    /// The link itself cannot be read: it may be any leaver's.
    Unknown,
}

impl Memory {
    /// A new holder's memory.
    pub(super) fn new(token: u64, believed_from: Timestamp) -> Self {
        Self {
            token,
            believed_from,
            proved: false,
            denial: None,
            links: BTreeMap::new(),
            seekers: None,
            guarded: BTreeSet::new(),
            tries: BTreeMap::new(),
            damaged: BTreeMap::new(),
        }
    }

    /// Notes that the guard holds those who leave in this hour; answers whether that is new.
    pub(super) fn guards(&mut self, hour: Timestamp) -> bool {
        self.guarded.insert(hour)
    }

    /// A person has decided of those who leave in this hour: whoever is held from now on is news.
    pub(super) fn decided(&mut self, hour: Timestamp) {
        self.guarded.remove(&hour);
    }

    /// Notes that a person who leaves in this hour is a try; answers how many there are.
    pub(super) fn tries(&mut self, hour: Timestamp, person: ResourceId) -> usize {
        let tries = self.tries.entry(hour).or_default();
        tries.insert(person);
        let count = tries.len();
        if self.tries.len() > HOURS_OF_TRIES {
            self.tries.pop_first();
        }
        count
    }

    /// Whether the credentials are proved, and to open the known account.
    pub(super) fn is_proved(&self) -> bool {
        self.proved
    }

    /// They are, or it is in doubt again.
    pub(super) fn prove(&mut self, proved: bool) {
        self.proved = proved;
    }

    /// Fields of which it is unknown what the vendor has.
    pub(super) fn unknown(&self, key: &LinkKey, link: &Link) -> BTreeSet<String> {
        let remembered = self.links.get(key);
        let mut unknown = remembered.map(|remembered| remembered.lost.clone()).unwrap_or_default();
        let is_older = link.settled_under != self.token && remembered.is_none_or(|remembered| !remembered.resolved);
        if is_older && link.account.is_some() {
            unknown.extend(link.unsettled.iter().cloned());
            unknown.extend(link.removal_sent.then(|| ACTIVE.to_owned()));
        }
        unknown
    }

    /// Until when a read proves nothing. What is stored of an earlier holder says that there is a doubt; how long it
    /// lasts is this holder's to say, whatever the clock did meanwhile.
    pub(super) fn doubt(&self, key: &LinkKey, stored: Option<Timestamp>) -> Option<Timestamp> {
        let own = self.links.get(key).and_then(|remembered| remembered.doubt);
        own.or_else(|| stored.map(|_| self.believed_from))
    }

    /// Says until when a read proves nothing.
    pub(super) fn set_doubt(&mut self, key: LinkKey, until: Option<Timestamp>) {
        self.at(key).doubt = until;
    }

    /// The links of which a read proves nothing yet.
    pub(super) fn doubted(&self) -> Vec<LinkKey> {
        let doubted = self.links.iter().filter(|(_, remembered)| remembered.doubt.is_some());
        doubted.map(|(key, _)| *key).collect()
    }

    /// The whole account was made or read: nothing sent before counts any more.
    pub(super) fn resolve(&mut self, key: LinkKey) {
        self.at(key).resolved = true;
    }

    /// Whether it was, since this holder began.
    pub(super) fn is_resolved(&self, key: &LinkKey) -> bool {
        self.links.get(key).is_some_and(|remembered| remembered.resolved)
    }

    /// A call with these fields is about to be made. Answers those of which this is the only doubt.
    pub(super) fn lose(&mut self, key: LinkKey, fields: BTreeSet<String>) -> BTreeSet<String> {
        let lost = &mut self.at(key).lost;
        let fresh = fields.difference(lost).cloned().collect();
        lost.extend(fields);
        fresh
    }

    /// A call with these values is about to be made.
    pub(super) fn send(&mut self, key: LinkKey, values: Option<&Fields>) {
        let sent = &mut self.at(key).sent;
        for (field, value) in values.into_iter().flatten() {
            let values = sent.entry(field.clone()).or_default();
            values.retain(|other| other != value);
            values.insert(0, value.clone());
            values.truncate(SENT_MAX);
        }
    }

    /// What fields were sent with since it was known what the vendor has.
    pub(super) fn sent(&self, key: &LinkKey) -> BTreeMap<String, Vec<Value>> {
        let remembered = self.links.get(key);
        remembered.map(|remembered| remembered.sent.clone()).unwrap_or_default()
    }

    /// What the vendor has of these fields is known, and written.
    pub(super) fn find(&mut self, key: LinkKey, fields: &BTreeSet<String>) {
        let remembered = self.at(key);
        remembered.lost.retain(|field| !fields.contains(field));
        remembered.sent.retain(|field, _| !fields.contains(field));
    }

    /// Fields that were refused since the link was last settled.
    pub(super) fn refused(&self, key: &LinkKey) -> BTreeMap<String, Refused> {
        let remembered = self.links.get(key);
        remembered
            .map(|remembered| remembered.refused.clone())
            .unwrap_or_default()
    }

    /// The vendor refused a call for one of these values.
    pub(super) fn refuse(&mut self, key: LinkKey, values: &Fields) {
        let refused = &mut self.at(key).refused;
        for (field, value) in values {
            let again = Refused::again(refused.get(field), value, values.len() == 1);
            refused.insert(field.clone(), again);
        }
    }

    /// Another account has the value.
    pub(super) fn take(&mut self, key: LinkKey, field: &str, taken: Refused) {
        self.at(key).refused.insert(field.to_owned(), taken);
    }

    /// Turns in a row without the vendor's answer to a writing call.
    pub(super) fn failures(&self, key: &LinkKey) -> u32 {
        self.links.get(key).map_or(0, |remembered| remembered.failures)
    }

    /// One more such turn.
    pub(super) fn fail(&mut self, key: LinkKey) {
        let failures = &mut self.at(key).failures;
        *failures = failures.saturating_add(1);
    }

    /// The vendor answered to a writing call.
    pub(super) fn answered(&mut self, key: LinkKey) {
        let remembered = self.at(key);
        (remembered.failures, remembered.denials) = (0, 0);
    }

    /// Nothing is in doubt about the link.
    pub(super) fn forget(&mut self, key: &LinkKey) {
        self.links.remove(key);
        self.damaged.remove(key);
    }

    /// Members of a group on whose calls the vendor failed since the group was last settled.
    pub(super) fn failing_members(&self, group: &LinkKey) -> BTreeSet<ResourceId> {
        let remembered = self.links.get(group);
        remembered
            .map(|remembered| remembered.failing_members.clone())
            .unwrap_or_default()
    }

    /// The vendor failed on a call for these members of a group.
    pub(super) fn fail_members(&mut self, group: LinkKey, members: impl Iterator<Item = ResourceId>) {
        self.at(group).failing_members.extend(members);
    }

    /// Whether nobody is wanted in the group any more, as far as this holder knows.
    pub(super) fn is_disbanded(&self, group: &LinkKey) -> bool {
        self.links.get(group).is_some_and(|remembered| remembered.disbanded)
    }

    /// Nobody is, and that is written.
    pub(super) fn disband(&mut self, group: LinkKey) {
        self.at(group).disbanded = true;
    }

    /// Notes that the vendor says at this time that the account exists, and does not find it; answers since when.
    pub(super) fn unseen_for(&mut self, key: LinkKey, now: Timestamp) -> Duration {
        let since = *self.at(key).unseen.get_or_insert(now);
        Duration::try_from(now.duration_since(since)).unwrap_or_default()
    }

    /// Notes that a record which the link needs is damaged; answers whether that is new.
    pub(super) fn is_newly_damaged(&mut self, key: LinkKey, damaged: Damaged) -> bool {
        self.damaged.insert(key, damaged).is_none()
    }

    /// A turn came to its end: no record that it needs is damaged.
    pub(super) fn sound(&mut self, key: &LinkKey) {
        self.damaged.remove(key);
    }

    /// How many leavers of this hour had their turns and cannot go, as a record is damaged; at most that many.
    pub(super) fn cannot_go(&self, hour: Timestamp) -> u64 {
        let of_hour = self.damaged.values().filter(|damaged| match damaged {
            Damaged::Leaver(of) => *of == hour,
            Damaged::Unknown => true,
            Damaged::Other => false,
        });
        of_hour.count().try_into().unwrap_or(u64::MAX)
    }

    /// Notes a failure that may be the target's, at this number of other links' successes; answers whether others came
    /// through since the link's last one.
    pub(super) fn fails_alone(&mut self, key: LinkKey, successes: u64) -> bool {
        let before = self.at(key).failed_at.replace(successes);
        before.is_some_and(|before| before < successes)
    }

    /// Notes what the vendor says to a change that the credentials may not make; answers how often in a row it does of
    /// this link.
    pub(super) fn deny(&mut self, key: LinkKey, words: Option<String>) -> u32 {
        self.denial = words;
        let denials = &mut self.at(key).denials;
        *denials = denials.saturating_add(1);
        *denials
    }

    /// What it said last.
    pub(super) fn denial(&self) -> Option<&str> {
        self.denial.as_deref()
    }

    /// Notes that the credentials did not do, at this number of other links' successes; answers whether others came
    /// through since it was so first.
    pub(super) fn is_denied_alone(&mut self, key: LinkKey, successes: u64) -> bool {
        *self.at(key).denied_at.get_or_insert(successes) < successes
    }

    fn at(&mut self, key: LinkKey) -> &mut Remembered {
        self.links.entry(key).or_default()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::{Applied, DirectoryId, TargetId};

    const KEY: LinkKey = LinkKey {
        directory: DirectoryId(Uuid::nil()),
        target: TargetId(Uuid::nil()),
        resource: ResourceId(Uuid::nil()),
    };

    fn fields(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_another_holder_may_have_sent_is_unknown() {
        let resolve: fn(&mut Memory) = |memory| memory.resolve(KEY);
        let lose: fn(&mut Memory) = |memory| drop(memory.lose(KEY, fields(&["role"])));
        let nothing: fn(&mut Memory) = |_| {};
        for (settled_under, has_account, then, expected) in [
            (7, true, nothing, &[][..]),
            (7, true, lose, &["role"]),
            (6, true, nothing, &["title"]),
            (6, true, lose, &["role", "title"]),
            (6, true, resolve, &[]),
            // Without an account there is nothing to be unknown; a create has its own trace.
            (6, false, nothing, &[]),
        ] {
            let mut memory = Memory::new(7, Timestamp::UNIX_EPOCH);
            then(&mut memory);
            let link = Link {
                settled_under,
                account: has_account.then(Applied::default),
                unsettled: fields(&["title"]),
                ..Link::default()
            };
            assert_eq!(
                memory.unknown(&KEY, &link),
                fields(expected),
                "{settled_under} {has_account}"
            );
        }
    }

    #[test]
    fn only_what_one_call_put_in_doubt_is_cleared_with_it() {
        let mut memory = Memory::new(7, Timestamp::UNIX_EPOCH);
        assert_eq!(memory.lose(KEY, fields(&["a", "b"])), fields(&["a", "b"]));
        let fresh = memory.lose(KEY, fields(&["b", "c"]));
        assert_eq!(fresh, fields(&["c"]));
        memory.find(KEY, &fresh);
        assert_eq!(memory.unknown(&KEY, &Link::default()), fields(&["a", "b"]));
    }

    #[test]
    fn how_long_a_doubt_lasts_is_the_present_holders_to_say() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut memory = Memory::new(7, at(100));
        for (stored, expected) in [
            (None, None),
            (Some(at(9)), Some(at(100))),
            (Some(at(900)), Some(at(100))),
        ] {
            assert_eq!(memory.doubt(&KEY, stored), expected, "{stored:?}");
        }
        memory.set_doubt(KEY, Some(at(120)));
        assert_eq!(memory.doubt(&KEY, Some(at(9))), Some(at(120)));
    }

    #[test]
    fn tries_of_hours_that_alternate_are_counted_apart() {
        let mut memory = Memory::new(7, Timestamp::UNIX_EPOCH);
        let person = |number| ResourceId(Uuid::from_u128(number));
        let hours = [3_600, 7_200].map(|second| Timestamp::from_second(second).unwrap());
        for number in 0..100 {
            assert_eq!(
                memory.tries(hours[0], person(number)),
                usize::try_from(number).unwrap() + 1
            );
            assert_eq!(memory.tries(hours[1], person(1_000)), 1, "one who is tried again");
        }
    }

    #[test]
    fn the_record_is_at_fault_if_others_came_through() {
        let mut memory = Memory::new(7, Timestamp::UNIX_EPOCH);
        assert!(!memory.is_denied_alone(KEY, 3));
        assert!(!memory.is_denied_alone(KEY, 3), "nobody came through since");
        assert!(memory.is_denied_alone(KEY, 4));
    }
}
