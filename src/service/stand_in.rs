//! Stands in for types of `schemas` until they are merged.

/// `schemas::Rules`.
#[derive(Debug, Clone, Default)]
pub struct Rules;

/// `schemas::Query`.
#[derive(Debug, Clone, Default)]
pub struct Query;
