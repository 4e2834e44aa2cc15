//! Taking over the accounts that vendors have already.
mod command;
mod directory;
mod refusals;
mod site;
mod vendors;
