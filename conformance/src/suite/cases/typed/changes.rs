//! Replacing and patching by mutability.
use std::sync::Arc;

use serde_json::{Value, json};

use super::attribute::Seed;
use super::body::{Kind, Placed, for_each_kind};
use super::cases::differences;
use crate::suite::case::Case;
use crate::suite::claims::Feature;
use crate::suite::expect::is_like;
use crate::suite::failure::{Outcome, Stop};
use crate::suite::scope::Scope;
use crate::suite::server::Answer;

/// The cases on changes.
pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "types.replace",
            &["7643-7-13", "7644-3.5.1-03", "7644-3.5.1-07"],
            replace,
        ),
        Case::new(
            "types.replace_keeps_immutable_values",
            &["7643-7-15", "7644-3.5.1-08", "7644-3.12-19"],
            replace_immutable,
        ),
        Case::new(
            "types.an_unset_immutable_value_may_be_set",
            &["7643-7-14", "7644-3.5.1-09"],
            set_immutable,
        ),
        Case::new(
            "types.an_unset_immutable_value_may_be_added",
            &["7644-3.5.2-13"],
            add_immutable,
        )
        .needs(&[Feature::Patch]),
        Case::new(
            "types.patch_each_attribute",
            &["7643-7-13", "7644-3.5.2.3-02"],
            patch_each,
        )
        .needs(&[Feature::Patch]),
        Case::new(
            "types.patch_refuses_by_mutability",
            &["7643-7-12", "7643-7-15", "7644-3.5.2-12", "7644-3.5.2.2-09"],
            patch_refused,
        )
        .needs(&[Feature::Patch]),
    ]
}

/// The body of a later state: what may change has changed, immutable values are as they were.
fn changed(kind: &Kind, seed: &Seed, first: &Value) -> Value {
    let mut body = kind.full(&other(seed));
    for placed in kind.attributes() {
        if keeps_something(&placed) {
            placed.put(&mut body, placed.get(first).clone());
        }
    }
    body
}

fn other(seed: &Seed) -> Seed {
    Seed {
        number: seed.number + 1,
        ..seed.clone()
    }
}

/// Whether the attribute or a part of it is immutable.
fn keeps_something(placed: &Placed<'_>) -> bool {
    placed.attribute.has_mutability("immutable")
        || placed
            .attribute
            .subs()
            .iter()
            .any(|sub| sub.has_mutability("immutable"))
}

fn is_immutable(placed: &Placed<'_>) -> bool {
    placed.attribute.has_mutability("immutable")
}

async fn replace(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let first = kind.full(seed);
        let made = kind.make(scope, &first).await?;
        let body = changed(kind, seed, &first);
        scope.put(kind.path(&made), &body).await?.status(&[200])?;
        let read = scope.get(kind.path(&made)).await?;
        Ok(differences(kind, &body, &read))
    })
    .await
}

async fn replace_immutable(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let first = kind.full(seed);
        let made = kind.make(scope, &first).await?;
        let mut failures = Vec::new();
        for placed in kind.attributes().iter().filter(|placed| is_immutable(placed)) {
            let mut body = changed(kind, seed, &first);
            placed.put(&mut body, placed.attribute.value(&other(seed)));
            let answer = scope.put(kind.path(&made), &body).await?;
            failures.extend(complaint(answer.error(400, &["mutability"])));
        }
        Ok(failures)
    })
    .await
}

async fn set_immutable(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let least = kind.least(seed);
        let made = kind.make(scope, &least).await?;
        let mut body = least.clone();
        for placed in kind.attributes().iter().filter(|placed| is_immutable(placed)) {
            placed.put(&mut body, placed.attribute.value(seed));
        }
        scope.put(kind.path(&made), &body).await?.status(&[200])?;
        let read = scope.get(kind.path(&made)).await?;
        Ok(differences(kind, &body, &read))
    })
    .await
}

async fn add_immutable(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let mut body = kind.least(seed);
        let made = kind.make(scope, &body).await?;
        for placed in kind.attributes().iter().filter(|placed| is_immutable(placed)) {
            let value = placed.attribute.value(seed);
            let operation = json!([{"op": "add", "path": placed.path(), "value": value}]);
            let unset = placed.get(&body).is_null();
            if unset {
                scope.patch(kind.path(&made), operation).await?.status(&[200, 204])?;
                placed.put(&mut body, value);
            }
        }
        let read = scope.get(kind.path(&made)).await?;
        Ok(differences(kind, &body, &read))
    })
    .await
}

async fn patch_each(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let made = kind.make(scope, &kind.full(seed)).await?;
        let path = kind.path(&made);
        let mut failures = Vec::new();
        for placed in kind.attributes() {
            if !placed.attribute.has_mutability("readWrite") || keeps_something(&placed) {
                continue;
            }
            let value = placed.attribute.value(&other(seed));
            let wanted = placed.shown(&value);
            let replaced = operation(
                scope,
                &path,
                &json!({"op": "replace", "path": placed.path(), "value": value}),
            )
            .await?;
            failures.extend(differs(&placed, &replaced, &wanted));
            if placed.attribute.is_required() {
                continue;
            }
            let removed = operation(scope, &path, &json!({"op": "remove", "path": placed.path()})).await?;
            failures.extend(differs(&placed, &removed, &json!({"$absent": true})));
            let added = operation(
                scope,
                &path,
                &json!({"op": "add", "path": placed.path(), "value": value}),
            )
            .await?;
            failures.extend(differs(&placed, &added, &wanted));
        }
        Ok(failures)
    })
    .await
}

/// Patches and reads.
async fn operation(scope: &Scope, path: &str, operation: &Value) -> Result<Answer, Stop> {
    scope.patch(path, json!([operation])).await?.status(&[200, 204])?;
    let mut read = scope.get(path).await?;
    read.request = format!("after PATCH {path} {operation}");
    Ok(read)
}

fn differs(placed: &Placed<'_>, read: &Answer, wanted: &Value) -> Option<String> {
    let got = placed.get(&read.json);
    let right = !placed.attribute.is_shown() || is_like(wanted, got);
    (!right).then(|| format!("{}: {} expected {wanted}, got {got}", read.request, placed.path()))
}

async fn patch_refused(scope: Arc<Scope>) -> Outcome {
    for_each_kind(&scope, async |scope, kind, seed| {
        let made = kind.make(scope, &kind.full(seed)).await?;
        let path = kind.path(&made);
        let mut failures = Vec::new();
        for placed in kind.attributes() {
            let value = placed.attribute.value(&other(seed));
            if is_immutable(&placed) || placed.attribute.has_mutability("readOnly") {
                let replace = json!([{"op": "replace", "path": placed.path(), "value": value}]);
                let answer = scope.patch(path.clone(), replace).await?;
                failures.extend(complaint(answer.error(400, &["mutability"])));
            }
            if placed.attribute.is_required() {
                let remove = json!([{"op": "remove", "path": placed.path()}]);
                let answer = scope.patch(path.clone(), remove).await?;
                failures.extend(complaint(answer.error(400, &["mutability", "invalidValue"])));
            }
        }
        Ok(failures)
    })
    .await
}

fn complaint(outcome: Outcome) -> Option<String> {
    outcome.err().map(|stop| stop.to_string())
}
