//! Bulk jobs: many users in one call, worked off by Zendesk in its own time.
//!
//! Never `create_or_update_many`: it takes over whoever has an address already.
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::adapter::descriptor;
use super::api::{Api, decode, number, request, writing};
use super::error::{Call, parse_item};
use super::roles::Whose;
use super::wire::{JobEnvelope, JobResult, JobStatus};
use crate::client::Request;
use crate::{Account, Batch, Error, ErrorKind, Fields, Job, Retry};

const CREATE: &str = "/api/v2/users/create_many";
const UPDATE: &str = "/api/v2/users/update_many";
const DELETE: &str = "/api/v2/users/destroy_many";
const STATUS: &str = "/api/v2/job_statuses/{id}";

/// States in which nothing more will happen.
const ENDED: [&str; 3] = ["completed", "failed", "killed"];

impl Api {
    pub(super) async fn submit_job(&self, batch: &Batch) -> Result<String, Error> {
        if batch.is_empty() || batch.len() > descriptor().bulk_max {
            let reason = format!("a job of Zendesk's is for 1 to {} users", descriptor().bulk_max);
            return Err(Error::rejected(None, reason));
        }
        let request = match batch {
            Batch::Create(users) => writing("POST", CREATE, CREATE.into(), &self.created(users).await?),
            Batch::Update(users) => writing("PUT", UPDATE, UPDATE.into(), &self.updated(users).await?),
            Batch::Delete(users) => self.deleted(users)?,
        };
        let answer = self.send(request, &Call::SUBMIT).await?;
        Ok(decode::<JobEnvelope>(&answer, ErrorKind::Ambiguous)?.job_status.id)
    }

    async fn created(&self, users: &[Fields]) -> Result<Value, Error> {
        let mut bodies = Vec::new();
        for fields in users {
            bodies.push(self.new_user(fields).await?);
        }
        Ok(json!({ "users": bodies }))
    }

    async fn updated(&self, users: &[(Account, Fields)]) -> Result<Value, Error> {
        let mut bodies = Vec::new();
        for (account, changed) in users {
            if changed.contains_key("email") {
                return Err(Error::rejected(
                    Some("email"),
                    "an address is changed by calls of its own",
                ));
            }
            let mut body = Map::from_iter([("id".to_owned(), number(&account.id)?.into())]);
            body.extend(self.user_body(changed, Whose::Known(account)).await?);
            bodies.push(Value::Object(body));
        }
        Ok(json!({ "users": bodies }))
    }

    fn deleted(&self, users: &[Account]) -> Result<Request, Error> {
        if self.choices.erases {
            return Err(Error::rejected(None, "permanent deletion has no job"));
        }
        let ids: Result<Vec<_>, _> = users.iter().map(|account| number(&account.id)).collect();
        let ids: Vec<_> = ids?.iter().map(i64::to_string).collect();
        Ok(request("DELETE", DELETE, format!("{DELETE}?ids={}", ids.join(","))))
    }

    pub(super) async fn job_status(&self, id: &str, batch: &Batch) -> Result<Job, Error> {
        let reading = request("GET", STATUS, format!("/api/v2/job_statuses/{}", job_number(id)?));
        // Zendesk keeps the state of jobs for a day.
        let envelope = self.read::<JobEnvelope>(reading).await?.ok_or_else(forgotten)?;
        let status = envelope.job_status;
        if !ENDED.contains(&status.status.as_str()) {
            return Ok(Job::Running);
        }
        let outcomes = outcomes(batch, status);
        let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        refused.for_each(|error| self.doubt(error));
        Ok(Job::Done(outcomes))
    }
}

/// A job's id as part of a path; nothing goes by another one.
fn job_number(id: &str) -> Result<&str, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':');
    match !id.is_empty() && id.bytes().all(plain) {
        true => Ok(id),
        false => Err(forgotten()),
    }
}

/// What became of each item.
fn outcomes(batch: &Batch, status: JobStatus) -> Vec<Result<String, Error>> {
    let results = status.results.as_ref().and_then(Value::as_array);
    let results = results.into_iter().flatten().enumerate();
    let results = results.filter_map(|(place, result)| Some((place, JobResult::deserialize(result).ok()?)));
    let (named, nameless): (Vec<_>, Vec<_>) = results
        .map(|(place, result)| (item(batch, &result), place, result))
        .partition(|(item, ..)| item.is_some());
    let mut by_item: BTreeMap<usize, JobResult> = BTreeMap::new();
    // Failures name nothing; they stand in the place of their item, unless another one is known to be there.
    for (item, place, result) in named.into_iter().chain(nameless) {
        by_item.entry(item.unwrap_or(place)).or_insert(result);
    }
    let silent = format!("Zendesk's job says nothing of this user: {}", status.status);
    let outcome = |index| match by_item.get(&index) {
        Some(result) => told(batch, index, result),
        None => Err(doubtful(&silent)),
    };
    (0..batch.len()).map(outcome).collect()
}

/// Which item of the batch a result names, by its index or the account's id.
fn item(batch: &Batch, result: &JobResult) -> Option<usize> {
    let is_it = |account: &Account| result.id.is_some_and(|id| account.id == id.to_string());
    result.index.or_else(|| match batch {
        Batch::Create(_) => None,
        Batch::Update(users) => users.iter().position(|(account, _)| is_it(account)),
        Batch::Delete(users) => users.iter().position(is_it),
    })
}

fn told(batch: &Batch, index: usize, result: &JobResult) -> Result<String, Error> {
    let nothing = Fields::new();
    let (account, sent) = match batch {
        Batch::Create(users) => (None, users.get(index)),
        Batch::Update(users) => users.get(index).map(|(account, sent)| (account, sent)).unzip(),
        Batch::Delete(users) => (users.get(index), None),
    };
    let id = account.map(|account| account.id.clone());
    let id = id.or_else(|| result.id.map(|id| id.to_string()));
    let Some(code) = &result.error else {
        let has_failed = result.success == Some(false) || result.status.as_deref() == Some("Failed");
        let done = id.filter(|_| !has_failed);
        return done.ok_or_else(|| doubtful("Zendesk's job does not say what became of this user"));
    };
    let details = result.details.as_deref().unwrap_or_default();
    let error = parse_item(sent.unwrap_or(&nothing), code, details);
    match (batch, &error.kind, id) {
        // Who is gone was to go.
        (Batch::Delete(_), ErrorKind::NotFound, Some(id)) => Ok(id),
        _ => Err(error),
    }
}

fn forgotten() -> Error {
    Error::new(ErrorKind::NotFound, Retry::Never, "Zendesk has forgotten the job")
}

fn doubtful(reason: &str) -> Error {
    Error::new(ErrorKind::Ambiguous, Retry::Backoff, reason)
}
