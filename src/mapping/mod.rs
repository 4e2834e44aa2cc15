//! Resource to account, pure: the same input gives the same output. Which links a change concerns.
//!
//! It reads a vendor's description and never calls a vendor, and it keeps nothing.
mod account;
mod change;
mod check;
mod source;

pub use account::{Fault, Wanted, attribute_of, is_role, kind, wanted};
pub use change::{ACTIVE, changed, takes_away};

#[cfg(test)]
mod tests;
