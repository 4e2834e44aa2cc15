//! SCIM 2.0 as pure values (RFC 7643, RFC 7644, RFC 9865): no I/O, clock, randomness or HTTP types.
//!
//! A resource is a JSON object. What it may hold is data, too: a [`ResourceType`] names a [`Schema`] and
//! its extensions, and everything here is generic over it.

mod body;
pub mod bulk;
mod catalogue;
pub mod dialect;
mod error;
mod filter;
mod load;
mod message;
pub mod patch;
mod path;
mod projection;
mod resource_type;
mod schema;
mod sort;
pub mod urn;
pub mod validate;
mod value;

pub use catalogue::Catalogue;
pub use error::{Error, ScimType, excerpt};
pub use filter::{FILTER_DEPTH_MAX, FILTER_LENGTH_MAX, Filter, Matcher, Operator};
pub use message::Query;
pub use path::AttributePath;
pub use projection::{Projection, set_by};
pub use resource_type::{Extension, Resolved, ResourceType};
pub use schema::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};
pub use sort::{Sort, SortKey};

/// A JSON object whose members keep their order.
pub type Object = serde_json::Map<String, serde_json::Value>;
