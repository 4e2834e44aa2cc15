//! Whether a filter makes sense for a resource type.
use serde_json::Value;

use super::fault::{join, quote};
use super::operand::Operand;
use super::scope::{Scope, Target};
use super::{Filter, Operator};
use crate::error::Error;
use crate::path::AttributePath;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Returned, Type};

impl Filter {
    /// Checks the filter against the type.
    ///
    /// # Errors
    /// `invalidFilter` with every fault: an unknown attribute, an operator or value that does not fit the
    /// attribute's type, a complex attribute compared as a whole, an attribute that is never returned
    /// (its values could be found out by asking).
    pub fn check(&self, kind: &ResourceType) -> Result<(), Error> {
        check(self, Scope::Resource(kind))
    }

    /// Checks a value filter, as it stands in brackets, against the attribute before the brackets.
    ///
    /// # Errors
    /// As [`Filter::check`].
    pub fn check_value(&self, attribute: &Attribute) -> Result<(), Error> {
        check(self, Scope::Value(attribute))
    }
}

impl Filter {
    /// True if the filter asks for an attribute of the type that is never returned: its values could be found out by
    /// asking.
    pub fn asks_for_hidden(&self, kind: &ResourceType) -> bool {
        asks_for_hidden(self, Scope::Resource(kind))
    }
}

fn asks_for_hidden(filter: &Filter, scope: Scope<'_>) -> bool {
    let (path, inner) = match filter {
        Filter::And(terms) | Filter::Or(terms) => return terms.iter().any(|term| asks_for_hidden(term, scope)),
        Filter::Not(filter) => return asks_for_hidden(filter, scope),
        Filter::Present(path) | Filter::Compare { path, .. } => (path, path.filter.as_deref()),
        Filter::ValuePath { path, filter } => (path, Some(&**filter)),
    };
    let attribute = AttributePath {
        sub: None,
        ..path.clone()
    };
    let values = scope.target(&attribute).map(|target| Scope::Value(target.leaf));
    scope.target(path).is_some_and(is_hidden)
        || inner
            .zip(values)
            .is_some_and(|(filter, values)| asks_for_hidden(filter, values))
}

fn is_hidden(target: Target<'_>) -> bool {
    let hidden = |attribute: &Attribute| attribute.returned == Returned::Never;
    hidden(target.leaf) || target.attribute.is_some_and(hidden)
}

fn check(filter: &Filter, scope: Scope<'_>) -> Result<(), Error> {
    let mut faults = Vec::new();
    visit(filter, scope, &mut faults);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid_filter(join(faults.into_iter())))
    }
}

fn visit(filter: &Filter, scope: Scope<'_>, faults: &mut Vec<String>) {
    match filter {
        Filter::And(terms) | Filter::Or(terms) => terms.iter().for_each(|term| visit(term, scope, faults)),
        Filter::Not(filter) => visit(filter, scope, faults),
        Filter::Present(path) => present(path, scope, faults),
        Filter::Compare { path, op, value } => compare(path, (*op, value), scope, faults),
        Filter::ValuePath { path, filter } => values(path, filter, scope, faults),
    }
}

fn present(path: &AttributePath, scope: Scope<'_>, faults: &mut Vec<String>) {
    if let Scope::Resource(kind) = scope
        && kind.extension(path).is_some()
    {
        return;
    }
    known(scope.target(path), path, scope, faults);
    inner(path, scope, faults);
}

fn compare(path: &AttributePath, (op, value): (Operator, &Value), scope: Scope<'_>, faults: &mut Vec<String>) {
    inner(path, scope, faults);
    let target = if value.is_null() {
        scope.target(path)
    } else {
        scope.compared(path)
    };
    let Some(target) = known(target, path, scope, faults) else {
        return;
    };
    if let Some(fault) = unfit(target.leaf, op, value) {
        faults.push(format!("{}: {fault}", quote(&path.to_string())));
    }
}

fn values(path: &AttributePath, filter: &Filter, scope: Scope<'_>, faults: &mut Vec<String>) {
    let Some(target) = known(scope.target(path), path, scope, faults) else {
        return;
    };
    if target.leaf.kind != Type::Complex && !target.leaf.multi_valued {
        faults.push(format!(
            "{} is neither complex nor multi-valued, so it takes no brackets",
            quote(&path.to_string())
        ));
        return;
    }
    visit(filter, Scope::Value(target.leaf), faults);
}

/// The value filter of `emails[type eq "work"].value eq "x"`.
fn inner(path: &AttributePath, scope: Scope<'_>, faults: &mut Vec<String>) {
    let attribute = scope
        .target(&AttributePath {
            sub: None,
            ..path.clone()
        })
        .map(|target| target.leaf);
    if let (Some(filter), Some(attribute)) = (&path.filter, attribute) {
        visit(filter, Scope::Value(attribute), faults);
    }
}

/// The target, if it exists and may be searched.
fn known<'a>(
    target: Option<Target<'a>>,
    path: &AttributePath,
    scope: Scope<'_>,
    faults: &mut Vec<String>,
) -> Option<Target<'a>> {
    let name = quote(
        &AttributePath {
            filter: None,
            ..path.clone()
        }
        .to_string(),
    );
    let Some(target) = target else {
        faults.push(match scope {
            Scope::Resource(kind) => format!("{name} is not an attribute of {}", kind.name),
            Scope::Value(attribute) => format!("{name} is not a sub-attribute of `{}`", attribute.name),
        });
        return None;
    };
    if is_hidden(target) {
        faults.push(format!("{name} is never returned, so it cannot be searched"));
        return None;
    }
    Some(target)
}

/// Why the operator or value does not fit the attribute.
fn unfit(attribute: &Attribute, op: Operator, value: &Value) -> Option<String> {
    let kind = attribute.kind.as_str();
    if value.is_null() {
        let equality = matches!(op, Operator::Eq | Operator::Ne);
        return (!equality).then(|| format!("null can be compared with eq and ne only, not with {}", op.as_str()));
    }
    if attribute.kind == Type::Complex {
        return Some("it is complex, so one of its sub-attributes must be named".to_owned());
    }
    if !takes(attribute.kind, op) {
        return Some(format!("{} cannot be used with the type {kind}", op.as_str()));
    }
    match Operand::new(attribute, value) {
        Operand::Unfit if attribute.kind == Type::DateTime => {
            Some(format!("{value} is not a dateTime with time and zone"))
        }
        Operand::Unfit => Some(format!("{} is not of the type {kind}", quote(&value.to_string()))),
        Operand::Null | Operand::Text { .. } | Operand::Boolean(_) | Operand::Number(_) | Operand::Instant(_) => None,
    }
}

/// Whether values of the type can be compared so (RFC 7644 table 3).
fn takes(kind: Type, op: Operator) -> bool {
    match op {
        Operator::Eq | Operator::Ne => true,
        Operator::Co | Operator::Sw | Operator::Ew => matches!(kind, Type::String | Type::Reference | Type::Binary),
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => {
            !matches!(kind, Type::Boolean | Type::Binary | Type::Complex)
        }
    }
}
