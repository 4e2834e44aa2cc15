//! The next step for one link. Pure: the whole of what delivery decides before a call stands here.
use std::collections::{BTreeMap, BTreeSet};

use adapters::Fields;
use adapters::descriptor::{Descriptor, Field, FieldType, KindDescriptor};
use jiff::Timestamp;
use serde_json::Value;

use crate::config::Switches;
use crate::delivery::dropped;
use crate::delivery::goal::{Faulty, Goal};
use crate::mapping::{ACTIVE, Fault};
use crate::store::{Applied, Link, Restored};

/// What the next step is computed from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    /// The link as stored.
    pub(super) link: &'a Link,
    /// Where it should go.
    pub(super) goal: &'a Goal,
    /// The vendor's fields of this kind.
    pub(super) kind: &'a KindDescriptor,
    /// The unique value of the resource as mapped, if others wait for the one that the account has, or that is
    /// temporary.
    pub(super) asked_for: Option<&'a str>,
    /// What may be sent at all.
    pub(super) switches: Switches,
    /// Vendor fields of which it is unknown what the vendor has: a call may have been made whose answer nobody saw.
    pub(super) unknown: &'a BTreeSet<String>,
    /// Vendor fields that were refused since the link was last settled.
    pub(super) refused: &'a BTreeMap<String, Refused>,
    /// What the vendor's roles are and let their holders have.
    pub(super) descriptor: &'a Descriptor,
}

/// A value of a field that goes alone and after all others, so that it keeps none of them back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refused {
    pub(super) value: Value,
    pub(super) rank: Rank,
}

/// In what order such values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It was refused in a call with others, of which the vendor named none.
    Suspect,
    /// Another account has it.
    Taken,
    /// It was refused for itself, so many times.
    Guilty(u32),
}

impl Refused {
    /// A value that another account has.
    pub(super) fn taken(value: &Value) -> Self {
        let (value, rank) = (value.clone(), Rank::Taken);
        Self { value, rank }
    }

    /// One more refusal of the value, alone or with others.
    pub(super) fn again(before: Option<&Refused>, value: &Value, alone: bool) -> Self {
        let times = match before.filter(|before| before.value == *value).map(|before| before.rank) {
            Some(Rank::Guilty(times)) => times,
            Some(Rank::Suspect | Rank::Taken) | None => 0,
        };
        let rank = match (alone, times) {
            (true, times) => Rank::Guilty(times.saturating_add(1)),
            (false, 0) => Rank::Suspect,
            (false, times) => Rank::Guilty(times),
        };
        Self {
            value: value.clone(),
            rank,
        }
    }
}

/// One step. Every writing step is one call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Nothing more to do.
    Settle,
    /// Look the account up: a create of ours may have made it.
    LookUp {
        /// The unique value with which it was sent.
        unique: String,
        /// Before this an empty look-up proves nothing.
        until: Timestamp,
    },
    /// Create the account.
    Create(Fields),
    /// Change these fields, all of one call.
    Update(Fields),
    /// Suspend or reactivate.
    SetActive(bool),
    /// Delete the account.
    Delete,
    /// Read the account: a removal was sent and must be seen.
    ReadBack,
    /// The vendor would refuse it.
    Refuse(Fault),
}

/// The next step.
pub(super) fn plan(facts: &Facts<'_>) -> Step {
    match (facts.goal, &facts.link.account) {
        (Goal::Untouched, _) => Step::Settle,
        (_, None) => without_account(facts),
        (Goal::Gone, Some(_)) if facts.link.removal_sent => Step::ReadBack,
        (Goal::Gone, Some(_)) => Step::Delete,
        (_, Some(_)) if facts.link.removal_sent => Step::ReadBack,
        (Goal::Suspended, Some(account)) => match account.active || facts.unknown.contains(ACTIVE) {
            true => Step::SetActive(false),
            false => renamed(facts, account).map_or(Step::Settle, Step::Update),
        },
        (Goal::Faulty(faulty), Some(account)) => faulty_account(facts, faulty, account),
        (Goal::Account(fields), Some(account)) => with_account(facts, fields, account),
    }
}

/// The owner's unique value for an account that lets nobody in, once somebody waits for the former one. A leaver is not
/// kept pending for it.
fn renamed(facts: &Facts<'_>, account: &Applied) -> Option<Fields> {
    let unique = facts
        .kind
        .field(&facts.kind.unique)
        .filter(|field| !field.create_only)?;
    let (wanted, applied) = (Value::from(facts.asked_for?), account.fields.get(&unique.name));
    let is_same = unique.same(&wanted, applied.unwrap_or(&Value::Null)) && !facts.unknown.contains(&unique.name);
    let may_go = facts.link.leaver_since.is_none() && facts.switches.update;
    (may_go && !is_same).then(|| [(unique.name.clone(), wanted)].into())
}

