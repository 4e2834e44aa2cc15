//! Text to filters and paths.
use super::Filter;
use crate::error::Error;
use crate::path::AttributePath;

impl Filter {
    /// Parses a filter.
    ///
    /// # Errors
    /// `invalidFilter`, naming every fault found with its position.
    pub fn parse(text: &str) -> Result<Filter, Error> {
        Err(Error::invalid_filter(format!(
            "characters 0..{}: no filter",
            text.len()
        )))
    }
}

/// Parses the path of a PATCH operation.
pub(crate) fn parse_path(text: &str) -> Result<AttributePath, Error> {
    Err(Error::invalid_path(format!("characters 0..{}: no path", text.len())))
}
