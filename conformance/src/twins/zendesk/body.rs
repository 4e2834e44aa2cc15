//! Bodies of requests: one wrapped object or list each, read field by field.

use serde_json::{Map, Value};

use super::refusal::{Faults, Refusal};
use crate::twins::Request;

/// No length is documented for texts; what a database row takes.
const TEXT_LENGTH_MAX: usize = 65_535;

const EMAIL_LENGTH_MAX: usize = 254;

/// What the body wraps in `{"name": …}`; bodies must be said to be JSON.
pub(super) fn wrapped(request: &Request, name: &str) -> Result<Value, Refusal> {
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type != "application/json" {
        return Err(Refusal::unreadable("Content-Type must be application/json"));
    }
    let body: Option<Value> = serde_json::from_slice(&request.body).ok();
    let wrapped = body.and_then(|mut body| body.get_mut(name).map(Value::take));
    wrapped.ok_or_else(|| Refusal::unreadable(&format!("{name} is missing")))
}

pub(super) fn object(request: &Request, name: &str) -> Result<Map<String, Value>, Refusal> {
    match wrapped(request, name)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Refusal::unreadable(&format!("{name} must be an object"))),
    }
}

/// A list of objects, of which no more than a hundred are taken.
pub(super) fn objects(request: &Request, name: &str) -> Result<Vec<Map<String, Value>>, Refusal> {
    let wrong = || Refusal::unreadable(&format!("{name} must be a list of objects"));
    let Value::Array(list) = wrapped(request, name)? else {
        return Err(wrong());
    };
    let object = |item| match item {
        Value::Object(fields) => Ok(fields),
        _ => Err(wrong()),
    };
    few(list.into_iter().map(object).collect::<Result<_, _>>()?)
}

/// How many records a request may name.
const ITEMS_MAX: usize = 100;

/// The list, if it is not too long.
pub(super) fn few<T>(list: Vec<T>) -> Result<Vec<T>, Refusal> {
    match list.len() > ITEMS_MAX {
        true => Err(Refusal::too_many_values()),
        false => Ok(list),
    }
}

/// The fields of an object. What is wrong with them is collected; fields that nobody asks for are ignored.
pub(super) struct Fields<'a> {
    fields: &'a Map<String, Value>,
    pub(super) faults: Faults,
}

impl<'a> Fields<'a> {
    pub(super) fn new(fields: &'a Map<String, Value>) -> Fields<'a> {
        Fields {
            fields,
            faults: Faults::default(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name)
    }

    /// A text; the inner one is none if it shall be emptied.
    pub(super) fn nullable_text(&mut self, name: &str) -> Option<Option<String>> {
        match self.get(name)? {
            Value::Null => Some(None),
            Value::String(text) if text.len() <= TEXT_LENGTH_MAX => Some(Some(text.clone())),
            _ => self.wrong(name),
        }
    }

    /// A text that is empty rather than null.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.nullable_text(name).map(Option::unwrap_or_default)
    }

    /// A text with something in it.
    pub(super) fn filled(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if text.trim().is_empty() {
            self.blank(name);
            return None;
        }
        Some(text)
    }

    pub(super) fn require<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        if self.get(name).is_none() {
            self.blank(name);
        }
        value
    }

    pub(super) fn email(&mut self, name: &str) -> Option<String> {
        let email = self.filled(name)?;
        match is_email(&email) {
            true => Some(email),
            false => self.wrong(name),
        }
    }

    /// Null is as good as left out.
    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Null => None,
            Value::Bool(value) => Some(*value),
            _ => self.wrong(name),
        }
    }

    /// An id; the inner one is none if it shall be none.
    pub(super) fn id(&mut self, name: &str) -> Option<Option<u64>> {
        match self.get(name)? {
            Value::Null => Some(None),
            value => match value.as_u64() {
                Some(id) => Some(Some(id)),
                None => self.wrong(name),
            },
        }
    }

    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.list(name, |item| item.as_str().map(str::to_owned))
    }

    pub(super) fn ids(&mut self, name: &str) -> Option<Vec<u64>> {
        self.list(name, Value::as_u64)
    }

    /// Null is the empty list.
    fn list<T>(&mut self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
        let list = match self.get(name)? {
            Value::Null => return Some(Vec::new()),
            Value::Array(list) => list.iter().map(read).collect(),
            _ => None,
        };
        list.or_else(|| self.wrong(name))
    }

    pub(super) fn wrong<T>(&mut self, name: &str) -> Option<T> {
        self.faults.invalid(name);
        None
    }

    fn blank(&mut self, name: &str) {
        let description = "is too short (minimum is 1 characters)";
        self.faults.add(name, "ValueTooShort", description);
    }
}

/// Something before and something with a dot behind one `@`, no blanks.
pub(super) fn is_email(text: &str) -> bool {
    let sound = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    let pair = text.split_once('@').filter(|_| text.len() <= EMAIL_LENGTH_MAX);
    pair.is_some_and(|(local, domain)| {
        sound(local) && sound(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    })
}
