//! Values of the simple data types (RFC 7643 section 2.3).
use serde_json::Value;

use super::bounds::STRING_LENGTH_MAX;
use crate::error::Error;
use crate::resource_type::Resolved;
use crate::schema::Type;
use crate::value::instant_with_offset;

/// Checks a value against the type of the place's leaf.
///
/// # Errors
/// `invalidValue`, naming the place and the type.
pub(super) fn check(place: Resolved<'_>, value: &Value) -> Result<(), Error> {
    let fault = match place.leaf().kind {
        Type::Boolean => (!value.is_boolean()).then_some("must be true or false"),
        Type::Decimal => (!value.is_number()).then_some("must be a number"),
        Type::Integer => (!value.is_i64() && !value.is_u64()).then_some("must be an integer"),
        Type::Complex => Some("must be an object"),
        Type::String => text(value, |_| None),
        Type::DateTime => text(value, |text| instant_with_offset(text).is_none().then_some(DATE_TIME)),
        Type::Binary => text(value, |text| (!is_base64(text)).then_some("must be base64")),
        Type::Reference => text(value, |text| (!is_reference(text)).then_some("must be a URI")),
    };
    match fault {
        None => Ok(()),
        Some(fault) => Err(Error::invalid_value(format!("{place}: {fault}"))),
    }
}

const DATE_TIME: &str = "must be a date and time with offset, e.g. 2008-01-23T04:56:22Z";

fn text(value: &Value, format: impl Fn(&str) -> Option<&'static str>) -> Option<&'static str> {
    let Value::String(text) = value else {
        return Some("must be a string");
    };
    if text.len() > STRING_LENGTH_MAX {
        return Some("is longer than 64 KiB");
    }
    // PostgreSQL cannot store the character, and vendors cut strings at it.
    if text.contains('\0') {
        return Some("must not hold the character NUL");
    }
    format(text)
}

/// RFC 4648 section 4; padding may be left off (RFC 7643 section 2.3.6).
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    digits.bytes().all(in_alphabet)
        && digits.len() % 4 != 1
        && (padding == 0 || padding <= 2 && text.len().is_multiple_of(4))
}

/// Absolute or relative; checked for what cannot stand in any URI or IRI, since clients write much
/// that is not quite one.
fn is_reference(text: &str) -> bool {
    !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Catalogue;
    use crate::schema::Attribute;

    fn attribute(kind: Type) -> Attribute {
        let catalogue = Catalogue::builtin();
        let user = catalogue.by_name("User").expect("User is served");
        let name = user.attribute("displayName").expect("User has it");
        Attribute { kind, ..name.clone() }
    }

    #[test]
    fn types_are_strict() {
        let check = |kind: Type, value: Value, fits: bool| {
            let attribute = attribute(kind);
            let result = super::check(Resolved::of(None, &attribute), &value);
            assert_eq!(result.is_ok(), fits, "{kind:?} {value}: {result:?}");
            if let Err(error) = result {
                assert!(error.detail.starts_with("displayName: "), "{error}");
            }
        };
        check(Type::String, json!("x"), true);
        check(Type::String, json!(""), true);
        check(Type::String, json!(1), false);
        check(Type::String, json!(["x"]), false);
        check(Type::String, json!("a\0b"), false);
        check(Type::String, json!("x".repeat(STRING_LENGTH_MAX)), true);
        check(Type::String, json!("x".repeat(STRING_LENGTH_MAX + 1)), false);
        check(Type::Boolean, json!(false), true);
        check(Type::Boolean, json!("true"), false);
        check(Type::Boolean, json!(0), false);
        check(Type::Decimal, json!(1.25), true);
        check(Type::Decimal, json!(1), true);
        check(Type::Decimal, json!("1.25"), false);
        check(Type::Integer, json!(-7), true);
        check(Type::Integer, json!(u64::MAX), true);
        check(Type::Integer, json!(1.0), false);
        check(Type::Integer, json!(1e3), false);
        check(Type::Complex, json!("x"), false);
    }

    #[test]
    fn formats_are_strict() {
        let check = |kind: Type, value: &str, fits: bool| {
            let attribute = attribute(kind);
            let result = super::check(Resolved::of(None, &attribute), &json!(value));
            assert_eq!(result.is_ok(), fits, "{kind:?} {value}");
        };
        check(Type::DateTime, "2008-01-23T04:56:22Z", true);
        check(Type::DateTime, "2008-01-23T04:56:22.123+02:00", true);
        check(Type::DateTime, "2008-01-23", false);
        check(Type::DateTime, "2008-01-23 04:56:22Z", false);
        check(Type::DateTime, "2008-01-23T04:56:22+02:00[Europe/Vienna]", false);
        check(Type::DateTime, "2008-02-30T04:56:22Z", false);
        check(Type::DateTime, "yesterday", false);
        check(Type::Binary, "TWFu", true);
        check(Type::Binary, "TWE=", true);
        check(Type::Binary, "TQ==", true);
        check(Type::Binary, "TQ", true);
        check(Type::Binary, "TWFuT", false);
        check(Type::Binary, "TWFu=", false);
        check(Type::Binary, "T===", false);
        check(Type::Binary, "TW-_", false);
        check(Type::Binary, "TW\nFu", false);
        check(Type::Reference, "https://example.com/a?b#c", true);
        check(Type::Reference, "../Users/1", true);
        check(Type::Reference, "QWERTY", true);
        check(Type::Reference, "not a uri", false);
        check(Type::Reference, "https://example.com/<x>", false);
    }
}
