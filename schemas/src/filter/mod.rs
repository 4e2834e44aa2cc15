//! Filters: parsed, printed, checked against a resource type, and matched with a resource
//! (RFC 7644 section 3.4.2.2).
mod ast;
mod check;
mod index;
mod matches;
mod parse;
mod print;

pub use ast::{Filter, Operator};
pub(crate) use parse::parse_path;
