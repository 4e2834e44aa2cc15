//! How a link rests: until when, and why. Pure.
use std::time::Duration;

use adapters::Retry;
use jiff::Timestamp;

use super::Circumstances;
use crate::delivery::backoff;
use crate::delivery::plan::Facts;
use crate::store::{LinkChange, Problem, ProblemKind};

/// The longest wait for what others are about to bring. It adds to the time in which a leaver's access ends.
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// Whether the record has failed often enough for its own sake.
pub(in crate::delivery) fn exhausted(facts: &Facts<'_>, circumstances: &Circumstances<'_>) -> bool {
    facts.link.attempts + 1 >= circumstances.settings.attempts_max
}

/// Parks what this turn saw.
pub(in crate::delivery) fn park(
    facts: &Facts<'_>,
    field: Option<String>,
    reason: impl Into<String>,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    let due = later(circumstances.now, circumstances.settings.parked_retry);
    let problem = problem(ProblemKind::Parked, field, reason.into(), circumstances);
    rest(facts, problem, Some(due))
}

/// Parks what this turn saw until it is written or other settings come: by itself nothing can change.
pub(in crate::delivery) fn park_until_told(
    facts: &Facts<'_>,
    reason: impl Into<String>,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    let problem = problem(ProblemKind::Parked, None, reason.into(), circumstances);
    rest(facts, problem, None)
}

/// Holds what this turn saw for a person to decide.
pub(in crate::delivery) fn hold(
    facts: &Facts<'_>,
    reason: impl Into<String>,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    let problem = problem(ProblemKind::Held, None, reason.into(), circumstances);
    rest(facts, problem, None)
}

/// The same, and looks again by itself after a wait that grows.
pub(in crate::delivery) fn hold_and_look(
    facts: &Facts<'_>,
    reason: impl Into<String>,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    let due = later(circumstances.now, wait(facts, circumstances));
    let problem = problem(ProblemKind::Held, None, reason.into(), circumstances);
    rest(facts, problem, Some(due))
}

/// Tries again soon, for what others are about to bring: a bit later each time, so that a crowd that waits does not
/// keep the store busy. That is no failure.
pub(in crate::delivery) fn pause(
    facts: &Facts<'_>,
    reason: impl Into<String>,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    let wait = wait(facts, circumstances).min(PAUSE_MAX);
    LinkChange::Retry {
        due: later(circumstances.now, wait.max(circumstances.settings.retry_first)),
        problem: problem(ProblemKind::Retrying, None, reason.into(), circumstances),
        counts: false,
        ambiguous_until: None,
        seen: facts.link.marked,
    }
}

/// Tries again after a wait that grows.
pub(in crate::delivery) fn retry(
    facts: &Facts<'_>,
    reason: impl Into<String>,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    let wait = wait(facts, circumstances);
    LinkChange::Retry {
        due: later(circumstances.now, wait),
        problem: problem(ProblemKind::Retrying, None, reason.into(), circumstances),
        counts: true,
        ambiguous_until: None,
        seen: facts.link.marked,
    }
}

/// Tries again after a wait that grows, for another resource that has the value of this field. That is no failure.
pub(in crate::delivery) fn wait_for(
    facts: &Facts<'_>,
    field: &str,
    reason: impl Into<String>,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    LinkChange::Retry {
        due: later(circumstances.now, wait(facts, circumstances)),
        problem: problem(
            ProblemKind::Retrying,
            Some(field.to_owned()),
            reason.into(),
            circumstances,
        ),
        counts: false,
        ambiguous_until: None,
        seen: facts.link.marked,
    }
}

/// Tries again after as long as was waited already, for what the vendor does not show yet. That is no failure.
pub(in crate::delivery) fn wait_to_see(
    facts: &Facts<'_>,
    reason: impl Into<String>,
    waited: Duration,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    let settings = circumstances.settings;
    let wait = waited.max(settings.retry_first).min(settings.outage_retry_max);
    LinkChange::Retry {
        due: later(circumstances.now, wait),
        problem: problem(ProblemKind::Retrying, None, reason.into(), circumstances),
        counts: false,
        ambiguous_until: None,
        seen: facts.link.marked,
    }
}

/// Tries again for what is rather the target's failure: it counts only while other links come through.
pub(in crate::delivery) fn retry_uncounted(
    facts: &Facts<'_>,
    reason: impl Into<String>,
    circumstances: &Circumstances<'_>,
) -> LinkChange {
    LinkChange::Retry {
        due: later(circumstances.now, outage_wait(facts, circumstances)),
        problem: problem(ProblemKind::Retrying, None, reason.into(), circumstances),
        counts: circumstances.fails_alone,
        ambiguous_until: None,
        seen: facts.link.marked,
    }
}

/// Rests as this turn saw it, with a slow retry at that time, if any.
fn rest(facts: &Facts<'_>, problem: Problem, due: Option<Timestamp>) -> LinkChange {
    LinkChange::Park {
        problem,
        due,
        seen: facts.link.marked,
    }
}

fn wait(facts: &Facts<'_>, circumstances: &Circumstances<'_>) -> Duration {
    let tries = facts.link.attempts.max(circumstances.failures);
    backoff::delay(circumstances.settings, tries, circumstances.seed)
}

/// Short as long as it may be the target's failure, since it may end at any moment for all.
pub(super) fn outage_wait(facts: &Facts<'_>, circumstances: &Circumstances<'_>) -> Duration {
    let tries = facts.link.attempts.max(circumstances.failures);
    match circumstances.fails_alone {
        true => backoff::delay(circumstances.settings, tries, circumstances.seed),
        false => backoff::outage_delay(circumstances.settings, tries, circumstances.seed),
    }
}

pub(super) fn wait_at_least(facts: &Facts<'_>, retry: Retry, circumstances: &Circumstances<'_>) -> Duration {
    match retry {
        // The pace obeys the vendor; here it is one record that may come a little too early.
        Retry::After(least) => wait(facts, circumstances).max(least.min(circumstances.settings.retry_max)),
        Retry::Never | Retry::Backoff => wait(facts, circumstances),
    }
}

pub(super) fn problem(
    kind: ProblemKind,
    field: Option<String>,
    reason: String,
    circumstances: &Circumstances<'_>,
) -> Problem {
    Problem {
        kind,
        field,
        reason,
        since: circumstances.now,
    }
}

/// From one time to a later one; zero if it is past.
pub(super) fn span(from: Timestamp, until: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(from)).unwrap_or_default()
}

pub(super) fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
