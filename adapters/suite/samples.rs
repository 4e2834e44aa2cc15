//! Values to try.
use serde_json::Value;

use crate::descriptor::{Descriptor, Field, FieldType};

/// Time zones that every vendor knows.
const TIME_ZONES: [&str; 2] = ["Europe/Berlin", "America/New_York"];

/// The `n`th value of a field: different for different `n`, but for fields with few values, where neighbours differ.
/// `None` if the field has only one.
pub fn sample(descriptor: &Descriptor, field: &Field, n: usize) -> Option<Value> {
    let given = match field.choices.is_empty() {
        true => field.examples.clone(),
        false => field.choices.iter().map(|choice| choice.clone().into()).collect(),
    };
    if !given.is_empty() {
        return given.get(n % given.len()).filter(|_| given.len() > 1).cloned();
    }
    Some(match field.kind {
        FieldType::String | FieldType::Any => {
            let text = format!("Suite {} {n}", field.name);
            let longest = field.length_max.unwrap_or(usize::MAX);
            text.chars().take(longest).collect::<String>().into()
        }
        FieldType::Email => format!("suite-{n}@example.com").into(),
        FieldType::Integer => n.into(),
        FieldType::List => vec![format!("suite-{n}"), "suite".to_owned()].into(),
        FieldType::Boolean => n.is_multiple_of(2).into(),
        FieldType::TimeZone => (*TIME_ZONES.get(n % TIME_ZONES.len())?).into(),
        FieldType::Phone => format!("+1555555{:04}", n % 10_000).into(),
        FieldType::Role => {
            let free = |role: &&crate::descriptor::Role| role.assignable && role.rule.is_none();
            let roles: Vec<_> = descriptor.roles.iter().filter(free).collect();
            let role = roles.get(n % roles.len().max(1)).filter(|_| roles.len() > 1)?;
            role.name.clone().into()
        }
    })
}
