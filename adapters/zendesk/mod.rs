//! Zendesk, Support API v2: users, their identities, groups, memberships and bulk jobs.
//!
//! Its traps are in the README beside this file.
mod adapter;
mod api;
mod error;
#[cfg(test)]
mod fake;
mod fields;
mod groups;
mod identities;
mod jobs;
mod memberships;
mod organizations;
mod remembered;
mod roles;
mod settings;
#[cfg(test)]
mod tests;
mod time_zones;
mod users;
mod wire;

pub(crate) use adapter::VENDOR;
