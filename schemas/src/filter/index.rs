//! What a filter tells an index.
use serde_json::Value;

use super::scope::{Scope, Target};
use super::{Filter, Operator};
use crate::path::AttributePath;
use crate::resource_type::ResourceType;
use crate::schema::Type;

impl Filter {
    /// True if the filter reads this core attribute, e.g. `members`; in doubt true.
    pub fn mentions(&self, attribute: &str) -> bool {
        match self {
            Filter::And(terms) | Filter::Or(terms) => terms.iter().any(|term| term.mentions(attribute)),
            Filter::Not(filter) => filter.mentions(attribute),
            Filter::Present(path) | Filter::Compare { path, .. } | Filter::ValuePath { path, .. } => {
                path.last_name().eq_ignore_ascii_case(attribute)
            }
        }
    }

    /// The attributes that it asks for, each with its filter of values if it has one.
    pub fn paths(&self) -> Vec<&AttributePath> {
        match self {
            Filter::And(terms) | Filter::Or(terms) => terms.iter().flat_map(Filter::paths).collect(),
            Filter::Not(filter) => filter.paths(),
            Filter::Present(path) | Filter::Compare { path, .. } | Filter::ValuePath { path, .. } => vec![path],
        }
    }

    /// Equalities of texts that every match satisfies, as name and value. The name is canonical, as in
    /// `userName`, `emails.value` or `urn:…:User:employeeNumber`; the attribute's case rule holds, see
    /// [`crate::Attribute::fold`]. Whoever looks a term up must still ask [`Filter::matches`].
    pub fn equalities(&self, kind: &ResourceType) -> Vec<(String, Value)> {
        let mut terms = Vec::new();
        collect(self, None, Scope::Resource(kind), &mut terms);
        terms
    }
}

/// Adds every equality that the filter asks for; `outer` is the name of the attribute before the brackets.
fn collect(filter: &Filter, outer: Option<&str>, scope: Scope<'_>, terms: &mut Vec<(String, Value)>) {
    match filter {
        Filter::And(filters) => filters.iter().for_each(|filter| collect(filter, outer, scope, terms)),
        Filter::Compare {
            path,
            op: Operator::Eq,
            value: value @ Value::String(_),
        } => {
            inner(path, path.filter.as_deref(), scope, terms);
            let target = scope.compared(path).filter(|target| target.leaf.kind != Type::DateTime);
            terms.extend(target.map(|target| (name(outer, target), value.clone())));
        }
        Filter::Compare { path, .. } | Filter::Present(path) => inner(path, path.filter.as_deref(), scope, terms),
        Filter::ValuePath { path, filter } => inner(path, Some(filter), scope, terms),
        // One of several, or none, need not hold.
        Filter::Or(_) | Filter::Not(_) => {}
    }
}

/// Adds what a value filter asks for.
fn inner(path: &AttributePath, filter: Option<&Filter>, scope: Scope<'_>, terms: &mut Vec<(String, Value)>) {
    let attribute = AttributePath {
        sub: None,
        filter: None,
        ..path.clone()
    };
    if let (Some(filter), Some(target)) = (filter, scope.target(&attribute)) {
        collect(filter, Some(&name(None, target)), Scope::Value(target.leaf), terms);
    }
}

fn name(outer: Option<&str>, target: Target<'_>) -> String {
    let extension = target.extension.map(|schema| schema.id.as_str());
    let attribute = target.attribute.map(|attribute| attribute.name.as_str());
    let name = [extension, attribute]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(":");
    let sub = target.sub.map(|sub| sub.name.as_str());
    let parts = [outer, Some(name.as_str()), sub].into_iter().flatten();
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}
