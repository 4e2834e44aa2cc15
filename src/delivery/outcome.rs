//! What a vendor's answer means for a link. Pure.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use adapters::descriptor::KindDescriptor;
use adapters::{Account, Error, ErrorKind, Fields, Retry};
use jiff::Timestamp;
use serde_json::Value;

use crate::delivery::goal::Goal;
use crate::delivery::plan::{Facts, Step, unique};
use crate::delivery::{Settings, backoff};
use crate::service::Refusal;
use crate::store::{Applied, LinkChange, Problem, ProblemKind, Settle};

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
    /// The vendor says that the unique value is taken: find by whom.
    Exists,
    /// Write these and end the turn.
    End(Vec<LinkChange>),
    /// The same, and tell who waits that the vendor refuses.
    Refused(LinkChange, Refusal),
    /// The same, unless it is another resource of the directory that has the unique value: that one may yet let go of it.
    Taken(LinkChange, Refusal),
    /// The target's state; the link is due again when the target works.
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

/// Time and limits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub(super) now: Timestamp,
    pub(super) settings: &'a Settings,
    pub(super) call_deadline: Duration,
    pub(super) read_lag: Duration,
    pub(super) generation: u64,
    /// Spreads waits.
    pub(super) seed: u64,
    /// Other links of the target came through since this one last failed.
    pub(super) fails_alone: bool,
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
            Next::Progress(known(created(facts, sent, account), circumstances))
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
    let unique = folded_unique(facts.kind, &fields);
    Applied {
        id: account.id,
        fields,
        parts: account.parts,
        active: account.active,
        unique,
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
    account.unique = folded_unique(kind, &account.fields);
    account
}

/// An account as read, taken over: of its fields only those that the directory has a say in.
pub(super) fn adopted(facts: &Facts<'_>, account: Account) -> Applied {
    let unique = folded_unique(facts.kind, &account.fields);
    let fields = match facts.goal {
        Goal::Account(wanted) => {
            let ruled: BTreeSet<_> = wanted
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, _)| name)
                .collect();
            account
                .fields
                .into_iter()
                .filter(|(name, _)| ruled.contains(name))
                .collect()
        }
        Goal::Suspended | Goal::Gone | Goal::Untouched | Goal::Faulty(_) => account.fields,
    };
    Applied {
        id: account.id,
        fields,
        parts: account.parts,
        active: account.active,
        unique,
    }
}

fn folded_unique(kind: &KindDescriptor, fields: &Fields) -> Option<String> {
    unique(kind, fields).map(str::to_lowercase)
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
        ambiguous_until: Some(later(circumstances.now, doubt + circumstances.read_lag)),
        generation: circumstances.generation,
        ..Settle::default()
    }
}

fn not_found(facts: &Facts<'_>, until: Timestamp, circumstances: &Circumstances<'_>) -> Next {
    if circumstances.now >= until {
        return Next::Progress(Settle {
            generation: circumstances.generation,
            ..Settle::default()
        });
    }
    let reason = "waiting until a create whose answer was lost would be seen".to_owned();
    Next::End(vec![LinkChange::Retry {
        due: until,
        problem: problem(ProblemKind::Retrying, None, reason, circumstances),
        counts: false,
        ambiguous_until: Some(until),
        seen: facts.link.marked,
    }])
}

