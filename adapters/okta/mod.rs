//! Okta, Management API: users, their administrator roles, and groups.
//!
//! Its traps are in the README beside this file.
mod adapter;
mod api;
mod error;
#[cfg(test)]
mod fake;
mod groups;
mod lifecycle;
mod link;
mod profile;
mod roles;
mod settings;
#[cfg(test)]
mod tests;
mod users;
mod wire;

pub(crate) use adapter::VENDOR;
