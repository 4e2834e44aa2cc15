//! Stands in for types of `schemas` until they are merged.

/// `schemas::Query`.
#[derive(Debug, Clone, Default)]
pub struct Query;
