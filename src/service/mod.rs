//! Use cases: what a request means. Knows no web framework and no vendor.
//!
//! A change and the marks on its links are one batch. What delivery is asked goes through [`Deliveries`].
mod context;
mod deliveries;
mod error;
mod limits;
mod registry;
#[expect(clippy::module_inception, reason = "the service is what this part is")]
mod service;
mod stand_in;

pub use context::{At, Change, Context, Document, New, Options, Preconditions, Shape};
pub use deliveries::{Deliveries, Outcome, Refusal, TargetState, TargetStatus, Wait};
pub use error::Error;
pub use limits::Limits;
pub use registry::{Directory, Registry, Target};
pub use service::{Parts, Service};
pub use stand_in::Query;
