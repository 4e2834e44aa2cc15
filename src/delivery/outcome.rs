//! What a vendor's answer means for a link. Pure.
mod refusal;
mod rest;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use adapters::descriptor::KindDescriptor;
use adapters::{Account, Error, ErrorKind, Fields, Retry};
use jiff::Timestamp;
use serde_json::Value;

use self::refusal::{Rejection, rejected, takes_access};
pub(super) use self::refusal::{is_removal, refused_role, suspects};
pub(super) use self::rest::{
    exhausted, hold, hold_and_look, park, park_until_told, pause, retry, retry_uncounted, wait_for, wait_to_see,
};
use self::rest::{later, outage_wait, problem, span, wait_at_least};
use crate::delivery::Settings;
use crate::delivery::goal::Goal;
use crate::delivery::plan::{Facts, Step};
use crate::mapping::ACTIVE;
use crate::service::Refusal;
use crate::store::{Applied, LinkChange, ProblemKind, Settle};

/// What a step's call answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// To `Create`.
    Created(Account),
    /// To `LookUp` and `ReadBack`.
    Read(Option<Account>),
    /// To `Update`, with the ids of sub-objects it met.
    Updated(BTreeMap<String, String>),
    /// To `SetActive`, with the fields that changed along with it.
    Switched(Fields),
    /// To `Delete`.
    Done,
}

/// What is done next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Next {
    /// The link knows more: write it and plan again.
    Progress(Settle),
    /// An account was found under the unique value: decide whose it is.
    Found(Account),
    /// The vendor says that the unique value is taken, and perhaps by which account: find whose it is.
    Exists(Option<String>),
    /// Write these and end the turn.
    End(Vec<LinkChange>),
    /// The same, and tell who waits that the vendor refuses.
    Refused(LinkChange, Refusal),
    /// The same, unless it is another resource of the directory that has the unique value: that one may yet let go of
    /// it.
    Taken(LinkChange, Refusal),
    /// The target's state, or what looks like it: write these, of which one says when the link is due again.
    Outage(Outage, Vec<LinkChange>),
}

/// In what way a target does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outage {
    /// The credentials are not accepted.
    Unauthorized,
    /// It limits our calls.
    Limited,
    /// It fails or cannot be reached.
    Down,
}

impl Outage {
    /// What a failure says of the target; `None`: nothing, it is the record's.
    pub(super) fn of(error: &ErrorKind) -> Option<Self> {
        match error {
            ErrorKind::Unauthorized => Some(Outage::Unauthorized),
            ErrorKind::RateLimited => Some(Outage::Limited),
            ErrorKind::Unavailable | ErrorKind::Ambiguous => Some(Outage::Down),
            ErrorKind::Rejected { .. } | ErrorKind::NotFound | ErrorKind::Exists { .. } => None,
        }
    }
}

/// Time and limits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'a> {
    /// The time of day, by which links are due.
    pub(super) now: Timestamp,
    /// The same as this holder of the lease counts it, without jumps: by it doubts end.
    pub(super) steady: Timestamp,
    pub(super) settings: &'a Settings,
    pub(super) call_deadline: Duration,
    pub(super) read_lag: Duration,
    pub(super) generation: u64,
    /// Spreads waits.
    pub(super) seed: u64,
    /// Turns in a row that ended without an answer to a writing call.
    pub(super) failures: u32,
    /// Other links of the target came through since this one last failed.
    pub(super) fails_alone: bool,
}

impl Circumstances<'_> {
    /// When a create whose answer is lost now would be seen in a read.
    pub(super) fn create_seen_by(&self) -> Timestamp {
        later(self.steady, self.call_deadline + self.read_lag)
    }
}

/// What the answer to `step` means.
pub(super) fn outcome(
    facts: &Facts<'_>,
    step: &Step,
    answer: Result<Answer, Error>,
    circumstances: &Circumstances<'_>,
) -> Next {
    match answer {
        Ok(answer) => succeeded(facts, step, answer, circumstances),
        Err(error) => failed(facts, step, error, circumstances),
    }
}

