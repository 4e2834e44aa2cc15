//! Service providers that speak SCIM 2.0 (RFC 7643, RFC 7644), each in its own dialect.
//!
//! A vendor is one file in `vendors/`: its description, and how it speaks. A target may say that its product speaks
//! otherwise. What the dialects have taught is in the
//! README beside this file. Nothing here knows a vendor.
mod adapter;
mod api;
mod attribute;
mod dialect;
mod error;
mod manifest;
mod members;
mod own;
mod resources;
mod shown;
#[cfg(test)]
mod tests;

pub(crate) use manifest::{Manifest, connect, vendor};
