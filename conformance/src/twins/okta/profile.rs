//! What a request may say of a user's profile.

use serde_json::{Map, Value};

use super::account::Okta;
use super::attributes::{Attribute, is_email};
use super::org::{AttributeType, Mutability};
use super::records::User;
use super::refusal::Refusal;

const BLANK: &str = "The field cannot be left blank";

/// The text is not documented.
const PATTERN: &str = "Does not match required pattern";

/// How the attributes that a request names change a profile.
pub(super) enum Change<'a> {
    Create,
    /// What is not named stays.
    Update(&'a User),
    /// What is not named goes.
    Replace(&'a User),
}

impl Change<'_> {
    fn former(&self) -> Option<&User> {
        match self {
            Change::Create => None,
            Change::Update(user) | Change::Replace(user) => Some(user),
        }
    }

    /// What the summary of a refusal names if the profile as a whole is wrong. For an update it is not documented.
    fn name(&self) -> &'static str {
        match self {
            Change::Create => "newUser",
            Change::Update(_) | Change::Replace(_) => "user",
        }
    }
}

/// What is wrong with a profile, attribute by attribute.
#[derive(Default)]
struct Faults {
    fields: Vec<String>,
    causes: Vec<String>,
}

impl Faults {
    fn add(&mut self, name: &str, error: &str) {
        self.fields.push(name.to_owned());
        self.causes.push(format!("{name}: {error}"));
    }

    /// The summary names the first attribute.
    fn finish(self) -> Result<(), Refusal> {
        match self.fields.first() {
            Some(first) => Err(Refusal::validation(first, self.causes)),
            None => Ok(()),
        }
    }
}

impl Okta {
    /// The profile after the change, or everything that is wrong with it.
    pub(super) fn profile(&self, change: &Change, asked: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
        self.check_names(change, &asked)?;
        self.check_mutability(change, &asked)?;
        let mut profile = match change {
            Change::Create => Map::new(),
            Change::Update(user) => user.profile.clone(),
            Change::Replace(user) => self.untouchable(user),
        };
        let mut faults = Faults::default();
        for (name, value) in asked {
            let attribute = self.org.attribute(&name);
            let fault = attribute.and_then(|attribute| self.fault(&attribute, &value));
            if let Some(fault) = fault {
                faults.add(&name, fault);
            }
            match value {
                Value::Null => profile.remove(&name),
                value => profile.insert(name, value),
            };
        }
        self.check_required(&profile, &mut faults);
        self.check_unique(change, &profile, &mut faults);
        faults.finish()?;
        Ok(profile)
    }

    fn check_names(&self, change: &Change, asked: &Map<String, Value>) -> Result<(), Refusal> {
        let unknown = asked.keys().filter(|name| self.org.attribute(name).is_none());
        let causes: Vec<_> = unknown
            .map(|name| format!("Property name '{name}' is not defined in profile"))
            .collect();
        match causes.is_empty() {
            true => Ok(()),
            false => Err(Refusal::validation(change.name(), causes)),
        }
    }

    fn check_mutability(&self, change: &Change, asked: &Map<String, Value>) -> Result<(), Refusal> {
        for (name, value) in asked {
            let former = change.former().and_then(|user| user.profile.get(name));
            let is_same = former.unwrap_or(&Value::Null) == value;
            match self.org.attribute(name).map(|attribute| attribute.mutability) {
                Some(Mutability::ReadOnly) if !is_same => return Err(Refusal::read_only_attribute(name)),
                Some(Mutability::Immutable) if !is_same && former.is_some() => {
                    return Err(Refusal::immutable_attribute(name));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What of a profile even a replacement leaves: attributes that cannot be written.
    fn untouchable(&self, user: &User) -> Map<String, Value> {
        let is_read_only = |name: &str| {
            let attribute = self.org.attribute(name);
            attribute.is_some_and(|attribute| attribute.mutability != Mutability::ReadWrite)
        };
        let kept = user.profile.iter().filter(|(name, _)| is_read_only(name));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// What is wrong with a value; that an attribute is missing is found later. Texts are not documented, but for
    /// logins.
    fn fault(&self, attribute: &Attribute, value: &Value) -> Option<&'static str> {
        if value.is_null() {
            return (!attribute.nullable && !attribute.required).then_some("The field cannot be null");
        }
        if !is_of_type(attribute.kind, value) {
            return Some("The value is not of the attribute's type");
        }
        if attribute.choices.is_some_and(|choices| !choices.contains(value)) {
            return Some("The value is not one of the allowed values");
        }
        let text = value.as_str()?;
        if attribute.name == "login" && self.org.logins_are_emails && !text.is_empty() && !is_email(text) {
            return Some("Username must be in the form of an email address");
        }
        let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        if attribute.max_length.is_some_and(|max| length > max) {
            return Some("The field is too long");
        }
        if length == 0 {
            return None;
        }
        if attribute.min_length.is_some_and(|min| length < min) {
            return Some("The field is too short");
        }
        let is_formed = attribute.format.is_none_or(|format| format.fits(text));
        (!is_formed).then_some(PATTERN)
    }

    fn check_required(&self, profile: &Map<String, Value>, faults: &mut Faults) {
        for attribute in self.org.all_attributes().filter(|attribute| attribute.required) {
            let value = profile.get(attribute.name);
            if value.is_none_or(|value| value == "") {
                faults.add(attribute.name, BLANK);
            }
        }
    }

    fn check_unique(&self, change: &Change, profile: &Map<String, Value>, faults: &mut Faults) {
        let own_id = change.former().map(|user| user.id.as_str());
        let taken = "An object with this field already exists in the current organization";
        let login = profile.get("login").and_then(Value::as_str).unwrap_or_default();
        if self.login_is_taken(login, own_id) {
            faults.add("login", taken);
        }
        for attribute in self.org.custom_attributes().filter(|attribute| attribute.unique) {
            let Some(value) = profile.get(attribute.name) else {
                continue;
            };
            let mut others = self
                .users
                .rows()
                .values()
                .filter(|user| Some(user.id.as_str()) != own_id);
            if others.any(|user| user.profile.get(attribute.name) == Some(value)) {
                faults.add(attribute.name, taken);
            }
        }
    }
}

fn is_of_type(kind: AttributeType, value: &Value) -> bool {
    match kind {
        AttributeType::Array => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        AttributeType::Boolean => value.is_boolean(),
        AttributeType::Integer => value.is_i64() || value.is_u64(),
        AttributeType::Number => value.is_number(),
        AttributeType::String => value.is_string(),
    }
}
