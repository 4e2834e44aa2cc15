//! The place of a value in a resource: a path of RFC 7644 section 3.5.2, as far as fields need it. Pure.
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::descriptor::Clear;

/// What no field can be: what the service provider alone says, and what is changed by calls of its own.
const RESERVED: [&str; 6] = ["active", "groups", "id", "members", "meta", "schemas"];

/// What comes before the attributes of RFC 7643 itself where they are named in full.
const CORE_URN: &str = "urn:ietf:params:scim:schemas:core:";

/// A resource as JSON.
pub(super) type Document = Map<String, Value>;

/// `title`, `name.givenName`, `emails[type eq "work"].value`, or one of these behind an extension's URN and a colon.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Attribute {
    /// As it was written.
    text: String,
    /// The extension that it belongs to.
    pub(super) urn: Option<String>,
    name: String,
    /// Which of several values is meant: the one whose sub-attribute has this value.
    choice: Option<(String, Value)>,
    sub: Option<String>,
}

/// How a PATCH is to name a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a> {
    /// How values are taken away.
    pub(super) clear: Clear,
    /// The attribute is replaced as a whole.
    pub(super) whole: bool,
    /// There is a value that the path meets.
    pub(super) is_there: bool,
    /// What a new value of a multi-valued attribute has beside it.
    pub(super) beside: Option<&'a Document>,
}

impl Attribute {
    /// Whether it is one of several values, so that a change must know if it is there.
    pub(super) fn is_chosen(&self) -> bool {
        self.choice.is_some()
    }

    /// Whether no field can be there.
    pub(super) fn is_reserved(&self) -> bool {
        let is_core = self.urn.as_deref().is_none_or(|urn| urn.starts_with(CORE_URN));
        is_core && RESERVED.iter().any(|name| name.eq_ignore_ascii_case(&self.name))
    }

    /// Whether both are one place.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }

    /// What a refusal may call it, the longer form first.
    pub(super) fn names(&self) -> (String, &str) {
        let sub = self.sub.as_deref().filter(|_| self.choice.is_none());
        let dotted = sub.map_or_else(|| self.name.clone(), |sub| format!("{}.{sub}", self.name));
        (dotted, &self.name)
    }

    /// The value; `Null` if it has none.
    pub(super) fn read(&self, document: &Document) -> Value {
        let found = match &self.urn {
            Some(urn) => get(document, urn).and_then(Value::as_object),
            None => Some(document),
        };
        let found = found.and_then(|holder| get(holder, &self.name));
        let found = match &self.choice {
            Some(choice) => found.and_then(|values| values.as_array()?.iter().find(|value| is_chosen(value, choice))),
            None => found,
        };
        let found = match &self.sub {
            Some(sub) => found.and_then(|value| get(value.as_object()?, sub)),
            None => found,
        };
        found.cloned().unwrap_or_default()
    }

    /// Puts a value into a resource that is sent as a whole; `Null` takes it away. What becomes empty goes.
    pub(super) fn write(&self, document: &mut Document, value: &Value, beside: Option<&Document>) {
        let Some(urn) = &self.urn else {
            return self.write_into(document, value, beside);
        };
        let mut extension = object(document.remove(&key(document, urn)));
        self.write_into(&mut extension, value, beside);
        if !extension.is_empty() {
            document.insert(urn.clone(), extension.into());
        }
    }

    /// The operation of a PATCH that sets a value; `Null` takes it away.
    pub(super) fn operation(&self, value: &Value, form: Form<'_>) -> Value {
        match (value, &self.choice) {
            (Value::Null, None) if form.clear == Clear::Empty => {
                json!({ "op": "replace", "path": self.text, "value": "" })
            }
            (Value::Null, None) => json!({ "op": "remove", "path": self.text }),
            (value, None) => json!({ "op": "replace", "path": self.text, "value": value }),
            (Value::Null, Some(_)) if form.whole => json!({ "op": "remove", "path": self.whole() }),
            (value, Some(_)) if form.whole => {
                json!({ "op": "replace", "path": self.whole(), "value": [self.element(value, form.beside)] })
            }
            (Value::Null, Some((sub, is))) => {
                json!({ "op": "remove", "path": format!("{}[{sub} eq {is}]", self.whole()) })
            }
            (value, Some(_)) if form.is_there => json!({ "op": "replace", "path": self.text, "value": value }),
            (value, Some(_)) => {
                json!({ "op": "add", "path": self.whole(), "value": [self.element(value, form.beside)] })
            }
        }
    }

    fn write_into(&self, holder: &mut Document, value: &Value, beside: Option<&Document>) {
        let key = key(holder, &self.name);
        let former = holder.remove(&key);
        let new = match (&self.choice, &self.sub) {
            (Some(choice), _) => self.write_chosen(array(former), choice, (value, beside)),
            (None, Some(sub)) => {
                let mut parts = object(former);
                set(&mut parts, sub, value);
                if parts.is_empty() { Value::Null } else { parts.into() }
            }
            (None, None) => value.clone(),
        };
        if !new.is_null() {
            holder.insert(key, new);
        }
    }

