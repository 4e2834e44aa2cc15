//! Which membership rows a search reads.
use schemas::{Filter, Operator, ResourceType, Sort};
use serde_json::Value;

use super::query::Search;
use crate::service::memberships::parsed;
use crate::service::rows::{GROUPS, shows_groups};
use crate::store::ResourceId;

/// Which membership rows must be there for a filter and an order to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Needed {
    Nothing,
    /// These members of groups.
    Members(Vec<ResourceId>),
    All,
}

/// What the search needs of resources of this type.
pub(super) fn needed(search: &Search, resource_type: &ResourceType) -> Needed {
    let rows = resource_type.rows().map(|rows| rows.name.as_str());
    if search.sort.as_ref().is_some_and(|sort| sorts_by_rows(sort, rows)) {
        return Needed::All;
    }
    let Some(filter) = &search.filter else {
        return Needed::Nothing;
    };
    let groups = shows_groups(resource_type) && filter.mentions(GROUPS);
    if groups || mentions_version(filter) {
        return Needed::All;
    }
    let Some(rows) = rows.filter(|rows| filter.mentions(rows)) else {
        return Needed::Nothing;
    };
    let mut named = Vec::new();
    if names(filter, rows, &mut named) {
        Needed::Members(named)
    } else {
        Needed::All
    }
}

/// Whether the order depends on rows; a version does.
fn sorts_by_rows(sort: &Sort, rows: Option<&str>) -> bool {
    let path = &sort.path;
    let by = |name: &str| is_called(path.attribute.as_deref(), name);
    rows.is_some_and(by) || by(GROUPS) || (by("meta") && is_called(path.sub.as_deref(), "version"))
}

/// A version covers rows, too. In doubt true.
fn mentions_version(filter: &Filter) -> bool {
    filter.mentions("meta") && filter.to_string().to_ascii_lowercase().contains("version")
}

/// Collects the ids that a filter compares members with; false if it asks anything else of them. Whether one id is
/// among the members does not depend on the others, so that only those named are needed.
fn names(filter: &Filter, rows: &str, named: &mut Vec<ResourceId>) -> bool {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().all(|filter| names(filter, rows, named)),
        Filter::Not(filter) => names(filter, rows, named),
        Filter::Compare { path, op, value } if filter.mentions(rows) => {
            let is_value = path.filter.is_none() && is_called(path.sub.as_deref(), "value");
            is_value && named_by(*op, value, named)
        }
        Filter::ValuePath { filter: inner, .. } if filter.mentions(rows) => match &**inner {
            Filter::Compare { path, op, value } => {
                is_called(path.attribute.as_deref(), "value") && named_by(*op, value, named)
            }
            _ => false,
        },
        Filter::Compare { .. } | Filter::ValuePath { .. } | Filter::Present(_) => !filter.mentions(rows),
    }
}

fn is_called(name: Option<&str>, expected: &str) -> bool {
    name.is_some_and(|name| name.eq_ignore_ascii_case(expected))
}

fn named_by(op: Operator, value: &Value, named: &mut Vec<ResourceId>) -> bool {
    let Some(text) = value.as_str().filter(|_| op == Operator::Eq) else {
        return false;
    };
    named.extend(parsed(&text.to_ascii_lowercase()));
    true
}