fn succeeded(facts: &Facts<'_>, step: &Step, answer: Answer, circumstances: &Circumstances<'_>) -> Next {
    match (step, answer) {
        (Step::Create(sent), Answer::Created(account)) => {
            let made = Applied {
                made: Some(circumstances.now),
                ..created(facts, sent, account)
            };
            Next::Progress(known(made, circumstances))
        }
        (Step::Update(sent), Answer::Updated(parts)) => {
            let account = facts.link.account.clone().unwrap_or_default();
            Next::Progress(known(updated(facts.kind, account, sent, parts), circumstances))
        }
        (Step::SetActive(true), Answer::Switched(changed)) => {
            let account = Applied {
                active: true,
                ..with(facts, changed)
            };
            Next::Progress(known(account, circumstances))
        }
        (Step::SetActive(false), Answer::Switched(changed)) => Next::Progress(Settle {
            account: Some(with(facts, changed)),
            ..removal_sent(facts, Duration::ZERO, circumstances)
        }),
        (Step::Delete, Answer::Done) => Next::Progress(removal_sent(facts, Duration::ZERO, circumstances)),
        (Step::LookUp { .. }, Answer::Read(Some(account))) => Next::Found(account),
        (Step::LookUp { until, .. }, Answer::Read(None)) => not_found(facts, *until, circumstances),
        (Step::ReadBack, Answer::Read(account)) => read_back(facts, account, circumstances),
        (step, answer) => Next::End(vec![retry(
            facts,
            format!("{step:?} was answered {answer:?}"),
            circumstances,
        )]),
    }
}

/// The account as applied, with fields that the vendor has changed.
fn with(facts: &Facts<'_>, changed: Fields) -> Applied {
    let mut account = facts.link.account.clone().unwrap_or_default();
    account.fields.extend(changed);
    account
}

/// The account as created: what was sent, and what the vendor fills from it.
fn created(facts: &Facts<'_>, sent: &Fields, account: Account) -> Applied {
    let mut fields = sent.clone();
    // What the vendor says it left empty is known to be empty.
    fields.extend(
        account
            .fields
            .iter()
            .filter(|(_, value)| value.is_null())
            .map(|(name, _)| (name.clone(), Value::Null)),
    );
    for field in &facts.kind.fields {
        if let Some(value) = field.created_from.as_ref().and_then(|from| sent.get(from)) {
            fields.insert(field.name.clone(), value.clone());
        }
    }
    let unique = facts.kind.unique_key(&fields);
    Applied {
        id: account.id,
        fields,
        parts: account.parts,
        active: account.active,
        unique,
        made: None,
        unfinished: true,
    }
}

fn updated(kind: &KindDescriptor, mut account: Applied, sent: &Fields, parts: BTreeMap<String, String>) -> Applied {
    for (name, value) in sent {
        if value.is_null() {
            account.parts.remove(name);
        }
        account.fields.insert(name.clone(), value.clone());
    }
    account.parts.extend(parts);
    account.unique = kind.unique_key(&account.fields).or(account.unique);
    account
}

/// An account as read, taken over: of its fields only those of which the directory has a value, be its person switched
/// on or off. What others rule must not be taken away later as if we had given it.
pub(super) fn adopted(facts: &Facts<'_>, ruled: &BTreeSet<String>, account: Account) -> Applied {
    let unique = facts.kind.unique_key(&account.fields);
    let mut fields = account.fields;
    fields.retain(|name, _| ruled.contains(name));
    Applied {
        id: account.id,
        fields,
        parts: account.parts,
        active: account.active,
        unique,
        made: None,
        unfinished: false,
    }
}

/// The link with this account, nothing in doubt.
pub(super) fn known(account: Applied, circumstances: &Circumstances<'_>) -> Settle {
    Settle {
        account: Some(account),
        generation: circumstances.generation,
        ..Settle::default()
    }
}

/// The link after a removal was sent: its account stays known until a read shows that it is gone.
fn removal_sent(facts: &Facts<'_>, doubt: Duration, circumstances: &Circumstances<'_>) -> Settle {
    Settle {
        account: facts.link.account.clone(),
        removal_sent: true,
        ambiguous_until: Some(later(circumstances.steady, doubt + circumstances.read_lag)),
        generation: circumstances.generation,
        ..Settle::default()
    }
}

/// There is no account.
fn nobody(circumstances: &Circumstances<'_>) -> Next {
    Next::Progress(Settle {
        generation: circumstances.generation,
        ..Settle::default()
    })
}

