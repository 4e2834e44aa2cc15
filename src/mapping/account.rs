//! What an account should be, from a resource.
use adapters::Fields;
use adapters::descriptor::{Descriptor, Kind};
use schemas::Object;

use crate::config;

/// What a target should have of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Person or group.
    pub kind: Kind,
    /// False for a person whose `active` is false.
    pub active: bool,
    /// Vendor fields; a field without value is `Null`, so that it is cleared.
    pub fields: Fields,
    /// Why the vendor would refuse it, as far as the descriptor tells. Of no account while `active` is false.
    pub faults: Vec<Fault>,
}

/// A rule of the vendor that a resource breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The vendor's field.
    pub field: String,
    /// The SCIM attribute that it comes from.
    pub attribute: String,
    /// The rule, as a lower-case fragment.
    pub rule: String,
}

/// What the target should have of the resource; `None` if its vendor has no such kind.
pub fn wanted(
    descriptor: &Descriptor,
    target: &config::Target,
    resource_type: &str,
    resource: &Object,
) -> Option<Wanted> {
    let _ = (descriptor, target, resource_type, resource);
    None
}
