//! What went wrong at a vendor, as far as the caller can act on it.
use std::time::Duration;

/// A verb's failure. [`ErrorKind`] and [`Retry`] are all that decisions are made from; the rest is for people.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub struct Error {
    /// What the caller can act on.
    pub kind: ErrorKind,
    /// Whether the same call may succeed later.
    pub retry: Retry,
    /// The vendor's own words, with its code; free of secrets and of what we sent.
    pub reason: String,
}

/// What a caller acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// The vendor refuses this record. Nothing was changed.
    Rejected {
        /// The vendor field at fault, if the vendor said so.
        field: Option<String>,
    },
    /// There is no account of that id.
    NotFound,
    /// An account with this unique value exists already. Nothing was changed.
    Exists {
        /// Its id, if the vendor said so.
        id: Option<String>,
    },
    /// The credentials are not accepted or lack a scope: the target's state, not the record's.
    Unauthorized,
    /// Too many calls: the target's state. [`Retry::After`] says when, if the vendor does.
    RateLimited,
    /// The vendor cannot be reached or fails before doing anything: the target's state.
    Unavailable,
    /// The call may or may not have been carried out: the answer was lost after sending, or one of several calls failed
    /// after others were carried out.
    Ambiguous,
}

/// When a call may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Not as long as the record stays as it is.
    Never,
    /// With growing waits.
    Backoff,
    /// Not before this time is over.
    After(Duration),
}

impl Error {
    /// A refusal of the record for good.
    pub fn rejected(field: Option<&str>, reason: impl Into<String>) -> Self {
        let field = field.map(str::to_owned);
        Self {
            kind: ErrorKind::Rejected { field },
            retry: Retry::Never,
            reason: reason.into(),
        }
    }

    /// A failure of another kind.
    pub fn new(kind: ErrorKind, retry: Retry, reason: impl Into<String>) -> Self {
        Self {
            kind,
            retry,
            reason: reason.into(),
        }
    }

    /// The same where earlier calls of the verb have changed something: what the vendor has now is in doubt, whatever was
    /// said to the last one.
    #[must_use]
    pub fn half_done(self) -> Self {
        Self {
            kind: ErrorKind::Ambiguous,
            ..self
        }
    }

    /// Whether it is the target's state and not this record's: it uses up no attempts and parks nobody.
    pub fn is_outage(&self) -> bool {
        match self.kind {
            ErrorKind::Unauthorized | ErrorKind::RateLimited | ErrorKind::Unavailable => true,
            ErrorKind::Rejected { .. } | ErrorKind::NotFound | ErrorKind::Exists { .. } | ErrorKind::Ambiguous => false,
        }
    }
}