fn read_back(facts: &Facts<'_>, account: Option<Account>, circumstances: &Circumstances<'_>) -> Next {
    let Some(read) = account else {
        return Next::Progress(Settle {
            generation: circumstances.generation,
            ..Settle::default()
        });
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
        .is_some_and(|until| circumstances.now < until);
    match (in_doubt, facts.goal) {
        (true, _) => Next::End(vec![retry(
            facts,
            "waiting to see the removal at the vendor",
            circumstances,
        )]),
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
        ErrorKind::Unauthorized => Next::Outage(Outage::Unauthorized, Vec::new()),
        ErrorKind::RateLimited => Next::Outage(Outage::Limited, Vec::new()),
        ErrorKind::Unavailable => unavailable(facts, error.reason, circumstances),
        ErrorKind::Ambiguous => ambiguous(facts, step, error.reason, circumstances),
        ErrorKind::NotFound => gone(facts, step, error.reason, circumstances),
        ErrorKind::Exists { .. } if matches!(step, Step::Create(_)) => Next::Exists,
        ErrorKind::Exists { .. } => {
            match rejected(facts, step, (Some(facts.kind.unique.clone()), error), circumstances) {
                Next::Refused(change, refusal) => Next::Taken(change, refusal),
                next => next,
            }
        }
        ErrorKind::Rejected { field } => rejected(facts, step, (field, error), circumstances),
    }
}

fn unavailable(facts: &Facts<'_>, reason: String, circumstances: &Circumstances<'_>) -> Next {
    if circumstances.fails_alone && !is_removal(facts) && exhausted(facts, circumstances) {
        return Next::End(vec![park(facts, None, reason, circumstances)]);
    }
    Next::Outage(Outage::Down, vec![retry_uncounted(facts, reason, circumstances)])
}

/// The answer was lost: what was sent is unknown from here on.
fn ambiguous(facts: &Facts<'_>, step: &Step, reason: String, circumstances: &Circumstances<'_>) -> Next {
    let doubt = circumstances.call_deadline;
    match step {
        Step::Create(_) => {
            let until = later(circumstances.now, doubt + circumstances.read_lag);
            Next::Outage(
                Outage::Down,
                vec![LinkChange::Retry {
                    due: later(circumstances.now, wait(facts, circumstances)),
                    problem: problem(ProblemKind::Retrying, None, reason, circumstances),
                    counts: circumstances.fails_alone,
                    ambiguous_until: Some(until),
                    seen: facts.link.marked,
                }],
            )
        }
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
        | Step::Refuse(_) => unavailable(facts, reason, circumstances),
    }
}

fn gone(facts: &Facts<'_>, step: &Step, reason: String, circumstances: &Circumstances<'_>) -> Next {
    match step {
        Step::Delete | Step::SetActive(false) | Step::ReadBack | Step::LookUp { .. } => {
            read_back(facts, None, circumstances)
        }
        Step::Update(_) | Step::SetActive(true) | Step::Create(_) | Step::Settle | Step::Refuse(_) => {
            let reason = format!("the account is gone at the vendor: {reason}");
            Next::End(vec![park(facts, None, reason, circumstances)])
        }
    }
}

/// The vendor refuses the record. A removal is tried until it succeeds; anything else is parked, at once or after some
/// tries, as the vendor's error says.
fn rejected(
    facts: &Facts<'_>,
    step: &Step,
    (field, error): (Option<String>, Error),
    circumstances: &Circumstances<'_>,
) -> Next {
    let removal = is_removal(facts) || takes_role(facts, step);
    let for_good = error.retry == Retry::Never || exhausted(facts, circumstances);
    if removal || !for_good {
        return Next::End(vec![LinkChange::Retry {
            due: later(circumstances.now, wait_at_least(facts, error.retry, circumstances)),
            problem: problem(ProblemKind::Retrying, field, error.reason, circumstances),
            counts: true,
            ambiguous_until: None,
            seen: facts.link.marked,
        }]);
    }
    let refusal = Refusal {
        field: field.clone(),
        reason: error.reason.clone(),
    };
    let mut change = park(facts, field, error.reason, circumstances);
    if keeps_others_back(step, &refusal)
        && let LinkChange::Park { due, .. } = &mut change
    {
        *due = Some(later(circumstances.now, circumstances.settings.retry_first));
    }
    Next::Refused(change, refusal)
}

/// Whether a refused field kept others back that went in the same call. They are sent without it, but not before who
/// waits had time to undo the whole write.
fn keeps_others_back(step: &Step, refusal: &Refusal) -> bool {
    match (step, &refusal.field) {
        (Step::Update(fields), Some(field)) => fields.len() > 1 && fields.contains_key(field),
        (
            Step::Update(_)
            | Step::Settle
            | Step::LookUp { .. }
            | Step::Create(_)
            | Step::SetActive(_)
            | Step::Delete
            | Step::ReadBack
            | Step::Refuse(_),
            _,
        ) => false,
    }
}

fn is_removal(facts: &Facts<'_>) -> bool {
    match facts.goal {
        Goal::Gone | Goal::Suspended => true,
        Goal::Account(_) | Goal::Untouched | Goal::Faulty(_) => false,
    }
}

/// Whether the step is the one by which a leaver's role is taken away, see `plan`.
fn takes_role(facts: &Facts<'_>, step: &Step) -> bool {
    let Step::Update(fields) = step else { return false };
    let is_role = |name: &String| {
        facts
            .kind
            .field(name)
            .is_some_and(|field| field.kind == adapters::descriptor::FieldType::Role)
    };
    facts.link.leaver_since.is_some() && fields.keys().all(is_role)
}

fn exhausted(facts: &Facts<'_>, circumstances: &Circumstances<'_>) -> bool {
    facts.link.attempts + 1 >= circumstances.settings.attempts_max
}

/// Parks what this turn saw.
pub(super) fn park(
    facts: &Facts<'_>,
    field: Option<String>,
    reason: impl Into<String>,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    LinkChange::Park {
        problem: problem(ProblemKind::Parked, field, reason.into(), circumstances),
        due: Some(later(circumstances.now, circumstances.settings.parked_retry)),
        seen: facts.link.marked,
    }
}

/// Holds what this turn saw for a person to decide.
pub(super) fn hold(facts: &Facts<'_>, reason: impl Into<String>, circumstances: &Circumstances<'_>) -> LinkChange {
    let problem = problem(ProblemKind::Held, None, reason.into(), circumstances);
    LinkChange::Park {
        problem,
        due: None,
        seen: facts.link.marked,
    }
}

/// Tries again after a wait that grows.
pub(super) fn retry(facts: &Facts<'_>, reason: impl Into<String>, circumstances: &Circumstances<'_>) -> LinkChange {
    retry_with(facts, reason.into(), true, circumstances)
}

/// The same for what is rather the target's failure: it counts only while other links come through.
pub(super) fn retry_uncounted(
    facts: &Facts<'_>,
    reason: impl Into<String>,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    retry_with(facts, reason.into(), circumstances.fails_alone, circumstances)
}

fn retry_with(facts: &Facts<'_>, reason: String, counts: bool, circumstances: &Circumstances<'_>) -> LinkChange {
    LinkChange::Retry {
        due: later(circumstances.now, wait(facts, circumstances)),
        problem: problem(ProblemKind::Retrying, None, reason, circumstances),
        counts,
        ambiguous_until: None,
        seen: facts.link.marked,
    }
}

fn wait(facts: &Facts<'_>, circumstances: &Circumstances<'_>) -> Duration {
    backoff::delay(circumstances.settings, facts.link.attempts, circumstances.seed)
}

fn wait_at_least(facts: &Facts<'_>, retry: Retry, circumstances: &Circumstances<'_>) -> Duration {
    match retry {
        Retry::After(least) => wait(facts, circumstances).max(least),
        Retry::Never | Retry::Backoff => wait(facts, circumstances),
    }
}

fn problem(kind: ProblemKind, field: Option<String>, reason: String, circumstances: &Circumstances<'_>) -> Problem {
    Problem {
        kind,
        field,
        reason,
        since: circumstances.now,
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
