//! Fields of accounts: what values they take, and which are the same.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::phone;

/// One field of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The vendor's name.
    pub name: String,
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether an account cannot exist without it.
    #[serde(default)]
    pub required: bool,
    /// Shortest text the vendor takes, in characters.
    #[serde(default)]
    pub length_min: Option<usize>,
    /// Longest text the vendor takes, in characters.
    #[serde(default)]
    pub length_max: Option<usize>,
    /// The values that the vendor takes; any if there are none.
    #[serde(default)]
    pub choices: Vec<String>,
    /// The vendor takes it with a new account only; later changes stay with the directory.
    #[serde(default)]
    pub create_only: bool,
    /// Calls, readings included, that changing it takes.
    #[serde(default = "one_call")]
    pub update_calls: u64,
    /// Further readings by which the vendor's id of a value is found, once for each value. None takes its value away.
    #[serde(default)]
    pub look_up_calls: u64,
    /// Values that the vendor takes, where not every text of the type will do.
    #[serde(default)]
    pub examples: Vec<Value>,
    /// The roles whose accounts have it; all if there are none.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Values are compared without regard to case, as the vendor does.
    #[serde(default)]
    pub case_insensitive: bool,
    /// The writing call that carries it. Fields without one go in the main call; the others in a call of that name.
    #[serde(default)]
    pub call: Option<String>,
    /// The call that carries its change, where creating takes it in the main call.
    #[serde(default)]
    pub update_call: Option<String>,
    /// A new value counts only once the person has confirmed it; until then the vendor shows the former one.
    #[serde(default)]
    pub confirmed_later: bool,
    /// A new value takes the place of the part behind it: the former part goes, and the new one has another id.
    #[serde(default)]
    pub replaces_part: bool,
    /// The main-call field from which the vendor fills this one when it creates the account.
    #[serde(default)]
    pub created_from: Option<String>,
    /// Where its value comes from if the target's mapping does not say otherwise: a SCIM path, or several with blanks
    /// between them (`name.givenName name.familyName`), whose values are joined by a blank; see
    /// [`super::source_paths`].
    #[serde(default)]
    pub default_source: Option<String>,
    /// Further sources of that form, tried in order when it has no value.
    #[serde(default)]
    pub fallback_sources: Vec<String>,
    /// Sent when no source has a value.
    #[serde(default)]
    pub default_value: Option<Value>,
}

/// What values a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text.
    String,
    /// An e-mail address.
    Email,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// Texts, in any order.
    List,
    /// One of the vendor's roles.
    Role,
    /// An IANA time zone.
    TimeZone,
    /// A telephone number; see [`crate::phone`].
    Phone,
    /// Text, a number, true or false, or a list of these: the account itself says which, and no description.
    Any,
}

impl Field {
    /// A field that the vendor's account has of its own.
    pub(crate) fn custom(name: &str, kind: FieldType) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            required: false,
            length_min: None,
            length_max: None,
            choices: Vec::new(),
            roles: Vec::new(),
            create_only: false,
            update_calls: one_call(),
            look_up_calls: 0,
            examples: Vec::new(),
            case_insensitive: false,
            call: None,
            update_call: None,
            confirmed_later: false,
            replaces_part: false,
            created_from: None,
            default_source: None,
            fallback_sources: Vec::new(),
            default_value: None,
        }
    }

    /// The writing call that carries its change; `None` is the main call.
    pub fn changing_call(&self) -> Option<&str> {
        self.update_call.as_deref().or(self.call.as_deref())
    }

    /// The most calls, readings included, that changing it takes.
    pub fn update_calls_max(&self) -> u64 {
        self.update_calls + self.look_up_calls
    }

    /// Whether the vendor would take both values for the same. `Null` and empty text are both no value.
    pub fn same(&self, left: &Value, right: &Value) -> bool {
        if self.kind == FieldType::List {
            return texts(left) == texts(right);
        }
        if self.kind == FieldType::Any {
            return plain(left) == plain(right);
        }
        let (Some(left_text), Some(right_text)) = (text(left), text(right)) else {
            return left == right;
        };
        match self.kind {
            FieldType::Phone => match (phone::parse(left_text, None), phone::parse(right_text, None)) {
                (Ok(left), Ok(right)) => left == right,
                _ => left_text == right_text,
            },
            _ if self.case_insensitive => left_text.to_lowercase() == right_text.to_lowercase(),
            _ => left_text == right_text,
        }
    }
}

/// Most things take one call.
pub(super) fn one_call() -> u64 {
    1
}

/// Text, with `Null` as empty text.
fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Null => Some(""),
        value => value.as_str(),
    }
}

/// The texts of a list, in one order; `Null` is the empty list.
fn texts(value: &Value) -> BTreeSet<&str> {
    let texts = value.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).collect()
}

/// What a value of any type says, in one order: which type the account has for it does not count.
fn plain(value: &Value) -> BTreeSet<String> {
    let one = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        // Some answer a whole number with a point.
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    };
    let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    values.iter().map(one).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_the_same_as_the_vendor_takes_them() {
        let field = |kind, case_insensitive| Field {
            case_insensitive,
            ..Field::custom("f", kind)
        };
        for (kind, case_insensitive, left, right, expected) in [
            (FieldType::String, false, json!("a"), json!("a"), true),
            (FieldType::String, false, json!("a"), json!("A"), false),
            (FieldType::Email, true, json!("Ä@x.example"), json!("ä@X.example"), true),
            (FieldType::String, false, json!(null), json!(""), true),
            (FieldType::String, false, json!(null), json!("a"), false),
            (FieldType::Boolean, false, json!(true), json!(true), true),
            (FieldType::Boolean, false, json!(true), json!(null), false),
            (
                FieldType::Phone,
                false,
                json!("+1 (555) 123-4567"),
                json!("tel:+15551234567"),
                true,
            ),
            (
                FieldType::Phone,
                false,
                json!("+15551234567"),
                json!("+15551234568"),
                false,
            ),
            (FieldType::Phone, false, json!("+15551234567"), json!(null), false),
            (FieldType::Phone, false, json!("ext. 7"), json!("ext. 7"), true),
            (FieldType::List, false, json!(["a", "b"]), json!(["b", "a"]), true),
            (FieldType::List, false, json!(["a"]), json!(["b"]), false),
            (FieldType::List, false, json!([]), json!(null), true),
            (FieldType::Any, false, json!(3), json!(3.0), true),
            (FieldType::Any, false, json!(3), json!(4), false),
            (FieldType::Any, false, json!(true), json!(false), false),
            (FieldType::Any, false, json!(false), json!(null), false),
            (FieldType::Any, false, json!(["a", "b"]), json!(["b", "a"]), true),
            (FieldType::Any, false, json!(["a"]), json!(["a", "b"]), false),
            (FieldType::Any, false, json!([]), json!(null), true),
            (FieldType::Any, false, json!("A"), json!("a"), false),
        ] {
            let same = field(kind, case_insensitive).same(&left, &right);
            assert_eq!(same, expected, "{kind:?} {left} {right}");
        }
    }
}
