//! Use cases: what a request means. Knows no web framework and no vendor.
//!
//! A change and the marks on its links are one batch. What delivery is asked goes through [`Deliveries`].
mod deliveries;
mod registry;

pub use deliveries::{Deliveries, Outcome, Refusal, TargetState, TargetStatus, Wait};
pub use registry::{Directory, Registry, Target};
