//! Bodies of requests: one wrapped object each, read field by field.

use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::twins::Request;

/// How long an e-mail may be.
const EMAIL_LENGTH: RangeInclusive<usize> = 6..=100;

/// The fields of a request's object. What is wrong with them is collected, and refused in one go; fields that nobody
/// asks for are ignored.
pub(super) struct Fields {
    fields: Map<String, Value>,
    errors: Vec<String>,
}

/// The whole body.
pub(super) fn whole(request: &Request) -> Result<Value, Refusal> {
    serde_json::from_slice(&request.body).map_err(|_| Refusal::invalid("The body is not valid JSON"))
}

impl Fields {
    /// The object that the body wraps in `{"name": …}`.
    pub(super) fn wrapped(request: &Request, name: &str) -> Result<Fields, Refusal> {
        match whole(request)?.get_mut(name).map(Value::take) {
            Some(Value::Object(fields)) => Ok(Fields::new(fields)),
            _ => Err(Refusal::invalid(format!("{} must be an object", title(name)))),
        }
    }

    pub(super) fn new(fields: Map<String, Value>) -> Fields {
        Fields {
            fields,
            errors: Vec::new(),
        }
    }

    /// Refuses all that was wrong.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        match self.errors.is_empty() {
            true => Ok(()),
            false => Err(Refusal::all_invalid(self.errors)),
        }
    }

    pub(super) fn is_null(&self, name: &str) -> bool {
        self.fields.get(name) == Some(&Value::Null)
    }

    pub(super) fn fault(&mut self, error: impl Into<String>) {
        self.errors.push(error.into());
    }

    /// The value, or a fault if the field is not there. A field that is there and wrong has its fault already.
    pub(super) fn require<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        if !self.fields.contains_key(name) {
            self.fault(format!("{} can't be blank", title(name)));
        }
        value
    }

    /// A text of at most so many characters.
    pub(super) fn text(&mut self, name: &str, length_max: usize) -> Option<String> {
        let text = match self.fields.get(name)? {
            Value::String(text) => text.clone(),
            _ => return self.wrong(name, "must be a string"),
        };
        if text.chars().count() > length_max {
            return self.wrong(name, &format!("is too long (maximum is {length_max} characters)"));
        }
        Some(text)
    }

    /// A text with something in it.
    pub(super) fn filled(&mut self, name: &str, length_max: usize) -> Option<String> {
        match self.text(name, length_max)? {
            text if text.trim().is_empty() => self.wrong(name, "can't be blank"),
            text => Some(text),
        }
    }

    pub(super) fn email(&mut self, name: &str) -> Option<String> {
        let email = self.filled(name, *EMAIL_LENGTH.end())?;
        match EMAIL_LENGTH.contains(&email.chars().count()) && is_email(&email) {
            true => Some(email),
            false => self.wrong(name, "is invalid"),
        }
    }

    /// One of a closed set of values.
    pub(super) fn choice<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.fields.get(name)?.clone();
        match serde_json::from_value(value) {
            Ok(choice) => Some(choice),
            Err(_) => self.wrong(name, "is not included in the list"),
        }
    }

    /// That a type, if it is named, is this one.
    pub(super) fn type_is(&mut self, expected: &str) -> Option<()> {
        match self.fields.get("type")?.as_str() == Some(expected) {
            true => Some(()),
            false => self.wrong("type", &format!("must be {expected}")),
        }
    }

    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u64>) -> Option<u64> {
        match self.fields.get(name)?.as_u64() {
            Some(number) if range.contains(&number) => Some(number),
            _ => self.wrong(
                name,
                &format!("must be a whole number from {} to {}", range.start(), range.end()),
            ),
        }
    }

    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.fields.get(name)? {
            Value::Bool(value) => Some(*value),
            _ => self.wrong(name, "must be true or false"),
        }
    }

    /// The id in a reference, which must name one of these types.
    pub(super) fn reference(&mut self, name: &str, types: &[&str]) -> Option<String> {
        let reference = self.fields.get(name)?;
        let kind = reference.get("type").and_then(Value::as_str);
        match reference.get("id").and_then(Value::as_str) {
            Some(id) if kind.is_some_and(|kind| types.contains(&kind)) => Some(id.to_owned()),
            _ => self.wrong(name, "must be a reference"),
        }
    }

    fn wrong<T>(&mut self, name: &str, what: &str) -> Option<T> {
        self.fault(format!("{} {what}", title(name)));
        None
    }
}

/// The name of a field as error messages have it: `Job title` for `job_title`.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Something before and something with a dot behind one `@`, no blanks.
fn is_email(text: &str) -> bool {
    let sound = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    text.split_once('@').is_some_and(|(local, domain)| {
        sound(local) && sound(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    })
}
