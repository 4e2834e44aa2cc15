//! Values of the attribute that is kept as membership rows, e.g. `members` of Group.
use std::collections::HashSet;

use serde_json::Value;

use super::scalar;
use super::value::given;
use crate::dialect::Rules;
use crate::error::Error;
use crate::resource_type::Resolved;

/// One membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The id of the member.
    pub value: String,
    /// The member's name as the client wrote it.
    pub display: Option<String>,
    /// The member's resource type, sub-attribute `type`.
    pub kind: Option<String>,
}

/// Reads an array of memberships; of two with the same value the first counts.
///
/// # Errors
/// `invalidValue` if it is not an array of objects with a `value`.
pub(crate) fn read_rows(place: Resolved<'_>, value: &Value, rules: &Rules) -> Result<Vec<Row>, Error> {
    let elements = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(elements) => elements,
        _ => return Err(Error::invalid_value(format!("{place}: must be an array"))),
    };
    let mut rows = Vec::with_capacity(elements.len());
    for element in elements {
        rows.push(read_row(place, element, rules)?);
    }
    let mut seen = HashSet::with_capacity(rows.len());
    rows.retain(|row| seen.insert(row.value.clone()));
    Ok(rows)
}

/// Reads one membership.
///
/// # Errors
/// `invalidValue` if it is not an object with a `value`.
pub(crate) fn read_row(place: Resolved<'_>, element: &Value, rules: &Rules) -> Result<Row, Error> {
    let mut row = Row {
        value: String::new(),
        display: None,
        kind: None,
    };
    for (sub, value) in given(place, element, rules)? {
        if value.is_null() {
            continue;
        }
        scalar::check(place.with_sub(sub), value)?;
        let text = value.as_str().map(str::to_owned);
        match sub.name.as_str() {
            "value" => row.value = text.unwrap_or_default(),
            "display" => row.display = text,
            "type" => row.kind = text,
            // `$ref` follows from the others, and a row holds nothing else.
            _ => {}
        }
    }
    if row.value.is_empty() {
        return Err(Error::invalid_value(format!("{place}.value: is required")));
    }
    Ok(row)
}
