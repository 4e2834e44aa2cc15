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

    /// The name after the last colon.
    pub(crate) fn last_name(&self) -> String {
        let mut name = self.full_name();
        name.split_off(name.rfind(':').map_or(0, |colon| colon + 1))
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

/// Splits a path without value filter; none if it is none.
pub(crate) fn split_word(word: &str) -> Option<AttributePath> {
    if word.contains(':') {
        return split_urn(word);
    }
    let (attribute, sub) = split_name(word)?;
    Some(AttributePath {
        schema: None,
        attribute: Some(attribute),
        filter: None,
        sub,
    })
}

/// Splits the path of an attribute that a value filter follows: no sub-attribute, no whole extension.
pub(crate) fn split_attribute(word: &str) -> Option<AttributePath> {
    let (schema, name) = match word.rsplit_once(':') {
        None => (None, word),
        Some((schema, name)) => (Some(schema), name),
    };
    let valid = is_name(name) && schema.is_none_or(is_urn);
    valid.then(|| AttributePath {
        schema: schema.map(str::to_owned),
        ..AttributePath::of(name)
    })
}

fn split_urn(word: &str) -> Option<AttributePath> {
    let (head, tail) = word.rsplit_once(':')?;
    if !is_urn(word) {
        return None;
    }
    let versioned = head.rsplit(':').next().is_some_and(is_version);
    let (schema, attribute, sub) = match split_name(tail) {
        Some((attribute, sub)) if is_urn(head) && !(versioned && sub.is_none()) => (head, Some(attribute), sub),
        Some(_) | None => (word, None, None),
    };
    Some(AttributePath {
        schema: Some(schema.to_owned()),
        attribute,
        filter: None,
        sub,
    })
}

/// `urn:`, a namespace and more, as far as paths need it.
pub(crate) fn is_urn(text: &str) -> bool {
    let parts: Vec<_> = text.split(':').collect();
    let [scheme, rest @ ..] = parts.as_slice() else {
        return false;
    };
    let valid = |part: &&str| {
        !part.is_empty()
            && part
                .chars()
                .all(|char| char.is_ascii_graphic() && !"[]()\"".contains(char))
    };
    scheme.eq_ignore_ascii_case("urn") && rest.len() > 1 && rest.iter().all(valid)
}

/// `name` or `name.sub`.
fn split_name(text: &str) -> Option<(String, Option<String>)> {
    let (attribute, sub) = match text.split_once('.') {
        None => (text, None),
        Some((attribute, sub)) => (attribute, Some(sub)),
    };
    let valid = is_name(attribute) && sub.is_none_or(is_name);
    valid.then(|| (attribute.to_owned(), sub.map(str::to_owned)))
}

/// `ATTRNAME` of RFC 7643 section 2.1, and `$ref`.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next();
    first.is_some_and(|char| char.is_ascii_alphabetic() || char == '$')
        && chars.all(|char| char.is_ascii_alphanumeric() || "$-_".contains(char))
}

/// The part of a URN that comes before the name of a schema, e.g. `2.0`.
fn is_version(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_digit())
        && part.chars().all(|char| char.is_ascii_digit() || char == '.')
}
