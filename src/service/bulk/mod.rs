//! Bulk: many operations in one request (RFC 7644 section 3.7).
//!
//! Operations are carried out one by one in the order of the request, but for those that refer to a resource created by
//! a later one. All deliveries are waited for at once in the end, and nothing is taken back for a vendor's sake.
mod entry;
mod run;
mod schedule;
