//! Which vendors have a twin: one line each.

use super::{Twin, pagerduty::PagerDuty, zendesk::Zendesk};

/// The vendors that have a twin.
pub const VENDORS: &[&str] = &[PagerDuty::VENDOR, Zendesk::VENDOR];

/// A fresh account at the twin of `vendor`, or none if the vendor has no twin.
///
/// Accounts of different numbers have different identities and ids.
pub fn by_vendor(vendor: &str, account: u64) -> Option<Box<dyn Twin>> {
    match vendor {
        PagerDuty::VENDOR => Some(Box::new(PagerDuty::new(account))),
        Zendesk::VENDOR => Some(Box::new(Zendesk::new(account))),
        _ => None,
    }
}
