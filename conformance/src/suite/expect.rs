//! The comparison of an expected JSON value with what came.
//!
//! An expected object is a subset: what it does not name may be anything. An expected array has as many
//! elements as the one that came, in any order, since values of SCIM's multi-valued attributes have none.
//! An object whose keys are all matchers asks something else:
//!
//! | matcher | asks for |
//! |---|---|
//! | `$present: true` | any value but null, `[]` and `{}` |
//! | `$absent: true` | no value, null or `[]`: one and the same state (RFC 7643 section 2.5) |
//! | `$count: n` | an array of n elements; an absent one has none |
//! | `$contains: [..]` | an array with an element for each of these |
//! | `$lacks: [..]` | an array with no element like any of these |
//! | `$ordered: [..]` | an array of these, in this order |
//! | `$each: x` | an array whose every element is like x |
//! | `$any: [..]` | one of these |
//! | `$not: x` | anything but x |
//! | `$type: name` | `string`, `boolean`, `integer`, `number`, `array`, `object`, `dateTime`, `uri` or `cursor` |
//! | `$starts`, `$ends`, `$text` | a text that begins with, ends with, contains |
//! | `$fold: text` | this text in any case |
use serde_json::{Map, Value};

/// Longest part of a value that a failure shows.
const SHOWN_LENGTH_MAX: usize = 400;

/// The matchers, by name.
const MATCHERS: [&str; 14] = [
    "$present",
    "$absent",
    "$count",
    "$contains",
    "$lacks",
    "$ordered",
    "$each",
    "$any",
    "$not",
    "$type",
    "$starts",
    "$ends",
    "$text",
    "$fold",
];

/// Compares; the error names the place, the expected and what came.
pub(crate) fn check(expected: &Value, got: Option<&Value>) -> Result<(), String> {
    check_at("", expected, got)
}

/// Whether the value is like the expected one.
pub(crate) fn is_like(expected: &Value, got: &Value) -> bool {
    check_at("", expected, Some(got)).is_ok()
}

/// Whether the text is an xsd:dateTime with a date, a time and, if any, a valid offset.
pub(crate) fn is_date_time(text: &str) -> bool {
    text.contains('T') && (text.parse::<jiff::Timestamp>().is_ok() || (text.parse::<jiff::civil::DateTime>().is_ok()))
}

/// Whether the text can be a URI reference: no white space, no quotes, no brackets outside a host.
pub(crate) fn is_uri_reference(text: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c);
    !text.is_empty() && !text.contains(forbidden)
}

fn check_at(place: &str, expected: &Value, got: Option<&Value>) -> Result<(), String> {
    match expected {
        Value::Object(map) if is_matcher(map) => map
            .iter()
            .try_for_each(|(name, argument)| matcher(place, name, argument, got)),
        Value::Object(map) => {
            let Some(Value::Object(object)) = got else {
                return differs(place, "an object", got);
            };
            map.iter()
                .try_for_each(|(key, value)| check_at(&format!("{place}/{key}"), value, object.get(key)))
        }
        Value::Array(items) => check_array(place, items, got),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            if got.is_some_and(|got| equal(expected, got)) {
                return Ok(());
            }
            differs(place, &expected.to_string(), got)
        }
    }
}

fn is_matcher(map: &Map<String, Value>) -> bool {
    !map.is_empty() && map.keys().all(|key| MATCHERS.contains(&key.as_str()))
}

fn matcher(place: &str, name: &str, argument: &Value, got: Option<&Value>) -> Result<(), String> {
    if name == "$contains" {
        return elements(Some(argument))
            .iter()
            .try_for_each(|wanted| contains(place, wanted, got));
    }
    let holds = match name {
        "$present" => got.is_some_and(|got| !is_unassigned(got) && !is_empty_object(got)),
        "$absent" => got.is_none_or(is_unassigned),
        "$count" => Some(elements(got).len()) == argument.as_u64().and_then(|n| usize::try_from(n).ok()),
        "$lacks" => !elements(Some(argument))
            .iter()
            .any(|unwanted| elements(got).iter().any(|element| is_like(unwanted, element))),
        "$ordered" => in_order(elements(Some(argument)), elements(got)),
        "$each" => got.is_some_and(|got| got.is_array() && elements(Some(got)).iter().all(|e| is_like(argument, e))),
        "$any" => elements(Some(argument))
            .iter()
            .any(|one| check_at(place, one, got).is_ok()),
        "$not" => check_at(place, argument, got).is_err(),
        "$type" => has_type(argument.as_str().unwrap_or_default(), got),
        "$starts" => text_of(got).is_some_and(|text| text.starts_with(text_or_empty(argument))),
        "$ends" => text_of(got).is_some_and(|text| text.ends_with(text_or_empty(argument))),
        "$text" => text_of(got).is_some_and(|text| text.contains(text_or_empty(argument))),
        "$fold" => text_of(got).is_some_and(|text| text.to_lowercase() == text_or_empty(argument).to_lowercase()),
        other => return Err(format!("{place}: no matcher `{other}`")),
    };
    if holds {
        return Ok(());
    }
    differs(place, &format!("{name} {argument}"), got)
}

/// An element like the wanted one; the error is about the element that agrees with it in its first member, since
/// that is most often the one that was meant.
fn contains(place: &str, wanted: &Value, got: Option<&Value>) -> Result<(), String> {
    if elements(got).iter().any(|element| is_like(wanted, element)) {
        return Ok(());
    }
    let first = wanted.as_object().and_then(|wanted| wanted.iter().next());
    let meant = first.and_then(|(key, value)| elements(got).iter().find(|element| element.get(key) == Some(value)));
    match meant {
        Some(element) => check_at(&format!("{place}[]"), wanted, Some(element)),
        None => differs(place, &format!("an element like {wanted}"), got),
    }
}

