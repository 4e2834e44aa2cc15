//! Taking over the accounts that vendors have already.
mod command;
mod directory;
mod memory;
mod refusals;
pub(crate) mod site;
mod vendors;
