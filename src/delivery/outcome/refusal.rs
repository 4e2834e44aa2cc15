//! What a vendor's refusal of a record means. Pure.
use adapters::{Error, Fields, Retry};
use jiff::SignedDuration;

use super::{Circumstances, Next, exhausted, later, park, problem, wait_at_least};
use crate::delivery::goal::Goal;
use crate::delivery::plan::{Facts, Refused, Step, goes_before, takes_role};
use crate::service::Refusal;
use crate::store::{LinkChange, ProblemKind};

/// For how long a vendor may be busy with an account before its refusals count: activations at Okta take a few minutes.
const BUSY_MAX: SignedDuration = SignedDuration::from_hours(1);

/// A refusal in the vendor's words, and the field that they are about.
pub(super) struct Rejection {
    pub(super) field: Option<String>,
    pub(super) error: Error,
}

/// The vendor refuses the record. A person's removal is tried until it succeeds; anything else is parked, at once or
/// after some tries, as the vendor's error says.
pub(super) fn rejected(
    facts: &Facts<'_>,
    step: &Step,
    rejection: Rejection,
    circumstances: &Circumstances<'_>,
) -> Next {
    let Rejection { field, error } = rejection;
    let field = field.or_else(|| only_field(step));
    let is_busy = is_busy(facts, &error, circumstances);
    let for_good = !is_busy && (error.retry == Retry::Never || exhausted(facts, circumstances));
    if takes_access(facts, step) || !for_good {
        return Next::End(vec![LinkChange::Retry {
            due: later(circumstances.now, wait_at_least(facts, error.retry, circumstances)),
            problem: problem(ProblemKind::Retrying, field, error.reason, circumstances),
            counts: !is_busy,
            ambiguous_until: None,
            seen: facts.link.marked,
        }]);
    }
    // Nobody undoes a deletion.
    if matches!(step, Step::Delete) {
        return Next::End(vec![park(facts, field, error.reason, circumstances)]);
    }
    let refusal = Refusal {
        field: field.clone(),
        sent: sent(step).into_iter().flat_map(Fields::keys).cloned().collect(),
        reason: error.reason.clone(),
    };
    let mut change = park(facts, field, error.reason, circumstances);
    if keeps_others_back(facts, step, &refusal)
        && let LinkChange::Park { due, .. } = &mut change
    {
        *due = Some(later(circumstances.now, circumstances.settings.retry_first));
    }
    Next::Refused(change, refusal)
}

/// Whether the vendor says when it can: it is at work on the account, and nothing is wrong with the record.
fn is_busy(facts: &Facts<'_>, error: &Error, circumstances: &Circumstances<'_>) -> bool {
    let pending = facts.link.pending_since.unwrap_or(circumstances.now);
    let waited = circumstances.now.duration_since(pending);
    matches!(error.retry, Retry::After(_)) && waited < BUSY_MAX
}

/// The fields of a writing step.
fn sent(step: &Step) -> Option<&Fields> {
    match step {
        Step::Create(fields) | Step::Update(fields) => Some(fields),
        Step::Settle | Step::LookUp { .. } | Step::SetActive(_) | Step::Delete | Step::ReadBack | Step::Refuse(_) => {
            None
        }
    }
}

/// The field of an update that has no other: the refusal is about it.
fn only_field(step: &Step) -> Option<String> {
    let Step::Update(fields) = step else { return None };
    let mut names = fields.keys();
    names.next().filter(|_| names.next().is_none()).cloned()
}

/// The values of an update that the vendor may mean: the field that it names, else every one. They go alone from now
/// on.
pub(in crate::delivery) fn suspects(step: &Step, field: Option<&str>) -> Fields {
    let Step::Update(fields) = step else {
        return Fields::new();
    };
    let named = field.and_then(|field| fields.get_key_value(field));
    match named {
        Some((field, value)) => [(field.clone(), value.clone())].into(),
        None => fields.clone(),
    }
}

/// Whether a refused field kept others back: those of the same call, and those that were refused along with others and
/// are to go alone. They are sent without it, but not before who waits had time to undo the whole write.
fn keeps_others_back(facts: &Facts<'_>, step: &Step, refusal: &Refusal) -> bool {
    if !matches!(step, Step::Update(_)) {
        return false;
    }
    let suspects = suspects(step, refusal.field.as_deref());
    let mut alone = suspects.iter().map(|(field, value)| {
        let refused = Refused::again(facts.refused.get(field), value, true);
        goes_before(facts, field, refused.rank)
    });
    refusal.sent.len() > 1 || alone.any(|others| others)
}

/// Whether the goal is that the person has no access.
pub(in crate::delivery) fn is_removal(goal: &Goal) -> bool {
    match goal {
        Goal::Gone | Goal::Suspended => true,
        Goal::Account(_) | Goal::Untouched | Goal::Faulty(_) => false,
    }
}

/// The role that a step would have taken away.
pub(in crate::delivery) fn refused_role<'a>(facts: &Facts<'_>, step: &'a Step) -> Option<&'a Fields> {
    let Step::Update(fields) = step else { return None };
    (takes_access(facts, step) && !is_removal(facts.goal)).then_some(fields)
}

/// Whether the step takes access away: all of a person's, or a leaver's role. A group that the vendor does not let go
/// of, as one that others build on, is a person's to look at.
pub(super) fn takes_access(facts: &Facts<'_>, step: &Step) -> bool {
    let (Step::Update(fields), Some(account)) = (step, &facts.link.account) else {
        return is_removal(facts.goal) && facts.link.is_person();
    };
    let mut fields = fields.iter();
    fields.all(|(name, value)| takes_role(facts, account, (name.as_str(), value)))
}
