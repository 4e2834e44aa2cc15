//! What identity providers send, replayed: full flows of each against a server.
//!
//! A file under `transcripts/` is the whole definition of an identity provider; a new one needs no code. Some steps
//! leave the RFCs, and say so: `needs_normalisation`. A server to the letter of the RFCs must fail those.
mod runner;
mod transcript;

pub use runner::{Options, run_all, run_flags, run_text};
