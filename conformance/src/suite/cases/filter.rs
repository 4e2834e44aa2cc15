//! Filters as rows: a filter, and which of the case's users it finds.
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::Offset;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::suite::case::Case;
use crate::suite::claims::Feature;
use crate::suite::failure::{Outcome, Stop, all_of};
use crate::suite::scope::{Scope, encoded};
use crate::suite::server::Answer;
use crate::suite::template::{Variables, fill, fill_value};

/// The users and the rows.
const FILE: &str = include_str!("rows/filter.json");

/// An offset that no server is likely to answer in.
const ELSEWHERE: Offset = Offset::constant(5);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The users of every case by label; `userType` is the case's nonce.
    users: Map<String, Value>,
    cases: Vec<Topic>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    name: String,
    shows: Vec<String>,
    #[serde(default)]
    needs: Vec<Feature>,
    rows: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    filter: String,
    /// These and no other.
    finds: Option<Vec<String>>,
    /// At least these.
    finds_also: Option<Vec<String>>,
    /// The filter is sent alone. Otherwise it is narrowed to the case's own users.
    #[serde(default)]
    alone: bool,
    /// 400 invalidFilter; sent alone.
    #[serde(default)]
    refused: bool,
}

/// A case for each topic.
///
/// # Errors
/// Names what does not parse.
pub(crate) fn cases() -> Result<Vec<Case>, serde_json::Error> {
    let file: File = serde_json::from_str(FILE)?;
    let users = Arc::new(file.users);
    Ok(file
        .cases
        .into_iter()
        .map(|topic| case(Arc::clone(&users), topic))
        .collect())
}

fn case(users: Arc<Map<String, Value>>, topic: Topic) -> Case {
    let topic = Arc::new(topic);
    let ids: Vec<_> = topic.shows.iter().map(String::as_str).collect();
    let shared = Arc::clone(&topic);
    let case = Case::new(&topic.name, &ids, move |scope| {
        let (users, topic) = (Arc::clone(&users), Arc::clone(&shared));
        async move { check(&scope, &users, &topic.rows).await }
    });
    case.needs(&[Feature::Filter]).needs(&topic.needs)
}

async fn check(scope: &Scope, users: &Map<String, Value>, rows: &[Row]) -> Outcome {
    let mut variables = Variables::from([("nonce".to_owned(), scope.nonce.clone())]);
    let mut labels = BTreeMap::new();
    for (label, attributes) in users {
        let user = make(scope, attributes, &variables).await?;
        remember(label, &user, &mut variables);
        labels.insert(user["id"].as_str().unwrap_or_default().to_owned(), label.clone());
    }
    let mut failures = Vec::new();
    for row in rows {
        if let Err(Stop::Failed(text)) = check_row(scope, row, &variables, &labels).await {
            failures.push(text);
        }
    }
    all_of(failures)
}

async fn make(scope: &Scope, attributes: &Value, variables: &Variables) -> Result<Value, Stop> {
    let mut attributes = fill_value(attributes, variables).map_err(Stop::Failed)?;
    attributes["userType"] = Value::String(scope.nonce.clone());
    scope.user(attributes).await
}

fn remember(label: &str, user: &Value, variables: &mut Variables) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let created = text(&user["meta"]["created"]);
    if let Ok(instant) = created.parse::<jiff::Timestamp>() {
        let elsewhere = instant.display_with_offset(ELSEWHERE).to_string();
        variables.insert(format!("{label}_created_elsewhere"), elsewhere);
    }
    variables.insert(label.to_owned(), text(&user["id"]));
    variables.insert(format!("{label}_created"), created);
}

async fn check_row(scope: &Scope, row: &Row, variables: &Variables, labels: &BTreeMap<String, String>) -> Outcome {
    let filter = fill(&row.filter, variables).map_err(Stop::Failed)?;
    let sent = match row.alone || row.refused {
        true => filter.clone(),
        false => format!("({filter}) and userType eq \"{}\"", scope.nonce),
    };
    let answer = scope.get(format!("/Users?filter={}", encoded(&sent))).await?;
    let judged = judge(row, &answer, labels);
    judged.map_err(|stop| Stop::Failed(format!("`{filter}`: {stop}")))
}

fn judge(row: &Row, answer: &Answer, labels: &BTreeMap<String, String>) -> Outcome {
    if row.refused {
        return answer.error(400, &["invalidFilter"]);
    }
    answer.status(&[200])?;
    let ids = answer.resources().iter().filter_map(|user| user["id"].as_str());
    let mut found: Vec<&str> = ids
        .map(|id| labels.get(id).map_or("a stranger", String::as_str))
        .collect();
    found.sort_unstable();
    let right = match (&row.finds, &row.finds_also) {
        (Some(wanted), _) => found.iter().eq(wanted.iter()),
        (None, Some(wanted)) => wanted.iter().all(|label| found.contains(&label.as_str())),
        (None, None) => false,
    };
    if right {
        return Ok(());
    }
    let wanted = row.finds.as_ref().or(row.finds_also.as_ref());
    Err(Stop::Failed(format!("expected {wanted:?}, found {found:?}")))
}