fn check_array(place: &str, expected: &[Value], got: Option<&Value>) -> Result<(), String> {
    let Some(Value::Array(items)) = got else {
        return differs(place, "an array", got);
    };
    if items.len() != expected.len() {
        return differs(place, &format!("{} elements", expected.len()), got);
    }
    let mut left: Vec<&Value> = items.iter().collect();
    for wanted in expected {
        let Some(position) = left.iter().position(|element| is_like(wanted, element)) else {
            return differs(place, &format!("an element like {wanted}"), got);
        };
        left.remove(position);
    }
    Ok(())
}

/// Numbers compare by value, since 1 and 1.0 are one number in JSON.
fn equal(expected: &Value, got: &Value) -> bool {
    expected == got || (expected.is_number() && expected.as_f64() == got.as_f64())
}

fn has_type(name: &str, got: Option<&Value>) -> bool {
    let Some(got) = got else { return false };
    match name {
        "string" => got.is_string(),
        "boolean" => got.is_boolean(),
        "integer" => got.is_i64() || got.is_u64(),
        "number" => got.is_number(),
        "array" => got.is_array(),
        "object" => got.is_object(),
        "dateTime" => got.as_str().is_some_and(is_date_time),
        "uri" => got.as_str().is_some_and(is_uri_reference),
        "cursor" => got.as_str().is_some_and(is_cursor),
        _ => false,
    }
}

/// Unreserved characters of RFC 3986 only (RFC 9865 section 2).
fn is_cursor(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
}

fn in_order(wanted: &[Value], got: &[Value]) -> bool {
    wanted.len() == got.len() && wanted.iter().zip(got).all(|(wanted, got)| is_like(wanted, got))
}

fn elements(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_unassigned(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn is_empty_object(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

fn text_of(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str)
}

fn text_or_empty(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn differs(place: &str, expected: &str, got: Option<&Value>) -> Result<(), String> {
    let place = if place.is_empty() { "the body" } else { place };
    let got = got.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let shown: String = got.chars().take(SHOWN_LENGTH_MAX).collect();
    let more = if shown.len() < got.len() { "…" } else { "" };
    Err(format!("{place}: expected {expected}, got {shown}{more}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn subsets_and_matchers() {
        let user = json!({
            "userName": "pat", "active": true, "score": 1, "title": null, "roles": [], "name": {},
            "meta": {"created": "2026-01-02T03:04:05Z", "location": "https://x/Users/1"},
            "emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home"}],
        });
        let check = |expected: Value, like: bool| {
            assert_eq!(check(&expected, Some(&user)).is_ok(), like, "{expected}");
        };
        check(json!({"userName": "pat"}), true);
        check(json!({"userName": "Pat"}), false);
        check(json!({"userName": {"$fold": "PAT"}}), true);
        check(json!({"score": 1.0}), true);
        check(json!({"missing": 1}), false);
        check(json!({"emails": [{"type": "home"}, {"type": "work"}]}), true);
        check(json!({"emails": [{"type": "home"}, {"type": "home"}]}), false);
        check(json!({"emails": [{"type": "home"}]}), false);
        check(json!({"emails": {"$count": 2, "$contains": [{"value": "a@x"}]}}), true);
        check(json!({"emails": {"$count": 1}}), false);
        check(
            json!({"emails": {"$ordered": [{"type": "work"}, {"type": "home"}]}}),
            true,
        );
        check(
            json!({"emails": {"$ordered": [{"type": "home"}, {"type": "work"}]}}),
            false,
        );
        check(json!({"emails": {"$ordered": [{"type": "work"}]}}), false);
        check(json!({"userName": {"$type": "cursor"}}), true);
        check(json!({"meta": {"created": {"$type": "cursor"}}}), false);
        check(json!({"none": {"$count": 0}}), true);
        check(json!({"emails": {"$contains": [{"value": "c@x"}]}}), false);
        check(json!({"emails": {"$lacks": [{"value": "c@x"}]}}), true);
        check(json!({"emails": {"$lacks": [{"type": "work"}]}}), false);
        check(json!({"emails": {"$each": {"value": {"$ends": "@x"}}}}), true);
        check(json!({"emails": {"$each": {"type": "work"}}}), false);
        check(json!({"active": {"$type": "boolean"}}), true);
        check(json!({"active": {"$type": "string"}}), false);
        check(json!({"score": {"$type": "integer"}}), true);
        check(
            json!({"meta": {"created": {"$type": "dateTime"}, "location": {"$type": "uri"}}}),
            true,
        );
        check(json!({"userName": {"$type": "dateTime"}}), false);
        check(
            json!({"title": {"$absent": true}, "roles": {"$absent": true}, "none": {"$absent": true}}),
            true,
        );
        check(json!({"userName": {"$absent": true}}), false);
        check(json!({"userName": {"$present": true}}), true);
        check(json!({"title": {"$present": true}}), false);
        check(json!({"name": {"$present": true}}), false);
        check(json!({"userName": {"$any": ["sam", "pat"]}}), true);
        check(json!({"userName": {"$any": ["sam"]}}), false);
        check(json!({"userName": {"$not": "sam"}}), true);
        check(json!({"userName": {"$not": "pat"}}), false);
        check(json!({"userName": {"$starts": "p", "$text": "a"}}), true);
        check(json!({"userName": {"$starts": "p", "$text": "z"}}), false);
    }

    #[test]
    fn the_place_is_named() {
        let got = check(
            &json!({"name": {"givenName": "A"}}),
            Some(&json!({"name": {"givenName": "B"}})),
        );
        assert_eq!(got, Err(r#"/name/givenName: expected "A", got "B""#.to_owned()));
    }
}
