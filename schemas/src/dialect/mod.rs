//! The dialects of identity providers: what real clients send is brought into the RFCs' form here, and
//! nowhere else, before the strict core sees it.
//!
//! Normalising never fails and never reports: what it does not know it leaves as it is, so that the
//! core names the fault. In the dialect `strict` it does nothing.
mod filter;
mod patch;
mod resource;
mod rules;
mod urns;
mod value;

pub use filter::normalise_filter;
pub use patch::normalise_patch;
pub use resource::normalise_resource;
pub use rules::{Dialect, Hints, Rules};

#[cfg(test)]
mod tests;
