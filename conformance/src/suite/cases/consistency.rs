//! What the discovery documents say, checked one against the other.
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::suite::case::Case;
use crate::suite::claims::Feature;
use crate::suite::failure::{Outcome, all_of, ensure, failed};
use crate::suite::scope::{Scope, require};

/// The schema that describes schemas, the only one whose sub-attributes may be complex (RFC 7643 section 7).
const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// The words of each keyword characteristic (RFC 7643 section 7).
const KEYWORDS: [(&str, &[&str]); 4] = [
    (
        "type",
        &[
            "string",
            "boolean",
            "decimal",
            "integer",
            "dateTime",
            "binary",
            "reference",
            "complex",
        ],
    ),
    ("mutability", &["readOnly", "readWrite", "immutable", "writeOnly"]),
    ("returned", &["always", "never", "default", "request"]),
    ("uniqueness", &["none", "server", "global"]),
];

/// The cases of this file.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "definitions.names_follow_the_grammar",
            &["7643-2.1-04", "7643-3.3-06"],
            names,
        ),
        Case::new(
            "definitions.keywords_are_the_known_ones",
            &["7643-1.1-01", "7643-2.3-01", "7643-7-07"],
            keywords,
        ),
        Case::new(
            "definitions.each_attribute_is_complete",
            &["7643-2.2-01", "7643-2.2-02", "7643-3.3-06", "7643-7-05"],
            complete,
        ),
        Case::new(
            "definitions.sub_attributes_belong_to_complex_ones",
            &["7643-1.2-01", "7643-2.3.8-02", "7643-7-06"],
            sub_attributes,
        ),
        Case::new(
            "definitions.references_name_their_types",
            &["7643-2.3.7-06", "7643-7-26"],
            references,
        ),
        Case::new("definitions.binary_is_case_exact", &["7643-2.3.6-04"], binary),
        Case::new(
            "definitions.default_sub_attributes_keep_their_meaning",
            &["7643-2.4-01"],
            default_sub_attributes,
        ),
        Case::new("definitions.common_attributes_win", &["7643-3.1-03"], common_attributes),
        Case::new("definitions.extensions_add_only", &["7643-3.3-03"], extensions_add_only),
        Case::new(
            "discovery.documents_agree",
            &["7643-6-04", "7643-6-05", "7643-6-06", "7643-7-01", "7644-4-10"],
            documents_agree,
        ),
        Case::new(
            "discovery.a_resource_names_its_type",
            &["7643-3.3-07"],
            a_resource_names_its_type,
        ),
        Case::new("discovery.paging_is_ignored", &["7644-4-07"], paging_is_ignored),
        Case::new("discovery.claims_are_true", &["7643-5-14"], claims_are_true),
    ]
}

/// Complaints about any attribute of any schema, each with its place.
fn each_attribute(scope: &Scope, complaint: impl Fn(&str, &Value) -> Option<String>) -> Outcome {
    let mut found = Vec::new();
    for definition in &scope.claims.definitions {
        let urn = definition["id"].as_str().unwrap_or_default();
        walk(urn, &definition["attributes"], &complaint, &mut found);
    }
    ensure(!scope.claims.definitions.is_empty(), || {
        "GET /Schemas gave no schema".to_owned()
    })?;
    all_of(found)
}

fn walk(place: &str, attributes: &Value, complaint: &impl Fn(&str, &Value) -> Option<String>, found: &mut Vec<String>) {
    for attribute in attributes.as_array().into_iter().flatten() {
        let place = format!("{place}:{}", attribute["name"].as_str().unwrap_or("?"));
        found.extend(complaint(&place, attribute).map(|text| format!("{place}: {text}")));
        walk(&place, &attribute["subAttributes"], complaint, found);
    }
}

async fn names(scope: Arc<Scope>) -> Outcome {
    each_attribute(&scope, |_, attribute| {
        let name = attribute["name"].as_str().unwrap_or_default();
        let mut letters = name.chars();
        let follows = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && letters.all(|c| c.is_ascii_alphanumeric() || "$-_".contains(c));
        (!follows && name != "$ref").then(|| format!("name is {}", attribute["name"]))
    })
}