fn not_found(facts: &Facts<'_>, until: Timestamp, circumstances: &Circumstances<'_>) -> Next {
    match circumstances.steady >= until {
        // Lost answers count where others come through: nobody has heard what the vendor made of so many creates.
        true if facts.link.attempts >= circumstances.settings.attempts_max && !is_removal(facts.goal) => {
            let none = Settle {
                generation: circumstances.generation,
                ..Settle::default()
            };
            let reason = "the vendor's answers to the creation were lost each time, and there is no account";
            return Next::End(vec![LinkChange::Settle(none), park(facts, None, reason, circumstances)]);
        }
        true => return nobody(circumstances),
        false => {}
    }
    let reason = "waiting until a create whose answer was lost would be seen".to_owned();
    Next::End(vec![LinkChange::Retry {
        due: later(circumstances.now, span(circumstances.steady, until)),
        problem: problem(ProblemKind::Retrying, None, reason, circumstances),
        counts: false,
        ambiguous_until: Some(until),
        seen: facts.link.marked,
    }])
}

/// A read shows no account. It is asked again as long as it might not show one that is there.
fn nothing_read(facts: &Facts<'_>, circumstances: &Circumstances<'_>) -> Next {
    let Some(rest) = hidden_for(facts, circumstances) else {
        return nobody(circumstances);
    };
    let reason = "waiting until the vendor would show an account made a moment ago".to_owned();
    Next::End(vec![LinkChange::Retry {
        due: later(circumstances.now, rest),
        problem: problem(ProblemKind::Retrying, None, reason, circumstances),
        counts: false,
        ambiguous_until: None,
        seen: facts.link.marked,
    }])
}

/// How much longer reads that lag might not show the account: until what made it is seen, and, if the answer to its
/// removal was lost, until whatever was sent before that is.
fn hidden_for(facts: &Facts<'_>, circumstances: &Circumstances<'_>) -> Option<Duration> {
    if facts.kind.exact_get {
        return None;
    }
    let made = facts.link.account.as_ref().and_then(|account| account.made);
    // Beyond the lag to either side it is the clock that jumped.
    let age = made.map(|made| circumstances.now.duration_since(made).unsigned_abs());
    let unseen = age.and_then(|age| circumstances.read_lag.checked_sub(age));
    let is_lost = facts.unknown.contains(ACTIVE);
    let doubt = facts.link.ambiguous_until.filter(|_| is_lost);
    let doubted = doubt.map(|until| span(circumstances.steady, until));
    unseen.max(doubted).filter(|rest| !rest.is_zero())
}

fn read_back(facts: &Facts<'_>, account: Option<Account>, circumstances: &Circumstances<'_>) -> Next {
    let Some(read) = account else {
        return nothing_read(facts, circumstances);
    };
    let applied = facts.link.account.clone().unwrap_or_default();
    let certain = known(
        Applied {
            id: read.id,
            active: read.active,
            ..applied
        },
        circumstances,
    );
    if *facts.goal == Goal::Suspended && !read.active {
        return Next::Progress(certain);
    }
    let in_doubt = facts
        .link
        .ambiguous_until
        .is_some_and(|until| circumstances.steady < until);
    // The vendor has answered the deletion of an account that was off: it deletes by switching off.
    let was_off = facts.link.account.as_ref().is_some_and(|account| !account.active);
    let is_off = !read.active && was_off && !facts.unknown.contains(ACTIVE);
    match (in_doubt, facts.goal) {
        (true, _) => Next::End(vec![retry(
            facts,
            "waiting to see the removal at the vendor",
            circumstances,
        )]),
        (false, Goal::Gone) if is_off => nothing_read(facts, circumstances),
        (false, Goal::Account(_) | Goal::Faulty(_) | Goal::Untouched) => Next::Progress(certain),
        (false, Goal::Gone | Goal::Suspended) => Next::End(vec![
            LinkChange::Settle(certain),
            retry(
                facts,
                "the vendor accepted the removal, and still shows the account",
                circumstances,
            ),
        ]),
    }
}

