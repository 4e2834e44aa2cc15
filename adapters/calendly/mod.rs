//! Calendly, API v2: the people of an organization, by invitation.
//!
//! Its traps are in the README beside this file.
mod adapter;
mod api;
mod error;
mod invitations;
mod memberships;
mod people;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use adapter::VENDOR;