async fn keywords(scope: Arc<Scope>) -> Outcome {
    each_attribute(&scope, |_, attribute| {
        let unknown = KEYWORDS.iter().find(|(key, words)| {
            let value = &attribute[*key];
            !value.is_null() && !value.as_str().is_some_and(|value| words.contains(&value))
        });
        unknown.map(|(key, _)| format!("{key} is {}", attribute[*key]))
    })
}

async fn complete(scope: Arc<Scope>) -> Outcome {
    each_attribute(&scope, |_, attribute| {
        let kind = attribute["type"].as_str().unwrap_or_default();
        let mut keys = vec![
            "name",
            "type",
            "multiValued",
            "description",
            "required",
            "mutability",
            "returned",
        ];
        if kind == "string" {
            keys.extend(["caseExact", "uniqueness"]);
        }
        let missing: Vec<_> = keys.into_iter().filter(|key| attribute[*key].is_null()).collect();
        (!missing.is_empty()).then(|| format!("lacks {}", missing.join(", ")))
    })
}

async fn sub_attributes(scope: Arc<Scope>) -> Outcome {
    each_attribute(&scope, |place, attribute| {
        let is_complex = attribute["type"] == "complex";
        let subs = attribute["subAttributes"].as_array();
        let has_subs = subs.is_some_and(|subs| !subs.is_empty());
        let nested = subs.is_some_and(|subs| subs.iter().any(|sub| sub["type"] == "complex"));
        if is_complex != has_subs && !place.ends_with("subAttributes:subAttributes") {
            return Some("sub-attributes and type do not fit".to_owned());
        }
        (nested && !place.starts_with(SCHEMA_URN)).then(|| "has a complex sub-attribute".to_owned())
    })
}

async fn references(scope: Arc<Scope>) -> Outcome {
    let types: BTreeSet<_> = scope
        .claims
        .resource_types
        .iter()
        .filter_map(|found| found["name"].as_str())
        .collect();
    each_attribute(&scope, |_, attribute| {
        if attribute["type"] != "reference" {
            return None;
        }
        let named = attribute["referenceTypes"].as_array();
        let known = |name: &Value| {
            name.as_str()
                .is_some_and(|name| name == "external" || name == "uri" || types.contains(name))
        };
        let right = named.is_some_and(|named| !named.is_empty() && named.iter().all(known));
        (!right).then(|| format!("referenceTypes is {}", attribute["referenceTypes"]))
    })
}

async fn binary(scope: Arc<Scope>) -> Outcome {
    each_attribute(&scope, |_, attribute| {
        let wrong = attribute["caseExact"] == false || attribute["uniqueness"].as_str().unwrap_or("none") != "none";
        (attribute["type"] == "binary" && wrong).then(|| "binary is case exact and never unique".to_owned())
    })
}

async fn default_sub_attributes(scope: Arc<Scope>) -> Outcome {
    each_attribute(&scope, |place, attribute| {
        let wanted = match attribute["name"].as_str() {
            Some("primary") => "boolean",
            Some("$ref") => "reference",
            Some("display") => "string",
            _ => return None,
        };
        let is_standard = place.starts_with("urn:ietf:params:scim:schemas:");
        (is_standard && attribute["type"] != wanted).then(|| format!("type is {}", attribute["type"]))
    })
}

async fn common_attributes(scope: Arc<Scope>) -> Outcome {
    each_attribute(&scope, |place, attribute| {
        let is_common = |name: &str| place.ends_with(&format!(":2.0:User:{name}"));
        let wrong = (is_common("id")
            && (attribute["mutability"] != "readOnly"
                || attribute["returned"] != "always"
                || attribute["caseExact"] != true))
            || (is_common("externalId") && attribute["caseExact"] != true)
            || (is_common("meta") && attribute["mutability"] != "readOnly");
        wrong.then(|| format!("is {attribute}"))
    })
}

async fn extensions_add_only(scope: Arc<Scope>) -> Outcome {
    let mut found = Vec::new();
    for kind in &scope.claims.resource_types {
        let core = attribute_names(&scope, &kind["schema"]);
        for extension in kind["schemaExtensions"].as_array().into_iter().flatten() {
            let again = attribute_names(&scope, &extension["schema"]);
            found.extend(
                core.intersection(&again)
                    .map(|name| format!("{}: {name}", extension["schema"])),
            );
        }
    }
    all_of(found)
}

