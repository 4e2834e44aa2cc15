//! The protocol's endpoints (RFC 7644 section 3.2), one file per operation: extract, one call, answer.
mod answer;
mod ask;
mod bulk;
mod create;
mod delete;
mod discovery;
mod get;
mod list;
mod me;
mod patch;
mod replace;
mod routes;
mod search;
mod version;

pub(crate) use routes::routes;
