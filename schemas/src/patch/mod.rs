//! PATCH: parsed, and applied to a canonical document (RFC 7644 section 3.5.2).
//!
//! Applying is atomic, and the result is again a canonical document (see [`crate::validate`]). Changes
//! of memberships are not made here: they become [`RowChange`]s in the order of the operations, for
//! whoever holds the rows. Nothing here knows a particular resource type or identity provider.
mod apply;
mod parse;
mod place;
mod rows;
mod single;
mod values;

pub use apply::Patched;
pub use parse::{Op, Operation, Patch};
pub use rows::RowChange;

pub use crate::validate::Row;

#[cfg(test)]
mod tests;
