//! One file for each subcommand: its arguments, and a `run` that takes them.

pub(crate) mod coverage;
pub(crate) mod run;
pub(crate) mod transcript;
pub(crate) mod twin;
