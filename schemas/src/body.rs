//! What the bodies of all messages have in common.
use serde_json::Value;

use crate::Object;
use crate::error::Error;

/// The member of this name in any case (RFC 7643 section 2.1).
///
/// # Errors
/// `invalidSyntax` if there are two.
pub(crate) fn member<'a>(body: &'a Object, name: &str) -> Result<Option<&'a Value>, Error> {
    let mut found = body.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let first = found.next();
    if found.next().is_some() {
        return Err(Error::invalid_syntax(format!("{name}: is given twice")));
    }
    Ok(first.map(|(_, value)| value))
}

/// Checks that `schemas` holds the URN.
///
/// # Errors
/// `invalidSyntax` if it does not.
pub(crate) fn check_schemas(schemas: Option<&Value>, urn: &str) -> Result<(), Error> {
    let names_it = |value: &Value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(urn));
    match schemas {
        Some(Value::Array(urns)) if urns.iter().all(Value::is_string) && urns.iter().any(names_it) => Ok(()),
        _ => Err(Error::invalid_syntax(format!(
            "schemas: must be an array that holds {urn}"
        ))),
    }
}
