//! Box, Platform API 2.0: the managed users of an enterprise, and its groups.
//!
//! Its traps are in the README beside this file.
mod accounts;
mod adapter;
mod api;
mod error;
mod fields;
mod memberships;
mod settings;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use adapter::VENDOR;
