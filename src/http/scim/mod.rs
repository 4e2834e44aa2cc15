//! The protocol's endpoints (RFC 7644 section 3.2), one file per operation: extract, one call, answer.
mod answer;
mod ask;
mod create;
mod delete;
mod get;
mod me;
mod patch;
mod replace;
mod routes;

pub(crate) use routes::routes;
