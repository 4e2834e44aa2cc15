//! The right to be a target's only sender.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A held lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who holds it: a process.
    pub holder: Uuid,
    /// Greater than every token before it; a commit with an older one is refused.
    pub token: u64,
    /// How the holder before ended.
    pub previous: Previous,
}

/// How the holder before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Previous {
    /// There was none, or it gave the lease back after its last call had ended: begin at once.
    Released,
    /// It vanished: a call of its own may still be under way for as long as a call may take.
    Vanished,
}
