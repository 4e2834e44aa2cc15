//! Configuration: the server's file, and the directories and targets that an administrator declares.
//!
//! Only this part reads the environment. Everything wrong with a file is told at once, each fault with its place.
mod declarations;
mod declared;
mod document;
mod mapping;
mod place;
mod secret;
mod server;
mod target;
#[cfg(test)]
mod tests;

pub use declarations::{Declarations, Misfit, export};
pub use declared::{
    Auth, Breaker, Directory, Drift, DriftPolicy, Guard, OnDelete, OnExisting, Parking, Switches, Target,
};
pub use mapping::{Mappings, On, OnUnassign, RoleRule, Source};
pub use place::{Fault, Faults};
pub use secret::{Reference, SecretError};
pub use server::{Limits, Log, LogFormat, Server, Tls};