fn attribute_names(scope: &Scope, urn: &Value) -> BTreeSet<String> {
    let definition = urn.as_str().and_then(|urn| scope.claims.definition(urn));
    let attributes = definition.and_then(|definition| definition["attributes"].as_array());
    attributes
        .into_iter()
        .flatten()
        .filter_map(|attribute| attribute["name"].as_str())
        .map(str::to_lowercase)
        .collect()
}

async fn documents_agree(scope: Arc<Scope>) -> Outcome {
    for kind in &scope.claims.resource_types {
        let extensions = kind["schemaExtensions"].as_array().into_iter().flatten();
        let urns = extensions
            .map(|extension| &extension["schema"])
            .chain([&kind["schema"]]);
        for urn in urns.filter_map(Value::as_str) {
            let answer = scope.get(format!("/Schemas/{urn}")).await?;
            answer
                .status(&[200])?
                .like(&serde_json::json!({"id": {"$fold": urn}}))?;
            ensure(scope.claims.definition(urn).is_some(), || {
                format!("{urn} is not in GET /Schemas")
            })?;
        }
        let endpoint = kind["endpoint"].as_str().unwrap_or_default();
        scope.get(format!("{endpoint}?count=1")).await?.status(&[200])?;
        let name = kind["name"].as_str().unwrap_or_default();
        let one = scope.get(format!("/ResourceTypes/{name}")).await?;
        require(&one, one.json["endpoint"] == kind["endpoint"], "list and single differ")?;
    }
    ensure(!scope.claims.resource_types.is_empty(), || {
        "GET /ResourceTypes gave no resource type".to_owned()
    })
}

async fn a_resource_names_its_type(scope: Arc<Scope>) -> Outcome {
    let user = scope.user(serde_json::json!({})).await?;
    let name = user["meta"]["resourceType"].as_str().unwrap_or_default();
    let kind = scope.get(format!("/ResourceTypes/{name}")).await?;
    kind.status(&[200])?;
    let schemas = user["schemas"].as_array().into_iter().flatten();
    let base_is_listed = schemas.into_iter().any(|urn| *urn == kind.json["schema"]);
    require(&kind, base_is_listed, "schemas of a resource hold its base schema")
}

async fn paging_is_ignored(scope: Arc<Scope>) -> Outcome {
    for path in ["/Schemas", "/ResourceTypes"] {
        let whole = scope.get(path).await?;
        for query in ["?startIndex=2&count=1", "?count=0", "?sortBy=id&sortOrder=descending"] {
            let answer = scope.get(format!("{path}{query}")).await?;
            answer.status(&[200])?;
            let same = answer.resources().len() == whole.resources().len();
            require(&answer, same, "paging and sorting are ignored on discovery endpoints")?;
        }
    }
    Ok(())
}

/// Denied features are refused; a claimed one that is never exercised elsewhere is exercised here.
async fn claims_are_true(scope: Arc<Scope>) -> Outcome {
    let user = scope.user(serde_json::json!({})).await?;
    let path = format!("/Users/{}", user["id"].as_str().unwrap_or_default());
    let operations = serde_json::json!([{"op": "add", "path": "title", "value": "Usher"}]);
    let patched = scope.patch(path.clone(), operations).await?;
    claim(&scope, Feature::Patch, patched.status)?;
    let filtered = scope.get("/Users?filter=id%20pr").await?;
    claim(&scope, Feature::Filter, filtered.status)?;
    let bulk = serde_json::json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "DELETE", "path": "/Users/none"}]});
    let bulked = scope.post("/Bulk", &bulk).await?;
    claim(&scope, Feature::Bulk, bulked.status)?;
    let read = scope.get(path).await?;
    let versioned = read.headers.contains_key("etag");
    require(&read, versioned || !scope.claims.has(Feature::Etag), "etag is claimed")
}

fn claim(scope: &Scope, feature: Feature, status: u16) -> Outcome {
    match (scope.claims.has(feature), status) {
        (true, 200..300) | (false, 400 | 403 | 404 | 501) => Ok(()),
        (claimed, status) => failed(format!("{feature:?} claimed: {claimed}, but the answer is {status}")),
    }
}
