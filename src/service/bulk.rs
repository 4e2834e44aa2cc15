//! Bulk.
