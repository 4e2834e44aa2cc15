//! The command line: one file a command.
//!
//! What a command answers goes to stdout, everything else to stderr; a command that failed ends with 1, a wrong command
//! line with 2. Only `say.rs` writes to stdout: whoever reads may go before the end.
#![deny(clippy::print_stdout)]

mod apply;
mod backup;
mod check;
mod command;
pub(crate) mod control;
mod demo;
mod drift;
mod export;
mod guard;
mod import;
mod key;
mod mapping;
mod reach;
mod restore;
mod retry;
mod say;
mod serve;
mod setup;
mod status;
mod stop;
mod store;
mod target;
mod token;
mod trial;

pub use command::run;
