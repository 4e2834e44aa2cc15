//! Creating, reading, finding and refusing.
use std::sync::Arc;

use serde_json::{Value, json};

use super::attribute::Seed;
use super::body::{Kind, Placed, for_each_kind};
use super::changes;
use crate::suite::case::Case;
use crate::suite::claims::Feature;
use crate::suite::expect::is_like;
use crate::suite::failure::{Outcome, Stop, ensure};
use crate::suite::scope::{Scope, encoded};
use crate::suite::server::Answer;

/// The cases on further resource types.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            "types.create_and_read",
            &["7643-2.3.3-01", "7643-3-05", "7643-3.1-01", "7643-3.2-01"],
            create_and_read,
        ),
        Case::new("types.endpoints_are_plural", &["7644-3.2-01"], endpoints_are_plural),
        Case::new(
            "types.required_extensions_must_be_there",
            &["7643-6-08"],
            required_extensions,
        ),
        Case::new(
            "types.required_attributes_must_be_there",
            &["7643-6-08", "7643-7-27"],
            required_attributes,
        ),
        Case::new(
            "types.wrong_values_are_refused",
            &["7643-2.3.4-01", "7643-2.3.5-01", "7643-2.3.5-02"],
            wrong_values,
        ),
        Case::new("types.what_is_returned_on_request", &["7643-7-22"], returned_on_request),
        Case::new("types.unique_values_conflict", &["7643-7-25"], unique_values),
        Case::new("types.one_name_in_two_extensions", &["7643-3.3-05"], one_name_twice),
        Case::new("types.every_attribute_is_found", &["7644-3.4.2.2-16"], found_by_filter).needs(&[Feature::Filter]),
        Case::new("types.delete", &["7643-3.2-01"], delete),
    ];
    cases.extend(changes::cases());
    cases
}

async fn create_and_read(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let body = kind.full(seed);
        let made = kind.make(scope, &body).await?;
        let read = scope.get(kind.path(&made)).await?;
        read.status(&[200])?;
        let common = json!({"id": {"$present": true}, "meta": {"resourceType": kind.name, "created": {"$type": "dateTime"}, "location": {"$ends": kind.path(&made)}}});
        read.like(&common)?;
        Ok(differences(kind, &body, &read))
    })
    .await
}

/// Attributes that are shown and differ from the body, or that are there and must not be.
pub(super) fn differences(kind: &Kind, body: &Value, read: &Answer) -> Vec<String> {
    let complaint = |placed: &Placed<'_>| {
        let got = placed.get(&read.json);
        let wanted = placed.shown(placed.get(body));
        if placed.attribute.is_shown() && !wanted.is_null() && !is_like(&wanted, got) {
            return Some(format!(
                "{}: {} expected {wanted}, got {got}",
                read.request,
                placed.path()
            ));
        }
        let hidden = placed.attribute.has_returned("never") || placed.attribute.has_returned("request");
        (hidden && !got.is_null()).then(|| format!("{}: {} must not be returned", read.request, placed.path()))
    };
    kind.attributes().iter().filter_map(complaint).collect()
}

async fn endpoints_are_plural(scope: Arc<Scope>) -> Outcome {
    for kind in Kind::all(&scope.claims)? {
        let endpoint = kind.endpoint.trim_start_matches('/').to_lowercase();
        let stem: String = kind
            .name
            .to_lowercase()
            .chars()
            .take(kind.name.chars().count().saturating_sub(1))
            .collect();
        let plural = endpoint.starts_with(&stem) && endpoint != kind.name.to_lowercase();
        ensure(plural, || format!("{} is served at {}", kind.name, kind.endpoint))?;
    }
    Ok(())
}

async fn required_extensions(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let mut failures = Vec::new();
        for (extension, required) in &kind.extensions {
            let urn = extension["id"].as_str().unwrap_or_default();
            let mut body = kind.full(seed);
            if let Some(body) = body.as_object_mut() {
                body.remove(urn);
            }
            if let Some(schemas) = body["schemas"].as_array_mut() {
                schemas.retain(|known| known != urn);
            }
            if *required {
                failures.extend(refused(scope, kind, &body, &["invalidValue", "invalidSyntax"]).await?);
            }
        }
        Ok(failures)
    })
    .await
}

async fn required_attributes(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let mut failures = Vec::new();
        for placed in kind.attributes() {
            if !placed.attribute.is_required() || placed.attribute.has_mutability("readOnly") {
                continue;
            }
            let mut body = kind.full(seed);
            placed.take(&mut body);
            failures.extend(refused(scope, kind, &body, &["invalidValue"]).await?);
        }
        Ok(failures)
    })
    .await
}

async fn wrong_values(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let mut failures = Vec::new();
        let mut number = seed.number;
        for placed in kind
            .attributes()
            .iter()
            .filter(|placed| !placed.attribute.has_mutability("readOnly"))
        {
            for wrong in placed.attribute.wrong_values() {
                // Each body is another one, so that one that was taken does not conflict with the next.
                number += 1;
                let mut body = kind.full(&Seed { number, ..seed.clone() });
                placed.put(&mut body, wrong.clone());
                let complaint = refused(scope, kind, &body, &["invalidValue", "invalidSyntax"]).await?;
                failures.extend(complaint.map(|text| format!("{} = {wrong}: {text}", placed.path())));
            }
        }
        Ok(failures)
    })
    .await
}

