//! Filters: parsed, printed, checked against a resource type, and matched with a resource
//! (RFC 7644 section 3.4.2.2).
mod ast;
mod check;
mod fault;
mod index;
mod lex;
mod matches;
mod operand;
mod parse;
mod print;
mod scope;

pub use ast::{Filter, Operator};
pub use matches::Matcher;
pub(crate) use parse::parse_path;

#[cfg(test)]
mod tests;
pub use parse::{FILTER_DEPTH_MAX, FILTER_LENGTH_MAX};
