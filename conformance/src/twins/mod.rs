//! Vendor twins: stateful stand-ins for vendors' APIs, for tests and the demo.
//!
//! A twin is a pure function of its state, the time and a request ([`Twin::handle`]): it opens no socket, reads no
//! clock and draws no random numbers, so that a simulation can drive it under a clock of its own. A [`Rig`] adds
//! scripted faults and counts calls, still pure; the [`shell`] puts a rig behind HTTP and keeps its state on disk.
//!
//! A twin must be as strict as the vendor: what the vendor's contract forbids is refused with the vendor's own status,
//! code and body. It must know nothing of SCIM, unless that is what the vendor speaks, and nothing of the adapter that
//! talks to it.

#[cfg(test)]
mod asking;
pub mod r#box;
pub mod calendly;
mod calendly_scim;
mod faults;
mod journal;
mod oauth;
pub mod okta;
pub mod pagerduty;
mod registry;
mod rig;
mod routes;
pub mod scim;
pub mod shell;
mod state;
mod table;
mod twin;
pub mod zendesk;

pub use faults::{Fault, FaultKind, Faults};
pub use oauth::{CLIENT_ID, CLIENT_SECRET};
pub use registry::{VENDORS, by_vendor};
pub use rig::{Outcome, Rig};
pub use twin::{Answer, Failure, Request, Twin};
