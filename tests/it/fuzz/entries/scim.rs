//! What identity providers send.
use std::sync::LazyLock;

use schemas::dialect::{Dialect, Hints, Rules, normalise_filter, normalise_patch, normalise_resource};
use schemas::patch::{Patch, RowChange};
use schemas::{AttributePath, Catalogue, Filter, Object, Query, ResourceType, bulk, validate};
use serde_json::{Value, json};

/// Operations of a Bulk request, as the server has it.
const OPERATIONS_MAX: usize = 1_000;

pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

pub(super) fn person() -> Object {
    let person = json!({
        "userName": "ada@example.com", "active": true, "displayName": "Ada", "name": { "givenName": "Ada" },
        "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }, { "value": "b@example.com" }],
    });
    person.as_object().cloned().unwrap_or_default()
}

/// What is stored of a resource of this type; a group's members are rows.
fn present(kind: &ResourceType) -> Object {
    let group = json!({ "displayName": "staff", "externalId": "g-1" });
    match kind.rows() {
        Some(_) => group.as_object().cloned().unwrap_or_default(),
        None => person(),
    }
}

fn dialects() -> [Rules; 2] {
    let entra = Hints {
        ad_scim_version: true,
        user_agent: None,
    };
    [
        Dialect::Strict.recognise(&Hints::default()),
        Dialect::Auto.recognise(&entra),
    ]
}

/// A filter: parsed, normalised, checked, matched, and printed so that it reads the same.
pub(super) fn filter(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut is_one = false;
    for rules in dialects() {
        for kind in CATALOGUE.types() {
            let Ok(filter) = Filter::parse(&normalise_filter(&rules, Some(kind), &text)) else {
                continue;
            };
            is_one = true;
            if filter.check(kind).is_ok() {
                filter.matches(kind, &person());
                filter.equalities(kind);
            }
            let printed = filter.to_string();
            // A filter as long as it may be can be printed longer.
            let again = Filter::parse(&printed);
            assert!(again.is_err() || again.is_ok_and(|again| again.to_string() == printed));
        }
    }
    is_one
}

/// An attribute path, and the parameters of a query.
pub(super) fn path(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let path = AttributePath::parse(&text);
    if let Ok(path) = &path {
        CATALOGUE.types().iter().for_each(|kind| {
            kind.resolve(path);
        });
        assert!(AttributePath::parse(&path.to_string()).is_ok());
    }
    let pairs = [
        "attributes",
        "excludedAttributes",
        "sortBy",
        "filter",
        "cursor",
        "count",
    ];
    let pairs = pairs.map(|name| (name.to_owned(), text.clone().into_owned()));
    Query::from_pairs(pairs.into_iter()).ok();
    path.is_ok()
}

/// The body of a PATCH, applied to a person and to a group with a member; text that is no JSON stands for a path. It
/// means something if one of them is changed by it, and a filter over members finds that one.
pub(super) fn patch(bytes: &[u8]) -> bool {
    let body = value(bytes).unwrap_or_else(|text| {
        let operation = json!({ "op": "add", "path": text, "value": "x" });
        json!({ "schemas": [schemas::urn::PATCH_OP], "Operations": [operation] })
    });
    let mut is_applied = false;
    for rules in dialects() {
        for kind in CATALOGUE.types() {
            let Ok(patch) = Patch::parse(&normalise_patch(&rules, kind, body.clone())) else {
                continue;
            };
            let present = present(kind);
            is_applied |= patch.apply(kind, &present, &rules).is_ok_and(|patched| {
                let changes = patched.resource != present || !patched.rows.is_empty();
                changes && patched.rows.iter().all(|change| concerns(kind, change))
            });
        }
    }
    is_applied
}

/// Whether it says something of the member that there is, or of others by their ids.
fn concerns(kind: &ResourceType, change: &RowChange) -> bool {
    let member = json!({ "value": "0196a1f0-7b2c-7d3e-8f40-123456789abc", "display": "Ada", "type": "User" });
    match (change, kind.rows()) {
        (RowChange::RemoveWhere(filter), Some(rows)) => filter.compile_value(rows).matches_value(&member),
        (RowChange::RemoveWhere(_), None) => false,
        (RowChange::Add(_) | RowChange::Remove(_) | RowChange::RemoveAll | RowChange::Replace(_), _) => true,
    }
}

/// The body of a POST and of a PUT.
pub(super) fn resource(bytes: &[u8]) -> bool {
    let body = value(bytes).unwrap_or_else(|text| {
        json!({ "schemas": [schemas::urn::ENTERPRISE_USER], "userName": text, "emails": [{ "value": text, "type": text }] })
    });
    let mut is_one = false;
    for rules in dialects() {
        for kind in CATALOGUE.types() {
            let body = normalise_resource(&rules, kind, body.clone());
            is_one |= validate::create(kind, &body, &rules).is_ok();
            validate::replace(kind, &present(kind), &body, &rules).ok();
        }
    }
    is_one
}

/// The body of a Bulk request.
pub(super) fn bulk(bytes: &[u8]) -> bool {
    let Ok(body) = value(bytes) else { return false };
    bulk::references(&body);
    bulk::BulkRequest::parse(&body, OPERATIONS_MAX).is_ok()
}

/// JSON, or the text if it is none.
fn value(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|_| String::from_utf8_lossy(bytes).into_owned())
}
