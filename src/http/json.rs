//! JSON from outside, read strictly: one meaning for every reader, no deeper and of no more values than can be handled.
use std::cell::Cell;
use std::fmt;

use schemas::Error;
use schemas::validate::DEPTH_MAX;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Characters of a repeated key that are told.
const KEY_SHOWN_MAX: usize = 64;

/// Reads a JSON text (RFC 8259) of so many values and keys at most.
///
/// # Errors
/// 413 for more values; 400 `invalidSyntax` with line and column: not JSON, not UTF-8, nested deeper than
/// [`DEPTH_MAX`], or an object with one key twice, of which no two readers need to see the same.
pub(crate) fn parse(text: &[u8], values_max: usize) -> Result<Value, Error> {
    let left = Cell::new(Some(values_max));
    let fault = |error: serde_json::Error| match left.get() {
        None => Error::too_large(format!("the body has more than {values_max} values")),
        Some(_) => Error::invalid_syntax(format!("the body is not acceptable JSON: {error}")),
    };
    let mut input = serde_json::Deserializer::from_slice(text);
    let node = Node { depth: 0, left: &left };
    let value = node.deserialize(&mut input).map_err(fault)?;
    input.end().map_err(fault)?;
    Ok(value)
}

/// A value inside this many arrays and objects.
#[derive(Clone, Copy)]
struct Node<'c> {
    depth: usize,
    /// How many more values and keys there may be; `None` after one too many.
    left: &'c Cell<Option<usize>>,
}

impl Node<'_> {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            return Err(E::custom(format_args!("nested deeper than {DEPTH_MAX}")));
        }
        let depth = self.depth + 1;
        Ok(Node { depth, ..self })
    }

    fn count<E: serde::de::Error>(self) -> Result<(), E> {
        self.left.set(self.left.get().and_then(|left| left.checked_sub(1)));
        self.left.get().map(drop).ok_or_else(|| E::custom("too many values"))
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        self.count()?;
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut input: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut elements = Vec::new();
        while let Some(element) = input.next_element_seed(inside)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut input: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut members = Map::new();
        while let Some(key) = input.next_key::<String>()? {
            self.count()?;
            if members.contains_key(&key) {
                let shown: String = key.chars().take(KEY_SHOWN_MAX).collect();
                return Err(A::Error::custom(format_args!("`{shown}` occurs twice in one object")));
            }
            let value = input.next_value_seed(inside)?;
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read() {
        let check = |text: &str, expected: Value| assert_eq!(parse(text.as_bytes(), 100), Ok(expected));
        check(" null ", json!(null));
        check(
            r#"{"b": [1, -1, 1.5, "x\n", "ü", true], "a": {}}"#,
            json!({ "b": [1, -1, 1.5, "x\n", "ü", true], "a": {} }),
        );
        check(
            &nested(DEPTH_MAX),
            serde_json::from_str(&nested(DEPTH_MAX)).expect("JSON"),
        );
        let keys: Vec<_> = parse(br#"{"b": 1, "a": 2}"#, 100)
            .ok()
            .and_then(|value| Some(value.as_object()?.keys().cloned().collect()))
            .unwrap_or_default();
        assert_eq!(keys, ["b", "a"]);
    }

    #[test]
    fn faults_say_where() {
        let check = |text: &[u8], expected: &str| {
            let error = parse(text, 100).expect_err("it is not acceptable");
            assert_eq!(error.scim_type, Some(schemas::ScimType::InvalidSyntax));
            assert!(error.detail.ends_with(expected), "{}", error.detail);
        };
        check(b"", "EOF while parsing a value at line 1 column 0");
        check(b"{", "EOF while parsing an object at line 1 column 1");
        check(b"{}x", "trailing characters at line 1 column 3");
        check(b"{\n  \"a\": trux\n}", "expected ident at line 2 column 11");
        check(b"[1,]", "trailing comma at line 1 column 4");
        check(b"{'a': 1}", "key must be a string at line 1 column 2");
        check(b"[NaN]", "expected value at line 1 column 2");
        check(b"[1e999]", "number out of range at line 1 column 6");
        check(
            b"[\"\x01\"]",
            "control character (\\u0000-\\u001F) found while parsing a string at line 1 column 3",
        );
        check(b"[\"\xff\"]", "invalid unicode code point at line 1 column 3");
        check(br#"["\ud800"]"#, "unexpected end of hex escape at line 1 column 9");
        check(
            br#"{"a": {"b": 1, "b": 1}}"#,
            "`b` occurs twice in one object at line 1 column 18",
        );
        check(
            nested(DEPTH_MAX + 1).as_bytes(),
            "nested deeper than 32 at line 1 column 34",
        );
        check(
            "[".repeat(1_000_000).as_bytes(),
            "nested deeper than 32 at line 1 column 33",
        );
        check(
            "{\"a\":".repeat(100_000).as_bytes(),
            "nested deeper than 32 at line 1 column 161",
        );
    }

    #[test]
    fn values_are_counted() {
        let check = |text: &str, values: usize| {
            assert!(parse(text.as_bytes(), values).is_ok(), "{text}");
            let refused = parse(text.as_bytes(), values - 1).map_err(|error| error.status);
            assert_eq!(refused, Err(413), "{text}");
        };
        check("1", 1);
        check("[]", 1);
        check("[{}, {}, null]", 4);
        check(r#"{"a": "x", "b": [1]}"#, 6);
    }

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }
}
