//! What a vendor is to the gateway, and one folder per vendor.
//!
//! An adapter speaks one vendor's API in the vendor's own terms. It knows nothing of SCIM, of serving HTTP or of
//! storage, and it never decides about retries, pace or order: that is the caller's. Only [`client`] opens
//! connections.
mod adapter;
mod r#box;
mod calendly;
pub mod client;
pub mod descriptor;
mod error;
mod live_role;
mod okta;
mod only;
mod pagerduty;
mod percent;
pub mod phone;
mod registry;
mod scim;
#[cfg(test)]
mod scripted;
pub mod suite;
mod words;
mod zendesk;

pub use adapter::{Account, Adapter, Batch, Fields, Identity, Job, Page};
pub use error::{Error, ErrorKind, Retry};
pub use live_role::{Lack, LiveRole, count_down, lack, none_left};
pub use registry::{Settings, Spoken, VENDORS, Vendor, spoken, vendor};
