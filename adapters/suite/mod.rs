//! The contract that every vendor's adapter passes against its twin: [`run`].
//!
//! It is driven by the vendor's [`Descriptor`](crate::descriptor::Descriptor) and knows no vendor. It asserts what
//! delivery relies on: verbs that may be repeated, exact look-ups, errors that say what may have happened, and no call
//! more than needed.
mod accounts;
mod changes;
mod faults;
mod members;
mod probe;
mod run;
mod samples;
mod subject;

pub use probe::{Fault, Probe};
pub use run::{Failure, run};
pub use samples::sample;
