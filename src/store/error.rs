//! What a caller of the store can act on.
use super::key::{IndexTerm, ResourceId};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An expectation of a batch did not hold: read again and compute again.
    #[error("the batch was computed from a state that has changed")]
    Conflict(Conflict),
    /// Nothing can be written at present; it may heal. Answered as 503.
    #[error("the store takes no writes at present")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A record or the whole store is damaged; it is refused, never served.
    #[error("a record of the store is damaged: {0}; see `usherd store check`")]
    Damaged(String),
    /// A bug or a failure that no caller can act on.
    #[error("the store failed unexpectedly")]
    Unexpected(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Which expectation did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// The resource is at another version, or is absent or present against expectation.
    Version(ResourceId),
    /// Another resource has this term.
    Unique(IndexTerm, ResourceId),
    /// A member to be added does not exist.
    Member(ResourceId),
    /// The membership of a group changed, or the resource is a member against expectation.
    Stamp(ResourceId),
    /// The link changed.
    Link(ResourceId),
    /// The account is this resource's.
    Account(ResourceId),
    /// The lease is another one's by now.
    Lease,
    /// There are resources of this type against expectation.
    Populated(String),
    /// The settings record changed.
    Setting(String),
}
