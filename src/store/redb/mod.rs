//! The embedded store: one redb file of one process, or memory.
//!
//! Every row is keyed by its directory first; settings and leases, which belong to none, are not, and `targets` says
//! which directory a target has where only the target is given. Reads share one snapshot that each commit replaces.
//! Writes go through one writer that folds all waiting batches into one durable transaction.
//!
//! Nothing here decides what a write means: links change by [`Link::apply`](super::Link::apply), and grants follow by
//! [`cascade`](super::cascade).
mod archive;
mod backup;
mod blocks;
mod codec;
mod error;
mod expect;
mod fold;
mod going;
mod grants;
mod keys;
mod leases;
mod links;
mod migrate;
mod open;
mod place;
mod queue;
mod read;
mod recount;
mod resources;
mod restore;
mod scratch;
mod settings;
mod store;
mod sweep;
mod tables;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

pub use open::{Medium, OpenError, Options, Room};
pub use recount::recount;
pub use restore::{Restoring, restore};
pub(crate) use scratch::{Scratch, ScratchKey, ScratchRow};
pub use store::Redb;
pub use verify::{Report, verify};
