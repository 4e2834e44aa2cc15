//! The dialects of identity providers: which one speaks, and which of its habits are allowed.
mod rules;

pub use rules::{Dialect, Hints, Rules};