    fn write_chosen(
        &self,
        mut values: Vec<Value>,
        choice: &(String, Value),
        (value, beside): (&Value, Option<&Document>),
    ) -> Value {
        let met = values.iter_mut().find(|value| is_chosen(value, choice));
        match (met, value) {
            (_, Value::Null) => values.retain(|value| !is_chosen(value, choice)),
            (Some(met), value) => {
                let mut parts = object(Some(met.take()));
                set(&mut parts, self.sub.as_deref().unwrap_or("value"), value);
                *met = parts.into();
            }
            (None, value) => {
                let new = self.element(value, beside);
                if is_primary(&new) {
                    demote(&mut values);
                }
                values.push(new);
            }
        }
        if values.is_empty() { Value::Null } else { values.into() }
    }

    /// A new value of a multi-valued attribute.
    fn element(&self, value: &Value, beside: Option<&Document>) -> Value {
        let mut element = beside.cloned().unwrap_or_default();
        element.extend(self.choice.clone());
        element.insert(self.sub.clone().unwrap_or_else(|| "value".to_owned()), value.clone());
        element.into()
    }

    /// The path of the attribute with all its values.
    fn whole(&self) -> String {
        match &self.urn {
            Some(urn) => format!("{urn}:{}", self.name),
            None => self.name.clone(),
        }
    }
}

impl TryFrom<String> for Attribute {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no path of an attribute");
        let head = text.split('[').next().unwrap_or_default();
        let urn = head.rsplit_once(':').map(|(urn, _)| urn.to_owned());
        let rest = text
            .get(urn.as_ref().map_or(0, |urn| urn.len() + 1)..)
            .ok_or_else(wrong)?;
        let (rest, choice) = match rest.split_once('[') {
            None => (rest.to_owned(), None),
            Some((name, rest)) => {
                let (condition, sub) = rest.rsplit_once(']').ok_or_else(wrong)?;
                let (part, is) = condition.split_once(" eq ").ok_or_else(wrong)?;
                let is = serde_json::from_str(is).map_err(|_| wrong())?;
                (format!("{name}{sub}"), Some((part.to_owned(), is)))
            }
        };
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name.to_owned(), Some(sub.to_owned())),
            None => (rest, None),
        };
        let plain = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_sound = plain(&name) && sub.as_deref().is_none_or(plain) && (choice.is_none() || sub.is_some());
        if !is_sound {
            return Err(wrong());
        }
        Ok(Self {
            text,
            urn,
            name,
            choice,
            sub,
        })
    }
}

/// The value of an attribute, whose name is compared without regard to case (RFC 7643 section 2.1).
pub(super) fn get<'d>(document: &'d Document, name: &str) -> Option<&'d Value> {
    let named = |(key, _): &(&String, &Value)| key.eq_ignore_ascii_case(name);
    document.iter().find(named).map(|(_, value)| value)
}

/// The name under which an attribute is there; its own if it is not.
fn key(document: &Document, name: &str) -> String {
    let found = document.keys().find(|key| key.eq_ignore_ascii_case(name));
    found.cloned().unwrap_or_else(|| name.to_owned())
}

fn is_chosen(value: &Value, (sub, is): &(String, Value)) -> bool {
    let has = value.as_object().and_then(|parts| get(parts, sub));
    match (has.and_then(Value::as_str), is.as_str()) {
        (Some(has), Some(is)) => has.eq_ignore_ascii_case(is),
        _ => has == Some(is),
    }
}

fn is_primary(value: &Value) -> bool {
    let primary = value.as_object().and_then(|parts| get(parts, "primary"));
    primary == Some(&Value::Bool(true))
}

/// There is one primary value at most (RFC 7643 section 2.4). In a PATCH the service provider sees to that itself (RFC
/// 7644 section 3.5.2).
fn demote(values: &mut [Value]) {
    let primary = values.iter_mut().filter(|value| is_primary(value));
    for parts in primary.filter_map(Value::as_object_mut) {
        set(parts, "primary", &Value::Bool(false));
    }
}

fn set(parts: &mut Document, name: &str, value: &Value) {
    let key = key(parts, name);
    match value {
        Value::Null => parts.remove(&key),
        value => parts.insert(key, value.clone()),
    };
}

fn object(value: Option<Value>) -> Document {
    match value {
        Some(Value::Object(parts)) => parts,
        _ => Document::new(),
    }
}

