//! How large and deep a body may be.
use serde_json::Value;

use crate::error::Error;

/// Bytes of one string. The longest that occur are certificates and pictures as data URIs.
pub(crate) const STRING_LENGTH_MAX: usize = 64 * 1024;

/// Values of one multi-valued attribute, memberships not counted. Each operation of a PATCH goes through
/// all of them, and nobody has a thousand addresses.
pub(crate) const VALUES_MAX: usize = 1_000;

/// Operations of one PATCH. Some clients send an operation for each member of a group; a larger group
/// takes several requests.
pub(crate) const OPERATIONS_MAX: usize = 10_000;

/// Values of multi-valued attributes that the operations of one PATCH go through, memberships not counted. A
/// hundred operations on a hundred addresses are 10,000; so many take about a tenth of a second.
pub(crate) const VISITS_MAX: usize = 200_000;

/// Arrays and objects within each other in a body. The deepest that is meant, a schema's sub-attributes inside a bulk
/// operation, has about ten; every step of it is a step of recursion in whatever looks at it.
pub const DEPTH_MAX: usize = 32;

/// Refuses a body that is nested deeper than `DEPTH_MAX`, so that walking it is safe.
pub(crate) fn check_depth(body: &Value) -> Result<(), Error> {
    if fits(body, DEPTH_MAX) {
        return Ok(());
    }
    Err(Error::invalid_syntax(format!(
        "the body is nested deeper than {DEPTH_MAX} levels"
    )))
}

fn fits(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(values) => depth > 0 && values.iter().all(|value| fits(value, depth - 1)),
        Value::Object(members) => depth > 0 && members.values().all(|value| fits(value, depth - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_has_a_limit() {
        let nested = |depth: usize| (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert_eq!(check_depth(&nested(DEPTH_MAX)), Ok(()));
        assert!(check_depth(&nested(DEPTH_MAX + 1)).is_err());
    }
}
