//! The subcommands, one file each.
mod main;
mod run;

pub use main::main;
