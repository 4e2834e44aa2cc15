//! Which of the vendor's roles a person gets.
use adapters::descriptor::{Descriptor, Field, FieldType, is_same_name};
use schemas::Object;
use serde_json::Value;

use super::check;
use super::subject::Subject;
use crate::config::{self, RoleRule};
use adapters::descriptor::Misfit;

/// The rules of a target; the first that holds counts.
#[derive(Debug, Default)]
pub(super) struct Roles {
    rules: Vec<(Condition, String)>,
    default: Option<String>,
}

/// When a rule holds.
#[derive(Debug)]
enum Condition {
    Group(String),
    /// A value of this attribute.
    Given(&'static str, String),
}

/// A role that a rule gives, or the target's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruled<'a> {
    /// The vendor's role as the target's declaration has it.
    pub role: &'a str,
    /// The place of the rule in the declaration, from 0; `None`: none holds, it is the default.
    pub rule: Option<usize>,
    /// What the rule looks at: `groups`, `roles` or `entitlements`; of the default its own key, `default_role`.
    pub attribute: &'static str,
    /// The group, role or entitlement that it names; nothing of the default.
    pub value: Option<&'a str>,
}

impl Roles {
    /// # Errors
    /// Every rule that is wrong, with its place.
    pub(super) fn compile(descriptor: &Descriptor, target: &config::Target) -> Result<Self, Vec<Misfit>> {
        let mut misfits = Vec::new();
        let mut rules = Vec::new();
        for (index, rule) in target.role.iter().enumerate() {
            let place = ["role".to_owned(), index.to_string()];
            let wrong = unknown(descriptor, &rule.role);
            misfits.extend(wrong.map(|message| Misfit::new(&[&place[..], &["role".to_owned()]].concat(), message)));
            match condition(rule) {
                Some(condition) => rules.push((condition, rule.role.clone())),
                None => misfits.push(Misfit::new(
                    &place,
                    "say when it holds: by one of `group`, `scim_role` and `entitlement`",
                )),
            }
        }
        let default = target.default_role.as_ref();
        let wrong = default.and_then(|role| unknown(descriptor, role));
        misfits.extend(wrong.map(|message| Misfit::new(&["default_role".to_owned()], message)));
        misfits.extend(without_role(descriptor, target));
        match misfits.is_empty() {
            true => Ok(Self {
                rules,
                default: default.cloned(),
            }),
            false => Err(misfits),
        }
    }

    /// Whether a rule asks for groups.
    pub(super) fn reads_groups(&self) -> bool {
        self.rules
            .iter()
            .any(|(condition, _)| matches!(condition, Condition::Group(_)))
    }

    /// The role and why; `None` if the rules say nothing.
    pub(super) fn of(&self, subject: &Subject<'_>) -> Option<Ruled<'_>> {
        let mut rules = self.rules.iter().enumerate();
        let found = rules.find(|(_, (condition, _))| condition.holds(subject));
        let by_rule = found.map(|(index, (condition, role))| Ruled {
            role,
            rule: Some(index),
            attribute: condition.attribute(),
            value: Some(condition.value()),
        });
        let by_default = || {
            self.default.as_deref().map(|role| Ruled {
                role,
                rule: None,
                attribute: "default_role",
                value: None,
            })
        };
        by_rule.or_else(by_default)
    }
}

impl Condition {
    fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Condition::Group(name) => subject.is_in(name),
            Condition::Given(attribute, text) => is_given(subject.resource, attribute, text),
        }
    }

    fn attribute(&self) -> &'static str {
        match self {
            Condition::Group(_) => "groups",
            Condition::Given(attribute, _) => attribute,
        }
    }

    fn value(&self) -> &str {
        match self {
            Condition::Group(name) => name,
            Condition::Given(_, text) => text,
        }
    }
}

/// That rules or a default say what the mapping leaves out.
fn without_role(descriptor: &Descriptor, target: &config::Target) -> Vec<Misfit> {
    let is_omitted = |field: &&Field| target.mapping.user.get(&field.name).is_some_and(|source| source.omit);
    let mut roles = descriptor
        .user
        .fields
        .iter()
        .filter(|field| field.kind == FieldType::Role);
    let Some(field) = roles.find(is_omitted) else {
        return Vec::new();
    };
    let message = format!("says nothing: `mapping.user.{}` is left out by `omit`", field.name);
    let said = [
        (!target.role.is_empty(), "role"),
        (target.default_role.is_some(), "default_role"),
    ];
    let said = said.into_iter().filter(|(is_said, _)| *is_said);
    said.map(|(_, key)| Misfit::new(&[key.to_owned()], message.clone()))
        .collect()
}

fn condition(rule: &RoleRule) -> Option<Condition> {
    match (&rule.group, &rule.scim_role, &rule.entitlement) {
        (Some(name), None, None) => Some(Condition::Group(name.clone())),
        (None, Some(text), None) => Some(Condition::Given("roles", text.clone())),
        (None, None, Some(text)) => Some(Condition::Given("entitlements", text.clone())),
        _ => None,
    }
}

/// Why the vendor's API cannot give the role. Roles that the vendor lists for each account are not known here.
fn unknown(descriptor: &Descriptor, role: &str) -> Option<String> {
    let title = &descriptor.title;
    match descriptor.role(role) {
        Some(known) if known.assignable => None,
        Some(known) => {
            let why = known.rule.as_deref().unwrap_or("its API cannot set it");
            Some(format!("{title} cannot give the role `{role}`: {why}"))
        }
        None if descriptor.lists_roles => None,
        None => {
            let names = check::assignable(descriptor).map(|role| role.name.as_str());
            let names: Vec<_> = names.collect();
            Some(match names.is_empty() {
                true => format!("{title} has no roles, so not `{role}`"),
                false => format!("{title} has no role `{role}`; there are {}", names.join(", ")),
            })
        }
    }
}

fn is_given(resource: &Object, attribute: &str, text: &str) -> bool {
    let values = resource.get(attribute).and_then(Value::as_array).into_iter().flatten();
    let is = |value: &Value, part: &str| {
        value
            .get(part)
            .and_then(Value::as_str)
            .is_some_and(|other| is_same_name(other, text))
    };
    values
        .into_iter()
        .any(|value| is(value, "value") || is(value, "display"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_a_role_that_is_left_out_are_refused() {
        let vendor = adapters::vendor("zendesk").expect("it is registered");
        let rule = "[[role]]\nrole = 'admin'\ngroup = 'Crew'\n";
        for (omitted, rules, expected) in [
            (
                true,
                format!("default_role = 'agent'\n{rule}"),
                &["role", "default_role"][..],
            ),
            (true, "default_role = 'agent'".to_owned(), &["default_role"]),
            (true, rule.to_owned(), &["role"]),
            (true, String::new(), &[]),
            (false, format!("default_role = 'agent'\n{rule}"), &[]),
        ] {
            let declared = "name = 't'\ndirectory = 'd'\nvendor = 'zendesk'\ncredential = 'env:X'\n";
            let mapping = if omitted {
                "mapping.user.role = { omit = true }\n"
            } else {
                ""
            };
            let target: config::Target = toml::from_str(&format!("{declared}{mapping}{rules}")).expect("a target");
            let misfits = Roles::compile((vendor.descriptor)(), &target).err().unwrap_or_default();
            let places: Vec<_> = misfits.iter().map(|misfit| misfit.place.join(".")).collect();
            assert_eq!(places, expected, "{omitted} {rules}");
        }
    }
}
