//! Bodies of POST and PUT to canonical documents (RFC 7644 sections 3.3 and 3.5.1).
//!
//! A canonical document has attribute names and URNs as the schemas spell them, in the schemas' order,
//! and a computed `schemas`. It holds no `null`, no empty array or object, no value twice, no attribute
//! that is read-only or never returned, and no membership rows. Equal documents have equal bytes.
//! Nothing here knows a particular resource type or identity provider.
mod bounds;
mod document;
mod place;
mod required;
mod resource;
mod rows;
mod scalar;
mod value;

pub use bounds::DEPTH_MAX;
pub(crate) use bounds::{OPERATIONS_MAX, VISITS_MAX, check_depth};
pub(crate) use document::arrange;
pub use document::is_kept;
pub(crate) use required::missing;
pub use resource::{Valid, create, replace};
pub use rows::Row;
pub(crate) use rows::read_rows;
pub(crate) use value::{
    attribute_value, check_values, complex_value, equal, given, given_twice, identity, is_primary, one_value, unique,
    unknown,
};

#[cfg(test)]
mod tests;
