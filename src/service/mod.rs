//! Use cases: what a request means. Knows no web framework and no vendor.
//!
//! A change and the marks on its links are one batch. What delivery is asked goes through [`Deliveries`].
pub mod administration;
mod answer;
mod bulk;
mod change;
mod claims;
mod concern;
mod confirm;
mod context;
mod create;
mod delete;
mod deliveries;
mod discovery;
mod document;
pub mod drift;
mod error;
mod followers;
mod group_seats;
mod groups;
mod index;
mod limits;
mod list;
pub(crate) mod listing;
mod manner;
mod members;
mod memberships;
mod patch;
mod plan;
mod read;
mod references;
mod registry;
mod render;
mod replace;
mod resettle;
mod room;
mod rows;
mod seats;
#[expect(clippy::module_inception, reason = "the service is what this part is")]
mod service;
#[cfg(test)]
mod tests;
mod version;
mod view;
mod write;

pub(crate) use concern::is_granted;
pub use context::{At, Change, Context, Document, New, Options, Preconditions, Shape};
pub use deliveries::{
    Deliveries, Foreseen, LiveRoles, Outcome, Pace, Refusal, Seating, TargetState, TargetStatus, Unread, Verb, Wait,
};
pub use error::Error;
pub use groups::memberships;
pub use limits::Limits;
pub use registry::{Directory, Registry, Target};
pub(crate) use resettle::{Beside, Difference, beside, difference, look_record};
pub(crate) use room::{Room, Taken};
pub use service::{Parts, Service};
