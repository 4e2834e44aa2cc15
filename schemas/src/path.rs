//! Attribute paths: how filters, PATCH operations, `sortBy` and `attributes` name an attribute
//! (RFC 7644 sections 3.5.2 and 3.10).
use std::fmt;

use crate::error::Error;
use crate::filter::Filter;

/// A path to an attribute, to values of it, to a sub-attribute, or to a whole extension.
///
/// Names keep the spelling of the input; [`crate::ResourceType::resolve`] finds them in any case. Where a URN
/// ends and an attribute name begins cannot be told without the resource type, so `schema` and
/// `attribute` are a guess at it (the last colon, unless a version stands before it); resolving
/// does not rely on the guess.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributePath {
    /// The URN of the schema.
    pub schema: Option<String>,
    /// The attribute; none if the path names a whole extension.
    pub attribute: Option<String>,
    /// The value filter in brackets.
    pub filter: Option<Box<Filter>>,
    /// The sub-attribute.
    pub sub: Option<String>,
}

impl AttributePath {
    /// Parses the `path` of a PATCH operation.
    ///
    /// # Errors
    /// `invalidPath`, naming every fault found with its position, and for a path longer or nested
    /// deeper than a filter may be.
    pub fn parse(text: &str) -> Result<AttributePath, Error> {
        crate::filter::parse_path(text)
    }

    /// The path to an attribute without URN, filter or sub-attribute.
    pub fn of(attribute: impl Into<String>) -> AttributePath {
        AttributePath {
            schema: None,
            attribute: Some(attribute.into()),
            filter: None,
            sub: None,
        }
    }

    /// The URN and the attribute name, without filter and sub-attribute.
    pub(crate) fn full_name(&self) -> String {
        match (&self.schema, &self.attribute) {
            (Some(schema), Some(attribute)) => format!("{schema}:{attribute}"),
            (Some(name), None) | (None, Some(name)) => name.clone(),
            (None, None) => String::new(),
        }
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full_name())?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}
