//! PATCH as rows: a User to start from, operations, and what they give or why they are refused.
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::suite::case::Case;
use crate::suite::claims::{ENTERPRISE, Feature};
use crate::suite::failure::{Outcome, Stop};
use crate::suite::scope::{Scope, require};
use crate::suite::template::{Variables, fill_value};

/// The files of rows.
const FILES: [&str; 4] = [
    include_str!("rows/patch_add.json"),
    include_str!("rows/patch_remove.json"),
    include_str!("rows/patch_replace.json"),
    include_str!("rows/patch_general.json"),
];

/// One row; texts may hold `{nonce}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    shows: Vec<String>,
    /// Attributes of the User to start from; `schemas` and `userName` are filled in.
    start: Value,
    operations: Value,
    /// What the User is like afterwards.
    gives: Option<Value>,
    /// Version and lastModified stay.
    #[serde(default)]
    no_change: bool,
    /// The request is answered 400 with one of these scimTypes, and nothing changes.
    refused: Option<Vec<String>>,
}

/// A case for each row.
///
/// # Errors
/// Names what does not parse.
pub(crate) fn cases() -> Result<Vec<Case>, serde_json::Error> {
    let mut cases = Vec::new();
    for text in FILES {
        let rows: Vec<Row> = serde_json::from_str(text)?;
        cases.extend(rows.into_iter().map(case));
    }
    Ok(cases)
}

fn case(row: Row) -> Case {
    let mut needs = vec![Feature::Patch];
    if row.start.to_string().contains(ENTERPRISE) || row.operations.to_string().contains(ENTERPRISE) {
        needs.push(Feature::Enterprise);
    }
    let ids: Vec<_> = row.shows.iter().map(String::as_str).collect();
    let shared = Arc::new(row.clone());
    let case = Case::new(&row.name, &ids, move |scope| {
        let row = Arc::clone(&shared);
        async move { check(&scope, &row).await }
    });
    case.needs(&needs)
}

async fn check(scope: &Scope, row: &Row) -> Outcome {
    let variables = Variables::from([("nonce".to_owned(), scope.nonce.clone())]);
    let fill = |value: &Value| fill_value(value, &variables).map_err(Stop::Failed);
    let user = scope.user(fill(&row.start)?).await?;
    let path = format!("/Users/{}", user["id"].as_str().unwrap_or_default());
    let before = scope.get(path.clone()).await?;
    let answer = scope.patch(path.clone(), fill(&row.operations)?).await?;
    let after = scope.get(path).await?;
    if let Some(scim_types) = &row.refused {
        let scim_types: Vec<_> = scim_types.iter().map(String::as_str).collect();
        answer.error(400, &scim_types)?;
        return require(
            &answer,
            before.json == after.json,
            "a refused change must change nothing",
        );
    }
    answer.status(&[200, 204])?;
    let gives = fill(row.gives.as_ref().unwrap_or(&Value::Object(serde_json::Map::new())))?;
    if answer.status == 200 {
        answer.like(&gives)?;
    }
    if let Err(Stop::Failed(text)) = after.like(&gives) {
        return answer.fail(format!("afterwards {text}"));
    }
    let same = before.json["meta"] == after.json["meta"];
    require(&answer, same || !row.no_change, "meta must stay when nothing changes")
}
