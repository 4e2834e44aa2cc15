//! The black-box suite: knows a base URL and a token, and what RFC 7643, 7644 and 9865 ask of a server.
//!
//! A case is a script in a file under `cases/`, or a function where a script cannot say it. Rules that must hold
//! in every exchange stand in `rules` and are looked at by the way. Nothing here may come from the gateway: a bug
//! shared with it would pass itself.
mod case;
pub(crate) mod cases;
pub(crate) mod claims;
mod expect;
mod failure;
mod report;
mod rules;
pub(crate) mod runner;
pub(crate) mod scope;
mod script;
pub(crate) mod server;
pub(crate) mod step;
pub(crate) mod template;
pub(crate) mod watch;

pub use report::{CaseReport, Report, Verdict};
pub use runner::{Options, run};
pub use server::Server;

#[cfg(test)]
mod tests;