fn without_account(facts: &Facts<'_>) -> Step {
    if let (Some(until), Some(unique)) = (facts.link.ambiguous_until, facts.link.sought.clone()) {
        return Step::LookUp { unique, until };
    }
    match facts.goal {
        Goal::Account(fields) if facts.switches.create => Step::Create(main_call(facts, fields)),
        Goal::Account(_) | Goal::Suspended | Goal::Gone | Goal::Untouched => Step::Settle,
        Goal::Faulty(faulty) => Step::Refuse(faulty.fault.clone()),
    }
}

fn with_account(facts: &Facts<'_>, fields: &Fields, account: &Applied) -> Step {
    if facts.unknown.contains(ACTIVE) {
        return Step::ReadBack;
    }
    // Of what comes from a backup nothing is given by itself: a role that goes must not wait behind the activation.
    let is_held = facts.link.restored == Some(Restored::Held) && facts.switches.update;
    if let Some(role) = role_taken(facts, &calls(facts, fields, account), account).filter(|_| is_held) {
        return Step::Update(role);
    }
    if !account.active && facts.switches.activate {
        return Step::SetActive(true);
    }
    // What its creation could not carry belongs to it all the same.
    let changed = match facts.switches.update || account.unfinished {
        true => differing(facts, fields, account),
        false => Fields::new(),
    };
    match changed.is_empty() {
        true => Step::Settle,
        false => Step::Update(changed),
    }
}

/// A role that is taken away goes even if other fields are wrong; nothing else does.
fn faulty_account(facts: &Facts<'_>, faulty: &Faulty, account: &Applied) -> Step {
    let calls = calls(facts, &faulty.sound, account);
    match role_taken(facts, &calls, account).filter(|_| facts.switches.update) {
        Some(role) => Step::Update(role),
        None => Step::Refuse(faulty.fault.clone()),
    }
}

/// The first call's worth of fields that differ from what was applied, or of which it is unknown what was.
fn differing(facts: &Facts<'_>, fields: &Fields, account: &Applied) -> Fields {
    let mut calls = calls(facts, fields, account);
    if let Some(role) = role_taken(facts, &calls, account) {
        return role;
    }
    calls.sort_by_key(|(call, _)| call.place());
    calls.into_iter().next().map(|(_, changed)| changed).unwrap_or_default()
}

/// Fields that go in one call.
type Call<'a> = (Name<'a>, Fields);

/// What tells one call from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name<'a> {
    Main,
    Further(&'a str),
    /// A field that was refused.
    Refused(&'a str, Rank),
}

impl Name<'_> {
    /// Calls of a lower place are made first; of the same, in the order of the vendor's fields. The main call comes
    /// first: a sub-object may depend on what it sets.
    fn place(&self) -> (u8, Option<Rank>) {
        match self {
            Name::Main => (0, None),
            Name::Further(_) => (1, None),
            Name::Refused(_, rank) => (2, Some(*rank)),
        }
    }
}

/// Whether a refused value of this rank goes before this one.
pub(super) fn goes_before(facts: &Facts<'_>, field: &str, rank: Rank) -> bool {
    let (Goal::Account(fields), Some(account)) = (facts.goal, &facts.link.account) else {
        return false;
    };
    let calls = calls(facts, fields, account);
    calls.iter().any(|(name, _)| match name {
        Name::Main | Name::Further(_) => false,
        Name::Refused(other, its) => *other != field && *its < rank,
    })
}

/// The fields that differ from what was applied, or of which it is unknown what was, by calls.
fn calls<'a>(facts: &Facts<'a>, fields: &Fields, account: &Applied) -> Vec<Call<'a>> {
    let mut calls: Vec<Call<'a>> = Vec::new();
    let role = role_of(facts.kind, fields, account);
    let has = |field: &&Field| role.is_none_or(|role| facts.descriptor.is_for(&field.roles, role));
    for field in facts.kind.fields.iter().filter(has) {
        let Some(wanted) = fields.get(&field.name) else {
            continue;
        };
        let applied = account.fields.get(&field.name).unwrap_or(&Value::Null);
        if field.create_only || (field.same(wanted, applied) && !facts.unknown.contains(&field.name)) {
            continue;
        }
        let refused = facts
            .refused
            .get(&field.name)
            .filter(|refused| refused.value == *wanted);
        let call = match (refused, field.changing_call()) {
            (Some(refused), _) => Name::Refused(&field.name, refused.rank),
            (None, Some(call)) => Name::Further(call),
            (None, None) => Name::Main,
        };
        match calls.iter_mut().find(|(name, _)| *name == call) {
            Some((_, changed)) => changed.insert(field.name.clone(), wanted.clone()),
            None => {
                calls.push((call, [(field.name.clone(), wanted.clone())].into()));
                None
            }
        };
    }
    calls
}

