//! The name of a place in a resource, as messages give it.
use std::fmt;

use crate::resource_type::Resolved;
use crate::schema::{Attribute, Schema};

impl<'a> Resolved<'a> {
    /// The place of an attribute.
    pub(crate) fn of(extension: Option<&'a Schema>, attribute: &'a Attribute) -> Resolved<'a> {
        Resolved {
            extension,
            attribute,
            sub: None,
        }
    }

    /// The place of a sub-attribute of this attribute.
    pub(crate) fn with_sub(self, sub: &'a Attribute) -> Resolved<'a> {
        Resolved { sub: Some(sub), ..self }
    }
}

/// The full path in canonical spelling, e.g. `name.givenName` or `urn:…:User:department`.
impl fmt::Display for Resolved<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(extension) = self.extension {
            write!(f, "{}:", extension.id)?;
        }
        f.write_str(&self.attribute.name)?;
        match self.sub {
            Some(sub) => write!(f, ".{}", sub.name),
            None => Ok(()),
        }
    }
}
