//! The subcommands, one file each.
mod coverage;
mod main;
mod run;
mod transcript;

pub use main::main;