/// The role that the account has once it is as wanted; `None` if nobody knows: it was there before, and others rule it.
fn role_of<'v>(kind: &KindDescriptor, fields: &'v Fields, account: &'v Applied) -> Option<&'v Value> {
    let name = dropped::role_field(kind)?;
    let wanted = fields.get(name).filter(|role| !role.is_null());
    let made = account.made.map(|_| &Value::Null);
    wanted.or_else(|| account.fields.get(name)).or(made)
}

/// A role that is taken away goes alone and first, so that no other field's refusal keeps it; once it was refused
/// itself it goes last, so that it keeps no other field.
fn role_taken(facts: &Facts<'_>, calls: &[Call<'_>], account: &Applied) -> Option<Fields> {
    let changed = calls.iter().filter(|(name, _)| !matches!(name, Name::Refused(..)));
    let changed = changed.flat_map(|(_, fields)| fields);
    let roles: Fields = changed
        .filter(|(name, value)| takes_role(facts, account, (name.as_str(), value)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    (!roles.is_empty()).then_some(roles)
}

/// Whether giving this value takes a role away from a leaver, or may.
pub(super) fn takes_role(facts: &Facts<'_>, account: &Applied, (name, value): (&str, &Value)) -> bool {
    let is_role = facts
        .kind
        .field(name)
        .is_some_and(|field| field.kind == FieldType::Role);
    let had = account.fields.get(name).unwrap_or(&Value::Null);
    let lowers = facts.unknown.contains(name) || facts.descriptor.takes_role(had, value);
    facts.link.leaver_since.is_some() && is_role && lowers
}

/// The fields of the creating call: those of the main call that have a value, and that accounts of the role have.
fn main_call(facts: &Facts<'_>, fields: &Fields) -> Fields {
    let role = dropped::role_field(facts.kind).and_then(|name| fields.get(name));
    let role = role.unwrap_or(&Value::Null);
    let mains = facts.kind.fields.iter().filter(|field| field.call.is_none());
    let mains = mains.filter(|field| facts.descriptor.is_for(&field.roles, role));
    mains
        .filter_map(|field| fields.get(&field.name).map(|value| (field.name.clone(), value.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect()
}

impl Step {
    /// Whether its call changes something at the vendor.
    pub(super) fn is_writing(&self) -> bool {
        match self {
            Step::Create(_) | Step::Update(_) | Step::SetActive(_) | Step::Delete => true,
            Step::Settle | Step::LookUp { .. } | Step::ReadBack | Step::Refuse(_) => false,
        }
    }

    /// Whether it takes the whole account away from its owner.
    pub(super) fn removes(&self) -> bool {
        match self {
            Step::SetActive(false) | Step::Delete => true,
            Step::SetActive(true)
            | Step::Create(_)
            | Step::Update(_)
            | Step::Settle
            | Step::LookUp { .. }
            | Step::ReadBack
            | Step::Refuse(_) => false,
        }
    }

    /// The fields with the values that an update sends.
    pub(super) fn carries(&self) -> Option<&Fields> {
        match self {
            Step::Update(fields) => Some(fields),
            Step::Create(_)
            | Step::SetActive(_)
            | Step::Delete
            | Step::Settle
            | Step::LookUp { .. }
            | Step::ReadBack
            | Step::Refuse(_) => None,
        }
    }

    /// The fields of which it is unknown what the vendor has if the answer is lost.
    pub(super) fn puts_in_doubt(&self) -> BTreeSet<String> {
        match self {
            Step::Update(fields) => fields.keys().cloned().collect(),
            Step::SetActive(_) | Step::Delete | Step::ReadBack => [ACTIVE.to_owned()].into(),
            Step::Settle | Step::LookUp { .. } | Step::Create(_) | Step::Refuse(_) => BTreeSet::new(),
        }
    }
}

/// The value of the unique field.
pub(super) fn unique<'a>(kind: &KindDescriptor, fields: &'a Fields) -> Option<&'a str> {
    fields.get(&kind.unique).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
