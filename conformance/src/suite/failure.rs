//! How a case ends when it does not simply pass.
use std::fmt;

/// Why a case stopped: the server broke a rule, or what the case needs is not claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The server did something else than expected; the text names request, expected and got.
    Failed(String),
    /// The server does not claim, or the run was not given, what the case is about.
    Skipped(String),
}

/// How many failures of one case are shown: more than a screen is not read.
const FAILURES_SHOWN_MAX: usize = 5;

/// What a case gives back.
pub(crate) type Outcome = Result<(), Stop>;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Failed(text) | Stop::Skipped(text) => f.write_str(text),
        }
    }
}

/// A failure with this text.
pub(crate) fn failed<T>(text: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed(text.into()))
}

/// Fails with the text unless the condition holds.
pub(crate) fn ensure(holds: bool, text: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(Stop::Failed(text())) }
}

/// The texts in one failure, or success when there are none.
pub(crate) fn all_of(mut failures: Vec<String>) -> Outcome {
    if failures.is_empty() {
        return Ok(());
    }
    let more = failures.len().saturating_sub(FAILURES_SHOWN_MAX);
    failures.truncate(FAILURES_SHOWN_MAX);
    if more > 0 {
        failures.push(format!("and {more} more"));
    }
    Err(Stop::Failed(failures.join("; ")))
}