async fn refused(scope: &Scope, kind: &Kind, body: &Value, scim_types: &[&str]) -> Result<Option<String>, Stop> {
    let answer = scope.post(kind.endpoint.clone(), body).await?;
    Ok(answer.error(400, scim_types).err().map(|stop| stop.to_string()))
}

async fn returned_on_request(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let body = kind.full(seed);
        let made = kind.make(scope, &body).await?;
        let mut failures = Vec::new();
        for placed in kind
            .attributes()
            .iter()
            .filter(|placed| placed.attribute.has_returned("request"))
        {
            let asked = scope
                .get(format!("{}?attributes={}", kind.path(&made), placed.path()))
                .await?;
            if !is_like(placed.get(&body), placed.get(&asked.json)) {
                failures.push(format!("{}: {} was asked for", asked.request, placed.path()));
            }
            if !is_like(placed.get(&body), placed.get(&made)) {
                failures.push(format!("POST {}: {} was set", kind.endpoint, placed.path()));
            }
        }
        Ok(failures)
    })
    .await
}

async fn unique_values(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let first = kind.full(seed);
        kind.make(scope, &first).await?;
        let mut failures = Vec::new();
        for (index, placed) in kind.attributes().iter().enumerate() {
            if !placed.attribute.is_unique() {
                continue;
            }
            let number = i64::try_from(index).unwrap_or_default() + 2;
            let mut body = kind.full(&Seed { number, ..seed.clone() });
            placed.put(&mut body, placed.get(&first).clone());
            let answer = scope.post(kind.endpoint.clone(), &body).await?;
            failures.extend(answer.error(409, &["uniqueness"]).err().map(|stop| stop.to_string()));
        }
        Ok(failures)
    })
    .await
}

async fn one_name_twice(scope: Arc<Scope>) -> Outcome {
    let mut shared = 0;
    for kind in Kind::all(&scope.claims)? {
        let names: Vec<_> = kind
            .attributes()
            .iter()
            .filter(|placed| placed.urn.is_some())
            .map(|placed| placed.attribute.name().to_owned())
            .collect();
        let twice = names
            .iter()
            .filter(|name| names.iter().filter(|other| other == name).count() > 1);
        shared += twice.count();
    }
    match shared {
        0 => Err(Stop::Skipped("no two extensions share an attribute name".to_owned())),
        _ => create_and_read(scope).await,
    }
}

async fn found_by_filter(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let body = kind.full(seed);
        let made = kind.make(scope, &body).await?;
        let mut failures = Vec::new();
        for placed in kind.attributes() {
            if !placed.attribute.is_shown() {
                continue;
            }
            for (filter, finds) in filters(&placed, placed.get(&body)) {
                let own = format!("({filter}) and id eq {}", made["id"]);
                let answer = scope.get(format!("{}?filter={}", kind.endpoint, encoded(&own))).await?;
                let found = answer.like(&json!({"totalResults": u8::from(finds)})).err();
                failures.extend(found.map(|stop| format!("`{filter}`: {stop}")));
            }
        }
        Ok(failures)
    })
    .await
}

/// Filters over one attribute, each with whether it finds the resource.
fn filters(placed: &Placed<'_>, value: &Value) -> Vec<(String, bool)> {
    let path = placed.path();
    let mut filters = vec![(format!("{path} pr"), true), (format!("not ({path} pr)"), false)];
    let one = if placed.attribute.is_multi_valued() {
        &value[0]
    } else {
        value
    };
    match placed.attribute.kind() {
        "complex" => {
            let subs = placed.attribute.subs();
            let plain = subs.iter().filter(|sub| sub.is_shown() && !sub.is_multi_valued());
            filters.extend(plain.map(|sub| (format!("{path}.{} eq {}", sub.name(), one[sub.name()]), true)));
        }
        kind => {
            filters.push((format!("{path} eq {one}"), true));
            filters.extend(by_order(&path, kind, one));
        }
    }
    if let Some(text) = one.as_str().filter(|_| placed.attribute.kind() == "string") {
        let other_case = json!(text.to_uppercase()).to_string();
        let is_same = text == text.to_uppercase();
        let finds = is_same || !placed.attribute.is_case_exact();
        filters.push((format!("{path} eq {other_case}"), finds));
    }
    filters
}

fn by_order(path: &str, kind: &str, one: &Value) -> Vec<(String, bool)> {
    let row = |operator: &str, value: &str, finds| (format!("{path} {operator} {value}"), finds);
    match (kind, one.as_f64()) {
        // 9 comes before 10 as a number, not as a text.
        ("integer" | "decimal", Some(_)) => vec![
            row("lt", "10", true),
            row("ge", &one.to_string(), true),
            row("gt", &one.to_string(), false),
            row("le", "-10", false),
        ],
        ("dateTime", _) => vec![
            row("gt", "\"2025-12-31T23:59:59+02:00\"", true),
            row("lt", "\"2025-12-31T23:59:59Z\"", false),
        ],
        _ => Vec::new(),
    }
}

async fn delete(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let made = kind.make(scope, &kind.full(seed)).await?;
        scope.delete(kind.path(&made)).await?.status(&[204])?;
        let gone = scope.get(kind.path(&made)).await?;
        Ok(gone
            .error(404, &[])
            .err()
            .map(|stop| stop.to_string())
            .into_iter()
            .collect())
    })
    .await
}
