//! One file for each subcommand: its arguments, and a `run` that takes them.

pub(crate) mod twin;
