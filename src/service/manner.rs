//! How a write is made: for itself, or as one of many.
use std::time::Duration;

use tokio::time::Instant;

use super::context::Context;

/// Share of the time for which an IdP may be kept waiting that goes into looking at vendors beforehand: the rest is
/// delivery's.
const SHARE: u32 = 4;

/// Longest time for looking: a vendor that takes longer is not waited for twice in one request.
const LOOK_MAX: Duration = Duration::from_secs(5);

/// How a write is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Whether a vendor's refusal may take it back.
    pub(super) undoable: bool,
    /// Until when vendors may be looked at before it is made.
    pub(super) looks_until: Instant,
}

impl Manner {
    /// A request of its own.
    pub(super) fn alone(context: &Context) -> Self {
        Self {
            undoable: context.waits(),
            looks_until: looks_until(context),
        }
    }

    /// One of many of a request, which share its time: nobody could be told of one that was taken back.
    pub(super) fn one_of_many(context: &Context) -> Self {
        Self {
            undoable: false,
            looks_until: looks_until(context),
        }
    }
}

/// An IdP that waits for no vendor is told what is known at once.
fn looks_until(context: &Context) -> Instant {
    Instant::now() + (context.respond_within() / SHARE).min(LOOK_MAX)
}
