//! Lists and searches (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865).
//!
//! Without filter and order a page is read by itself. A filter that an index can help with looks at its candidates
//! only; every other one looks at all resources, within limits. What is found is always asked again with the filter
//! itself.
mod candidates;
mod collect;
mod cursor;
mod find;
mod query;
mod respond;
mod rows;
