//! The web framework: extract, one call, answer. Knows no store, no delivery and no vendor, and holds no rule of SCIM.
//!
//! A request passes `observe` (id, log, panics), then `admit` (token, directory), and only then is anything of its
//! path, query or body looked at.
mod admit;
mod base_url;
mod body;
mod encoding;
mod endpoints;
mod error;
mod health;
mod json;
mod media;
mod methods;
mod observe;
mod provision;
mod scim;
mod server;

pub use endpoints::{DIRECTORY_PATH, Endpoint, OF_A_DIRECTORY, OPEN};
pub use server::{Listen, Parts, serve};
