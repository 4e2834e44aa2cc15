//! Which vendors have a twin: one line each.

use super::{
    Twin, r#box::BoxEnterprise, calendly::Calendly, okta::Okta, pagerduty::PagerDuty, scim::Scim, zendesk::Zendesk,
};

/// The vendors that have a twin.
pub const VENDORS: &[&str] = &[
    PagerDuty::VENDOR,
    Zendesk::VENDOR,
    Okta::VENDOR,
    Calendly::VENDOR,
    BoxEnterprise::VENDOR,
    "calendly-scim",
    "scim",
    "scim-acme",
    "scim-aws",
    "scim-blogin",
    "scim-planmyleave",
    "scim-put",
    "scim-slack",
];

/// A fresh account at the twin of `vendor`, or none if the vendor has no twin.
///
/// Accounts of different numbers have different identities and ids.
pub fn by_vendor(vendor: &str, account: u64) -> Option<Box<dyn Twin>> {
    match vendor {
        PagerDuty::VENDOR => Some(Box::new(PagerDuty::new(account))),
        Zendesk::VENDOR => Some(Box::new(Zendesk::new(account))),
        Okta::VENDOR => Some(Box::new(Okta::new(account))),
        Calendly::VENDOR => Some(Box::new(Calendly::new(account))),
        BoxEnterprise::VENDOR => Some(Box::new(BoxEnterprise::new(account))),
        speaks_scim => Some(Box::new(Scim::new(speaks_scim, account)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vendor_listed_has_a_twin_of_its_name() {
        for vendor in VENDORS {
            assert_eq!(by_vendor(vendor, 1).map(|twin| twin.vendor()), Some(*vendor));
        }
        assert!(by_vendor("acme", 1).is_none());
    }
}