fn failed(facts: &Facts<'_>, step: &Step, error: Error, circumstances: &Circumstances<'_>) -> Next {
    match error.kind.clone() {
        ErrorKind::Unauthorized => unavailable(facts, step, (Outage::Unauthorized, error.reason), circumstances),
        ErrorKind::RateLimited => unavailable(facts, step, (Outage::Limited, error.reason), circumstances),
        ErrorKind::Unavailable => unavailable(facts, step, (Outage::Down, error.reason), circumstances),
        ErrorKind::Ambiguous => ambiguous(facts, step, error.reason, circumstances),
        ErrorKind::NotFound => gone(facts, step, error.reason, circumstances),
        ErrorKind::Exists { id } if matches!(step, Step::Create(_)) => Next::Exists(id),
        ErrorKind::Exists { .. } => {
            let field = taken_field(facts, step);
            match rejected(facts, step, Rejection { field, error }, circumstances) {
                Next::Refused(change, refusal) => Next::Taken(change, refusal),
                next => next,
            }
        }
        ErrorKind::Rejected { field } => match step {
            // What has the value can be nobody's account: no create of ours has made it.
            Step::LookUp { until, .. } if error.retry == Retry::Never => not_found(facts, *until, circumstances),
            step => rejected(facts, step, Rejection { field, error }, circumstances),
        },
    }
}

/// The field of an update whose value another account has: the unique one, else the only one that the call can be
/// about.
fn taken_field(facts: &Facts<'_>, step: &Step) -> Option<String> {
    let Step::Update(fields) = step else { return None };
    let unique = fields.contains_key(&facts.kind.unique).then_some(&facts.kind.unique);
    unique.or_else(|| fields.keys().next()).cloned()
}

/// Not answered for what may be the target's fault. The link rests all the same, so that others get their turns.
fn unavailable(
    facts: &Facts<'_>,
    step: &Step,
    (outage, reason): (Outage, String),
    circumstances: &Circumstances<'_>,
) -> Next {
    let parked = circumstances.fails_alone && is_parked(facts, step, circumstances);
    let change = match parked {
        true => park(facts, None, reason, circumstances),
        false => retry_uncounted(facts, reason, circumstances),
    };
    Next::Outage(outage, vec![change])
}

/// Whether a record's own failure parks it by now. What takes access away is tried until it succeeds.
fn is_parked(facts: &Facts<'_>, step: &Step, circumstances: &Circumstances<'_>) -> bool {
    !takes_access(facts, step) && exhausted(facts, circumstances)
}

/// The answer was lost: what was sent is unknown from here on.
fn ambiguous(facts: &Facts<'_>, step: &Step, reason: String, circumstances: &Circumstances<'_>) -> Next {
    let doubt = circumstances.call_deadline;
    match step {
        Step::Create(_) => Next::Outage(
            Outage::Down,
            vec![LinkChange::Retry {
                due: later(circumstances.now, outage_wait(facts, circumstances)),
                problem: problem(ProblemKind::Retrying, None, reason, circumstances),
                counts: circumstances.fails_alone,
                ambiguous_until: Some(circumstances.create_seen_by()),
                seen: facts.link.marked,
            }],
        ),
        Step::Delete | Step::SetActive(false) => Next::Outage(
            Outage::Down,
            vec![
                LinkChange::Settle(removal_sent(facts, doubt, circumstances)),
                retry_uncounted(facts, reason, circumstances),
            ],
        ),
        Step::Settle
        | Step::LookUp { .. }
        | Step::Update(_)
        | Step::SetActive(true)
        | Step::ReadBack
        | Step::Refuse(_) => unavailable(facts, step, (Outage::Down, reason), circumstances),
    }
}

fn gone(facts: &Facts<'_>, step: &Step, reason: String, circumstances: &Circumstances<'_>) -> Next {
    match step {
        Step::Delete | Step::SetActive(false) | Step::ReadBack => nothing_read(facts, circumstances),
        Step::LookUp { until, .. } => not_found(facts, *until, circumstances),
        Step::Update(_) | Step::SetActive(true) | Step::Create(_) | Step::Settle | Step::Refuse(_) => {
            let reason = format!("the account is gone at the vendor: {reason}");
            // Right after it was made it may not be seen yet.
            Next::End(vec![match is_parked(facts, step, circumstances) {
                true => park(facts, None, reason, circumstances),
                false => retry(facts, reason, circumstances),
            }])
        }
    }
}

#[cfg(test)]
mod tests;
