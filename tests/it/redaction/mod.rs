//! Canaries: what is secret or personal does not come out where it does not belong.
mod canaries;
mod consent;
mod echo;
mod panics;
mod process;
