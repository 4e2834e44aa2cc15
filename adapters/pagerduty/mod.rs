//! PagerDuty, REST API v2: users, their contact methods, and teams.
//!
//! Its traps are in the README beside this file.
mod adapter;
mod api;
mod contact_methods;
mod error;
#[cfg(test)]
mod fake;
mod licenses;
mod settings;
mod teams;
#[cfg(test)]
mod tests;
mod users;
mod wire;

pub(crate) use adapter::VENDOR;
