//! Twins of vendors whose API is SCIM 2.0, each in its own dialect: RFC 7643, RFC 7644, and what a profile says.
//!
//! Written for the twins alone, from the RFCs: what a client of SCIM gets wrong must not be wrong here in the same way.
//! What is not understood is refused. Where neither the RFC nor the vendor says which status or text an error has, the
//! twin's choice is marked with "not documented", here or at the profile.
//!
//! A fresh account has nobody in it.

mod account;
mod admission;
#[cfg(test)]
pub(super) mod desk;
mod discovery;
mod filter;
mod groups;
mod matching;
mod page;
mod patch;
pub(super) mod profile;
pub(super) mod profiles;
mod records;
mod refusal;
mod resource;
mod routes;
pub(super) mod schema;
mod seed;
#[cfg(test)]
mod tests;
mod twin;
mod users;

pub use account::Scim;
