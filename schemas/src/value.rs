//! How single values compare (RFC 7643 section 2.3): case, numbers, instants.
use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::{Number, Value};
use unicode_normalization::UnicodeNormalization as _;

use crate::schema::{Attribute, Type};

impl Attribute {
    /// The form of a text in which values that are the same for this attribute are equal; what an index
    /// keeps.
    pub fn fold<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.case_exact { composed(text) } else { fold(text) }
    }

    /// The same for a simple value of any type: numbers and instants have one form, however they are written.
    pub fn key(&self, value: &Value) -> String {
        match (self.kind, value) {
            (Type::DateTime, Value::String(text)) => {
                instant(text).map_or_else(|| text.clone(), |time| time.to_string())
            }
            (_, Value::String(text)) => self.fold(text).into_owned(),
            (_, Value::Number(number)) => number_key(number),
            (_, other) => other.to_string(),
        }
    }
}

/// A whole number as such, also if it is written with a fraction of zero.
fn number_key(number: &Number) -> String {
    match number.as_f64() {
        // Display writes a float without fraction as a whole number.
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}

/// The text with composed characters (Unicode NFC), so that two ways of typing a letter are one (RFC 7644 section 7.8).
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// The text in lower case, composed, and with characters of full width as usual ones, as names of users are prepared
/// (RFC 7644 section 5, RFC 8265 section 3.3).
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfkc().flat_map(char::to_lowercase).nfc().collect())
}

/// The instant of a dateTime (RFC 7643 section 2.3.5): `2011-05-13T04:42:34Z`, with any offset and
/// fraction. Without offset, which XML Schema allows, it is taken as UTC.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let local = || -> Option<Timestamp> {
        let local: civil::DateTime = plain(text)?.parse().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    instant_with_offset(text).or_else(local)
}

/// The same, but only with an offset, as stored values have it.
pub(crate) fn instant_with_offset(text: &str) -> Option<Timestamp> {
    plain(text)?.parse().ok()
}

/// The text if it has its T, without which it is a date, and no zone's name in brackets: the parser takes both.
fn plain(text: &str) -> Option<&str> {
    let has_time = text.as_bytes().get(10) == Some(&b'T');
    (has_time && !text.contains('[')).then_some(text)
}

/// Whole numbers exactly, others as floating point.
pub(crate) fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    let whole = |number: &Number| {
        let signed = number.as_i64().map(i128::from);
        signed.or_else(|| number.as_u64().map(i128::from))
    };
    if let (Some(left), Some(right)) = (whole(left), whole(right)) {
        return Some(left.cmp(&right));
    }
    left.as_f64()?.partial_cmp(&right.as_f64()?)
}

/// Whether a value is one in the sense of `pr`: not null, not empty, and not made of such alone.
pub(crate) fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => values.iter().any(is_present),
        Value::Object(members) => members.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// The values of an attribute: the elements of an array, or else the value itself.
pub(crate) fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            std::slice::from_ref(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn instants() {
        let check = |left: &str, right: &str| assert_eq!(instant(left), instant(right), "{left} {right}");
        check("2011-05-13T04:42:34Z", "2011-05-13T06:42:34+02:00");
        check("2011-05-13T04:42:34Z", "2011-05-13T04:42:34.000Z");
        check("2011-05-13T04:42:34Z", "2011-05-13T04:42:34");
        for wrong in [
            "",
            "2011-05-13",
            "2011-05-13 04:42:34Z",
            "2011-05-13T04:42:34Z[UTC]",
            "2011-13-13T04:42:34Z",
            "yesterday",
        ] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn folding() {
        let check = |text: &str, expected: &str| assert_eq!(fold(text), expected);
        check("abc.1", "abc.1");
        check("AbC", "abc");
        check("ÄÖ ÇA", "äö ça");
        check("ΟΔΟΣ", "οδοσ");
    }

    #[test]
    fn keys_are_equal_where_values_are() {
        let check = |kind: Type, one: Value, other: Value, same: bool| {
            let catalogue = crate::Catalogue::builtin();
            let name = catalogue.by_name("User").and_then(|user| user.attribute("displayName"));
            let attribute = Attribute {
                kind,
                ..name.expect("User has it").clone()
            };
            assert_eq!(attribute.key(&one) == attribute.key(&other), same, "{one} {other}");
        };
        check(Type::Decimal, json!(1), json!(1.0), true);
        check(Type::Decimal, json!(-2.50), json!(-2.5), true);
        check(Type::Decimal, json!(1), json!(1.5), false);
        check(Type::Integer, json!(u64::MAX), json!(u64::MAX - 1), false);
        let time = "2011-05-13T04:42:34Z";
        check(
            Type::DateTime,
            json!(time),
            json!("2011-05-13T06:42:34.000+02:00"),
            true,
        );
        check(Type::DateTime, json!(time), json!("2011-05-13T04:42:34.001Z"), false);
        check(Type::String, json!("\u{e4}"), json!("A\u{308}"), true);
        check(Type::Boolean, json!(true), json!(false), false);
    }

    #[test]
    fn numbers() {
        let check = |left: &str, right: &str, expected| {
            let number = |text| serde_json::from_str::<Number>(text).expect("a number");
            assert_eq!(
                compare_numbers(&number(left), &number(right)),
                Some(expected),
                "{left} {right}"
            );
        };
        check("9", "10", Ordering::Less);
        check("1", "1.0", Ordering::Equal);
        check("-1", "18446744073709551615", Ordering::Less);
        check("9007199254740993", "9007199254740992", Ordering::Greater);
        check("1.5", "2e2", Ordering::Less);
    }
}