fn array(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK: &str = r#"emails[type eq "work"].value"#;
    const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";

    fn attribute(text: &str) -> Attribute {
        Attribute::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn paths_are_read_or_refused() {
        for text in [
            "",
            "a b",
            "emails[type eq work].value",
            "emails[type].value",
            r#"emails[type eq "work"]"#,
            "a.b.c",
        ] {
            assert!(Attribute::try_from(text.to_owned()).is_err(), "{text}");
        }
        let department = attribute(DEPARTMENT);
        assert_eq!(department.urn.as_deref(), DEPARTMENT.strip_suffix(":department"));
        assert_eq!(department.names().0, "department");
        assert_eq!(attribute(WORK).names().0, "emails");
        assert_eq!(
            attribute("name.givenName").names(),
            ("name.givenName".to_owned(), "name")
        );
    }

    fn check_write(text: &str, before: Value, value: Value, after: Value) {
        let mut document = object(Some(before.clone()));
        let beside = object(Some(json!({ "primary": true })));
        attribute(text).write(&mut document, &value, Some(&beside));
        assert_eq!(Value::Object(document.clone()), after, "{text} {before} {value}");
        assert_eq!(attribute(text).read(&document), value, "{text} {after}");
    }

    #[test]
    fn values_are_put_in_their_place_and_read_there() {
        let home = json!({ "type": "home", "value": "h" });
        for (text, before, value, after) in [
            ("title", json!({}), json!("Guide"), json!({ "title": "Guide" })),
            (
                "title",
                json!({ "Title": "x" }),
                json!("Guide"),
                json!({ "Title": "Guide" }),
            ),
            ("title", json!({ "title": "x" }), Value::Null, json!({})),
            (
                "name.givenName",
                json!({}),
                json!("Ann"),
                json!({ "name": { "givenName": "Ann" } }),
            ),
            (
                "name.givenName",
                json!({ "name": { "givenName": "Ann", "familyName": "Ash" } }),
                Value::Null,
                json!({ "name": { "familyName": "Ash" } }),
            ),
            (
                "name.givenName",
                json!({ "name": { "givenName": "Ann" } }),
                Value::Null,
                json!({}),
            ),
            (
                WORK,
                json!({ "emails": [home] }),
                json!("w"),
                json!({ "emails": [home, { "type": "work", "value": "w", "primary": true }] }),
            ),
            (
                WORK,
                json!({ "emails": [{ "type": "home", "value": "h", "Primary": true }] }),
                json!("w"),
                json!({ "emails": [
                    { "type": "home", "value": "h", "Primary": false },
                    { "type": "work", "value": "w", "primary": true },
                ] }),
            ),
            (
                WORK,
                json!({ "emails": [{ "type": "Work", "value": "x", "display": "X" }] }),
                json!("w"),
                json!({ "emails": [{ "type": "Work", "value": "w", "display": "X" }] }),
            ),
            (
                WORK,
                json!({ "emails": [home, { "type": "work", "value": "w" }] }),
                Value::Null,
                json!({ "emails": [home] }),
            ),
            (
                WORK,
                json!({ "emails": [{ "type": "work", "value": "w" }] }),
                Value::Null,
                json!({}),
            ),
            (
                DEPARTMENT,
                json!({}),
                json!("Tours"),
                json!({ "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Tours" } }),
            ),
        ] {
            check_write(text, before, value, after);
        }
    }

    #[test]
    fn operations_name_what_they_meet() {
        let beside = object(Some(json!({ "primary": true })));
        let form = |whole, is_there| Form {
            clear: Clear::Remove,
            whole,
            is_there,
            beside: Some(&beside),
        };
        let empty = Form {
            clear: Clear::Empty,
            ..form(false, false)
        };
        let new = json!([{ "primary": true, "type": "work", "value": "w" }]);
        for (text, value, form, expected) in [
            (
                "title",
                json!("x"),
                form(false, false),
                json!({ "op": "replace", "path": "title", "value": "x" }),
            ),
            (
                "title",
                Value::Null,
                form(false, true),
                json!({ "op": "remove", "path": "title" }),
            ),
            (
                "title",
                Value::Null,
                empty,
                json!({ "op": "replace", "path": "title", "value": "" }),
            ),
            (
                DEPARTMENT,
                json!("x"),
                form(true, true),
                json!({ "op": "replace", "path": DEPARTMENT, "value": "x" }),
            ),
            (
                WORK,
                json!("w"),
                form(false, true),
                json!({ "op": "replace", "path": WORK, "value": "w" }),
            ),
            (
                WORK,
                json!("w"),
                form(false, false),
                json!({ "op": "add", "path": "emails", "value": new }),
            ),
            (
                WORK,
                json!("w"),
                form(true, true),
                json!({ "op": "replace", "path": "emails", "value": new }),
            ),
            (
                WORK,
                Value::Null,
                form(false, true),
                json!({ "op": "remove", "path": r#"emails[type eq "work"]"# }),
            ),
            (
                WORK,
                Value::Null,
                form(true, true),
                json!({ "op": "remove", "path": "emails" }),
            ),
        ] {
            assert_eq!(attribute(text).operation(&value, form), expected, "{text} {value}");
        }
    }
}
