//! The subcommands, one file each.
mod coverage;
mod main;
mod run;

pub use main::main;
