//! Resources as requests carry them: read, checked, and brought to canonical names.

use serde_json::{Map, Value};

use super::profile::{Extras, Profile, Shape, UserNames};
use super::refusal::{Reason, Refusal};
use super::schema::{self, Attribute, ENTERPRISE, Kind, Mutability, Type, USER};
use crate::twins::Request;

/// A resource without `schemas`, `id` and `meta`: what a client may write.
pub(super) type Document = Map<String, Value>;

/// One resource type in one dialect.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) profile: &'static Profile,
    pub(super) kind: &'static Type,
}

/// The body of a request as JSON, which it must be said to be. RFC 7644 section 3.1; the answer is not documented.
pub(super) fn body(request: &Request) -> Result<Value, Refusal> {
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !matches!(media_type, "application/scim+json" | "application/json") {
        return Err(Refusal::new(
            Reason::Syntax,
            "Content-Type must be application/scim+json",
        ));
    }
    serde_json::from_slice(&request.body).map_err(|_| Refusal::new(Reason::Syntax, "The body is not valid JSON"))
}

impl Rules {
    pub(super) fn shape(&self) -> &'static Shape {
        match self.kind.urn == USER {
            true => &self.profile.users,
            false => &self.profile.groups,
        }
    }

    /// The whole resource that a body of POST or PUT holds.
    pub(super) fn read(&self, body: Value) -> Result<Document, Refusal> {
        let Value::Object(mut body) = body else {
            return Err(Refusal::new(Reason::Syntax, "The body must be an object"));
        };
        let urns = body.remove("schemas").unwrap_or_default();
        self.check_schemas(&urns, &body)?;
        let mut document = self.canonical(body)?;
        if self.kind.urn == USER {
            document.entry("active").or_insert(Value::Bool(true));
        }
        self.check(document)
    }

    /// Checks a resource whose names and types are right, and gives it as it is kept.
    pub(super) fn check(&self, mut document: Document) -> Result<Document, Refusal> {
        for path in self.shape().required {
            self.require(&document, path)?;
        }
        if self.kind.urn == USER {
            check_values(self.profile, &document)?;
            convert_user_name(self.profile, &mut document)?;
        }
        document.remove("password");
        Ok(document)
    }

    /// A value of an attribute with canonical names; none if it is unassigned. RFC 7643 section 2.5.
    pub(super) fn value(&self, attribute: &Attribute, path: &str, value: Value) -> Result<Option<Value>, Refusal> {
        let values = match value {
            Value::Null => return Ok(None),
            Value::Array(values) if attribute.many => values,
            _ if attribute.many => return Err(Refusal::value(path, "must be a list")),
            value => return self.single(attribute, path, value),
        };
        let mut taken = Vec::new();
        for value in values {
            taken.extend(self.single(attribute, path, value)?);
        }
        Ok((!taken.is_empty()).then_some(Value::Array(taken)))
    }

    /// One value, of a multi-valued attribute as of any other.
    pub(super) fn single(&self, attribute: &Attribute, path: &str, value: Value) -> Result<Option<Value>, Refusal> {
        let wrong = |what| Err(Refusal::value(path, what));
        match (attribute.kind, value) {
            (_, Value::Null) => Ok(None),
            (Kind::Text | Kind::DateTime, Value::String(text)) => self.text(path, text).map(Some),
            (Kind::Text | Kind::DateTime, _) => wrong("must be a string"),
            (Kind::Boolean, Value::Bool(value)) => Ok(Some(value.into())),
            (Kind::Boolean, _) => wrong("must be true or false"),
            (Kind::Complex, Value::Object(parts)) => {
                let mut taken = Map::new();
                for (name, part) in parts {
                    self.take(&mut taken, attribute.subs, (&format!("{path}."), &name, part))?;
                }
                Ok((!taken.is_empty()).then_some(taken.into()))
            }
            (Kind::Complex, _) => wrong("must be an object"),
        }
    }

    /// Whether the vendor takes this attribute, or any part of it.
    pub(super) fn takes(&self, path: &str) -> bool {
        let Some(taken) = self.shape().takes else {
            return true;
        };
        taken.iter().any(|other| {
            other
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    fn canonical(&self, body: Map<String, Value>) -> Result<Document, Refusal> {
        let mut document = Map::new();
        for (name, value) in body {
            match (self.kind.named_extension(&name), self.kind.extension) {
                (Some(urn), Some((_, attributes))) => {
                    let parts = self.extension(urn, attributes, value)?;
                    document.extend(parts.map(|parts| (urn.to_owned(), parts)));
                }
                _ => self.take(&mut document, self.kind.attributes, ("", &name, value))?,
            }
        }
        Ok(document)
    }

    fn extension(&self, urn: &str, attributes: &'static [Attribute], value: Value) -> Result<Option<Value>, Refusal> {
        let Value::Object(parts) = value else {
            return Err(Refusal::value(urn, "must be an object"));
        };
        let mut taken = Map::new();
        for (name, part) in parts {
            self.take(&mut taken, attributes, (&format!("{urn}:"), &name, part))?;
        }
        Ok((!taken.is_empty()).then_some(taken.into()))
    }

    /// Puts one attribute (its prefix, its name and its value) where it belongs, if it is taken.
    fn take(
        &self,
        into: &mut Map<String, Value>,
        attributes: &'static [Attribute],
        (prefix, name, value): (&str, &str, Value),
    ) -> Result<(), Refusal> {
        let unknown = |path: &str| match self.profile.extras {
            Extras::Ignored => Ok(()),
            Extras::UnknownRefused | Extras::Refused => {
                Err(Refusal::new(Reason::Syntax, format!("{path} is not an attribute")))
            }
        };
        let Some(attribute) = schema::named(attributes, name) else {
            return unknown(&format!("{prefix}{name}"));
        };
        let path = format!("{prefix}{}", attribute.name);
        if attribute.mutability == Mutability::ReadOnly {
            return match self.profile.extras {
                Extras::Ignored | Extras::UnknownRefused => Ok(()),
                Extras::Refused => unknown(&path),
            };
        }
        if !self.takes(&path) {
            return unknown(&path);
        }
        let value = self.value(attribute, &path, value)?;
        let former = value.and_then(|value| into.insert(attribute.name.to_owned(), value));
        match former {
            Some(_) => Err(Refusal::new(Reason::Syntax, format!("{path} is there twice"))),
            None => Ok(()),
        }
    }

    /// `schemas` names the core schema and every extension that the body has, and nothing else. RFC 7643 section 3.
    fn check_schemas(&self, urns: &Value, body: &Map<String, Value>) -> Result<(), Refusal> {
        let refused = |detail: String| Err(Refusal::new(Reason::Schemas, detail));
        let Some(urns) = urns.as_array().filter(|urns| !urns.is_empty()) else {
            return refused("schemas is missing".into());
        };
        let has = |urn: &str| urns.iter().any(|other| other.as_str() == Some(urn));
        if !has(self.kind.urn) {
            return refused(format!("schemas must name {}", self.kind.urn));
        }
        let known = [self.kind.urn, ENTERPRISE];
        let foreign = |urn: &&Value| !urn.as_str().is_some_and(|urn| known.contains(&urn));
        if let Some(urn) = urns
            .iter()
            .find(foreign)
            .filter(|_| self.profile.extras != Extras::Ignored)
        {
            return refused(format!("schemas names {urn}, which is unknown"));
        }
        match body.contains_key(ENTERPRISE) && !has(ENTERPRISE) {
            true => refused(format!("schemas must name {ENTERPRISE}")),
            false => Ok(()),
        }
    }

    fn text(&self, path: &str, text: String) -> Result<Value, Refusal> {
        let rules = &self.profile.values;
        if text.is_empty() && !rules.blanks {
            return Err(Refusal::value(path, "must not be empty"));
        }
        let is_name = path.starts_with("name.") || matches!(path, "userName" | "displayName");
        if is_name && text.contains(|letter| rules.not_in_names.contains(letter)) {
            return Err(Refusal::value(path, "has letters that it may not have"));
        }
        Ok(text.into())
    }

    fn require(&self, document: &Document, path: &str) -> Result<(), Refusal> {
        let value = path.split('.').try_fold(None, |value: Option<&Value>, name| {
            let value = match value {
                None => document.get(name),
                Some(value) => value.get(name).or_else(|| value.get(0)?.get(name)),
            };
            value.map(Some)
        });
        let is_blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
        match value.flatten() {
            Some(value) if !is_blank(value) => Ok(()),
            _ => Err(Refusal::new(missing(path), format!("{path} is required"))),
        }
    }
}

fn missing(path: &str) -> Reason {
    match path {
        "userName" => Reason::NoUserName,
        "emails.value" => Reason::NoEmail,
        _ => Reason::Value,
    }
}

fn check_values(profile: &Profile, document: &Document) -> Result<(), Refusal> {
    for (name, value) in document {
        let Some(values) = value.as_array() else { continue };
        if profile.values.many_max.is_some_and(|max| values.len() > max) {
            return Err(Refusal::value(name, "has too many values"));
        }
        let is_primary = |value: &&Value| value.get("primary") == Some(&Value::Bool(true));
        let primary = values.iter().filter(is_primary).count();
        // RFC 7643 section 2.4.
        if primary > 1 {
            return Err(Refusal::value(name, "has more than one primary value"));
        }
        if name == "emails" && profile.values.emails_are_primary && primary == 0 {
            return Err(Refusal::value(name, "must be marked as primary"));
        }
    }
    Ok(())
}

fn convert_user_name(profile: &Profile, document: &mut Document) -> Result<(), Refusal> {
    let name = document.get("userName").and_then(Value::as_str).unwrap_or_default();
    match profile.user_names {
        UserNames::Any => Ok(()),
        UserNames::Email if is_email(name) => Ok(()),
        UserNames::Email => Err(Refusal::value("userName", "must be an e-mail")),
        UserNames::Converted { length_max } => {
            if name.chars().count() > length_max && !is_email(name) {
                return Err(Refusal::new(Reason::UserNameTooLong, "userName is too long"));
            }
            let convert = |letter: char| match letter.to_ascii_lowercase() {
                letter if letter.is_ascii_alphanumeric() || "._-".contains(letter) => letter,
                _ => '_',
            };
            let converted: String = name.chars().map(convert).take(length_max).collect();
            document.insert("userName".to_owned(), converted.into());
            Ok(())
        }
    }
}

/// Something before and something with a dot behind one `@`, no blanks.
fn is_email(text: &str) -> bool {
    let sound = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    text.split_once('@')
        .is_some_and(|(local, domain)| sound(local) && sound(domain) && domain.contains('.'))
}
