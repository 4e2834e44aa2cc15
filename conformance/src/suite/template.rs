//! Variables in texts: `{name}` stands for a captured value.
use std::collections::BTreeMap;

use serde_json::Value;

/// The variables of one run of a script, by name.
pub(crate) type Variables = BTreeMap<String, String>;

/// The text with every `{name}` replaced.
///
/// A brace that opens no name of lower-case letters, digits and `_` stands for itself, so that JSON can be
/// written plainly.
///
/// # Errors
/// Names a variable that is not known.
pub(crate) fn fill(text: &str, variables: &Variables) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (before, from_brace) = rest.split_at(start);
        filled.push_str(before);
        let Some(name) = name_in_braces(from_brace) else {
            filled.push('{');
            rest = from_brace.strip_prefix('{').unwrap_or_default();
            continue;
        };
        let value = variables
            .get(name)
            .ok_or_else(|| format!("`{{{name}}}` is not known in `{text}`"))?;
        filled.push_str(value);
        rest = from_brace.split_once('}').map_or("", |(_, after)| after);
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The value with every text in it filled; keys stay as they are.
///
/// # Errors
/// Names a variable that is not known.
pub(crate) fn fill_value(value: &Value, variables: &Variables) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(fill(text, variables)?),
        Value::Array(items) => items
            .iter()
            .map(|item| fill_value(item, variables))
            .collect::<Result<_, _>>()?,
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, item)| Ok((key.clone(), fill_value(item, variables)?)))
                .collect::<Result<_, String>>()?,
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn name_in_braces(from_brace: &str) -> Option<&str> {
    let (name, _) = from_brace.strip_prefix('{')?.split_once('}')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_filled() {
        let variables = Variables::from([("user".into(), "42".into()), ("nonce".into(), "n".into())]);
        let check = |text: &str, expected: Result<&str, &str>| {
            let got = fill(text, &variables);
            assert_eq!(got, expected.map(String::from).map_err(String::from), "{text}");
        };
        check("/Users/{user}", Ok("/Users/42"));
        check("{nonce}-{user}-{nonce}", Ok("n-42-n"));
        check(r#"{"a":"{user}"}"#, Ok(r#"{"a":"42"}"#));
        check("{ broken", Ok("{ broken"));
        check("{", Ok("{"));
        check("{Upper}", Ok("{Upper}"));
        check("{none}", Err("`{none}` is not known in `{none}`"));
    }

    #[test]
    fn values_are_filled_at_every_depth() {
        let variables = Variables::from([("user".into(), "42".into())]);
        let value = json!({"{user}": [{"value": "{user}"}, 1, null, true]});
        let expected = json!({"{user}": [{"value": "42"}, 1, null, true]});
        assert_eq!(fill_value(&value, &variables), Ok(expected));
    }
}
