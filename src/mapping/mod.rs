//! Resource to account, pure: the same input gives the same output. Which links a change concerns.
//!
//! It reads a vendor's description and a target's declaration, compiles both once, and never calls a vendor.
mod account;
mod change;
mod check;
mod cost;
mod expression;
#[expect(clippy::module_inception, reason = "the compiled mapping is what the part is for")]
mod mapping;
mod number;
mod reverse;
mod role;
mod source;
mod subject;
mod table;
mod types;

pub use account::{Fault, Wanted, kind};
pub use adapters::descriptor::Misfit;
pub use change::ACTIVE;
pub use mapping::Mapping;
pub use reverse::switched;
pub use role::Ruled;
pub use subject::{Membership, Subject};

#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod tests;
